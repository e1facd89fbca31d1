/* split.h - which rows are trained on, and which are held out. */
#ifndef CLENET_DATA_SPLIT_H
#define CLENET_DATA_SPLIT_H

#include "base/status.h"

typedef struct row_split {
    uint32_t *training;   /* ascending */
    uint32_t *validation; /* ascending */
    size_t training_count, validation_count;
} row_split;

/* Draws ceil(rows * validation) rows at random by the seed (scikit-learn's train_test_split rounds so), and leaves
 * at least one to train on. row_split_free() it. Errors: CLENET_ERROR_MEMORY, CLENET_ERROR_ARGUMENT. */
clenet_status row_split_new(row_split *split, size_t rows, double validation, uint64_t seed, clenet_error *error);
void row_split_free(row_split *split);

#endif
