/* conv2d.c - 2-D convolution, stride 1, with fused relu and 2x2 max pooling. float32.
 *
 * Gradients are in conv2d_backward.c, conv2d_pooled_input.c and conv2d_pooled_kernel.c; 5x5 kernels with
 * pooling are in conv2d_winograd.c.
 *
 * Layout : conv2d.h
 * Blocking: accumulators stay in registers: a tile is 2x2 positions (a pool window) or 1x4, times up to 6 filters; 3 with 16
 *          registers.
 * Ink    : digits have borders of 0. The first convolution skips, in each row of x, the columns before the first and after the
 *          last that is not 0 in one of the block's images:
 *
 *              . . . . . . . .
 *              . . . # # . . .      # not 0 in one of the L images; - 0 in all of them, but between two #
 *              . # # - # # # .      . skipped: of Kaggle's digits two fifths of the products (16 images a block)
 *              . . # # # # . .
 *
 *          A product of 0 changes no bit of a sum that began with +0. It would if the weight were NaN or infinite: so then
 *          nothing is skipped.
 * Twin   : cl/conv2d.cl */
#include "lib/backend/cpu/conv2d.h"
#include "lib/backend/cpu/conv2d_winograd.h"

#include <limits.h>

enum { TILE_FILTERS = VEC_REGISTERS == 32 ? 6 : 3 }; /* per tile of 4 positions */

/* The order of the products of a tap: see add_tap. */
#if defined(__FMA__) && !defined(__AVX512F__)
#define WEIGHTS_FIRST 1
#define UNROLL_TAPS _Pragma("GCC unroll 2")
#else
#define WEIGHTS_FIRST 0
#define UNROLL_TAPS
#endif

/* ---- padding and ink ---------------------------------------------------------------------------------------- */

/* A part is a row of x. The zeros around it are in the workspace from the start. */
static void NAME(pad)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    size_t row = (size_t)k.w * k.column;
    const float *x = block_at(task->x, block, shape_size(task->op->in));
    float *padded = block_at(task->work[0], block, conv_x_size(&k));
    for (int i = begin; i < end; i++) {
        memcpy(padded + (size_t)(i + k.pad_top) * k.row + (size_t)k.pad_left * k.column, x + (size_t)i * row,
               row * sizeof(float));
        if (task->work[1]) conv2d_inks(task, &k, block)[i + k.pad_top] = conv2d_find_ink(x + (size_t)i * row, &k);
    }
}

/* A part is a row of x, which is not padded. */
static void NAME(ink)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    const float *x = conv_x(task, &k, block);
    for (int i = begin; i < end; i++) conv2d_inks(task, &k, block)[i] = conv2d_find_ink(x + (size_t)i * k.row, &k);
}

/* The task that gathers x, which is the images; NULL if x is not. */
static cpu_task *gathering(const cpu_program *program, const plan_op *op) {
    cpu_task *first = program->count > 0 ? &program->tasks[0] : NULL;
    return first && first->op->kind == OP_GATHER && first->op->y == op->x ? first : NULL;
}

/* The task that pads x, or finds its ink, or both. */
static cpu_task *prepare_x(cpu_program *program, const plan_op *op) {
    cpu_task like = {.op = op, .p = program->p}, *gather = gathering(program, op);
    conv k = conv_of(&like);
    if (gather && gather->work[0]) return gather;
    if (!k.padded && !gather) return NULL;
    cpu_task *task = cpu_program_add(program, op, k.padded ? NAME(pad) : NAME(ink), false, k.h);
    if (!task) return NULL;
    cpu_task_reads(task, task->x);
    conv2d_add_x(program, task, &k, gather != NULL);
    return task;
}

float *NAME(conv2d_padded_x)(cpu_program *program, const plan_op *op) {
    cpu_task like = {.op = op, .p = program->p}, *gather = gathering(program, op);
    conv k = conv_of(&like);
    if (gather && gather->work[0]) return gather->work[0];
    for (int i = 0; i < program->count; i++)
        if (program->tasks[i].run == NAME(pad) && program->tasks[i].op->x == op->x) return program->tasks[i].work[0];
    cpu_task *task = k.padded ? prepare_x(program, op) : NULL;
    return task ? task->work[0] : NULL;
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
#if defined(__aarch64__) /* NEON multiplies by one lane: two vectors of weights, 24 sums and 4 x fill the registers */
    vec low = ct < LANES ? vec_zero() : vec_load_anywhere(w),
        high = ct <= LANES ? low : vec_load_anywhere(w + ct - LANES);
#endif
#pragma GCC unroll 4
    for (int t = 0; t < th * tw; t++) xq[t] = vec_load(x + (size_t)(t / tw) * k->row + (size_t)(t % tw) * k->column);
#pragma GCC unroll 6
    for (int f = 0; f < ct; f++) {
#if defined(__aarch64__)
        vec wf = vec_all(ct < LANES ? w[f] : f < LANES ? low[f] : high[f - (ct - LANES)]);
#else
        vec wf = vec_all(w[f]);
#endif
#pragma GCC unroll 4
        for (int t = 0; t < th * tw; t++) acc[t * ct + f] += xq[t] * wf;
    }
#endif
}

/* The columns of x at which the first tap of a kernel's row may be, so that its tap for the last of tw positions still meets ink:
 * further taps are skipped. */
typedef struct span {
    int begin, end;
} span;
enum { SPANS = 16 }; /* rows of a kernel that skips taps, at most */

/* The spans of all rows of the kernel, for th x tw positions of which the first is in `row` of x; and the columns for which no
 * tap is skipped. */
typedef struct ink_spans {
    span of[SPANS], whole;
} ink_spans;

INLINE void find_spans(ink_spans *s, const conv *k, const conv2d_ink *inks /* [x_h] or NULL */, int row, int th,
                       int tw) {
    s->whole = (span){.begin = 0, .end = inks ? k->x_w : INT_MAX}; /* without inks, spans skip no tap */
    for (int a = 0; inks && a < k->kh; a++) {
        int from_right = inks[row + a].from_right, end = inks[row + a].end;
        for (int t = 1; t < th; t++) {
            const conv2d_ink *below = &inks[row + a + t];
            from_right = below->from_right > from_right ? below->from_right : from_right;
            end = below->end > end ? below->end : end;
        }
        int begin = k->x_w - from_right - (tw - 1);
        s->of[a] = (span){.begin = begin, .end = end};
        s->whole.begin = begin > s->whole.begin ? begin : s->whole.begin;
        s->whole.end = end < s->whole.end ? end : s->whole.end;
    }
}

/* The spans of the kernel's rows for positions starting at `column`; NULL if they skip no tap. */
INLINE const span *spans_at(const ink_spans *s, const conv *k, int column) {
    return column >= s->whole.begin && column + k->kw <= s->whole.end ? NULL : s->of;
}

/* acc [th * tw][ct] += the convolution at th x tw positions, the first tap of which is at x, in `column`, for ct filters at w.
 * Without spans, all taps count. */
INLINE void convolve(vec *acc, const conv *k, const float *x, const span *spans /* [kh] or NULL */, int column,
                     const float *w, int th, int tw, int ct) {
    size_t taps = (size_t)k->kw * (size_t)k->c; /* a row of taps is one run of memory, in x and in the kernel */
    for (int a = 0; a < k->kh; a++) {
        const float *xa = x + (size_t)a * k->row, *wa = w + (size_t)a * taps * (size_t)k->filters;
        int count = (int)taps;
        if (spans) {
            int first = spans[a].begin - column > 0 ? spans[a].begin - column : 0;
            int last = spans[a].end - column < k->kw ? spans[a].end - column : k->kw;
            xa += (ptrdiff_t)first * (ptrdiff_t)k->column;
            wa += (ptrdiff_t)(first * k->c) * k->filters;
            count = (last - first) * k->c;
        }
        UNROLL_TAPS
        for (int q = 0; q < count; q++) {
            add_tap(acc, k, xa, wa, th, tw, ct);
            xa += LANES;
            wa += k->filters;
        }
    }
}

/* The pool windows of a row, ct filters starting at f. */
INLINE void pooled_row(const cpu_task *task, const conv *k, const float *x, const conv2d_ink *inks, int block, int row,
                       int f, int ct) {
    x += (size_t)(2 * row) * k->row;
    ink_spans spans;
    find_spans(&spans, k, inks, 2 * row, 2, 2);
    int width = task->op->out.width;
    size_t size = shape_size(task->op->out), at = ((size_t)(row * width) * (size_t)k->filters + (size_t)f) * LANES;
    float *y = block_at(task->y, block, size) + at;
    bool relu = task->op->relu;
    uint8_t *index = task->index ? block_bytes_at(task->index, block, size) + at : NULL;
    for (int column = 0; column < width; column++) {
        vec acc[4 * TILE_FILTERS];
#pragma GCC unroll 24
        for (int i = 0; i < 4 * ct; i++) acc[i] = vec_zero();
        convolve(acc, k, x + (size_t)(2 * column) * k->column, spans_at(&spans, k, 2 * column), 2 * column,
                 task->kernel + f, 2, 2, ct);
#pragma GCC unroll 6
        for (int c = 0; c < ct; c++) {
            const vec sums[4] = {acc[c], acc[ct + c], acc[2 * ct + c], acc[3 * ct + c]};
            pool_window(y + c * LANES, index ? index + c * LANES : NULL, sums, task->bias[f + c], relu);
        }
        y += (size_t)k->filters * LANES;
        if (index) index += (size_t)k->filters * LANES;
    }
}

/* tw positions of a row starting at column, ct filters starting at f. */
INLINE void plain_tile(const cpu_task *task, const conv *k, const float *x, const span *spans, int block, int row,
                       int column, int f, int tw, int ct) {
    x += (size_t)row * k->row + (size_t)column * k->column;
    float *y = block_at(task->y, block, conv_z_size(k)) +
               ((size_t)(row * k->out_w + column) * (size_t)k->filters + (size_t)f) * LANES;
    vec acc[4 * TILE_FILTERS];
#pragma GCC unroll 24
    for (int i = 0; i < tw * ct; i++) acc[i] = vec_zero();
    convolve(acc, k, x, spans, column, task->kernel + f, 1, tw, ct);
    for (int t = 0; t < tw; t++)
        for (int c = 0; c < ct; c++) {
            vec z = acc[t * ct + c] + vec_all(task->bias[f + c]);
            if (task->op->relu) z = vec_select(z < vec_zero(), vec_zero(), z);
            vec_store(y + ((size_t)t * (size_t)k->filters + (size_t)c) * LANES, z);
        }
}

INLINE void plain_row(const cpu_task *task, const conv *k, const float *x, const conv2d_ink *inks, int block, int row,
                      int f, int ct) {
    ink_spans spans;
    find_spans(&spans, k, inks, row, 1, 4);
    int column = 0;
    for (; column + 4 <= k->out_w; column += 4)
        plain_tile(task, k, x, spans_at(&spans, k, column), block, row, column, f, 4, ct);
    for (; column < k->out_w; column++)
        plain_tile(task, k, x, spans_at(&spans, k, column), block, row, column, f, 1, ct);
}

/* A row of the output, for ct filters starting at f; ct is a constant in each case, so that the tile stays in registers. */
static void forward_row(const cpu_task *task, const conv *k, const float *x, const conv2d_ink *inks, int block, int row,
                        int f, int ct) {
#define CASE(n)                                             \
    case n:                                                 \
        if (task->op->pool)                                 \
            pooled_row(task, k, x, inks, block, row, f, n); \
        else                                                \
            plain_row(task, k, x, inks, block, row, f, n);  \
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

static bool all_finite(const float *numbers, size_t count) {
    const uint32_t exponent = 0x7f800000; /* all of its bits are set in NaN and infinity only */
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        found |= (bits & exponent) == exponent;
    }
    return !found;
}

/* A part is a tile of filters of a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    int tiles = ceil_div(k.filters, TILE_FILTERS), place = conv_x_place(task, batch, block);
    const float *x = conv_x(task, &k, place);
    const conv2d_ink *inks = NULL;
    if (task->work[1] && k.kh <= SPANS && all_finite(task->kernel, conv_kernel_size(&k)))
        inks = conv2d_inks(task, &k, place);
    for (int part = begin; part < end; part++) {
        int i = part % tiles, f = part_at(i, k.filters, tiles);
        forward_row(task, &k, x, inks, block, part / tiles, f, part_at(i + 1, k.filters, tiles) - f);
    }
}

void NAME(conv2d_forward)(cpu_program *program, const plan_op *op) {
    cpu_task like = {.op = op, .p = program->p};
    conv k = conv_of(&like);
    cpu_task *prepared = prepare_x(program, op);
    float *padded = prepared ? prepared->work[0] : NULL, *inks = prepared ? prepared->work[1] : NULL;
    bool scratch = prepared && prepared->scratch_x;
    if (winograd_fits(program, op)) {
        NAME(conv2d_winograd_forward)(program, op, padded);
        return;
    }
    cpu_task *task =
        cpu_program_add(program, op, NAME(forward), false, op->out.height * ceil_div(k.filters, TILE_FILTERS));
    if (!task) return;
    task->joined = task->scratch_x = scratch;
    task->work[0] = padded;
    task->work[1] = inks;
    cpu_task_reads(task, padded ? padded : task->x);
    cpu_task_reads(task, inks);
    cpu_task_reads(task, task->kernel);
    cpu_task_reads(task, task->bias);
    cpu_task_writes(task, task->y);
    cpu_task_writes(task, task->index);
}
