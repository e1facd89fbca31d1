/* row_list.c - see row_list.h. */
#include "cmd/show/row_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The number at the beginning of the text, up to a comma or the end; 0 if there is none. */
static uint32_t read_row(const char *text, const char **end) {
    size_t digits = strspn(text, "0123456789");
    *end = text + digits;
    if (digits == 0 || (**end != ',' && **end != '\0')) return 0;
    errno = 0;
    unsigned long long row = strtoull(text, NULL, 10);
    return errno == 0 && row <= UINT32_MAX ? (uint32_t)row : 0;
}

size_t row_list_count(const char *text) {
    for (size_t count = 1;; count++) {
        const char *end;
        if (read_row(text, &end) == 0) return 0;
        if (*end == '\0') return count;
        text = end + 1;
    }
}

void row_list_read(uint32_t *rows, const char *text) {
    size_t count = row_list_count(text);
    for (size_t i = 0; i < count; i++) {
        const char *end;
        rows[i] = read_row(text, &end) - 1;
        text = end + 1;
    }
}
