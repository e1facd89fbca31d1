/* number.h - numbers in the C locale, whatever locale the host has set.
 *
 * A file must read back on any machine, so its numbers have a point and no comma. The locale is changed for the calling thread
 * alone and for the length of the call. */
#ifndef CLENET_LIB_BASE_NUMBER_H
#define CLENET_LIB_BASE_NUMBER_H

#include <stdarg.h>
#include <stddef.h>

/* snprintf() and vsnprintf() in the C locale. */
int number_print(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int number_print_list(char *text, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

enum { NUMBER_FLOAT_SIZE = 32 };

/* The fewest digits that are read back as the same float. */
void number_print_float(char text[NUMBER_FLOAT_SIZE], float value);

float number_read(const char *text, char **end); /* strtof() in the C locale */

#endif
