/* run_number.c - see run_number.h. */
#include "cmd/base/run_number.h"

#include <stdlib.h>
#include <string.h>

int run_number(const char *name) {
    enum { DIGITS_MOST = 9 };
    size_t length = strspn(name, "0123456789");
    if (length == 0 || length > DIGITS_MOST || name[length] != '\0' || name[0] == '0') return 0;
    return (int)strtol(name, NULL, 10);
}
