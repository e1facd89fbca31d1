/* gather.c - converts a batch's images from bytes to numbers: y = x / 255. float32.
 *
 * Rows become lanes. Before that, augmentation may move the images a little (augment.h).
 *
 * If a convolution with padding follows, the images are written as it reads them: with zeros around, and with their ink. Then the
 * buffer of y is not used.
 *
 * Layout : images [rows][features] of uint8, y [features][L]; padded x: conv2d.h.
 * Twin   : cl/gather.cl */
#include "lib/backend/cpu/augment.h"
#include "lib/backend/cpu/conv2d.h"

/* A part is at most this many pixels, or a row if the convolution pads. It is larger for moved images, because each part draws the
 * moves again. */
enum { PART_FEATURES = 64, MOVED_FEATURES = 256, SQUARE = 16 };

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
        vec_store(y + k * LANES, vec_from_bytes((const uint8_t *)&rows[k]) * vec_all(PIXEL_SCALE));
}

INLINE void gather_one(float *y, const uint8_t *const image[LANES], size_t i) {
    _Alignas(LANES) uint8_t pixel[LANES];
    for (int lane = 0; lane < LANES; lane++) pixel[lane] = image[lane][i];
    vec_store(y, vec_from_bytes(pixel) * vec_all(PIXEL_SCALE));
}

/* y of `count` pixels starting at i. The last square may overlap the one before. */
INLINE void gather_pixels(float *y, const uint8_t *const image[LANES], size_t i, size_t count) {
    size_t done = 0;
    for (; done + SQUARE <= count; done += SQUARE) gather_square(y + done * LANES, image, i + done);
    if (done < count && count >= SQUARE) {
        done = count;
        gather_square(y + (count - SQUARE) * LANES, image, i + count - SQUARE);
    }
    for (; done < count; done++) gather_one(y + done * LANES, image, i + done);
}

/* The convolution that follows: it begins with the gathered images. */
static conv conv_after(const cpu_task *task) {
    const cpu_task like = {.op = task->op + 1, .p = task->p};
    return conv_of(&like);
}

/* The rows of the padded x with pixels i .. stop, and their ink; image[lane] begins with pixel i. */
INLINE void gather_rows(const cpu_task *task, int place, const uint8_t *const image[LANES], size_t i, size_t stop) {
    conv k = conv_after(task);
    size_t row = (size_t)k.w * (size_t)k.c;
    float *x =
        block_at(task->work[0], place, conv_x_size(&k)) + (size_t)k.pad_top * k.row + (size_t)k.pad_left * k.column;
    for (size_t at = i; at < stop; at += row) {
        float *y = x + at / row * k.row;
        gather_pixels(y, image, at - i, row);
        conv2d_inks(task, &k, place)[at / row + (size_t)k.pad_top] = conv2d_find_ink(y, &k);
    }
}

/* Pixels i .. stop, of which image[lane] begins with pixel i. */
INLINE void gather_part(const cpu_task *task, const cpu_batch *batch, int block, const uint8_t *const image[LANES],
                        size_t i, size_t stop) {
    if (task->work[0])
        gather_rows(task, conv_x_place(task, batch, block), image, i, stop);
    else
        gather_pixels(block_at(task->y, block, shape_size(task->op->in)) + i * LANES, image, 0, stop - i);
}

/* The pixels of a part. */
INLINE size_t part_size(const cpu_task *task, size_t most) {
    size_t row = (size_t)task->op->in.width * (size_t)task->op->in.channels;
    if (!task->work[0]) return most;
    return row < most ? most / row * row : row;
}

static void NAME(run_gather)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    size_t size = shape_size(task->op->in), row[LANES], part = part_size(task, PART_FEATURES);
    size_t i = (size_t)begin * part, stop = (size_t)end * part;
    const uint8_t *image[LANES];
    cpu_block_rows(row, batch, block, LANES);
    for (size_t lane = 0; lane < LANES; lane++) image[lane] = batch->images + row[lane] * size + i;
    gather_part(task, batch, block, image, i, stop < size ? stop : size);
}

static void NAME(run_gather_moved)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    const plan_op *op = task->op;
    size_t size = shape_size(op->in), row[LANES], pixels = part_size(task, MOVED_FEATURES);
    uint8_t moved[LANES][MOVED_FEATURES];
    const uint8_t *image[LANES];
    image_move move[LANES];
    cpu_block_rows(row, batch, block, LANES);
    for (size_t lane = 0; lane < LANES; lane++) {
        augment_draw(&move[lane], &op->augment, op->in, (uint32_t)row[lane], batch->round, task->p->options.seed);
        image[lane] = moved[lane];
    }
    for (int part = begin; part < end; part++) {
        size_t i = (size_t)part * pixels, stop = i + pixels < size ? i + pixels : size;
        for (size_t lane = 0; lane < LANES; lane++)
            augment_image(moved[lane], &move[lane], batch->images + row[lane] * size, op->in, (int)i, (int)stop);
        gather_part(task, batch, block, image, i, stop);
    }
}

/* True if a convolution with padding follows, and a part holds a row of a moved image. */
static bool pads(const cpu_task *task, bool moved) {
    if (task->op[1].kind != OP_CONV2D_FORWARD) return false;
    conv k = conv_after(task);
    return k.padded && (!moved || k.w * k.c <= MOVED_FEATURES);
}

void NAME(gather)(cpu_program *program, const plan_op *op) {
    bool moved = augmentation_moves(&op->augment);
    cpu_task *task = cpu_program_add(program, op, moved ? NAME(run_gather_moved) : NAME(run_gather), false, 1);
    if (!task) return;
    if (pads(task, moved)) {
        conv k = conv_after(task);
        conv2d_add_x(program, task, &k, true);
        task->scratch_x = conv2d_x_is_bytes(program, op + 1, &k);
    } else {
        cpu_task_writes(task, task->y);
    }
    size_t part = part_size(task, moved ? MOVED_FEATURES : PART_FEATURES);
    task->parts = ceil_div((int)shape_size(op->in), (int)part);
}
