/* csv_values.c - see csv_values.h. */
#include "lib/data/csv_values.h"

#include <math.h>

enum {
    BRIGHTEST = UINT8_MAX,
    HALF_BYTE = 128,  /* the least byte whose pixel 0..1 would be rounded to 1 */
    DIGITS_KEPT = 18, /* of a number: they fit 64 bits, and a double keeps fewer */
    EXPONENT_AT_MOST =
        100000 /* a larger one changes nothing: the number is 0 or out of range. A cell has fewer digits */
};

static const double tolerance = 1e-6; /* a pixel of 1.0000001 is 1 that was rounded on its way */

csv_values csv_values_new(double scale) {
    return (csv_values){.form = scale > 0.0 ? CSV_SCALED : CSV_WHOLE, .scale = scale};
}

/* ---- forms ----------------------------------------------------------------------------------------------- */

static bool all_below_2(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bytes[i] > 1) return false;
    return true;
}

/* Gives the first `count` bytes, which are whole, the form of the first fraction. */
static void meet_fraction(csv_values *values, uint8_t *bytes, size_t count) {
    values->form = all_below_2(bytes, count) ? CSV_UNIT : CSV_ROUNDED;
    if (values->form != CSV_UNIT) return;
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(bytes[i] * BRIGHTEST);
}

/* A pixel above 1 was met: the bytes become pixels, rounded. */
static void leave_unit(csv_values *values, uint8_t *bytes, size_t count) {
    values->form = CSV_ROUNDED;
    for (size_t i = 0; i < count; i++) bytes[i] = bytes[i] >= HALF_BYTE;
}

bool csv_values_put(csv_values *values, uint8_t *bytes, size_t count, size_t at, double value) {
    if (!(value >= -tolerance)) return false;
    bytes[at] = 0; /* it has any form */
    if (values->form == CSV_WHOLE && value != floor(value)) meet_fraction(values, bytes, count);
    if (values->form == CSV_UNIT && value > 1.0 + tolerance) leave_unit(values, bytes, count);
    double factor = values->form == CSV_UNIT ? BRIGHTEST : values->form == CSV_SCALED ? values->scale : 1.0;
    double rounded = floor(value * factor + 0.5);
    if (rounded > BRIGHTEST) return false;
    bytes[at] = rounded > 0.0 ? (uint8_t)rounded : 0;
    return true;
}

size_t csv_values_take(csv_values *values, uint8_t *bytes, size_t count, size_t more) {
    uint8_t *fresh = bytes + count;
    if (values->form == CSV_UNIT) {
        bool unit = all_below_2(fresh, more);
        if (!unit) leave_unit(values, bytes, count);
        for (size_t i = 0; unit && i < more; i++) fresh[i] = (uint8_t)(fresh[i] * BRIGHTEST);
    }
    for (size_t i = 0; values->form == CSV_SCALED && i < more; i++) {
        double rounded = floor(fresh[i] * values->scale + 0.5);
        if (rounded > BRIGHTEST) return i;
        fresh[i] = (uint8_t)rounded;
    }
    return more;
}

/* ---- numbers --------------------------------------------------------------------------------------------- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The digits of a number. */
typedef struct digits {
    uint64_t number; /* of the first DIGITS_KEPT, without zeros in front */
    size_t kept, dropped;
} digits;

/* Reads digits at text[at]; returns the first place behind them. */
static size_t take_digits(digits *d, const char *text, size_t at, size_t length) {
    for (; at < length && is_digit(text[at]); at++) {
        if (d->kept == DIGITS_KEPT) {
            d->dropped++;
        } else {
            d->number = d->number * 10 + (uint64_t)(text[at] - '0');
            d->kept += d->number > 0;
        }
    }
    return at;
}

/* The exponent behind an "e" at text[at], up to the end. False if something else is there. */
static bool take_exponent(long *exponent, const char *text, size_t at, size_t length) {
    bool negative = false;
    *exponent = 0;
    if (at == length) return true;
    if (text[at] != 'e' && text[at] != 'E') return false;
    if (++at < length && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-';
    if (at == length) return false;
    for (; at < length; at++) {
        if (!is_digit(text[at])) return false;
        if (*exponent < EXPONENT_AT_MOST) *exponent = *exponent * 10 + (text[at] - '0');
    }
    if (negative) *exponent = -*exponent;
    return true;
}

bool csv_decimal(double *value, const char *text, size_t length, bool comma) {
    digits d = {0};
    long exponent;
    while (length > 0 && is_blank(*text)) text++, length--;
    while (length > 0 && is_blank(text[length - 1])) length--;
    size_t sign = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    size_t end = take_digits(&d, text, sign, length), count = end - sign, before = d.dropped, behind = 0;
    if (end < length && (text[end] == '.' || (comma && text[end] == ','))) {
        size_t point = end + 1;
        end = take_digits(&d, text, point, length);
        behind = end - point - (d.dropped - before);
        count += end - point;
    }
    if (count == 0 || !take_exponent(&exponent, text, end, length)) return false;
    exponent += (long)before - (long)behind; /* digits dropped in front of the point, and kept behind it */
    double magnitude = (double)d.number;
    if (d.number > 0)
        magnitude = exponent < 0 ? magnitude / pow(10.0, (double)-exponent) : magnitude * pow(10.0, (double)exponent);
    *value = text[0] == '-' ? -magnitude : magnitude;
    return true;
}
