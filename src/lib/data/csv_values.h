/* csv_values.h - pixels written as decimal numbers become bytes.
 *
 * Only the whole file tells what 0.5 means: half of the brightest pixel if no pixel is above 1, else a number to be rounded. Bytes are
 * kept either way without more memory: while all pixels are 0..1, a byte is the pixel times 255, which also tells to what the
 * pixel itself would be rounded. */
#ifndef CLENET_LIB_DATA_CSV_VALUES_H
#define CLENET_LIB_DATA_CSV_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum csv_form {
    CSV_WHOLE,   /* no pixel had a fraction so far: bytes are the pixels */
    CSV_UNIT,    /* there were fractions, and all pixels are 0..1: bytes are pixels times 255 */
    CSV_ROUNDED, /* there were fractions, and pixels above 1: bytes are rounded pixels */
    CSV_SCALED   /* bytes are pixels times csv_values.scale, rounded */
} csv_form;

typedef struct csv_values {
    csv_form form;
    double scale; /* of CSV_SCALED */
} csv_values;

/* scale: what pixels are multiplied by; 0 if the pixels are to decide. */
csv_values csv_values_new(double scale);

/* Makes bytes[at] the pixel `value`. The first `count` bytes, without [at], were made here or are whole pixels; they are
 * changed if the value changes the form. False if the byte is out of range 0..255. */
bool csv_values_put(csv_values *values, uint8_t *bytes, size_t count, size_t at, double value);

/* The same for whole pixels 0..255 that are already in bytes[count], bytes[count + 1] ... `more` of them. Returns `more`, or the
 * first of them that is out of range. */
size_t csv_values_take(csv_values *values, uint8_t *bytes, size_t count, size_t more);

/* Reads a decimal number, such as 12, -0.5, .5 or 1.2E+02, with a point in any locale; or with a comma, if `comma` is true. False if
 * the text, or a part of it, is no number. Blanks around it are skipped. */
bool csv_decimal(double *value, const char *text, size_t length, bool comma);

#endif
