/* csv_block.h - parses the plain rows of a block of a CSV's text fast.
 *
 * A plain row has nothing but numbers, as all rows of Kaggle's files have. libcsv would read the same numbers; it gets every
 * other row. libcsv calls back for each of 33 million cells: 0.25 s for Kaggle's 77 MB; the loop here takes 0.05 s,
 * and with AVX2 (csv_wide.h) 0.01 s. */
#ifndef CLENET_LIB_DATA_CSV_BLOCK_H
#define CLENET_LIB_DATA_CSV_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The properties of every row, from the header. */
typedef struct csv_columns {
    size_t count;
    size_t label;      /* the column of the labels; count if there are no labels */
    int classes;       /* labels run from 0 to classes - 1; 256: they may be anything */
    uint8_t delimiter; /* between two cells */
    /* [count]: which pixel a column is, or CSV_NO_PIXEL; NULL if all but the label are pixels in order */
    const uint32_t *place;
} csv_columns;

#define CSV_NO_PIXEL UINT32_MAX

typedef struct csv_block {
    size_t begin, end; /* the text that is not parsed yet */
    size_t rows;       /* parsed rows */
    uint8_t *cells;    /* [rows][columns.count], each at most 255, a label below columns.classes */
    uint8_t *text;     /* [end], and a zero behind it */
    bool parsed;       /* used by csv_team alone */
} csv_block;

/* A block for up to `bytes` of text; NULL if out of memory. memory_free() it. */
csv_block *csv_block_new(size_t bytes);

/* Parses from begin into cells, up to the first row that is not plain: digits, delimiters, and a newline at its end. */
void csv_block_parse(csv_block *block, const csv_columns *columns);

#endif
