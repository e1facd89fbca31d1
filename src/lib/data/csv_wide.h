/* csv_wide.h - parses rows of plain numbers by AVX2, 32 bytes at a time. */
#ifndef CLENET_LIB_DATA_CSV_WIDE_H
#define CLENET_LIB_DATA_CSV_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes behind a text that csv_wide_row may read, and the cells behind a row that it may write. */
enum { CSV_WIDE_TEXT = 32, CSV_WIDE_CELLS = 8 };

/* True if this processor can run csv_wide_row. */
bool csv_wide_usable(void);

/* Parses one row into cells [columns]. Returns the start of the next row, or NULL if this row is not plain, or if the plain loop of
 * csv_block.c must decide. A byte that is no digit, no delimiter and no newline must be behind the text. */
const uint8_t *csv_wide_row(uint8_t *cells, size_t columns, const uint8_t *text, uint8_t delimiter);

#endif
