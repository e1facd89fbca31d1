/* csv_sample.h - the first rows of a CSV, which show what its columns are. */
#ifndef CLENET_LIB_DATA_CSV_SAMPLE_H
#define CLENET_LIB_DATA_CSV_SAMPLE_H

#include <stdbool.h>

#include "lib/data/csv_names.h"
#include "lib/data/growing.h"

typedef struct csv_sample {
    csv_names first; /* the cells of the first row */
    size_t columns;  /* of the first row; 0 if it is longer than the text */
    size_t rows;     /* complete rows of as many columns, the first included */
    growing values;  /* float [rows][columns]: a number, CSV_EMPTY, or NAN for other text */
    bool trailing;   /* rows end in a delimiter, the first too or not */
} csv_sample;

#define CSV_EMPTY (-2e30F) /* numbers are at least CSV_LEAST, and at most -CSV_LEAST */
#define CSV_LEAST (-1e30F)

/* Reads up to 100 rows of text [length], of which the last line may be incomplete unless `whole` is true. csv_sample_free() it. False
 * if out of memory. */
bool csv_sample_read(csv_sample *sample, const unsigned char *text, size_t length, bool whole, unsigned char delimiter);
void csv_sample_free(csv_sample *sample);

float csv_sample_value(const csv_sample *sample, size_t row, size_t column);

typedef enum csv_first_line {
    CSV_NAMES,    /* it names the columns */
    CSV_NO_NAMES, /* it was a row of numbers, which pandas made unique: 5, 0, 0.1, 0.2 ... They tell nothing */
    CSV_A_ROW     /* it is a row like all others */
} csv_first_line;

csv_first_line csv_sample_first_line(const csv_sample *sample);

/* The numbers of one-hot labels may be words: 1 for true, 0 for false, -1 for anything else. */
int csv_truth(const char *cell, size_t length);

enum { CSV_CELL_BYTES = 64 * 1024 /* more is not a cell, but text after a quote that is never closed */ };

/* The buffer of libcsv for the current cell: NULL beyond CSV_CELL_BYTES. */
void *csv_cell_resize(void *cell, size_t bytes);

struct csv_parser;

/* True if libcsv failed since memory ran out, and not since a cell is too long. */
bool csv_out_of_memory(struct csv_parser *parser);

#endif
