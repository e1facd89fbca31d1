/* split.c - see split.h. */
#include "data/split.h"

#include "base/memory.h"
#include "base/philox.h"

static size_t count_of(size_t rows, double validation) {
    double exact = (double)rows * validation;
    size_t count = (size_t)exact;
    if ((double)count < exact) count++;
    return count < rows ? count : rows - 1;
}

/* Marks count rows by held[row] = 1: the first of the shuffled order. held [rows] zeroed, order [rows]. */
static void draw(unsigned char *held, uint32_t *order, size_t rows, size_t count, uint64_t seed) {
    for (size_t i = 0; i < rows; i++) order[i] = (uint32_t)i;
    philox_shuffle(seed, PHILOX_SPLIT, 0, order, rows);
    for (size_t i = 0; i < count; i++) held[order[i]] = 1;
}

clenet_status row_split_new(row_split *split, size_t rows, double validation, uint64_t seed, clenet_error *error) {
    if (rows == 0 || rows > UINT32_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "cannot split %zu rows: give 1 to %lu", rows,
                         (unsigned long)UINT32_MAX);
    }
    if (!(validation >= 0.0 && validation < 1.0)) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "validation share %g is out of range: give 0 or more, and less than 1", validation);
    }
    size_t held_count = count_of(rows, validation);
    row_split fresh = {.training_count = rows - held_count, .validation_count = held_count};
    unsigned char *held = memory_new(rows, sizeof *held);
    uint32_t *order = memory_new(rows, sizeof *order);
    fresh.training = memory_new(fresh.training_count, sizeof *fresh.training);
    fresh.validation = memory_new(fresh.validation_count, sizeof *fresh.validation);
    bool ready = held != NULL && order != NULL && fresh.training != NULL && fresh.validation != NULL;
    if (ready) {
        draw(held, order, rows, held_count, seed);
        size_t training = 0, validated = 0;
        for (uint32_t row = 0; row < rows; row++) {
            if (held[row])
                fresh.validation[validated++] = row;
            else
                fresh.training[training++] = row;
        }
        *split = fresh;
    } else {
        row_split_free(&fresh);
    }
    memory_free(order);
    memory_free(held);
    return ready ? CLENET_OK
                 : error_memory(error, rows * 2 * sizeof(uint32_t), "the lists of training and validation rows");
}

void row_split_free(row_split *split) {
    memory_free(split->training);
    memory_free(split->validation);
    *split = (row_split){0};
}
