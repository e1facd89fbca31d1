/* conv2d_general.c - 2-D convolution with any stride and groups, with fused relu, and its gradients. float32.
 *
 * conv2d.c is faster, for stride 1 and one group.
 *
 * Layout : conv2d_general.h. dz, the gradient before relu, replaces dy. The kernel's gradient reads it by groups of filters,
 *          work[1] [group][OH][OW][filters][L], so that the current group is one piece of memory.
 * Blocking: accumulators stay in registers: a tile of y is 4 columns times up to 6 filters, one of dx 4 columns that are a stride
 *          apart (they have the same taps) times up to 6 channels; 3 with 16 registers. If each channel makes one filter (depthwise),
 *          each filter of the tile reads another channel. A tile of the kernel's gradient is up to 5 taps of a kernel row times up to
 *          4 filters, over all positions; 2 filters with 16 registers.
 * Twin   : cl/conv2d_general.cl */
#include "lib/backend/cpu/conv2d_general.h"

#include "lib/backend/cpu/conv2d.h"

enum {
    WIDE = VEC_REGISTERS == 32,
    TILE_COLUMNS = 4,
    TILE_SUMS = WIDE ? 6 : 3,     /* filters of a tile of y, channels of one of dx */
    TILE_TAPS = 5,                /* of the kernel's gradient */
    GROUP_FILTERS = WIDE ? 4 : 2, /* of the kernel's gradient */
};

/* Channels, or filters, are cut into tiles of `most` at most, each within one of the groups, which have `each`. */
static int tile_count(int all, int each, int most) {
    return all / each * ceil_div(each, most);
}

/* The first of tile i. */
static int tile_at(int i, int each, int most) {
    int tiles = ceil_div(each, most);
    return i / tiles * each + part_at(i % tiles, each, tiles);
}

/* ---- y, and the gradient of x ------------------------------------------------------------------------------- */

/* One direction of a convolution: from x to y, or from dz to dx. The sums of a group read the `terms` channels of the group. */
typedef struct sweep {
    const general *k;
    float *to;
    const float *from, *kernel, *bias; /* bias: NULL without */
    clenet_shape to_shape, from_shape;
    int terms, sums;            /* channels of a group, in from and to */
    size_t term_step, sum_step; /* of the kernel: between neighbouring terms, and sums */
    bool backward, relu;
} sweep;

/* acc [columns][ct] += the products of one tap and one term: ct weights at w, and columns of x. If paired, each sum has its own x. */
INLINE void add_term(vec *acc, const float *x, size_t column_step, const float *w, size_t sum_step, int columns, int ct,
                     bool paired) {
#if defined(__FMA__) && !defined(__AVX512F__) /* as in conv2d.c */
    vec wq[TILE_SUMS];
#pragma GCC unroll 6
    for (int i = 0; i < ct; i++) wq[i] = vec_all(w[(size_t)i * sum_step]);
#pragma GCC unroll 4
    for (int t = 0; t < columns; t++)
#pragma GCC unroll 6
        for (int i = 0; i < ct; i++)
            acc[t * ct + i] += vec_load(x + (size_t)t * column_step + (paired ? i * LANES : 0)) * wq[i];
#else
#pragma GCC unroll 6
    for (int i = 0; i < ct; i++) {
        vec wi = vec_all(w[(size_t)i * sum_step]);
#pragma GCC unroll 4
        for (int t = 0; t < columns; t++)
            acc[t * ct + i] += vec_load(x + (size_t)t * column_step + (paired ? i * LANES : 0)) * wi;
    }
#endif
}

/* acc = the sums of a tile: ct of them from c on, at `columns` columns whose first has these taps. */
INLINE void sum_taps(vec *acc, const sweep *s, tap_run row, tap_run column, int c, int columns, int ct, bool paired) {
    const general *k = s->k;
    int step = s->backward ? k->stride : 1, direction = s->backward ? -1 : 1, group = c / s->sums;
    size_t pixel = (size_t)s->from_shape.channels * LANES, tap = (size_t)k->channels * (size_t)k->out.channels;
    size_t column_step = s->backward ? pixel : (size_t)k->stride * pixel;
    const float *from = s->from + (size_t)(group * s->terms) * LANES;
    const float *kernel = s->kernel + (size_t)(group * k->filters) + (size_t)(c % s->sums) * s->sum_step;
#pragma GCC unroll 24
    for (int i = 0; i < columns * ct; i++) acc[i] = vec_zero();
    for (int a = 0; a < row.count; a++)
        for (int b = 0; b < column.count; b++) {
            int y = row.at + a * direction, x = column.at + b * direction;
            const float *xs = from + (size_t)(y * s->from_shape.width + x) * pixel;
            const float *w = kernel + (size_t)((row.first + a * step) * k->kw + column.first + b * step) * tap;
            for (int i = 0; i < (paired ? 1 : s->terms); i++) {
                add_term(acc, xs, column_step, w, paired ? 1 : s->sum_step, columns, ct, paired);
                xs += LANES;
                w += s->term_step;
            }
        }
}

/* Stores a tile whose first column is `column`. */
INLINE void sweep_tile(const sweep *s, int row, int column, tap_run rows, tap_run columns, int c, int wide, int ct,
                       bool paired) {
    vec acc[TILE_COLUMNS * TILE_SUMS];
    int across = s->backward ? s->k->stride : 1;
    sum_taps(acc, s, rows, columns, c, wide, ct, paired);
    for (int t = 0; t < wide; t++) {
        int position = row * s->to_shape.width + column + t * across;
        float *to = s->to + ((size_t)position * (size_t)s->to_shape.channels + (size_t)c) * LANES;
        for (int i = 0; i < ct; i++) {
            vec z = acc[t * ct + i];
            if (s->bias) z += vec_all(s->bias[c + i]);
            if (s->relu) z = vec_select(z < vec_zero(), vec_zero(), z);
            vec_store(to + i * LANES, z);
        }
    }
}

/* sweep_tile() with constants, so that the tile stays in registers. */
static void sweep_case(const sweep *s, int row, int column, tap_run rows, tap_run columns, int c, int wide, int ct) {
#define CASE(n)                                                               \
    case n:                                                                   \
        sweep_tile(s, row, column, rows, columns, c, 1, n, false);            \
        break;                                                                \
    case 8 + (n):                                                             \
        sweep_tile(s, row, column, rows, columns, c, 1, n, true);             \
        break;                                                                \
    case 16 + (n):                                                            \
        sweep_tile(s, row, column, rows, columns, c, TILE_COLUMNS, n, false); \
        break;                                                                \
    case 24 + (n):                                                            \
        sweep_tile(s, row, column, rows, columns, c, TILE_COLUMNS, n, true);  \
        break
    switch (ct + (s->k->paired ? 8 : 0) + (wide > 1 ? 16 : 0)) {
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

static tap_run column_taps(const sweep *s, int column) {
    const general *k = s->k;
    return s->backward ? taps_backward(column, k->out.width, k->kw, k->stride, k->pad_left)
                       : taps_forward(column, k->in.width, k->kw, k->stride, k->pad_left);
}

/* The columns of a tile must have the same taps: near the edges a tile is one column. */
static void sweep_row(const sweep *s, int row) {
    const general *k = s->k;
    tap_run rows = s->backward ? taps_backward(row, k->out.height, k->kh, k->stride, k->pad_top)
                               : taps_forward(row, k->in.height, k->kh, k->stride, k->pad_top);
    int across = s->backward ? k->stride : 1, each = k->paired ? s->to_shape.channels : s->sums;
    int tiles = tile_count(s->to_shape.channels, each, TILE_SUMS);
    for (int first = 0; first < across; first++)
        for (int column = first, wide; column < s->to_shape.width; column += wide * across) {
            tap_run columns = column_taps(s, column);
            int last = column + (TILE_COLUMNS - 1) * across;
            tap_run at_last = column_taps(s, last);
            bool alike = at_last.first == columns.first && at_last.count == columns.count;
            wide = last < s->to_shape.width && alike ? TILE_COLUMNS : 1;
            for (int i = 0; i < tiles; i++) {
                int c = tile_at(i, each, TILE_SUMS);
                sweep_case(s, row, column, rows, columns, c, wide, tile_at(i + 1, each, TILE_SUMS) - c);
            }
        }
}

/* A part is a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    general k = general_of(task->op);
    sweep s = {.k = &k,
               .to = block_at(task->y, block, shape_size(k.out)),
               .from = block_at(task->x, block, shape_size(k.in)),
               .kernel = task->kernel,
               .bias = task->bias,
               .to_shape = k.out,
               .from_shape = k.in,
               .terms = k.channels,
               .sums = k.filters,
               .term_step = (size_t)k.out.channels,
               .sum_step = 1,
               .relu = task->op->relu};
    for (int row = begin; row < end; row++) sweep_row(&s, row);
}

void NAME(conv2d_general_forward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, op->out.height);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_reads(task, task->kernel);
    cpu_task_reads(task, task->bias);
    cpu_task_writes(task, task->y);
}

/* A part is a row of dx. */
static void NAME(input_gradient)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    general k = general_of(task->op);
    sweep s = {.k = &k,
               .to = block_at(task->dx, block, shape_size(k.in)),
               .from = block_at(task->dy, block, shape_size(k.out)),
               .kernel = task->kernel,
               .to_shape = k.in,
               .from_shape = k.out,
               .terms = k.filters,
               .sums = k.channels,
               .term_step = 1,
               .sum_step = (size_t)k.out.channels,
               .backward = true};
    for (int row = begin; row < end; row++) sweep_row(&s, row);
}

/* ---- gradient of the kernel --------------------------------------------------------------------------------- */

/* The filters whose tiles are of one group; all filters if each reads another channel. */
static int filters_each(const general *k) {
    return k->paired ? k->out.channels : k->filters;
}

/* The first position of the filters from f on, a tile of the kernel's gradient. */
static float *dz_at(const cpu_task *task, const general *k, int block, int f) {
    return block_at(task->work[1], block, shape_size(k->out)) + (size_t)(k->out.height * k->out.width * f) * LANES;
}

/* A part is a row of dz. */
static void NAME(expand)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    general k = general_of(task->op);
    size_t size = shape_size(k.out);
    int tiles = tile_count(k.out.channels, filters_each(&k), GROUP_FILTERS);
    for (int i = 0; i < tiles; i++) {
        int f = tile_at(i, filters_each(&k), GROUP_FILTERS), ct = tile_at(i + 1, filters_each(&k), GROUP_FILTERS) - f;
        float *dz = dz_at(task, &k, block, f) + (size_t)(begin * k.out.width * ct) * LANES;
        for (int position = begin * k.out.width; position < end * k.out.width; position++)
            for (int c = 0; c < ct; c++) {
                size_t at = (size_t)(position * k.out.channels + f + c) * LANES;
                float *dy = block_at(task->dy, block, size) + at;
                vec z = vec_load(dy);
                if (task->op->relu) {
                    z = (vec)((vec_load(block_at(task->y, block, size) + at) > vec_zero()) & (vec_int)z);
                    vec_store(dy, z);
                }
                vec_store(dz, z);
                dz += LANES;
            }
    }
}

/* acc [taps][ct] += x under `taps` neighbouring taps of a row, the first at column `at`, times dz of ct filters. Taps outside of the
 * image are left out. */
INLINE void correlate_position(vec *acc, const general *k, const float *row, int at, const float *dz, int taps, int ct,
                               bool paired, bool inside) {
    vec z[GROUP_FILTERS];
    ptrdiff_t pixel = (ptrdiff_t)k->in.channels * LANES;
#pragma GCC unroll 4
    for (int c = 0; c < ct; c++) z[c] = vec_load(dz + c * LANES);
#pragma GCC unroll 5
    for (int b = 0; b < taps; b++) {
        if (!inside && (at + b < 0 || at + b >= k->in.width)) continue;
        const float *x = row + (at + b) * pixel;
#pragma GCC unroll 4
        for (int c = 0; c < ct; c++) acc[b * ct + c] += vec_load(x + (paired ? c * LANES : 0)) * z[c];
    }
}

/* sums [taps][ct][L] = the sum over all positions, for taps (a, b) ... (a, b + taps - 1), of a channel of x and ct filters. */
INLINE void correlate(float *sums, const general *k, const float *x, const float *dz, int a, int b, int taps, int ct,
                      bool paired) {
    vec acc[TILE_TAPS * GROUP_FILTERS];
#pragma GCC unroll 20
    for (int i = 0; i < taps * ct; i++) acc[i] = vec_zero();
    for (int i = 0; i < k->out.height; i++) {
        int y = i * k->stride - k->pad_top + a;
        if (y < 0 || y >= k->in.height) continue;
        const float *row = x + (size_t)(y * k->in.width) * (size_t)k->in.channels * LANES;
        const float *dz_row = dz + (size_t)(i * k->out.width * ct) * LANES;
        for (int column = 0; column < k->out.width; column++) {
            int at = column * k->stride - k->pad_left + b;
            if (at >= 0 && at + taps <= k->in.width)
                correlate_position(acc, k, row, at, dz_row, taps, ct, paired, true);
            else
                correlate_position(acc, k, row, at, dz_row, taps, ct, paired, false);
            dz_row += ct * LANES;
        }
    }
#pragma GCC unroll 20
    for (int i = 0; i < taps * ct; i++) vec_store(sums + i * LANES, acc[i]);
}

static void correlate_case(float *sums, const general *k, const float *x, const float *dz, int a, int b, int taps,
                           int ct) {
#define CASE(t, c)                                    \
    case (t)*8 + (c):                                 \
        correlate(sums, k, x, dz, a, b, t, c, false); \
        break;                                        \
    case 64 + (t)*8 + (c):                            \
        correlate(sums, k, x, dz, a, b, t, c, true);  \
        break
    switch (taps * 8 + ct + (k->paired ? 64 : 0)) {
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

/* partial [kh][kw][C/groups][F] of the block, for one row of taps, one channel of the group, and the ct filters from f on. */
static void kernel_gradient_row(float *partial, const general *k, const float *x, const float *dz, int a, int channel,
                                int f, int ct) {
    int chunks = ceil_div(k->kw, TILE_TAPS), first = k->paired ? f : f / k->filters * k->channels + channel;
    for (int i = 0; i < chunks; i++) {
        _Alignas(64) float sums[(TILE_TAPS * GROUP_FILTERS + LANES) * LANES];
        _Alignas(64) float folded[TILE_TAPS * GROUP_FILTERS + LANES];
        int b = part_at(i, k->kw, chunks), taps = part_at(i + 1, k->kw, chunks) - b;
        correlate_case(sums, k, x + (size_t)first * LANES, dz, a, b, taps, ct);
        memset(sums + taps * ct * LANES, 0, LANES * LANES * sizeof(float)); /* vec_sums takes L at a time */
        for (int j = 0; j < taps * ct; j += LANES) vec_store(folded + j, vec_sums(sums + j * LANES));
        for (int t = 0; t < taps; t++) {
            int tap = (a * k->kw + b + t) * k->channels + channel;
            memcpy(partial + (size_t)tap * (size_t)k->out.channels + f, folded + t * ct, (size_t)ct * sizeof(float));
        }
    }
}

/* A part is a tile of filters and a channel of their group; work[2]: [slots][kernel, bias]. */
static void NAME(kernel_gradient)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    general k = general_of(task->op);
    int each = filters_each(&k);
    const float *x = block_at(task->x, block, shape_size(k.in));
    float *partial = task->work[2] + (size_t)block * NAME(conv2d_partial_size)(task);
    float *bias = partial + (size_t)(k.kh * k.kw * k.channels) * (size_t)k.out.channels;
    for (int part = begin; part < end; part++) {
        int channel = part % k.channels, f = tile_at(part / k.channels, each, GROUP_FILTERS);
        int ct = tile_at(part / k.channels + 1, each, GROUP_FILTERS) - f;
        const float *dz = dz_at(task, &k, block, f);
        for (int a = 0; a < k.kh; a++) kernel_gradient_row(partial, &k, x, dz, a, channel, f, ct);
        if (channel == 0) NAME(conv2d_bias_gradient)(bias + f, dz, k.out.height * k.out.width, ct);
    }
}

/* ---- backward ----------------------------------------------------------------------------------------------- */

void NAME(conv2d_general_backward)(cpu_program *program, const plan_op *op) {
    general k = general_of(op);
    float *dz = cpu_program_workspace(program, (size_t)program->slots * shape_size(k.out) * LANES);
    cpu_task *task = cpu_program_add(program, op, NAME(expand), false, op->out.height);
    if (!task) return;
    task->work[1] = dz;
    cpu_task_reads(task, task->dy);
    cpu_task_reads(task, task->y);
    cpu_task_writes(task, task->dy);
    cpu_task_writes(task, dz);
    if (op->dx != NO_BUFFER) {
        task = cpu_program_add(program, op, NAME(input_gradient), false, op->in.height);
        if (!task) return;
        cpu_task_reads(task, task->dy);
        cpu_task_reads(task, task->kernel);
        cpu_task_writes(task, task->dx);
    }
    if (op->frozen) return;
    int tiles = tile_count(k.out.channels, filters_each(&k), GROUP_FILTERS);
    task = cpu_program_add(program, op, NAME(kernel_gradient), false, tiles * k.channels);
    if (!task) return;
    task->work[1] = dz;
    task->work[2] = cpu_program_workspace(program, (size_t)program->slots * NAME(conv2d_partial_size)(task));
    float *partial = task->work[2];
    cpu_task_reads(task, task->x);
    cpu_task_reads(task, dz);
    cpu_task_writes(task, partial);
    NAME(conv2d_add_reduce)(program, op, partial);
}
