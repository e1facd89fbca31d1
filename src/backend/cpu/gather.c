/* gather.c - a batch's images from bytes to numbers: y = x / 255, rows to lanes. float32.
 *
 * Layout : images [rows][features] of uint8, y [features][L].
 * Twin   : cl/gather.cl */
#include "backend/cpu/vec.h"

enum { PART_FEATURES = 64, SQUARE = 16 };

static const float SCALE = 1.0F / 255.0F; /* multiplied, since every device rounds a product alike */

typedef uint8_t bytes16 __attribute__((vector_size(SQUARE), may_alias, aligned(1)));

/* v becomes its own columns: each round interleaves the two halves, and after four (2^4 = SQUARE) row
 * and column have changed places. */
INLINE void transpose(bytes16 v[SQUARE]) {
    bytes16 w[SQUARE];
#pragma GCC unroll 4
    for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
        for (int i = 0; i < SQUARE / 2; i++) {
            w[2 * i] = __builtin_shufflevector(v[i], v[i + SQUARE / 2], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
                                               7, 23);
            w[2 * i + 1] = __builtin_shufflevector(v[i], v[i + SQUARE / 2], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                   29, 14, 30, 15, 31);
        }
        memcpy(v, w, sizeof w);
    }
}

/* y of SQUARE pixels from i on. */
INLINE void gather_square(float *y, const uint8_t *const image[LANES], size_t i) {
    bytes16 rows[SQUARE] = {{0}};
    for (int lane = 0; lane < LANES; lane++) rows[lane] = *(const bytes16 *)(image[lane] + i);
    transpose(rows);
    for (size_t k = 0; k < SQUARE; k++)
        vec_store(y + (i + k) * LANES, vec_from_bytes((const uint8_t *)&rows[k]) * vec_all(SCALE));
}

INLINE void gather_one(float *y, const uint8_t *const image[LANES], size_t i) {
    _Alignas(LANES) uint8_t pixel[LANES];
    for (int lane = 0; lane < LANES; lane++) pixel[lane] = image[lane][i];
    vec_store(y + i * LANES, vec_from_bytes(pixel) * vec_all(SCALE));
}

/* A part is PART_FEATURES pixels. Lanes behind a short batch repeat its last image: finite, and counted nowhere. */
static void NAME(run_gather)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    size_t size = shape_size(task->op->in);
    size_t first = (size_t)(block - batch->first_block) * LANES;
    const uint8_t *image[LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        size_t i = first + lane < batch->count ? first + lane : batch->count - 1;
        image[lane] = batch->images + (batch->rows ? batch->rows[i] : batch->first_row + i) * size;
    }
    size_t stop = (size_t)end * PART_FEATURES < size ? (size_t)end * PART_FEATURES : size;
    size_t i = (size_t)begin * PART_FEATURES;
    float *y = block_at(task->y, block, size);
    for (; i + SQUARE <= stop; i += SQUARE) gather_square(y, image, i);
    for (; i < stop; i++) gather_one(y, image, i);
}

void NAME(gather)(cpu_program *program, const plan_op *op) {
    int parts = ceil_div((int)shape_size(op->in), PART_FEATURES);
    cpu_task_writes(cpu_program_add(program, op, NAME(run_gather), false, parts),
                    program->arena + program->p->buffers[op->y].offset);
}
