/* single.c - inference of one image, with channels in the vector. float32.
 *
 * The other files have images in the vector; there a block of L images costs the same with one image as with L. The kernels for one
 * image are here, and in
 *     single_first.c     the first convolution, if it has pooling
 *     single_winograd.c  the other convolutions of 5x5 taps with pooling
 *     single_dense.c     fully connected layers.
 * Each sum has the same order as in the other files, so an image gets the same bits alone as among others.
 *
 * Layout : x [h][w][C], y [h][w][F], kernel [kh][kw][C][F]; a vector is L filters of one position. The vector after the last
 *          filters holds numbers that are not filters: it is written first, and the next position's numbers replace them.
 * Blocking: sums of eight vectors at a time, which hides the latency of a multiply-add. Two vectors of filters at one
 *          pool window, or at four positions of a row, share each number of x; the last vector's eight positions, or two
 *          windows, share each vector of weights. */
#include <math.h>

#include "lib/backend/cpu/activation.h"
#include "lib/backend/cpu/conv2d.h"
#include "lib/backend/cpu/conv2d_general.h"
#include "lib/backend/cpu/conv2d_winograd.h"
#include "lib/backend/cpu/single.h"
#include "lib/backend/cpu/window.h"

enum { TILE = 8 /* sums: vectors of filters times positions */ };

static void NAME(single_gather_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)block, (void)begin, (void)end;
    size_t size = shape_size(task->op->in), row = batch->rows ? batch->rows[0] : batch->first_row;
    const uint8_t *image = batch->images + row * size;
    float *y = task->y;
    size_t i = 0;
    for (; i + LANES <= size; i += LANES) vec_store_anywhere(y + i, vec_from_bytes(image + i) * vec_all(PIXEL_SCALE));
    for (; i < size; i++) y[i] = (float)image[i] * PIXEL_SCALE;
}

/* ---- convolution -------------------------------------------------------------------------------------------- */

/* acc [positions][vectors] += the convolution for the filters at w; the first tap of position t is x + at[t]. */
INLINE void convolve_single(vec acc[TILE], const conv *k, const float *x, const size_t at[TILE], const float *w,
                            int positions, int vectors) {
    size_t row = (size_t)k->x_w * (size_t)k->c;
    for (int a = 0; a < k->kh; a++)
        for (int q = 0; q < k->kw * k->c; q++) {
            const float *tap = x + (size_t)a * row + q;
            vec w0 = vec_load_anywhere(w), w1 = vectors > 1 ? vec_load_anywhere(w + LANES) : vec_zero();
#pragma GCC unroll 8
            for (int t = 0; t < positions; t++) {
                vec xt = vec_all(tap[at[t]]);
                acc[t * vectors] += xt * w0;
                if (vectors > 1) acc[t * vectors + 1] += xt * w1;
            }
            w += k->filters;
        }
}

/* The steps after the sum: [maximum of four] bias, relu; as in conv2d.c. */
INLINE vec finish(const cpu_task *task, vec z, int f) {
    z += vec_load_anywhere(task->bias + f);
    return task->op->relu ? vec_select(z < vec_zero(), vec_zero(), z) : z;
}

/* `windows` pool windows of a row starting at `column`, `vectors` vectors of filters starting at f. */
INLINE void pooled_tile(const cpu_task *task, const conv *k, const float *x, int row, int column, int f, int windows,
                        int vectors) {
    vec acc[TILE];
    size_t at[TILE], line = (size_t)k->x_w * (size_t)k->c;
    for (int t = 0; t < 4 * windows; t++)
        at[t] = (size_t)(2 * row + t % 4 / 2) * line + (size_t)((2 * (column + t / 4) + t % 2) * k->c);
    for (int s = 0; s < 4 * windows * vectors; s++) acc[s] = vec_zero();
    convolve_single(acc, k, x, at, task->kernel + f, 4 * windows, vectors);
    for (int i = 0; i < windows; i++)
        for (int v = 0; v < vectors; v++) {
            const vec *z = acc + 4 * i * vectors + v;
            vec best = z[0];
            for (int t = 1; t < 4; t++) best = vec_larger(z[t * vectors], best);
            int from = f + v * LANES;
            float *y = task->y + (size_t)((row * (k->out_w / 2) + column + i) * k->filters) + from;
            store_some(y, finish(task, best, from), k->filters - from, k->filters <= LANES);
        }
}

/* `positions` of a row starting at `column`, the same way. */
INLINE void plain_tile(const cpu_task *task, const conv *k, const float *x, int row, int column, int f, int positions,
                       int vectors) {
    vec acc[TILE];
    size_t at[TILE];
    for (int t = 0; t < positions; t++) at[t] = (size_t)(row * k->x_w + column + t) * (size_t)k->c;
    for (int s = 0; s < positions * vectors; s++) acc[s] = vec_zero();
    convolve_single(acc, k, x, at, task->kernel + f, positions, vectors);
    for (int t = 0; t < positions; t++)
        for (int v = 0; v < vectors; v++) {
            int from = f + v * LANES;
            float *y = task->y + (size_t)((row * k->out_w + column + t) * k->filters) + from;
            store_some(y, finish(task, acc[t * vectors + v], from), k->filters - from, k->filters <= LANES);
        }
}

/* A row of the output for `vectors` vectors of filters starting at f. */
INLINE void single_row(const cpu_task *task, const conv *k, const float *x, int row, int f, int vectors) {
    int i = 0;
    if (task->op->pool) {
        const int windows = k->out_w / 2, step = TILE / 4 / vectors;
        for (; i + step <= windows; i += step) pooled_tile(task, k, x, row, i, f, step, vectors);
        for (; i < windows; i++) pooled_tile(task, k, x, row, i, f, 1, vectors);
    } else {
        const int step = TILE / vectors;
        for (; i + step <= k->out_w; i += step) plain_tile(task, k, x, row, i, f, step, vectors);
        for (; i < k->out_w; i++) plain_tile(task, k, x, row, i, f, 1, vectors);
    }
}

static void NAME(single_conv2d_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    conv k = conv_of(task);
    const float *x = task->x;
    size_t line = (size_t)k.w * (size_t)k.c;
    if (k.padded) { /* the zeros around it are in the workspace from the start */
        for (int i = 0; i < k.h; i++)
            memcpy(task->work[0] + (size_t)((i + k.pad_top) * k.x_w + k.pad_left) * (size_t)k.c, x + (size_t)i * line,
                   line * sizeof(float));
        x = task->work[0];
    }
    for (int row = 0; row < task->op->out.height; row++)
        for (int f = 0; f < k.filters; f += 2 * LANES) {
            if (k.filters - f > LANES)
                single_row(task, &k, x, row, f, 2);
            else
                single_row(task, &k, x, row, f, 1);
        }
}

/* ---- convolution with any stride and groups ----------------------------------------------------------------- */

enum { GENERAL_COLUMNS = 4 /* of a tile */ };

/* A vector of filters from f on, at `columns` columns of a row, which have the same taps. The first columns of x are at `column`. If
 * each channel makes one filter, the vector has as many channels. */
INLINE void general_tile(const cpu_task *task, const general *k, tap_run rows, tap_run column, size_t y, int f,
                         int columns) {
    vec acc[GENERAL_COLUMNS];
    size_t across = (size_t)k->stride * (size_t)k->in.channels, filters = (size_t)k->out.channels;
    for (int t = 0; t < columns; t++) acc[t] = vec_zero();
    for (int a = 0; a < rows.count; a++)
        for (int b = 0; b < column.count; b++) {
            int tap = (rows.first + a) * k->kw + column.first + b;
            const float *w = task->kernel + (size_t)(tap * k->channels) * filters + f;
            const float *x = task->x + (size_t)((rows.at + a) * k->in.width + column.at + b) * (size_t)k->in.channels +
                             (k->paired ? f : f / k->filters * k->channels);
            for (int c = 0; c < k->channels; c++) {
                vec wc = vec_load_anywhere(w + (size_t)c * filters);
#pragma GCC unroll 4
                for (int t = 0; t < columns; t++) {
                    const float *xt = x + (size_t)t * across + c;
                    acc[t] += (k->paired ? vec_load_anywhere(xt) : vec_all(*xt)) * wc;
                }
            }
        }
    int left = k->paired ? k->out.channels - f : k->filters - f % k->filters;
    for (int t = 0; t < columns; t++)
        store_some(task->y + (y + (size_t)t) * filters + f, finish(task, acc[t], f), left, false);
}

/* The vectors of filters at `columns` columns: each is within a group, unless each channel makes one filter. */
INLINE void general_columns(const cpu_task *task, const general *k, tap_run rows, tap_run column, size_t y,
                            int columns) {
    int each = k->paired ? k->out.channels : k->filters;
    for (int first = 0; first < k->out.channels; first += each)
        for (int f = first; f < first + each; f += LANES) general_tile(task, k, rows, column, y, f, columns);
}

static void NAME(single_conv2d_general_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin,
                                            int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    general k = general_of(task->op);
    for (int row = 0; row < k.out.height; row++) {
        tap_run rows = taps_forward(row, k.in.height, k.kh, k.stride, k.pad_top);
        for (int i = 0, columns; i < k.out.width; i += columns) {
            tap_run first = taps_forward(i, k.in.width, k.kw, k.stride, k.pad_left);
            tap_run last = taps_forward(i + GENERAL_COLUMNS - 1, k.in.width, k.kw, k.stride, k.pad_left);
            bool alike = last.first == first.first && last.count == first.count;
            columns = i + GENERAL_COLUMNS <= k.out.width && alike ? GENERAL_COLUMNS : 1;
            size_t y = (size_t)row * (size_t)k.out.width + (size_t)i;
            if (columns > 1)
                general_columns(task, &k, rows, first, y, GENERAL_COLUMNS);
            else
                general_columns(task, &k, rows, first, y, 1);
        }
    }
}

/* ---- the others --------------------------------------------------------------------------------------------- */

/* The windows of a pool, at one channel of each: y = take(a window's positions inside the image, the first of which is at x). */
INLINE void pool_single(const cpu_task *task,
                        float (*take)(const plan_op *op, const float *x, span down, span across)) {
    const plan_op *op = task->op;
    float *y = task->y;
    for (int row = 0; row < op->out.height; row++) {
        span down = window_inside(op, row, op->pad_top, op->in.height);
        int first_row = row * op->stride - op->pad_top + down.begin;
        for (int column = 0; column < op->out.width; column++) {
            span across = window_inside(op, column, op->pad_left, op->in.width);
            int first = first_row * op->in.width + column * op->stride - op->pad_left + across.begin;
            const float *x = task->x + (size_t)first * (size_t)op->in.channels;
            for (int c = 0; c < op->in.channels; c++) *y++ = take(op, x + c, down, across);
        }
    }
}

INLINE float largest_single(const plan_op *op, const float *x, span down, span across) {
    float best = x[0];
    for (int a = down.begin; a < down.end; a++, x += op->in.width * op->in.channels)
        for (int b = 0; b < across.end - across.begin; b++)
            if (x[b * op->in.channels] > best) best = x[b * op->in.channels];
    return best;
}

INLINE float mean_single(const plan_op *op, const float *x, span down, span across) {
    float sum = 0;
    for (int a = down.begin; a < down.end; a++, x += op->in.width * op->in.channels)
        for (int b = 0; b < across.end - across.begin; b++) sum += x[b * op->in.channels];
    return sum * (1 / (float)((down.end - down.begin) * (across.end - across.begin)));
}

static void NAME(single_maxpool2d_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    pool_single(task, largest_single);
}

static void NAME(single_avgpool2d_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    pool_single(task, mean_single);
}

static void NAME(single_globalavgpool2d_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin,
                                             int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    int channels = task->op->in.channels, positions = task->op->in.height * task->op->in.width;
    float share = 1 / (float)positions;
    for (int c = 0; c < channels; c++) {
        float sum = 0;
        for (int i = 0; i < positions; i++) sum += task->x[(size_t)i * (size_t)channels + (size_t)c];
        task->y[c] = sum * share;
    }
}

/* The buffers have room for L images: the last vector may reach beyond the one that is there. */
#define ACTIVATION(KIND, word)                                                                                \
    static void NAME(single_##word##_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, \
                                          int end) {                                                          \
        (void)batch, (void)block, (void)begin, (void)end;                                                     \
        for (size_t i = 0; i < shape_size(task->op->in); i += LANES)                                          \
            vec_store(task->y + i, word##_of(vec_load(task->x + i), task->op));                               \
    }
#include "lib/net/layers.def"

static void NAME(single_batchnorm_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    const plan_op *op = task->op;
    int positions = op->in.height * op->in.width, channels = op->in.channels;
    for (int c = 0; c < channels; c++) {
        float scale = task->gamma[c] / sqrtf(task->moving_variance[c] + op->epsilon);
        const float *x = task->x + c;
        float *y = task->y + c, shift = task->beta[c] - task->moving_mean[c] * scale;
        for (int i = 0; i < positions; i++) y[i * channels] = x[i * channels] * scale + shift;
    }
}

/* Copies the logits to the first image of a block, which the softmax reads; the other images repeat it. */
static void NAME(single_spread_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    for (int i = task->op->in.channels - 1; i >= 0; i--) vec_store(task->x + i * LANES, vec_all(task->x[i]));
}

/* ---- lowering ----------------------------------------------------------------------------------------------- */

void NAME(single_gather)(cpu_program *program, const plan_op *op) {
    bool last = op + 1 == program->p->inference + program->p->inference_count;
    if (last || !single_is_first(program, op + 1))
        (void)cpu_program_add(program, op, NAME(single_gather_run), false, 1);
}

void NAME(single_conv2d)(cpu_program *program, const plan_op *op) {
    if (single_is_first(program, op)) {
        NAME(single_first)(program, op);
        return;
    }
    if (winograd_fits(program, op)) {
        NAME(single_winograd)(program, op);
        return;
    }
    cpu_task *task = cpu_program_add(program, op, NAME(single_conv2d_run), false, 1);
    if (!task) return;
    conv k = conv_of(task);
    task->work[0] = cpu_program_workspace(program, conv_x_size(&k));
}

void NAME(single_conv2d_general)(cpu_program *program, const plan_op *op) {
    (void)cpu_program_add(program, op, NAME(single_conv2d_general_run), false, 1);
}

void NAME(single_maxpool2d)(cpu_program *program, const plan_op *op) {
    (void)cpu_program_add(program, op, NAME(single_maxpool2d_run), false, 1);
}

void NAME(single_avgpool2d)(cpu_program *program, const plan_op *op) {
    (void)cpu_program_add(program, op, NAME(single_avgpool2d_run), false, 1);
}

void NAME(single_globalavgpool2d)(cpu_program *program, const plan_op *op) {
    (void)cpu_program_add(program, op, NAME(single_globalavgpool2d_run), false, 1);
}

void NAME(single_activation)(cpu_program *program, const plan_op *op) {
    cpu_kernel *run = NULL;
    switch (op->activation) {
#define ACTIVATION(KIND, word)           \
    case CLENET_ACTIVATION_##KIND:       \
        run = NAME(single_##word##_run); \
        break;
#include "lib/net/layers.def"
    case CLENET_ACTIVATION_NONE:
    case CLENET_ACTIVATION_SOFTMAX: /* no separate operation (plan.c) */
        break;
    }
    (void)cpu_program_add(program, op, run, false, 1);
}

void NAME(single_batchnorm)(cpu_program *program, const plan_op *op) {
    (void)cpu_program_add(program, op, NAME(single_batchnorm_run), false, 1);
}

void NAME(softmax_cross_entropy)(cpu_program *program, const plan_op *op);

void NAME(single_softmax)(cpu_program *program, const plan_op *op) {
    (void)cpu_program_add(program, op, NAME(single_spread_run), false, 1);
    NAME(softmax_cross_entropy)(program, op);
}
