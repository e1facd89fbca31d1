/* base64.c - see base64.h. */
#include "cmd/base/base64.h"

void base64_write(FILE *to, const unsigned char *bytes, size_t count) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        unsigned bits = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0U) |
                        (left > 2 ? (unsigned)bytes[i + 2] : 0U);
        const char four[] = {letters[bits >> 18], letters[bits >> 12 & 63U], letters[bits >> 6 & 63U],
                             letters[bits & 63U]};
        (void)fwrite(four, 1, left > 2 ? 4 : left + 1, to);
        for (size_t missing = left; missing < 3; missing++) (void)fputc('=', to);
    }
}
