/* split.c - see split.h. */
#include "lib/data/split.h"

#include <limits.h>
#include <math.h>

#include "lib/base/memory.h"
#include "lib/base/philox.h"

int clenet_validation_parts(double validation) {
    if (!(validation > 0.0 && validation < 1.0)) return 0;
    double parts = round(1.0 / validation);
    return parts < 2.0 ? 2 : parts < (double)INT_MAX ? (int)parts : INT_MAX;
}

/* A range of the shuffled order. */
typedef struct part {
    size_t first, count;
} part;

static size_t count_of(size_t rows, double validation) {
    double exact = (double)rows * validation;
    size_t count = (size_t)exact;
    if ((double)count < exact) count++;
    return count < rows ? count : rows - 1;
}

static part part_of(size_t rows, double validation, int fold) {
    size_t first = count_of(rows, validation);
    if (fold == 0) return (part){0, first};
    size_t others = (size_t)clenet_validation_parts(validation) - 1, before = (size_t)fold - 1;
    size_t each = (rows - first) / others, larger = (rows - first) % others;
    return (part){.first = first + before * each + (before < larger ? before : larger),
                  .count = each + (before < larger)};
}

/* Sets held[row] = 1 for the rows of a part of the shuffled order. held [rows] must be zeroed; order [rows]. */
static void draw(unsigned char *held, uint32_t *order, size_t rows, part of, uint64_t seed) {
    for (size_t i = 0; i < rows; i++) order[i] = (uint32_t)i;
    philox_shuffle(seed, PHILOX_SPLIT, 0, order, rows);
    for (size_t i = 0; i < of.count; i++) held[order[of.first + i]] = 1;
}

static clenet_status check(size_t rows, double validation, int fold, clenet_error *error) {
    if (rows == 0 || rows > UINT32_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "cannot split %zu rows: give 1 to %lu", rows,
                         (unsigned long)UINT32_MAX);
    }
    if (!(validation >= 0.0 && validation < 1.0)) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "validation share %g is out of range: give 0 or more, and less than 1", validation);
    }
    if (fold == 0) return CLENET_OK;
    int parts = clenet_validation_parts(validation);
    if (fold < 0 || fold >= parts) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "validation part %d is out of range: with a share of %g there are %d, from 0", fold,
                         validation, parts);
    }
    part of = part_of(rows, validation, fold);
    if (of.count > 0 && of.count < rows) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "validation part %d of %d is empty, or all of %zu rows: give more",
                     fold, parts, rows);
}

clenet_status row_split_new(row_split *split, size_t rows, double validation, int fold, uint64_t seed,
                            clenet_error *error) {
    clenet_status status = check(rows, validation, fold, error);
    if (status != CLENET_OK) return status;
    part of = part_of(rows, validation, fold);
    row_split fresh = {.training_count = rows - of.count, .validation_count = of.count};
    unsigned char *held = memory_new(rows, sizeof *held);
    uint32_t *order = memory_new(rows, sizeof *order);
    fresh.training = memory_new(fresh.training_count, sizeof *fresh.training);
    fresh.validation = memory_new(fresh.validation_count, sizeof *fresh.validation);
    bool ready = held != NULL && order != NULL && fresh.training != NULL && fresh.validation != NULL;
    if (ready) {
        draw(held, order, rows, of, seed);
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
