/* status.c - see status.h. */
#include "lib/base/status.h"

#include <stdarg.h>
#include <string.h>

#include "lib/base/number.h"

/* Bytes of the printable UTF-8 character at text (RFC 3629), or 0 if it is not one: a control character, a stray byte, an
 * overlong form, a surrogate. The terminating zero ends every form early. */
static size_t printable_length(const unsigned char *text) {
    if (text[0] < 0x80) return text[0] >= 0x20 && text[0] != 0x7F ? 1 : 0;
    size_t length = text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : 2;
    unsigned char low = 0x80, high = 0xBF; /* of the second byte */
    if (text[0] < 0xC2 || text[0] > 0xF4) return 0;
    if (text[0] == 0xC2) low = 0xA0; /* U+0080 to U+009F are control characters */
    if (text[0] == 0xE0) low = 0xA0;
    if (text[0] == 0xED) high = 0x9F;
    if (text[0] == 0xF0) low = 0x90;
    if (text[0] == 0xF4) high = 0x8F;
    if (text[1] < low || text[1] > high) return 0;
    for (size_t i = 2; i < length; i++) {
        if (text[i] < 0x80 || text[i] > 0xBF) return 0;
    }
    return length;
}

/* Shortens the line so that "..." fits after it, between two characters. */
static void mark_as_cut(char *line, size_t size) {
    size_t end = size - sizeof "...";
    while (end > 0 && ((unsigned char)line[end] & 0xC0) == 0x80) end--;
    memcpy(line + end, "...", sizeof "...");
}

void error_fill(clenet_error *error, clenet_status status, const char *format, ...) {
    if (error == NULL) return;
    char line[sizeof error->message]; /* a copy, so that an argument may be error->message itself */
    va_list arguments;
    va_start(arguments, format);
    int length = number_print_list(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0) line[0] = '\0';
    if (length >= (int)sizeof line) mark_as_cut(line, sizeof line);
    for (size_t i = 0; line[i] != '\0';) {
        size_t character = printable_length((const unsigned char *)line + i);
        if (character == 0) line[i] = '?';
        i += character == 0 ? 1 : character;
    }
    error->status = status;
    memcpy(error->message, line, sizeof line);
}
