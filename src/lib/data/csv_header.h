/* csv_header.h - what the columns of a CSV are, by their names. */
#ifndef CLENET_LIB_DATA_CSV_HEADER_H
#define CLENET_LIB_DATA_CSV_HEADER_H

#include "lib/data/csv_block.h"
#include "lib/data/growing.h"

typedef struct csv_header {
    growing names; /* of all columns, each with a zero behind it */
    size_t count;  /* columns */
} csv_header;

enum { CSV_TOLD = 256 /* bytes of a sentence about the columns */ };

/* The meaning of the columns. */
typedef struct csv_meaning {
    size_t pixels;
    size_t label; /* the column of the labels; count if there are none */
    uint32_t *
        place; /* [count]: which pixel a column is, or CSV_NO_PIXEL; NULL if all but the label are pixels in order. The caller
                        frees it with memory_free() */
    char told[CSV_TOLD]; /* what was taken for what; "" for "label" and "pixel0", "pixel1" ... in order */
    char why[CSV_TOLD];  /* if the columns have no meaning: the error */
    size_t column;       /* and its column, from 1; 0: the file as a whole */
} csv_meaning;

/* Adds a name without the blanks around it. False if out of memory. */
bool csv_header_add(csv_header *header, const char *name, size_t length);

/* Finds the meaning:
 *   label      "label", "labels", "class", "digit", "target" or "y", in capitals or not; at most one
 *   no pixel   "id", "index", "imageid", "unnamed: 0", or no name in the first column
 *   pixels     all others: names that end in a number and begin alike (pixel0, pixel1 ...), in the order of these numbers, from 0 or
 *              from another one; ROWxCOLUMN (1x1, 1x2 ...); or, if there is a label, any names, in
 *              the order of the file
 * Returns CLENET_OK, CLENET_ERROR_FORMAT with why and column, or CLENET_ERROR_MEMORY. */
clenet_status csv_header_mean(csv_meaning *meaning, const csv_header *header);

void csv_header_free(csv_header *header);

/* The meaning of a file without a header, from the rows at its beginning: text [length]. *columns is their count, or 0 if the first
 * row has more than whole numbers: then it is a header. A square of columns are pixels, without labels; one more is the label, the first or
 * the last: the one that changes if the other does not, or whose numbers are below `classes`. If neither tells,
 * CLENET_ERROR_FORMAT with why and column. */
clenet_status csv_headerless(csv_meaning *meaning, size_t *columns, const uint8_t *text, size_t length,
                             uint8_t delimiter, int classes);

#endif
