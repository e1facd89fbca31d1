/* gather.c - converts a batch's images from bytes to numbers: y = x / 255. float32.
 *
 * Rows become lanes. Before that, augmentation may move the images a little (augment.h).
 *
 * Layout : images [rows][features] of uint8, y [features][L].
 * Twin   : cl/gather.cl */
#include "lib/backend/cpu/augment.h"
#include "lib/backend/cpu/vec.h"

/* A part is this many pixels. It is larger for moved images, because each part draws the moves again. */
enum { PART_FEATURES = 64, MOVED_FEATURES = 256, SQUARE = 16 };

static const float SCALE = 1.0F / 255.0F; /* multiplied, since every device rounds a product the same way */

typedef uint8_t bytes16 __attribute__((vector_size(SQUARE), may_alias, aligned(1)));

/* Transposes v: each round interleaves the two halves, and after four rounds (2^4 = SQUARE) row and column are exchanged. */
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

/* y of SQUARE pixels starting at i. */
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

/* y of the images' pixels 0 .. count. */
INLINE void gather_pixels(float *y, const uint8_t *const image[LANES], size_t count) {
    size_t i = 0;
    for (; i + SQUARE <= count; i += SQUARE) gather_square(y, image, i);
    for (; i < count; i++) gather_one(y, image, i);
}

/* The row of the data in each lane. Lanes past the end of a short batch repeat its last image, so that they are finite; they are
 * not counted. */
INLINE void find_rows(size_t row[LANES], const cpu_batch *batch, int block) {
    size_t first = (size_t)(block - batch->first_block) * LANES;
    for (size_t lane = 0; lane < LANES; lane++) {
        size_t i = first + lane < batch->count ? first + lane : batch->count - 1;
        row[lane] = batch->rows ? batch->rows[i] : batch->first_row + i;
    }
}

static void NAME(run_gather)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    size_t size = shape_size(task->op->in), row[LANES];
    size_t i = (size_t)begin * PART_FEATURES, stop = (size_t)end * PART_FEATURES;
    const uint8_t *image[LANES];
    find_rows(row, batch, block);
    for (size_t lane = 0; lane < LANES; lane++) image[lane] = batch->images + row[lane] * size + i;
    gather_pixels(block_at(task->y, block, size) + i * LANES, image, (stop < size ? stop : size) - i);
}

static void NAME(run_gather_moved)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    const plan_op *op = task->op;
    size_t size = shape_size(op->in), row[LANES];
    uint8_t moved[LANES][MOVED_FEATURES];
    const uint8_t *image[LANES];
    image_move move[LANES];
    find_rows(row, batch, block);
    for (size_t lane = 0; lane < LANES; lane++) {
        augment_draw(&move[lane], &op->augment, op->in, (uint32_t)row[lane], batch->round, task->p->options.seed);
        image[lane] = moved[lane];
    }
    for (int part = begin; part < end; part++) {
        size_t i = (size_t)part * MOVED_FEATURES, stop = i + MOVED_FEATURES < size ? i + MOVED_FEATURES : size;
        for (size_t lane = 0; lane < LANES; lane++)
            augment_image(moved[lane], &move[lane], batch->images + row[lane] * size, op->in, (int)i, (int)stop);
        gather_pixels(block_at(task->y, block, size) + i * LANES, image, stop - i);
    }
}

void NAME(gather)(cpu_program *program, const plan_op *op) {
    bool moved = augmentation_moves(&op->augment);
    int parts = ceil_div((int)shape_size(op->in), moved ? MOVED_FEATURES : PART_FEATURES);
    cpu_task_writes(cpu_program_add(program, op, moved ? NAME(run_gather_moved) : NAME(run_gather), false, parts),
                    program->arena + program->p->buffers[op->y].offset);
}
