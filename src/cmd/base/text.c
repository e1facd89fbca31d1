/* text.c - see text.h. */
#include "cmd/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *text_counted(char text[TEXT_SIZE], uint64_t count, const char *noun) {
    char number[COUNT_SIZE];
    size_t length = strlen(noun);
    const char *ending = "s";
    if (count == 1)
        ending = "";
    else if (length > 0 && (noun[length - 1] == 's' || noun[length - 1] == 'x'))
        ending = "es"; /* classes, boxes */
    (void)snprintf(text, TEXT_SIZE, "%s %s%s", text_count(number, count), noun, ending);
    return text;
}

char *text_bytes(char text[TEXT_SIZE], uint64_t bytes) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;
    while (size >= 1024.0 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1024.0;
        unit++;
    }
    (void)snprintf(text, TEXT_SIZE, "%.2f %s", size, units[unit]);
    return text;
}

char *text_duration(char text[TEXT_SIZE], double seconds) {
    const double longest = 1e9; /* seconds: about thirty years; a longer estimate is meaningless */
    if (!(seconds >= 0.0)) seconds = 0.0;
    if (seconds > longest) seconds = longest;
    long whole = lround(seconds);
    if (seconds < 9.995) {
        (void)snprintf(text, TEXT_SIZE, "%.2f s", seconds);
    } else if (seconds < 59.95) {
        (void)snprintf(text, TEXT_SIZE, "%.1f s", seconds);
    } else if (whole < 3600) {
        (void)snprintf(text, TEXT_SIZE, "%ld min %02ld s", whole / 60, whole % 60);
    } else {
        (void)snprintf(text, TEXT_SIZE, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
    }
    return text;
}

char *text_figure(char text[TEXT_SIZE], double value) {
    if (isnan(value))
        (void)snprintf(text, TEXT_SIZE, "nan"); /* otherwise it might print "-nan" */
    else
        (void)snprintf(text, TEXT_SIZE, fabs(value) < 1e6 ? "%.4f" : "%.4g", value);
    return text;
}

char *text_percent(char text[TEXT_SIZE], double share) {
    (void)snprintf(text, TEXT_SIZE, "%.2f %%", 100.0 * share);
    return text;
}

json_t *json_text(const char *text) {
    json_t *string = json_string(text);
    if (string != NULL) return string;
    size_t length = strlen(text);
    char *ascii = malloc(length + 1);
    if (ascii == NULL) return NULL;
    for (size_t i = 0; i <= length; i++) ascii[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    string = json_string(ascii);
    free(ascii);
    return string;
}
