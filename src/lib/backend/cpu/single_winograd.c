/* single_winograd.c - a 5x5 convolution of one image with fused 2x2 max pooling by Winograd's F(2x2, 5x5). float32.
 *
 * conv2d_winograd.c explains the algorithm, and its transforms are used here (conv2d_winograd.h), so an image gets the same bits
 * alone as among others. Here a vector is a run of x's numbers, and later L filters. The kernel is transformed when the weights
 * change.
 *
 * Layout : x [h][w][C], y [h/2][w/2][F]. A row of windows is computed at a time:
 *
 *     x, padded               work[1] [rows][2][slots][C]       even columns, then odd ones: the same column of neighbouring
 *      e o e o e o e o          e e e e   o o o o               windows is one run of memory
 *      |--window 0-|
 *          |--window 1-|
 *     B^T x of six rows       work[2], first part [6][2][slots][C]
 *     V = B^T x B             work[2], then [6][6][windows][C]
 *     M                       work[2], then [6][6][windows][L]   of one vector of filters
 *
 *          work[0] U [6][6][C][F rounded up to L].
 * Blocking: a vector of filters at up to 6 windows stays in registers, while it sums over the channels. */
#include "lib/backend/cpu/conv2d_winograd.h"
#include "lib/backend/cpu/single.h"

enum { TILES = 6 /* windows at a time */ };

typedef struct sizes {
    conv k;
    int down, across; /* windows */
    int filters;      /* rounded up to L */
    int slots;        /* columns of either kind */
    size_t kind, row; /* floats of the columns of one kind, and of a row; vectors may write beyond the last column */
    size_t plane;     /* floats of V of a row of windows, at one of its 36 places */
} sizes;

static sizes sizes_of(const cpu_task *task) {
    sizes s = {.k = conv_of(task)};
    s.down = task->op->out.height;
    s.across = task->op->out.width;
    s.filters = ceil_div(s.k.filters, LANES) * LANES;
    s.slots = s.across + KERNEL / 2;
    s.kind = (size_t)ceil_div((s.slots + 1) * s.k.c, LANES) * LANES + LANES;
    s.row = 2 * s.kind;
    s.plane = (size_t)ceil_div(s.across * s.k.c, LANES) * LANES;
    return s;
}

/* ---- weights ------------------------------------------------------------------------------------------------ */

static void NAME(single_winograd_prepare)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    sizes s = sizes_of(task);
    for (int c = 0; c < s.k.c; c++)
        for (int f = 0; f < s.filters; f += LANES) {
            vec u[WINDOW][WINDOW];
            winograd_kernel(u, task, &s.k, c, f);
            for (int place = 0; place < PLANES; place++)
                vec_store(task->work[0] + (size_t)(place * s.k.c + c) * (size_t)s.filters + f,
                          u[place / WINDOW][place % WINDOW]);
        }
}

/* ---- x ------------------------------------------------------------------------------------------------------ */

/* Divides the rows of x into even and odd columns, with zeros around them. A vector may write beyond its column: the next columns
 * replace that. */
INLINE void divide_columns(float *to, const float *x, const sizes *s) {
    const conv *k = &s->k;
    for (int row = 0; row < k->h; row++, x += k->w * k->c)
        for (int column = 0; column < 2 * s->slots; column++) {
            int from = column - k->pad_left;
            bool inside = from >= 0 && from < k->w;
            float *at =
                to + (size_t)(row + k->pad_top) * s->row + (size_t)(column % 2) * s->kind + (size_t)(column / 2 * k->c);
            for (int c = 0; c < k->c; c += LANES)
                vec_store_anywhere(at + c, inside ? vec_load_anywhere(x + from * k->c + c) : vec_zero());
        }
}

/* v [6][6][plane] = V of a row of windows, the first row of which is x. */
INLINE void transform_row(float *v, float *rows /* [6][row] */, const float *x, const sizes *s) {
    vec d[WINDOW], y[WINDOW];
    for (size_t i = 0; i < s->row; i += LANES) {
#pragma GCC unroll 6
        for (int r = 0; r < WINDOW; r++) d[r] = vec_load(x + (size_t)r * s->row + i);
        winograd_x(y, d);
#pragma GCC unroll 6
        for (int r = 0; r < WINDOW; r++) vec_store(rows + (size_t)r * s->row + i, y[r]);
    }
    for (int r = 0; r < WINDOW; r++, rows += s->row, v += WINDOW * s->plane)
        for (size_t i = 0; i < s->plane; i += LANES) {
#pragma GCC unroll 6
            for (int column = 0; column < WINDOW;
                 column++) /* of each window: slot column / 2 from its first, even or odd */
                d[column] =
                    vec_load_anywhere(rows + (size_t)(column % 2) * s->kind + (size_t)(column / 2 * s->k.c) + i);
            winograd_x(y, d);
#pragma GCC unroll 6
            for (int column = 0; column < WINDOW; column++) vec_store(v + (size_t)column * s->plane + i, y[column]);
        }
}

/* ---- products and sums -------------------------------------------------------------------------------------- */

/* m [windows][L] = v [windows][C] * u [C] of a vector of filters. */
INLINE void multiply(float *m, const float *v, const float *u, const sizes *s, int tiles) {
    vec sum[TILES];
#pragma GCC unroll 6
    for (int t = 0; t < tiles; t++) sum[t] = vec_zero();
    for (int c = 0; c < s->k.c; c++, u += s->filters) {
        vec uc = vec_load(u);
#pragma GCC unroll 6
        for (int t = 0; t < tiles; t++) sum[t] += vec_all(v[t * s->k.c + c]) * uc;
    }
#pragma GCC unroll 6
    for (int t = 0; t < tiles; t++) vec_store(m + t * LANES, sum[t]);
}

/* All places of `tiles` windows starting at `first`. */
INLINE void multiply_places(float *m, const float *v, const float *u, const sizes *s, int first, int tiles) {
    for (int place = 0; place < PLANES; place++)
        multiply(m + (size_t)(place * s->across + first) * LANES,
                 v + (size_t)place * s->plane + (size_t)(first * s->k.c),
                 u + (size_t)(place * s->k.c) * (size_t)s->filters, s, tiles);
}

static void multiply_row(float *m, const float *v, const float *u, const sizes *s) {
    int parts = ceil_div(s->across, TILES);
    for (int i = 0; i < parts; i++) {
        int first = part_at(i, s->across, parts);
#define CASE(n)                                \
    case n:                                    \
        multiply_places(m, v, u, s, first, n); \
        break
        switch (part_at(i + 1, s->across, parts) - first) {
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
        default:
            break;
        }
#undef CASE
    }
}

/* y of a row of windows, for the vector of filters at f. */
INLINE void finish_row(const cpu_task *task, const sizes *s, const float *m, int row, int f) {
    vec bias = load_filters(task->bias, f, s->k.filters);
    size_t step = (size_t)s->across * LANES;
    for (int column = 0; column < s->across; column++, m += LANES) {
        vec half[2][WINDOW], four[4];
#pragma GCC unroll 6
        for (int j = 0; j < WINDOW; j++) {
            vec d[WINDOW], y[2];
#pragma GCC unroll 6
            for (int i = 0; i < WINDOW; i++) d[i] = vec_load(m + (size_t)(i * WINDOW + j) * step);
            winograd_m(y, d);
            half[0][j] = y[0];
            half[1][j] = y[1];
        }
        winograd_m(four, half[0]);
        winograd_m(four + 2, half[1]);
        vec z = vec_larger(four[3], vec_larger(four[2], vec_larger(four[1], four[0]))) + bias;
        if (task->op->relu) z = vec_larger(vec_zero(), z); /* keeps NaN, so that it shows */
        float *y = task->y + (size_t)((row * s->across + column) * s->k.filters + f);
        store_some(y, z, s->k.filters - f, s->k.filters <= LANES); /* what is written too much is replaced later */
    }
}

static void NAME(single_winograd_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    sizes s = sizes_of(task);
    float *rows = task->work[2], *v = rows + WINDOW * s.row, *m = v + PLANES * s.plane;
    divide_columns(task->work[1], task->x, &s);
    for (int row = 0; row < s.down; row++) {
        transform_row(v, rows, task->work[1] + (size_t)(2 * row) * s.row, &s);
        for (int f = 0; f < s.k.filters; f += LANES) {
            multiply_row(m, v, task->work[0] + f, &s);
            finish_row(task, &s, m, row, f);
        }
    }
}

void NAME(single_winograd)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(single_winograd_run), false, 1);
    if (!task) return;
    sizes s = sizes_of(task);
    size_t across = (size_t)s.across,
           rows = (size_t)(s.k.x_h > 2 * s.down + KERNEL - 1 ? s.k.x_h : 2 * s.down + KERNEL - 1);
    task->prepare = NAME(single_winograd_prepare);
    task->work[0] = cpu_program_workspace(program, PLANES * (size_t)s.k.c * (size_t)s.filters);
    task->work[1] = cpu_program_workspace(program, rows * s.row);
    task->work[2] = cpu_program_workspace(program, WINDOW * s.row + PLANES * (s.plane + across * LANES) + LANES);
}
