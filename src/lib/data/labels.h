/* labels.h - collects the labels of a file, and numbers the classes.
 *
 * A label is a whole number or a text ("cat"). Readers add one per row; labels_finish() then counts the classes. */
#ifndef CLENET_LIB_DATA_LABELS_H
#define CLENET_LIB_DATA_LABELS_H

#include "lib/data/dataset.h"
#include "lib/data/growing.h"

enum {
    CLASSES_AT_MOST = 256,
    LABEL_BYTES = 64,    /* of a text, with its end */
    LABEL_NUMBERS = 256, /* whole numbers below this need no text */
};

typedef struct label_set {
    growing codes;     /* uint16_t [rows]: a number below LABEL_NUMBERS, or that plus an index in texts */
    growing texts;     /* char [text_count][LABEL_BYTES] */
    size_t text_count; /* at most CLASSES_AT_MOST */
    uint32_t text_row[CLASSES_AT_MOST]; /* the first row, from 1 */
    uint32_t number_row[LABEL_NUMBERS]; /* the first row, from 1; 0: no row has it */
} label_set;

/* Each adds the label of the next row. labels_text() accepts a number as text, too: 3, 03 and -1 are numbers. Errors:
 * CLENET_ERROR_MEMORY; CLENET_ERROR_FORMAT, with only the reason as the message, which the reader puts behind the place: the text is
 * empty, too long or has a control character, or there are more than CLASSES_AT_MOST different labels. */
clenet_status labels_number(label_set *set, long number, clenet_error *error);
clenet_status labels_text(label_set *set, const char *text, size_t length, clenet_error *error);

/* Gives the rows' classes and their names to *dataset: its labels, classes and class_names.
 *   class_names [classes], not NULL   each label must be one of these names; numbers are compared as numbers
 *   class_names NULL, classes above 0 each label must be a number below classes; the names are the numbers
 *   classes 0                         counted: whole numbers from 0 or 1 are all numbers up to the largest, if at least half of these
 *                                     occur; otherwise the labels that occur are the classes, numbers first, in their order, then
 *                                     texts in theirs
 * Frees the set in any case. name: of the file, for errors. Errors: CLENET_ERROR_FORMAT, CLENET_ERROR_MEMORY. */
clenet_status labels_finish(label_set *set, clenet_dataset *dataset, int classes, const char *const *class_names,
                            const char *name, clenet_error *error);

void labels_free(label_set *set);

#endif
