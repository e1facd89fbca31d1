/* count.c - see count.h. */
#include "lib/base/count.h"

#include <inttypes.h>
#include <stdio.h>

char *text_count(char text[COUNT_SIZE], uint64_t count) {
    char digits[COUNT_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}
