/* csv_reader.h - the state of a CSV reader, for csv.c and csv_rows.c. */
#ifndef CLENET_LIB_DATA_CSV_READER_H
#define CLENET_LIB_DATA_CSV_READER_H

#include <csv.h>
#include <stdbool.h>

#include "lib/data/csv_block.h"
#include "lib/data/csv_header.h"
#include "lib/data/csv_values.h"
#include "lib/data/growing.h"
#include "lib/data/labels.h"

typedef struct csv_reader {
    clenet_status status; /* of the first error; after it nothing more is read */
    clenet_error *error;
    const char *name;
    struct csv_parser parser;
    bool has_header, has_label;
    csv_first_line first_line;
    csv_choice choice;
    csv_sample sample;
    csv_names names;     /* until has_header */
    csv_meaning meaning; /* if has_header */
    size_t pixels;
    csv_columns columns;
    bool at_row;     /* the text continues at the start of a row of numbers, or of a blank line */
    size_t line;     /* of the text, from 1 */
    size_t column;   /* cells of the row so far */
    bool last_empty; /* the last of them is empty */
    size_t hot;      /* the column of a one-hot label that is 1 in this row; columns.count: none so far */
    int terminator;  /* the character that ended the line before */
    size_t rows;     /* complete rows */
    int side;        /* height and width of the image, pixels */
    size_t pixel;    /* pixels of the row so far, if they are in order */
    growing images;  /* [rows][pixels], and the row that is being read */
    csv_values values;
    label_set labels; /* [rows], and the row that is being read */
} csv_reader;

/* Set the error "NAME:LINE:COLUMN: what"; csv_fail_memory that images or labels need `more` bytes. */
void csv_fail(csv_reader *reader, size_t column, const char *what);
void csv_fail_memory(csv_reader *reader, const growing *block, size_t more);

/* A cell of a row, and a row's end, as libcsv meets them. */
void csv_rows_cell(csv_reader *reader, const char *cell, size_t length);
void csv_rows_end(csv_reader *reader);

/* Takes over the rows that csv_block_parse found. */
void csv_rows_take(csv_reader *reader, const csv_block *block);

#endif
