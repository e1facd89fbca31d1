/* csv_header.h - finds out what the columns of a CSV are.
 *
 * By the options, by their names, by their count, and by the first rows, in this order. */
#ifndef CLENET_LIB_DATA_CSV_HEADER_H
#define CLENET_LIB_DATA_CSV_HEADER_H

#include "lib/data/csv_block.h"
#include "lib/data/csv_names.h"
#include "lib/data/csv_sample.h"
#include "lib/data/labels.h"

enum {
    CSV_TOLD = 256,         /* bytes of a sentence about the columns */
    CSV_COLUMNS_SHOWN = 24, /* bytes of a column's name in it */
};

/* The options that choose columns by hand: those of clenet_load_options. */
typedef struct csv_choice {
    const char *label, *skip;
    bool optional;
    int classes; /* labels are likely to be below this */
} csv_choice;

/* The meaning of the columns. */
typedef struct csv_meaning {
    size_t count;     /* columns */
    size_t pixels;    /* a square, or three times one */
    int channels;     /* 1 or 3 */
    size_t label;     /* the column of the labels; count if there are none, or if they are one-hot */
    size_t hot;       /* one-hot labels: the first of hot_count columns, of which one is 1 and the others are 0 */
    size_t hot_count; /* 0: none */
    char (*hot_names)[LABEL_BYTES]; /* [hot_count]: the labels. csv_meaning_free() frees them */
    bool trailing;                  /* the last column is empty: a delimiter ends each line */
    uint32_t
        *place; /* [count]: which pixel a column is, or CSV_NO_PIXEL; NULL if all but the label are pixels in order */
    char told[CSV_TOLD],
        more[CSV_TOLD]; /* how the columns were read, up to the number of pixels, and after that; "" for Kaggle's form */
    char why[CSV_TOLD]; /* if the columns have no meaning: the error */
    size_t column;      /* and its column, from 1 */
} csv_meaning;

/* Finds the meaning. names: of the columns, or NULL if there are none; first_line says why. sample may have no rows. With names, in this order:
 *   by hand    the columns that choice->label and choice->skip name; "none" is no label
 *   by name    csv_name_kind()
 *   pixels     most names are alike but for their numbers, as pixel0, pixel1 ... or 1x1, 1x2 ...: these, in the order of the
 *              numbers. The remaining column is the label, if it is one column of whole numbers; or a one-hot label; or left out, if
 *              there is a label. Otherwise all columns are pixels in the order of the file
 * Without names, or if all count alike, the count tells: a square, or three times one, is pixels; one more is the label, the first or the
 * last, whichever looks like labels; more are one-hot labels.
 * Returns CLENET_OK; CLENET_ERROR_FORMAT with why and column, also if there are two ways to read them; or CLENET_ERROR_MEMORY. */
clenet_status csv_header_mean(csv_meaning *meaning, const csv_names *names, csv_first_line first_line,
                              const csv_sample *sample, const csv_choice *choice);

void csv_meaning_free(csv_meaning *meaning);

#endif
