/* conv2d_backward.c - the gradients of a convolution without pooling. float32.
 *
 * conv2d_pooled_input.c and conv2d_pooled_kernel.c have the gradients with pooling.
 *
 * Layout : conv2d.h. dz, the gradient before relu, is stored by groups of filters, [group][OH][OW][filters][L], so
 *          that the current group is one piece of memory and stays in the first-level cache.
 * Blocking: accumulators stay in registers: a kernel-gradient tile is up to 5 taps of a kernel row times up to 4 filters,
 *          over all positions; an input-gradient tile is 7 columns times up to 3 channels. With 16 registers all are smaller.
 * Twin   : cl/conv2d.cl */
#include "lib/backend/cpu/conv2d.h"

enum {
    WIDE = VEC_REGISTERS == 32,
    TILE_TAPS = 5,                /* of a kernel-gradient tile */
    GROUP_FILTERS = WIDE ? 4 : 2, /* of a kernel-gradient tile, and of a group of dz */
    TILE_COLUMNS = WIDE ? 7 : 5,  /* of an input-gradient tile */
    TILE_CHANNELS = WIDE ? 3 : 2
};

/* ---- dz ----------------------------------------------------------------------------------------------------- */

/* Groups of filters: their number, and the filters of each group. The last may have fewer. */
static int group_size(const conv *k) {
    return ceil_div(k->filters, ceil_div(k->filters, GROUP_FILTERS));
}
static int group_count(const conv *k) {
    return ceil_div(k->filters, group_size(k));
}

static int group_at(const conv *k, int group) {
    int f = group * group_size(k);
    return f < k->filters ? f : k->filters;
}

/* The first position of filter f of group g; positions are (filters of the group) * L apart. */
static float *dz_at(const cpu_task *task, const conv *k, int block, int group) {
    return block_at(task->work[1], block, conv_z_size(k)) +
           (size_t)k->out_h * (size_t)k->out_w * (size_t)group_at(k, group) * LANES;
}

/* dz of a row of dy. */
static void expand_row(const cpu_task *task, const conv *k, int block, int row) {
    size_t size = conv_z_size(k);
    for (int group = 0; group < group_count(k); group++) {
        int f = group_at(k, group), ct = group_at(k, group + 1) - f;
        float *dz = dz_at(task, k, block, group) + (size_t)(row * k->out_w) * (size_t)ct * LANES;
        for (int column = 0; column < k->out_w; column++)
            for (int c = 0; c < ct; c++) {
                size_t at = ((size_t)(row * k->out_w + column) * (size_t)k->filters + (size_t)(f + c)) * LANES;
                vec z = vec_load(block_at(task->dy, block, size) + at);
                if (task->op->relu)
                    z = (vec)((vec_load(block_at(task->y, block, size) + at) > vec_zero()) & (vec_int)z);
                vec_store(dz + (size_t)(column * ct + c) * LANES, z);
            }
    }
}

/* A part is a row of dy. */
static void NAME(expand)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    for (int row = begin; row < end; row++) expand_row(task, &k, block, row);
}

/* ---- gradient of the kernel --------------------------------------------------------------------------------- */

/* sums [taps][ct][L] = the sum over all positions of x under `taps` neighbouring taps, times dz of a group of ct filters. */
INLINE void correlate(float *sums, const conv *k, const float *x, const float *dz, int taps, int ct) {
    vec acc[TILE_TAPS * GROUP_FILTERS];
#pragma GCC unroll 20
    for (int i = 0; i < taps * ct; i++) acc[i] = vec_zero();
    for (int row = 0; row < k->out_h; row++) {
        const float *at = x + (size_t)row * k->row;
        for (int column = 0; column < k->out_w; column++) {
            vec z[GROUP_FILTERS];
#pragma GCC unroll 4
            for (int c = 0; c < ct; c++) z[c] = vec_load(dz + c * LANES);
#pragma GCC unroll 5
            for (int b = 0; b < taps; b++) {
                vec xb = vec_load(at + (size_t)b * k->column);
#pragma GCC unroll 4
                for (int c = 0; c < ct; c++) acc[b * ct + c] += xb * z[c];
            }
            at += k->column;
            dz += ct * LANES;
        }
    }
#pragma GCC unroll 20
    for (int i = 0; i < taps * ct; i++) vec_store(sums + i * LANES, acc[i]);
}

static void correlate_taps(float *sums, const conv *k, const float *x, const float *dz, int taps, int ct) {
#define CASE(t, c)                       \
    case (t)*8 + (c):                    \
        correlate(sums, k, x, dz, t, c); \
        break
    switch (taps * 8 + ct) {
        CASE(1, 1);
        CASE(2, 1);
        CASE(3, 1);
        CASE(4, 1);
        CASE(5, 1);
        CASE(1, 2);
        CASE(2, 2);
        CASE(3, 2);
        CASE(4, 2);
        CASE(5, 2);
#if defined(__AVX512F__) || defined(__aarch64__)
        CASE(1, 3);
        CASE(2, 3);
        CASE(3, 3);
        CASE(4, 3);
        CASE(5, 3);
        CASE(1, 4);
        CASE(2, 4);
        CASE(3, 4);
        CASE(4, 4);
        CASE(5, 4);
#endif
    default:
        break;
    }
#undef CASE
}

/* partial [kh][kw][C][F] of the block, for one row of taps, one channel, one group of filters. */
static void kernel_gradient_row(float *partial, const conv *k, const float *x, const float *dz, int a, int channel,
                                int group) {
    int f = group_at(k, group), ct = group_at(k, group + 1) - f;
    int chunks = ceil_div(k->kw, TILE_TAPS);
    for (int i = 0; i < chunks; i++) {
        _Alignas(64) float sums[(TILE_TAPS * GROUP_FILTERS + LANES) * LANES];
        _Alignas(64) float folded[TILE_TAPS * GROUP_FILTERS + LANES];
        int b = part_at(i, k->kw, chunks), taps = part_at(i + 1, k->kw, chunks) - b;
        correlate_taps(sums, k, x + (size_t)a * k->row + (size_t)b * k->column + (size_t)channel * LANES, dz, taps, ct);
        memset(sums + taps * ct * LANES, 0, LANES * LANES * sizeof(float)); /* vec_sums takes L at a time */
        for (int j = 0; j < taps * ct; j += LANES) vec_store(folded + j, vec_sums(sums + j * LANES));
        for (int t = 0; t < taps; t++)
            memcpy(partial + ((size_t)((a * k->kw + b + t) * k->c + channel) * (size_t)k->filters + (size_t)f),
                   folded + t * ct, (size_t)ct * sizeof(float));
    }
}

void NAME(conv2d_bias_gradient)(float *sums, const float *dz, int positions, int ct) {
    for (int c = 0; c < ct; c++) {
        vec sum = vec_zero();
        for (int i = 0; i < positions; i++) sum += vec_load(dz + (i * ct + c) * LANES);
        sums[c] = vec_sum(sum);
    }
}

/* Numbers of a convolution's kernel. */
static size_t kernel_count(const cpu_task *task) {
    return task->p->network->parameters[task->op->kernel].count;
}

size_t NAME(conv2d_partial_size)(const cpu_task *task) {
    size_t numbers = kernel_count(task) + task->p->network->parameters[task->op->bias].count;
    return (numbers + LANES - 1) / LANES * LANES;
}

/* A part is a group of filters and a channel; work[2]: [slots][kernel, bias]. */
static void NAME(kernel_gradient)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    float *partial = task->work[2] + (size_t)block * NAME(conv2d_partial_size)(task);
    for (int part = begin; part < end; part++) {
        int group = part / k.c, channel = part % k.c;
        const float *dz = dz_at(task, &k, block, group);
        for (int a = 0; a < k.kh; a++) kernel_gradient_row(partial, &k, conv_x(task, &k, block), dz, a, channel, group);
        int f = group_at(&k, group);
        if (channel == 0) NAME(conv2d_bias_gradient)
        (partial + conv_kernel_size(&k) + f, dz, k.out_h * k.out_w, group_at(&k, group + 1) - f);
    }
}

enum { REDUCE_PART = 64 }; /* numbers */

/* The gradients are the sums of the blocks' partial sums, in the order of the blocks. A part is REDUCE_PART numbers. */
static void NAME(reduce)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    size_t kernel = kernel_count(task), size = NAME(conv2d_partial_size)(task);
    size_t last = kernel + task->p->network->parameters[task->op->bias].count;
    size_t stop = (size_t)end * REDUCE_PART < last ? (size_t)end * REDUCE_PART : last;
    for (size_t i = (size_t)begin * REDUCE_PART; i < stop; i++) {
        float sum = 0;
        for (int block = 0; block < batch->blocks; block++) sum += task->work[2][(size_t)block * size + i];
        *(i < kernel ? &task->d_kernel[i] : &task->d_bias[i - kernel]) = sum;
    }
}

void NAME(conv2d_add_reduce)(cpu_program *program, const plan_op *op, float *partial) {
    cpu_task *task = cpu_program_add(program, op, NAME(reduce), true, 0);
    if (!task) return;
    task->parts = ceil_div((int)NAME(conv2d_partial_size)(task), REDUCE_PART);
    task->work[2] = partial;
    cpu_task_reads(task, partial);
    cpu_task_writes(task, task->d_kernel);
    cpu_task_writes(task, task->d_bias);
}

/* ---- gradient of x ------------------------------------------------------------------------------------------ */

static int channel_tiles(const conv *k) {
    return ceil_div(k->c, TILE_CHANNELS);
}

/* Copies the kernel in the order in which input_gradient reads it: [kh][tile of channels][F][kw][channels of the tile]. A part is
 * a row of taps. Each block has its own copy, so that no thread waits for another. */
static void NAME(repack)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    size_t row = (size_t)k.kw * (size_t)k.c * (size_t)k.filters;
    for (int a = begin; a < end; a++) {
        float *to = task->work[0] + (size_t)block * conv_kernel_size(&k) + (size_t)a * row;
        for (int i = 0; i < channel_tiles(&k); i++)
            for (int f = 0; f < k.filters; f++)
                for (int b = 0; b < k.kw; b++)
                    for (int c = part_at(i, k.c, channel_tiles(&k)); c < part_at(i + 1, k.c, channel_tiles(&k)); c++)
                        *to++ = task->kernel[(size_t)((a * k.kw + b) * k.c + c) * (size_t)k.filters + (size_t)f];
    }
}

/* Adds one column of dz, `filters` of its filters, to the columns of the tile: column j uses tap d + j. acc [columns][ct], w
 * [filters][kw][ct]. */
INLINE void spread(vec *acc, const float *dz, const float *w, int filters, int kw, int d, int columns, int ct) {
    for (int f = 0; f < filters; f++) {
        vec z = vec_load(dz + f * LANES);
#pragma GCC unroll 7
        for (int j = 0; j < columns; j++)
            if (d + j >= 0 && d + j < kw)
#pragma GCC unroll 3
                for (int c = 0; c < ct; c++) acc[j * ct + c] += z * vec_all(w[(d + j) * ct + c]);
        w += kw * ct;
    }
}

/* spread() with a constant d, for tiles of TILE_COLUMNS and a constant kw. */
INLINE void spread_case(vec *acc, const float *dz, const float *w, int filters, int kw, int d, int ct) {
#define CASE(n)                                                                                \
    case n:                                                                                    \
        if (n < kw && n > -TILE_COLUMNS) spread(acc, dz, w, filters, kw, n, TILE_COLUMNS, ct); \
        break
    switch (d) {
        CASE(-6);
        CASE(-5);
        CASE(-4);
        CASE(-3);
        CASE(-2);
        CASE(-1);
        CASE(0);
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
    default:
        break;
    }
#undef CASE
}

/* dx of `columns` columns of a row starting at `column`, for tile i of the channels, which has ct of them. kw equals k->kw; it is
 * a constant if columns is TILE_COLUMNS. */
INLINE void input_gradient_tile(const cpu_task *task, const conv *k, int block, int row, int column, int i, int kw,
                                int columns, int ct) {
    int channel = part_at(i, k->c, channel_tiles(k));
    int top = row + k->pad_top, left = column + k->pad_left; /* in the padded x */
    vec acc[TILE_COLUMNS * TILE_CHANNELS];
#pragma GCC unroll 21
    for (int j = 0; j < columns * ct; j++) acc[j] = vec_zero();
    int first = left - kw + 1 > 0 ? left - kw + 1 : 0;
    int last = left + columns - 1 < k->out_w - 1 ? left + columns - 1 : k->out_w - 1;
    for (int a = 0; a < k->kh; a++) {
        int z_row = top - a;
        if (z_row < 0 || z_row >= k->out_h) continue;
        const float *w = task->work[0] + (size_t)block * conv_kernel_size(k) +
                         (size_t)kw * (size_t)k->filters * (size_t)(a * k->c + channel);
        for (int group = 0; group < group_count(k); group++) {
            int f = group_at(k, group), filters = group_at(k, group + 1) - f;
            const float *dz = dz_at(task, k, block, group) + (size_t)(z_row * k->out_w) * (size_t)filters * LANES;
            for (int z_column = first; z_column <= last; z_column++) {
                const float *z = dz + (size_t)z_column * (size_t)filters * LANES;
                if (columns == TILE_COLUMNS)
                    spread_case(acc, z, w + f * kw * ct, filters, kw, left - z_column, ct);
                else
                    spread(acc, z, w + f * kw * ct, filters, kw, left - z_column, columns, ct);
            }
        }
    }
    float *dx = block_at(task->dx, block, shape_size(task->op->in));
#pragma GCC unroll 7
    for (int j = 0; j < columns; j++)
#pragma GCC unroll 3
        for (int c = 0; c < ct; c++)
            vec_store(dx + (size_t)((row * k->w + column + j) * k->c + channel + c) * LANES, acc[j * ct + c]);
}

/* A row of dx for one tile of channels. The last tile of columns is moved left to fit, and repeats some columns. */
INLINE void input_gradient_row(const cpu_task *task, const conv *k, int block, int row, int i, int kw, int ct) {
    if (k->w < TILE_COLUMNS || kw != k->kw) {
        for (int column = 0; column < k->w; column++) input_gradient_tile(task, k, block, row, column, i, k->kw, 1, ct);
        return;
    }
    for (int column = 0; column < k->w; column += TILE_COLUMNS) {
        int at = column + TILE_COLUMNS <= k->w ? column : k->w - TILE_COLUMNS;
        input_gradient_tile(task, k, block, row, at, i, kw, TILE_COLUMNS, ct);
    }
}

static void input_gradient_channels(const cpu_task *task, const conv *k, int block, int row, int i) {
    int ct = part_at(i + 1, k->c, channel_tiles(k)) - part_at(i, k->c, channel_tiles(k));
#define CASE(width, n)                                        \
    case (width)*4 + (n):                                     \
        input_gradient_row(task, k, block, row, i, width, n); \
        break
    switch ((k->kw == 5 || k->kw == 3 ? k->kw : 1) * 4 + ct) {
        CASE(1, 1);
        CASE(1, 2);
        CASE(3, 1);
        CASE(3, 2);
        CASE(5, 1);
        CASE(5, 2);
#if defined(__AVX512F__) || defined(__aarch64__)
        CASE(1, 3);
        CASE(3, 3);
        CASE(5, 3);
#endif
    default:
        break;
    }
#undef CASE
}

/* A part is a row of dx. */
static void NAME(input_gradient)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    conv k = conv_of(task);
    for (int row = begin; row < end; row++)
        for (int i = 0; i < channel_tiles(&k); i++) input_gradient_channels(task, &k, block, row, i);
}

/* ---- backward ----------------------------------------------------------------------------------------------- */

static void add_kernel_gradient(cpu_program *program, const plan_op *op, const conv *k, float *padded, float *dz) {
    cpu_task *task = cpu_program_add(program, op, NAME(kernel_gradient), false, group_count(k) * k->c);
    if (!task) return;
    float *partial = cpu_program_workspace(program, (size_t)program->slots * NAME(conv2d_partial_size)(task));
    task->work[0] = padded;
    task->work[1] = dz;
    task->work[2] = partial;
    cpu_task_reads(task, padded ? padded : task->x);
    cpu_task_reads(task, dz);
    cpu_task_writes(task, partial);
    NAME(conv2d_add_reduce)(program, op, partial);
}

static void add_input_gradient(cpu_program *program, const plan_op *op, const conv *k, float *dz) {
    float *packed = cpu_program_workspace(program, (size_t)program->slots * conv_kernel_size(k));
    cpu_task *task = cpu_program_add(program, op, NAME(repack), false, k->kh);
    if (!task) return;
    task->work[0] = packed;
    cpu_task_reads(task, task->kernel);
    cpu_task_writes(task, packed);
    task = cpu_program_add(program, op, NAME(input_gradient), false, k->h);
    if (!task) return;
    task->work[0] = packed;
    task->work[1] = dz;
    cpu_task_reads(task, packed);
    cpu_task_reads(task, dz);
    cpu_task_writes(task, task->dx);
}

/* True if nothing reads x after this operation: batch norm, which made it, has a gradient that reads its own x. */
static bool reads_x_last(const plan *p, const plan_op *op) {
    for (int i = 0; i < p->training_count; i++)
        if (p->training[i].y == op->x) return p->training[i].kind == OP_BATCHNORM_FORWARD;
    return false;
}

/* The kernel's gradient is first, so that dx may take the memory of x. The sum over the blocks is last: a task over the batch
 * between them would take the block out of the thread's cache. */
static void add_pooled(cpu_program *program, const plan_op *op, const conv *k) {
    if (op->dx != NO_BUFFER && reads_x_last(program->p, op)) cpu_program_share(program, op->dx, op->x);
    float *partial = op->frozen ? NULL : NAME(conv2d_pooled_kernel_gradient)(program, op, k);
    if (op->dx != NO_BUFFER) NAME(conv2d_pooled_input_gradient)(program, op, k);
    if (partial) NAME(conv2d_pooled_reduce)(program, op, k, partial);
}

void NAME(conv2d_backward)(cpu_program *program, const plan_op *op) {
    cpu_task like = {.op = op, .p = program->p};
    conv k = conv_of(&like);
    if (op->pool) {
        add_pooled(program, op, &k);
        return;
    }
    float *padded = op->frozen ? NULL : NAME(conv2d_padded_x)(program, op);
    float *dz = cpu_program_workspace(program, (size_t)program->slots * conv_z_size(&k) * LANES);
    cpu_task *task = cpu_program_add(program, op, NAME(expand), false, op->out.height);
    if (!task) return;
    task->work[1] = dz;
    cpu_task_reads(task, task->dy);
    cpu_task_reads(task, task->y);
    cpu_task_writes(task, dz);
    if (op->dx != NO_BUFFER) add_input_gradient(program, op, &k, dz);
    if (!op->frozen) add_kernel_gradient(program, op, &k, padded, dz);
}
