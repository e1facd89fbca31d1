/* split.h - which rows are trained on, and which are held out. */
#ifndef CLENET_LIB_DATA_SPLIT_H
#define CLENET_LIB_DATA_SPLIT_H

#include "lib/base/status.h"

typedef struct row_split {
    uint32_t *training;   /* ascending */
    uint32_t *validation; /* ascending */
    size_t training_count, validation_count;
} row_split;

/* Shuffles the rows by the seed, cuts them into clenet_validation_parts(validation) parts, in that order, and holds out part `fold`
 * of them. Part 0 has ceil(rows * validation) rows (scikit-learn's train_test_split rounds so), and leaves at least one to train on;
 * the others share what is left, the first of them with one row more where that does not come out even. Every row is in one part.
 * row_split_free() it. Errors: CLENET_ERROR_MEMORY, CLENET_ERROR_ARGUMENT (also where a part but the first is empty, or all there is). */
clenet_status row_split_new(row_split *split, size_t rows, double validation, int fold, uint64_t seed,
                            clenet_error *error);
void row_split_free(row_split *split);

#endif
