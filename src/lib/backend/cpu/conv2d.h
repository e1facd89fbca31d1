/* conv2d.h - the sizes of a convolution, and its padded input.
 *
 * For kernel files only.
 *
 * Layout : x [H][W][C][L], padded [H+kh-1][W+kw-1][C][L] with zeros around x if the padding is not 0,
 *          kernel [kh][kw][C][F], y [OH][OW][F][L], pooled [OH/2][OW/2][F][L] with index [OH/2][OW/2][F][L]. */
#ifndef CLENET_LIB_BACKEND_CPU_CONV2D_H
#define CLENET_LIB_BACKEND_CPU_CONV2D_H

#include "lib/backend/cpu/vec.h"

/* The sizes of one convolution. */
typedef struct conv {
    int h, w, c;      /* of x, without padding */
    int out_h, out_w; /* before pooling */
    int filters, kh, kw, pad_top, pad_left;
    bool padded;
    int x_h, x_w;       /* of x as the kernels read it, padding included */
    size_t column, row; /* floats between neighbouring columns and rows of that x */
} conv;

static inline conv conv_of(const cpu_task *task) {
    const plan_op *op = task->op;
    clenet_shape out = task->p->network->layers[op->layer].out;
    conv k = {.h = op->in.height,
              .w = op->in.width,
              .c = op->in.channels,
              .out_h = out.height,
              .out_w = out.width,
              .filters = out.channels,
              .kh = op->kernel_height,
              .kw = op->kernel_width,
              .pad_top = op->pad_top,
              .pad_left = op->pad_left};
    k.x_h = k.out_h + k.kh - 1;
    k.x_w = k.out_w + k.kw - 1;
    k.padded = k.x_h != k.h || k.x_w != k.w;
    k.column = (size_t)k.c * LANES;
    k.row = (size_t)k.x_w * k.column;
    return k;
}

static inline size_t conv_x_size(const conv *k) {
    return (size_t)k->x_h * (size_t)k->x_w * (size_t)k->c;
}
static inline size_t conv_z_size(const conv *k) {
    return (size_t)k->out_h * (size_t)k->out_w * (size_t)k->filters;
}
static inline size_t conv_kernel_size(const conv *k) {
    return (size_t)k->kh * (size_t)k->kw * (size_t)k->c * (size_t)k->filters;
}

/* The block's place in the padded x, and its ink's. */
static inline int conv_x_place(const cpu_task *task, const cpu_batch *batch, int block) {
    return task->scratch_x ? cpu_scratch(batch, block) : block;
}

/* x as the kernels read it: the padded copy in work[0], or x itself. */
static inline const float *conv_x(const cpu_task *task, const conv *k, int place) {
    return block_at(k->padded ? task->work[0] : task->x, place, conv_x_size(k));
}

/* A byte's number is a product, not a quotient, since every device rounds a product the same way. */
static const float PIXEL_SCALE = 1.0F / 255.0F;

/* True if x of a pooled convolution is the images, not moved by augmentation, with one channel and at most this many columns and
 * rows: then the gradient of the kernel takes x from the bytes (conv2d_pooled_images.c), and the padded x is scratch. */
enum { BYTES_SIDE = 32 };
static inline bool conv2d_x_is_bytes(const cpu_program *program, const plan_op *op, const conv *k) {
    const plan_op *first = program->count > 0 ? program->tasks[0].op : NULL;
    return first && first->kind == OP_GATHER && first->y == op->x && !augmentation_moves(&first->augment) && op->pool &&
           k->padded && k->c == 1 && k->x_w <= BYTES_SIDE && k->x_h <= BYTES_SIDE && k->w >= BYTES_SIDE / 2;
}

/* ---- ink ------------------------------------------------------------------------------------------------------ */

/* The columns of a row of x, padding included, that are not 0 in all images of the block, and what is between them. Zeroed: no
 * column. Only of the images, in work[1] of the tasks that write and read it; conv2d.c says what for. */
typedef struct conv2d_ink {
    int from_right, end; /* columns from the first to the right end of x; the last + 1 */
} conv2d_ink;

static inline conv2d_ink *conv2d_inks(const cpu_task *task, const conv *k, int place) {
    return (conv2d_ink *)(void *)task->work[1] + (size_t)place * (size_t)k->x_h;
}

INLINE bool conv2d_blank(const float *x /* [C][L] */, const conv *k) {
    vec_int bits = {0};
    for (int c = 0; c < k->c; c++) bits |= (vec_int)vec_load(x + (size_t)c * LANES);
    return !vec_any(bits);
}

/* The ink of a row of x, without padding. */
INLINE conv2d_ink conv2d_find_ink(const float *x /* [W][C][L] */, const conv *k) {
    int begin = 0, end = k->w;
    while (begin < end && conv2d_blank(x + (size_t)begin * k->column, k)) begin++;
    if (begin == end) return (conv2d_ink){0};
    while (conv2d_blank(x + (size_t)(end - 1) * k->column, k)) end--;
    return (conv2d_ink){.from_right = k->x_w - k->pad_left - begin, .end = k->pad_left + end};
}

/* Gives the task that prepares x its workspaces: work[0] for x if it is padded, work[1] for the ink if x is the images. */
static inline void conv2d_add_x(cpu_program *program, cpu_task *task, const conv *k, bool images) {
    size_t slots = (size_t)program->slots, inks = slots * (size_t)k->x_h * sizeof(conv2d_ink) / sizeof(float);
    if (k->padded) task->work[0] = cpu_program_workspace(program, slots * conv_x_size(k) * LANES);
    if (images) task->work[1] = cpu_program_workspace(program, inks);
    cpu_task_writes(task, task->work[0]);
    cpu_task_writes(task, task->work[1]);
}

/* ---- forward -------------------------------------------------------------------------------------------------- */

/* y and index of one pool window and filter, from its four sums. Bias and relu follow the maximum, which gives the same result as
 * before it. Without index: NULL. */
INLINE void pool_window(float *y, uint8_t *index, const vec sums[4], float bias, bool relu) {
    vec best = sums[0];
#pragma GCC unroll 3
    for (int t = 1; t < 4; t++) best = vec_larger(sums[t], best);
    vec z = best + vec_all(bias);
    vec_store(y, relu ? vec_larger(vec_zero(), z) : z); /* keeps NaN, so that it shows */
    if (!index) return;
    /* The first of the four that is the largest: each value that is not the largest adds 1, until one was. */
    vec_int which = {0};
#pragma GCC unroll 3
    for (int t = 2; t >= 0; t--) which = (which + 1) & (sums[t] != best);
    if (relu) which = ((z > vec_zero()) & which) | (~(z > vec_zero()) & pool_index_dead(2));
    vec_int_to_bytes(index, which);
}

/* ---- backward ------------------------------------------------------------------------------------------------- */

/* The workspace with the padded x; NULL if x needs no padding. The backward operation finds the forward's workspace
 * (conv2d.c). */
float *NAME(conv2d_padded_x)(cpu_program *program, const plan_op *op);

/* The gradients of kernel and bias are sums of the blocks' partial sums, [kernel, bias] of conv2d_partial_size() numbers for each
 * slot. conv2d_add_reduce adds the task that sums them, in the order of the blocks. conv2d_bias_gradient: sums [ct] over dz
 * [positions][ct][L]. */
size_t NAME(conv2d_partial_size)(const cpu_task *task);
void NAME(conv2d_add_reduce)(cpu_program *program, const plan_op *op, float *partial);
void NAME(conv2d_bias_gradient)(float *sums, const float *dz, int positions, int ct);

/* Adds the tasks that fill `images` and `blank` of conv2d_pooled_kernel.c from the bytes (conv2d_pooled_images.c). */
void NAME(conv2d_pooled_images)(cpu_program *program, const plan_op *op, float *images, float *blank);

/* Add the tasks of the gradients of a convolution with fused 2x2 max pooling (conv2d_pooled_input.c, conv2d_pooled_kernel.c). That of
 * the kernel returns the blocks' partial sums, which conv2d_pooled_reduce adds up; NULL on failure. */
void NAME(conv2d_pooled_input_gradient)(cpu_program *program, const plan_op *op, const conv *k);
float *NAME(conv2d_pooled_kernel_gradient)(cpu_program *program, const plan_op *op, const conv *k);
void NAME(conv2d_pooled_reduce)(cpu_program *program, const plan_op *op, const conv *k, float *partial);

#endif
