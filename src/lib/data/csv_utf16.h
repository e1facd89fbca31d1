/* csv_utf16.h - UTF-16 becomes UTF-8, piece by piece: Excel's "Unicode text" is UTF-16. */
#ifndef CLENET_LIB_DATA_CSV_UTF16_H
#define CLENET_LIB_DATA_CSV_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero at the beginning, except for `big`. */
typedef struct csv_utf16 {
    bool big;      /* the first byte of two is the higher one */
    bool has_byte; /* the first byte of two was met, and is waiting for the second */
    uint8_t byte;
    uint16_t high; /* the first half of a character above U+FFFF, waiting for the second; 0: none */
} csv_utf16;

enum { CSV_UTF16_PER_BYTE = 3 /* bytes of UTF-8, at most, that one byte of UTF-16 adds */ };

/* Writes the characters of bytes [count] to text [CSV_UTF16_PER_BYTE * count] and returns their length. Whatever is not a character
 * becomes U+FFFD. */
size_t csv_utf16_add(csv_utf16 *state, uint8_t *text, const uint8_t *bytes, size_t count);

/* Half a character may be left at the end: writes U+FFFD [3] for it. Returns the length, 0 or 3. */
size_t csv_utf16_end(csv_utf16 *state, uint8_t *text);

#endif
