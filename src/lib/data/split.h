/* split.h - divides the rows into training and validation. */
#ifndef CLENET_LIB_DATA_SPLIT_H
#define CLENET_LIB_DATA_SPLIT_H

#include "lib/base/status.h"

typedef struct row_split {
    uint32_t *training;   /* ascending */
    uint32_t *validation; /* ascending */
    size_t training_count, validation_count;
} row_split;

/* Shuffles the rows by the seed, cuts them into clenet_validation_parts(validation) parts, in that order, and holds out part
 * `fold`. Part 0 has ceil(rows * validation) rows (scikit-learn's train_test_split rounds the same way), and leaves at least one
 * row for training. The other parts share the remaining rows; if the division leaves a remainder, the first parts have one row
 * more. Every row is in exactly one part. row_split_free() it. Errors: CLENET_ERROR_MEMORY; CLENET_ERROR_ARGUMENT, also if a part
 * other than the first is empty or has all rows. */
clenet_status row_split_new(row_split *split, size_t rows, double validation, int fold, uint64_t seed,
                            clenet_error *error);
void row_split_free(row_split *split);

#endif
