/* csv_block.h - a CSV's text in blocks, and the fast way through them: rows that are nothing but numbers, as all rows of
 * Kaggle's files are. What such a row is, libcsv would say, too; every other row is left to it.
 *
 * libcsv calls back for each of 33 million cells: 0.25 s for Kaggle's 77 MB; the loop here takes 0.05 s. */
#ifndef CLENET_LIB_DATA_CSV_BLOCK_H
#define CLENET_LIB_DATA_CSV_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/data/stream.h"

/* What the header says of every row. */
typedef struct csv_columns {
    size_t count;
    size_t label; /* the column of the labels; count where there is none */
    int classes;  /* labels run from 0 to classes - 1 */
} csv_columns;

typedef struct csv_block {
    size_t begin, end; /* of the text that is not parsed yet */
    size_t rows;       /* that were */
    uint8_t *cells;    /* [rows][columns.count], each at most 255, a label below columns.classes */
    uint8_t *text;     /* [end], and a zero behind it */
    bool parsed;       /* csv_team's */
} csv_block;

/* A block of up to `bytes` of text; NULL where memory cannot be had. memory_free() it. */
csv_block *csv_block_new(size_t bytes);

/* Parses from begin on into cells, up to the first row that is not plain: digits, commas, and a newline at its end. */
void csv_block_parse(csv_block *block, const csv_columns *columns);

/* A stream that is cut into blocks. */
typedef struct csv_text {
    stream *input;
    size_t block_bytes;
    uint8_t *rest; /* [rest_count] of at most block_bytes: of a row that the next block will hold as a whole */
    size_t rest_count;
    bool ended;
} csv_text;

/* Skips a byte order mark. csv_text_close() it, also after a failure. */
clenet_status csv_text_open(csv_text *text, stream *input, size_t block_bytes, clenet_error *error);
void csv_text_close(csv_text *text); /* leaves the stream open */

/* The next block of text. It ends where a line ends, but for the last block and for a line that is longer. end == 0:
 * nothing is left. */
clenet_status csv_text_next(csv_text *text, csv_block *block, clenet_error *error);

#endif
