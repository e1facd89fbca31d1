/* number.c - see number.h. */
#include "lib/base/number.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct c_locale {
    locale_t own, before;
} c_locale;

/* If the C locale is not available, which no C library has been seen to say, nothing changes. */
static c_locale enter(void) {
    c_locale c = {.own = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    c.before = uselocale(c.own);
    return c;
}

static void leave(c_locale c) {
    (void)uselocale(c.before);
    if (c.own != (locale_t)0) freelocale(c.own);
}

int number_print_list(char *text, size_t size, const char *format, va_list arguments) {
    c_locale c = enter();
    int length = vsnprintf(text, size, format, arguments);
    leave(c);
    return length;
}

int number_print(char *text, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = number_print_list(text, size, format, arguments);
    va_end(arguments);
    return length;
}

float number_read(const char *text, char **end) {
    c_locale c = enter();
    float value = strtof(text, end);
    leave(c);
    return value;
}

void number_print_float(char text[NUMBER_FLOAT_SIZE], float value) {
    enum { DIGITS_MOST = 9 }; /* enough for every float */
    for (int digits = 1; digits <= DIGITS_MOST; digits++) {
        (void)number_print(text, NUMBER_FLOAT_SIZE, "%.*g", digits, (double)value);
        if (number_read(text, NULL) == value) break;
    }
}
