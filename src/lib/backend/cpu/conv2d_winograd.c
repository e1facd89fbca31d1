/* conv2d_winograd.c - a 5x5 convolution with fused 2x2 max pooling, forward: 36 products instead of 100. float32.
 *
 * Winograd's F(2x2, 5x5): the four y of a pool window depend on 6x6 numbers of x. These and the kernel are transformed to 6x6
 * numbers each, which are multiplied one by one and summed over the channels; a last transform makes the four y:
 *
 *                 C channels                                F filters
 *     x [6][6] ── B^T x B ──► V [6][6][C] ┐
 *                                         ├─ sum over C ──► M [6][6][F] ── A^T M A ──► y [2][2][F] ──► bias, maximum, relu
 *     kernel [5][5] ── G g G^T ─► U [6][6][C][F] ┘
 *
 * Each number is a vector of L images, except for U's. The matrices belong to the points 0, 1, -1, 2, -2 and infinity: Lavin and
 * Gray, Fast Algorithms for Convolutional Neural Networks, 2015. B is that of their F(4x4, 3x3), which has the same points:
 *
 *           |4  0 -5  0  1  0|            |  1/4    0     0     0     0  |
 *           |0 -4 -4  1  1  0|            | -1/6  -1/6  -1/6  -1/6  -1/6 |
 *     B^T = |0  4 -4 -1  1  0|        G = | -1/6   1/6  -1/6   1/6  -1/6 |      A^T = |1  1  1  1  1  0|
 *           |0 -2 -1  2  1  0|            | 1/24  1/12   1/6   1/3   2/3 |            |0  1 -1  2 -2  1|
 *           |0  2 -1 -2  1  0|            | 1/24 -1/12   1/6  -1/3   2/3 |
 *           |0  4  0 -5  0  1|            |   0     0     0     0     1  |
 *
 * The result differs from the exact one by 8e-7 of its size, that of the sum of 150 products by 2e-7 (on random numbers, 6
 * channels; the points 1/2 and -1/2 instead of 2 and -2: 9e-7). Such a difference may change which y of a window is the largest, or
 * if relu lets it through, and with that the way of a whole gradient. So in training a window in which this is close is computed
 * again, by 100 products: about one vector in 1,000.
 *
 * Layout : x, y, index, kernel: conv2d.h. For T windows and a group of N filters, with `half` a part of the six rows:
 *          V [6 columns][halves][C][rows][T][L], U [groups][6 columns][halves][C][rows][N], Z = A^T M [6 columns][2][N][T][L].
 * Blocking: the sums of ROWS rows of a column of M stay in registers, for N filters at T windows: 24 with 32 registers, 12 with
 *          16. V of T windows and U of a group stay in the first cache. M is never stored: A^T is applied in registers.
 * Twin   : cl/conv2d.cl, which makes the 100 products */
#include "lib/backend/cpu/conv2d_winograd.h"

static const float CLOSE = 2e-5F; /* of the size of the sums: many times the error */

enum {
#if defined(__AVX512F__) || defined(__aarch64__)
    ROWS = 6,
    GROUP = 4, /* N */
    TILE = 1,  /* T */
#else
    ROWS = 3,
    GROUP = 2,
    TILE = 2,
#endif
    HALVES = WINDOW / ROWS
};

/* ---- transforms --------------------------------------------------------------------------------------------- */

/* Two of the six rows of B^T d, which have terms in common: pair 0 is rows 0 and 5, 1 is 1 and 2, 2 is 3 and 4. */
INLINE void transform_x_pair(vec *first, vec *second, const float *x, size_t row, int pair) {
    vec d1 = vec_load(x + row), d2 = vec_load(x + 2 * row), d3 = vec_load(x + 3 * row), d4 = vec_load(x + 4 * row);
    vec four = vec_all(4), five = vec_all(5), two = vec_all(2);
    if (pair == 0) {
        *first = four * vec_load(x) + (d4 - five * d2);
        *second = four * d1 + (vec_load(x + 5 * row) - five * d3);
        return;
    }
    vec even = pair == 1 ? d4 - four * d2 : d4 - d2, odd = pair == 1 ? d3 - four * d1 : two * (d3 - d1);
    *first = even + odd;
    *second = even - odd;
}

/* ---- kernel ------------------------------------------------------------------------------------------------- */

static int groups_of(const conv *k) {
    return ceil_div(k->filters, GROUP);
}
static size_t u_size(const conv *k) {
    return (size_t)groups_of(k) * PLANES * (size_t)k->c * GROUP;
}

/* The position of row i of column j, channel c, in V and U, counted in runs of T vectors, or of N numbers. */
INLINE size_t plane_at(const conv *k, int i, int j, int c) {
    return ((size_t)(j * HALVES + i / ROWS) * (size_t)k->c + (size_t)c) * ROWS + (size_t)(i % ROWS);
}

/* A part is a channel. Makes U. */
static void NAME(transform_kernel)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    float *u = task->work[1] + (size_t)cpu_scratch(batch, block) * u_size(&k);
    size_t group = (size_t)PLANES * (size_t)k.c * GROUP;
    for (int c = begin; c < end; c++)
        for (int f = 0; f < k.filters; f += LANES) {
            vec all[WINDOW][WINDOW];
            winograd_kernel(all, task, &k, c, f);
            for (int i = 0; i < WINDOW; i++)
                for (int j = 0; j < WINDOW; j++)
                    for (int lane = 0; lane < LANES && f + lane < k.filters; lane += GROUP)
                        memcpy(u + (size_t)((f + lane) / GROUP) * group + plane_at(&k, i, j, c) * GROUP,
                               (const float *)&all[i][j] + lane, GROUP * sizeof(float));
        }
}

/* ---- forward ------------------------------------------------------------------------------------------------ */

/* V of the T windows of which the first begins at x. */
INLINE void transform_windows(float *v, const conv *k, const float *x, int tiles) {
    static const int rows[3][2] = {{0, 5}, {1, 2}, {3, 4}};
    for (int c = 0; c < k->c; c++, x += LANES)
#pragma GCC unroll 3
        for (int pair = 0; pair < 3; pair++)
#pragma GCC unroll 2
            for (int t = 0; t < tiles; t++) {
                vec w[2][WINDOW];
#pragma GCC unroll 6
                for (int j = 0; j < WINDOW; j++)
                    transform_x_pair(&w[0][j], &w[1][j], x + (size_t)(2 * t + j) * k->column, k->row, pair);
#pragma GCC unroll 2
                for (int i = 0; i < 2; i++) {
                    vec y[WINDOW];
                    winograd_x(y, w[i]);
#pragma GCC unroll 6
                    for (int j = 0; j < WINDOW; j++)
                        vec_store(v + (plane_at(k, rows[pair][i], j, c) * (size_t)tiles + (size_t)t) * LANES, y[j]);
                }
            }
}

/* m [ROWS][N][T]: the sums over the channels of U times V, for half a column. */
INLINE void multiply(vec m[ROWS * GROUP * TILE], const float *v, const float *u, int channels, int tiles) {
#pragma GCC unroll 24
    for (int q = 0; q < ROWS * GROUP * tiles; q++) m[q] = vec_zero();
    for (int c = 0; c < channels; c++) {
#pragma GCC unroll 6
        for (int i = 0; i < ROWS; i++) {
            vec w[GROUP];
#pragma GCC unroll 4
            for (int f = 0; f < GROUP; f++) w[f] = vec_all(u[i * GROUP + f]);
#pragma GCC unroll 2
            for (int t = 0; t < tiles; t++) {
                vec x = vec_kept(vec_load(v + (i * tiles + t) * LANES));
#pragma GCC unroll 4
                for (int f = 0; f < GROUP; f++) m[(i * GROUP + f) * tiles + t] += x * w[f];
            }
        }
        v += ROWS * tiles * LANES;
        u += ROWS * GROUP;
    }
}

/* z [2][N][T] = A^T of a column of M. */
INLINE void column_of_z(float *z, const conv *k, const float *v, const float *u, int tiles) {
    int each = GROUP * tiles;
    vec m[ROWS * GROUP * TILE];
    multiply(m, v, u, k->c, tiles);
    if (HALVES == 1) {
#pragma GCC unroll 4
        for (int q = 0; q < each; q++) {
            vec y[2], column[WINDOW];
#pragma GCC unroll 6
            for (int i = 0; i < WINDOW; i++) column[i] = m[i % ROWS * each + q];
            winograd_m(y, column);
            vec_store(z + q * LANES, y[0]);
            vec_store(z + (each + q) * LANES, y[1]);
        }
        return;
    }
    /* Rows 0 to 2, then 3 to 5. */
#pragma GCC unroll 4
    for (int q = 0; q < each; q++) {
        vec_store(z + q * LANES, m[q] + (m[each + q] + m[2 * each + q]));
        vec_store(z + (each + q) * LANES, m[each + q] - m[2 * each + q]);
    }
    multiply(m, v + (size_t)k->c * ROWS * (size_t)tiles * LANES, u + (size_t)k->c * ROWS * GROUP, k->c, tiles);
#pragma GCC unroll 4
    for (int q = 0; q < each; q++) {
        vec difference = m[q] - m[each + q];
        vec_store(z + q * LANES, vec_load(z + q * LANES) + (m[q] + m[each + q]));
        vec_store(z + (each + q) * LANES, vec_load(z + (each + q) * LANES) + m[2 * each + q] + vec_all(2) * difference);
    }
}

/* True if in some lane the largest two sums of a window are almost equal, or the largest and what relu cuts off. */
INLINE bool close(const vec sums[4], float bias, bool relu) {
    const vec_int magnitude = (vec_int){0} + INT32_MAX;
    vec best = vec_larger(sums[0], sums[1]), second = vec_smaller(sums[0], sums[1]);
#pragma GCC unroll 2
    for (int t = 2; t < 4; t++) {
        second = vec_larger(second, vec_smaller(best, sums[t]));
        best = vec_larger(best, sums[t]);
    }
    vec size = (vec)((vec_int)best & magnitude) + (vec)((vec_int)second & magnitude), limit = size * vec_all(CLOSE);
    vec_int near = best - second < limit;
    if (relu) near |= (vec)((vec_int)(best + vec_all(bias)) & magnitude) < limit;
    return vec_any(near);
}

/* The four sums of the window whose first number is x, by all products; w: the filter's first weight. As conv2d.c has them. */
static void add_products(vec sums[4], const conv *k, const float *x, const float *w) {
    for (int t = 0; t < 4; t++) sums[t] = vec_zero();
    for (int a = 0; a < KERNEL; a++, x += k->row)
        for (int q = 0; q < KERNEL * k->c; q++, w += k->filters) {
            const float *at = x + q * LANES;
            vec weight = vec_all(*w);
            sums[0] += vec_load(at) * weight;
            sums[1] += vec_load(at + k->column) * weight;
            sums[2] += vec_load(at + k->row) * weight;
            sums[3] += vec_load(at + k->row + k->column) * weight;
        }
}

/* y and index of N filters starting at f, at T windows: those of the first window are at y and index, its numbers at x. */
INLINE void filters_of(const cpu_task *task, const conv *k, float *y, uint8_t *index, const float *x, const float *v,
                       const float *u, int f, int tiles) {
    _Alignas(64) float z[WINDOW * 2 * GROUP * TILE * LANES];
    int each = GROUP * tiles;
    size_t column = (size_t)k->c * WINDOW;
    for (int j = 0; j < WINDOW; j++)
        column_of_z(z + j * 2 * each * LANES, k, v + (size_t)j * column * (size_t)tiles * LANES,
                    u + (size_t)j * column * GROUP, tiles);
    for (int q = 0; q < each && f + q / tiles < k->filters; q++) {
        vec four[4];
        for (int half = 0; half < 2; half++) {
            vec row[WINDOW];
            for (int j = 0; j < WINDOW; j++) row[j] = vec_load(z + ((j * 2 + half) * each + q) * LANES);
            winograd_m(four + 2 * half, row);
        }
        int filter = f + q / tiles, t = q % tiles;
        float bias = task->bias[filter];
        if (index && close(four, bias, task->op->relu))
            add_products(four, k, x + (size_t)(2 * t) * k->column, task->kernel + filter);
        size_t at = ((size_t)t * (size_t)k->filters + (size_t)filter) * LANES;
        pool_window(y + at, index ? index + at : NULL, four, bias, task->op->relu);
    }
}

/* T windows of a row, starting at `column`. */
INLINE void windows_of(const cpu_task *task, const conv *k, const float *u, int block, int row, int column, int tiles) {
    _Alignas(64) float v[PLANES * WINOGRAD_MOST_CHANNELS * TILE * LANES];
    clenet_shape out = task->op->out;
    size_t size = shape_size(out), at = (size_t)(row * out.width + column) * (size_t)k->filters * LANES;
    const float *x = conv_x(task, k, block) + (size_t)(2 * row) * k->row + (size_t)(2 * column) * k->column;
    uint8_t *index = task->index ? block_bytes_at(task->index, block, size) + at : NULL;
    transform_windows(v, k, x, tiles);
    for (int group = 0; group < groups_of(k); group++)
        filters_of(task, k, block_at(task->y, block, size) + at, index, x, v,
                   u + (size_t)group * PLANES * (size_t)k->c * GROUP, group * GROUP, tiles);
}

/* A part is up to T windows of a row. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    const float *u = task->work[1] + (size_t)cpu_scratch(batch, block) * u_size(&k);
    int width = task->op->out.width, parts = ceil_div(width, TILE);
    for (int part = begin; part < end; part++) {
        int row = part / parts, column = part % parts * TILE;
        if (TILE > 1 && column + TILE <= width)
            windows_of(task, &k, u, block, row, column, TILE);
        else
            windows_of(task, &k, u, block, row, column, 1);
    }
}

void NAME(conv2d_winograd_forward)(cpu_program *program, const plan_op *op, float *padded) {
    cpu_task like = {.op = op, .p = program->p};
    conv k = conv_of(&like);
    float *u = cpu_program_workspace(program, (size_t)program->slots * u_size(&k));
    cpu_task *task = cpu_program_add(program, op, NAME(transform_kernel), false, k.c);
    if (!task) return;
    task->work[1] = u;
    cpu_task_reads(task, task->kernel);
    cpu_task_writes(task, u);
    task = cpu_program_add(program, op, NAME(forward), false, op->out.height * ceil_div(op->out.width, TILE));
    if (!task) return;
    task->joined = true;
    task->work[0] = padded;
    task->work[1] = u;
    cpu_task_reads(task, padded ? padded : task->x);
    cpu_task_reads(task, u);
    cpu_task_reads(task, task->bias);
    cpu_task_writes(task, task->y);
    cpu_task_writes(task, task->index);
}
