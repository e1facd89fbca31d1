/* svg.c - see canvas.h. */
#include "cmd/figures/canvas.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { DECIMALS = 2 };

/* The initial values of SVG's properties, and a limit that does not matter because joins are cut or round: without them the
 * picture is the same. */
static const char *const initial[] = {"fill-rule:nonzero;",   "fill-opacity:1;",        "stroke-opacity:1;",
                                      "stroke-linecap:butt;", "stroke-linejoin:miter;", "stroke-miterlimit:10;"};

static size_t length_of_initial(const char *at, size_t left) {
    for (size_t i = 0; i < sizeof initial / sizeof initial[0]; i++) {
        size_t length = strlen(initial[i]);
        if (length <= left && memcmp(at, initial[i], length) == 0) return length;
    }
    return 0;
}

static bool is_digit(char c) {
    return isdigit((unsigned char)c) != 0;
}

/* Adds one to the last digit of the number [begin, end), which may have a point. Returns false if it is all nines, and leaves
 * it. */
static bool round_up(const char *begin, char *end) {
    char *digit = end;
    do {
        if (digit == begin) return false;
        digit--;
    } while (*digit == '9' || *digit == '.');
    (*digit)++;
    for (digit++; digit < end; digit++) {
        if (*digit != '.') *digit = '0';
    }
    return true;
}

/* Rounds the number that ends at `end`, which was cut to DECIMALS before the digit `next`, and removes zeros. */
static char *tidy(const char *begin, char *end, char next) {
    if (next >= '5' && !round_up(begin, end)) return end;
    while (end[-1] == '0') end--;
    return end[-1] == '.' ? end - 1 : end;
}

size_t svg_shorten(char *svg, size_t size) {
    char *out = svg, *number = svg; /* the start of the current number in the output */
    bool in_number = false;
    for (size_t i = 0; i < size;) {
        size_t skipped = length_of_initial(svg + i, size - i);
        i += skipped;
        if (skipped > 0 || i >= size) continue;
        if (!in_number && is_digit(svg[i])) {
            number = out;
            in_number = true;
        }
        if (in_number && svg[i] == '.' && i + 1 < size && is_digit(svg[i + 1])) {
            size_t digits = 1;
            while (i + 1 + digits < size && is_digit(svg[i + 1 + digits])) digits++;
            size_t kept = digits < DECIMALS ? digits : DECIMALS;
            char next = '0';
            if (digits > DECIMALS) next = svg[i + 1 + DECIMALS];
            memmove(out, svg + i, kept + 1);
            if (digits > DECIMALS)
                out = tidy(number, out + kept + 1, next);
            else
                out += kept + 1;
            i += digits + 1;
            in_number = false;
            continue;
        }
        if (!is_digit(svg[i])) in_number = false;
        *out++ = svg[i++];
    }
    return (size_t)(out - svg);
}
