/* conv2d.c - 2-D convolution, stride 1, with fused relu and 2x2 max pooling. float32.
 *
 * Gradients are in conv2d_backward.c and conv2d_pooled.c.
 *
 * Layout : conv2d.h
 * Blocking: accumulators stay in registers: a tile is 2x2 positions (a pool window) or 1x4, times up to 6 filters; 3 with 16
 *          registers.
 * Twin   : cl/conv2d.cl */
#include "lib/backend/cpu/conv2d.h"

enum { TILE_FILTERS = VEC_REGISTERS == 32 ? 6 : 3 }; /* per tile of 4 positions */

/* The order of the products of a tap: see add_tap. */
#if defined(__FMA__) && !defined(__AVX512F__)
#define WEIGHTS_FIRST 1
#define UNROLL_TAPS _Pragma("GCC unroll 2")
#else
#define WEIGHTS_FIRST 0
#define UNROLL_TAPS
#endif

/* ---- padding ------------------------------------------------------------------------------------------------ */

/* A part is a row of x. The zeros around it are in the workspace from the start. */
static void NAME(pad)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    size_t row = (size_t)k.w * k.column;
    const float *x = block_at(task->x, block, shape_size(task->op->in));
    float *padded = block_at(task->work[0], block, conv_x_size(&k));
    for (int i = begin; i < end; i++)
        memcpy(padded + (size_t)(i + k.pad_top) * k.row + (size_t)k.pad_left * k.column, x + (size_t)i * row,
               row * sizeof(float));
}

float *NAME(conv2d_padded_x)(cpu_program *program, const plan_op *op) {
    cpu_task like = {.op = op, .p = program->p};
    conv k = conv_of(&like);
    if (!k.padded) return NULL;
    for (int i = 0; i < program->count; i++)
        if (program->tasks[i].run == NAME(pad) && program->tasks[i].op->x == op->x) return program->tasks[i].work[0];
    float *work = cpu_program_workspace(program, (size_t)program->slots * conv_x_size(&k) * LANES);
    cpu_task *task = cpu_program_add(program, op, NAME(pad), false, k.h);
    if (!task) return NULL;
    task->work[0] = work;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, work);
    return work;
}

/* ---- forward ------------------------------------------------------------------------------------------------ */

/* acc [th * tw][ct] += one tap's product at th x tw positions, the first of which is x, for ct filters at w. The order matters
 * only with gcc 12 and 16 registers that multiply and add at once: 12 sums, 3 weights and one x fill the registers, and no number
 * is loaded twice. Elsewhere this order spills registers, or is slower. */
INLINE void add_tap(vec *acc, const conv *k, const float *x, const float *w, int th, int tw, int ct) {
#if WEIGHTS_FIRST
    vec wq[TILE_FILTERS];
#pragma GCC unroll 6
    for (int f = 0; f < ct; f++) wq[f] = vec_all(w[f]);
#pragma GCC unroll 4
    for (int t = 0; t < th * tw; t++) {
        vec xt = vec_load(x + (size_t)(t / tw) * k->row + (size_t)(t % tw) * k->column);
#pragma GCC unroll 6
        for (int f = 0; f < ct; f++) acc[t * ct + f] += xt * wq[f];
    }
#else
    vec xq[4];
#pragma GCC unroll 4
    for (int t = 0; t < th * tw; t++) xq[t] = vec_load(x + (size_t)(t / tw) * k->row + (size_t)(t % tw) * k->column);
#pragma GCC unroll 6
    for (int f = 0; f < ct; f++) {
        vec wf = vec_all(w[f]);
#pragma GCC unroll 4
        for (int t = 0; t < th * tw; t++) acc[t * ct + f] += xq[t] * wf;
    }
#endif
}

/* acc [th * tw][ct] += the convolution at th x tw positions, whose first tap is x, for ct filters at w. */
INLINE void convolve(vec *acc, const conv *k, const float *x, const float *w, int th, int tw, int ct) {
    int taps = k->kw * k->c; /* a row of taps is one run of memory, in x and in the kernel */
    for (int a = 0; a < k->kh; a++) {
        const float *xa = x + (size_t)a * k->row;
        UNROLL_TAPS
        for (int q = 0; q < taps; q++) {
            add_tap(acc, k, xa, w, th, tw, ct);
            xa += LANES;
            w += k->filters;
        }
    }
}

/* The pool windows of a row, ct filters starting at f. Bias and relu follow the maximum, which gives the same result as before
 * it. */
INLINE void pooled_row(const cpu_task *task, const conv *k, int block, int row, int f, int ct) {
    const float *x = conv_x(task, k, block) + (size_t)(2 * row) * k->row;
    size_t size = shape_size(task->op->out), width = (size_t)task->op->out.width;
    size_t at = ((size_t)row * width * (size_t)k->filters + (size_t)f) * LANES;
    float *y = block_at(task->y, block, size) + at;
    bool relu = task->op->relu;
    uint8_t *index = task->index ? block_bytes_at(task->index, block, size) + at : NULL;
    for (size_t column = 0; column < width; column++) {
        vec acc[4 * TILE_FILTERS];
#pragma GCC unroll 24
        for (int i = 0; i < 4 * ct; i++) acc[i] = vec_zero();
        convolve(acc, k, x + 2 * column * k->column, task->kernel + f, 2, 2, ct);
#pragma GCC unroll 6
        for (int c = 0; c < ct; c++) {
            vec best = acc[c], z;
#pragma GCC unroll 4
            for (int t = 1; t < 4; t++) best = vec_larger(acc[t * ct + c], best);
            z = best + vec_all(task->bias[f + c]);
            vec_store(y + c * LANES, relu ? vec_larger(vec_zero(), z) : z); /* keeps NaN, so that it shows */
            if (!index) continue;
            /* The first of the four that is the largest: each value that is not the largest adds 1, until one was. */
            vec_int which = {0};
#pragma GCC unroll 3
            for (int t = 2; t >= 0; t--) which = (which + 1) & (acc[t * ct + c] != best);
            if (relu) which = ((z > vec_zero()) & which) | (~(z > vec_zero()) & pool_index_dead(2));
            vec_int_to_bytes(index + c * LANES, which);
        }
        y += (size_t)k->filters * LANES;
        if (index) index += (size_t)k->filters * LANES;
    }
}

/* tw positions of a row starting at column, ct filters starting at f. */
INLINE void plain_tile(const cpu_task *task, const conv *k, int block, int row, int column, int f, int tw, int ct) {
    const float *x = conv_x(task, k, block) + (size_t)row * k->row + (size_t)column * k->column;
    float *y = block_at(task->y, block, conv_z_size(k)) +
               ((size_t)(row * k->out_w + column) * (size_t)k->filters + (size_t)f) * LANES;
    vec acc[4 * TILE_FILTERS];
#pragma GCC unroll 24
    for (int i = 0; i < tw * ct; i++) acc[i] = vec_zero();
    convolve(acc, k, x, task->kernel + f, 1, tw, ct);
    for (int t = 0; t < tw; t++)
        for (int c = 0; c < ct; c++) {
            vec z = acc[t * ct + c] + vec_all(task->bias[f + c]);
            if (task->op->relu) z = vec_select(z < vec_zero(), vec_zero(), z);
            vec_store(y + ((size_t)t * (size_t)k->filters + (size_t)c) * LANES, z);
        }
}

INLINE void plain_row(const cpu_task *task, const conv *k, int block, int row, int f, int ct) {
    int column = 0;
    for (; column + 4 <= k->out_w; column += 4) plain_tile(task, k, block, row, column, f, 4, ct);
    for (; column < k->out_w; column++) plain_tile(task, k, block, row, column, f, 1, ct);
}

/* A row of the output, for ct filters starting at f; ct is a constant in each case, so that the tile stays in registers. */
static void forward_row(const cpu_task *task, const conv *k, int block, int row, int f, int ct) {
#define CASE(n)                                    \
    case n:                                        \
        if (task->op->pool)                        \
            pooled_row(task, k, block, row, f, n); \
        else                                       \
            plain_row(task, k, block, row, f, n);  \
        break
    switch (ct) {
        CASE(1);
        CASE(2);
        CASE(3);
#if defined(__AVX512F__) || defined(__aarch64__)
        CASE(4);
        CASE(5);
        CASE(6);
#endif
    default:
        break;
    }
#undef CASE
}

/* A part is a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    int tiles = ceil_div(k.filters, TILE_FILTERS);
    for (int row = begin; row < end; row++)
        for (int i = 0; i < tiles; i++) {
            int f = part_at(i, k.filters, tiles);
            forward_row(task, &k, block, row, f, part_at(i + 1, k.filters, tiles) - f);
        }
}

void NAME(conv2d_forward)(cpu_program *program, const plan_op *op) {
    float *padded = NAME(conv2d_padded_x)(program, op);
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, op->out.height);
    if (!task) return;
    task->work[0] = padded;
    cpu_task_reads(task, padded ? padded : task->x);
    cpu_task_reads(task, task->kernel);
    cpu_task_reads(task, task->bias);
    cpu_task_writes(task, task->y);
    cpu_task_writes(task, task->index);
}
