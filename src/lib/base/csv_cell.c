/* csv_cell.c - see csv_cell.h. */
#include "lib/base/csv_cell.h"

#include <stdbool.h>
#include <string.h>

static bool needs_quotes(const char *text) {
    size_t length = strlen(text);
    if (strpbrk(text, ",\"\r\n") != NULL) return true;
    return length > 0 && (text[0] == ' ' || text[length - 1] == ' ');
}

size_t csv_cell_length(const char *text) {
    size_t length = strlen(text);
    if (!needs_quotes(text)) return length;
    for (const char *at = text; (at = strchr(at, '"')) != NULL; at++) length++;
    return length + 2;
}

size_t csv_cell(char *to, const char *text) {
    char *at = to;
    bool quoted = needs_quotes(text);
    if (quoted) *at++ = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"') *at++ = '"';
        *at++ = *text;
    }
    if (quoted) *at++ = '"';
    *at = '\0';
    return (size_t)(at - to);
}
