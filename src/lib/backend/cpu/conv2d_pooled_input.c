/* conv2d_pooled_input.c - the gradient of x of a pooled convolution. float32.
 *
 * An item adds its gradient times its filter's weights to the patch of dx under its kernel. The items of one column of one image
 * are added from top to bottom, window by window, while the patch stays in registers. After a window its two upper rows are
 * whole: they are added to memory, the other rows move up by two, and the next window finds them in place.
 *
 *       items of column 3    patch of window 1    of window 2     For an item in the window's lower row, the patch begins one row
 *       window 1  . *         row 0  ======                       lower. So a patch has kh + 1 rows, and the weights of a filter
 *                 . *             1  ======                       have a line of zeros above and below: every item adds kh + 1
 *       window 2  . *             2  ======        row 0 ======   lines, from one of the two first lines on. A loop for each of
 *                 . *             3  ======            1 ======   the two rows has one line less to add, but was slower: for
 *                                 4  ======            2 ======   conv2d_2 1.75 us per image instead of 1.67 with AVX-512, 2.56
 *                                 5  ======            3 ======   instead of 2.19 with AVX2 (AMD EPYC, 2026-11-30).
 *                                                      4 ======
 *                                                      5 ======
 *
 * Layout : conv2d_pooled.h, conv2d.h, and for each block of L images
 *          by window [L][windows][F]         dy; after all of it index, as bytes. Filters are rounded up to whole vectors
 *          table     [tiles][F][kh + 1][line], and a line: a line of zeros, the kernel's rows of kw * pitch numbers; zeros
 *          d_images  [L][x_h][x_w][pitch]
 *          All of these are used within one stretch only. If threads have stretches (cpu_scratch), there is one per thread, not
 *          one per block: with one per block, a batch of 512 used as much scratch as activations, and missed every cache.
 * Blocking: a tile is up to 6 rows times up to 3 vectors, in registers; with 16 registers, up to 12 vectors in all.
 * Twin   : cl/conv2d.cl */
#include "lib/backend/cpu/conv2d_pooled.h"

/* The sizes of one convolution, in floats unless another unit is given. */
typedef struct input_sizes {
    conv k;
    image_form dx;
    int tile, tiles;     /* vectors of a tile, and tiles across a row of the kernel */
    int rows;            /* of a tile */
    size_t line, kernel; /* weights of a row of a tile, and of a filter */
    size_t table;        /* weights for one tile */
    int filters_up;      /* rounded up to whole vectors */
    size_t across, windows;
    size_t numbers; /* of dy by window, of an image */
} input_sizes;

static input_sizes sizes_of(const conv *k) {
    int padded = ceil_div(k->c, HALF) * HALF;
    bool pads =
        ceil_div(k->kw * padded, LANES) == ceil_div(k->kw * k->c, LANES); /* as many vectors, at better places */
    input_sizes s = {.k = *k, .dx = image_form_of(k, pads ? padded : k->c)};
    int vectors = ceil_div(k->kw * s.dx.pitch, LANES);
    s.rows = piece(k->kh + 1, TILE_ROWS);
    s.tile = piece(vectors, most_of_tile(s.rows, TILE_VECTORS));
    s.tiles = ceil_div(vectors, s.tile);
    s.line = (size_t)s.tile * LANES;
    s.kernel = (size_t)(k->kh + 1) * s.line;
    s.table = (size_t)k->filters * s.kernel + s.line;
    s.filters_up = ceil_div(k->filters, LANES) * LANES;
    s.across = windows_across(k);
    s.windows = windows_of(k);
    s.numbers = turned_numbers(s.windows * (size_t)s.filters_up);
    return s;
}

/* ---- weights ------------------------------------------------------------------------------------------------ */

/* L numbers of row a of the kernels, from `first` in the padded row on, of L filters starting at f. */
INLINE void load_taps(vec v[LANES], const cpu_task *task, const input_sizes *s, int a, int first, int f) {
    int column = first / s->dx.pitch, channel = first % s->dx.pitch;
    for (int i = 0; i < LANES; i++) {
        bool tap = column < s->k.kw && channel < s->k.c;
        const float *at = task->kernel + ((a * s->k.kw + column) * s->k.c + channel) * s->k.filters + f;
        v[i] = tap ? vec_load_anywhere(at) : vec_zero();
        if (++channel == s->dx.pitch) channel = 0, column++;
    }
}

/* Fills in the weights. A part is L filters. In a stretch each thread has a table, filled with its first block; otherwise each
 * block has one, so that no thread waits for another. work: table. */
static void NAME(fill_table)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    if (batch->stretched && block != batch->first_run) return;
    conv k = conv_of(task);
    input_sizes s = sizes_of(&k);
    float *table = task->work[0] + (size_t)cpu_scratch(batch, block) * (size_t)s.tiles * s.table;
    for (int f = begin * LANES; f < end * LANES && f < k.filters; f += LANES)
        for (int a = 0; a < k.kh; a++)
            for (size_t at = 0; at < (size_t)s.tiles * s.line; at += LANES) {
                vec v[LANES];
                load_taps(v, task, &s, a, (int)at, f);
                vec_transpose(v);
                float *to =
                    table + at / s.line * s.table + (size_t)f * s.kernel + (size_t)(1 + a) * s.line + at % s.line;
                for (int i = 0; i < LANES && f + i < k.filters; i++) vec_store(to + (size_t)i * s.kernel, v[i]);
            }
}

/* ---- items -------------------------------------------------------------------------------------------------- */

/* A part is a window. work: by window. */
static void NAME(turn_windows)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    input_sizes s = sizes_of(&k);
    size_t filters_up = (size_t)s.filters_up, size = shape_size(task->op->out);
    turned to = turned_at(task->work[0], task, s.numbers, cpu_scratch(batch, block));
    for (int window = begin; window < end; window++)
        for (int f = 0; f < k.filters; f += LANES) {
            size_t from = (size_t)(window * k.filters + f) * LANES;
            (void)turn_square(&to, (size_t)window * filters_up + (size_t)f, block_at(task->dy, block, size) + from,
                              block_bytes_at(task->index, block, size) + from, NULL, LANES, k.filters - f);
        }
}

/* The items of some windows, one below the other: of their left column, and of their right one. */
typedef struct window_items {
    item_list column[2];
    int windows, end[2][ITEMS / LANES]; /* the number of a column's items up to the end of each window */
} window_items;

/* Lists the items of the windows for `filters` filters. dy and index: the first window's, for the first of these. */
static void list_items(window_items *list, const input_sizes *s, const packing_table packing, const float *dy,
                       const uint8_t *index, int filters) {
    const int kernel = (int)s->kernel, line = (int)s->line, windows = list->windows;
    const size_t down = s->across * (size_t)s->filters_up;
    const vec_int start = vec_lane_numbers() * kernel + line;
    int left = 0, right = 0;
    for (int window = 0; window < windows; window++) {
        for (int f = 0; f < filters; f += LANES) {
            vec_int which = vec_int_from_bytes(index + f), key = which & (pool_index_dead(2) | 1);
            vec_int where = start + f * kernel - (which >> 1) * line;
            vec gradient = vec_load(dy + f);
            left = append(&list->column[0], left, packing, where, gradient, key, 0);
            right = append(&list->column[1], right, packing, where, gradient, key, 1);
        }
        list->end[0][window] = left;
        list->end[1][window] = right;
        dy += down;
        index += down;
    }
}

/* ---- patches ------------------------------------------------------------------------------------------------ */

INLINE void add_to(float *at, vec x) {
    vec_store_anywhere(at, vec_load_anywhere(at) + x);
}

/* Adds the items of a column of windows to dx. patch: the first window's first row; the next row is `row` after it. */
INLINE void add_column(float *patch, size_t row, const float *table, const item_list *items, const int *end,
                       int windows, int rows, int vectors) {
    vec acc[TILE_ROWS * TILE_VECTORS];
    const int whole = rows < 2 ? rows : 2;
#pragma GCC unroll 18
    for (int i = 0; i < rows * vectors; i++) acc[i] = vec_zero();
    for (int window = 0, i = 0; window < windows; window++) {
        for (int stop = end[window]; i < stop; i++) {
            const float *at = table + items->where[i];
            vec g = vec_all(items->gradient[i]);
#pragma GCC unroll 18
            for (int j = 0; j < rows * vectors; j++) acc[j] += g * vec_load(at + j * LANES);
        }
#pragma GCC unroll 2
        for (int r = 0; r < whole; r++)
#pragma GCC unroll 5
            for (int v = 0; v < vectors; v++) add_to(patch + (size_t)r * row + v * LANES, acc[r * vectors + v]);
#pragma GCC unroll 18
        for (int j = 0; j < rows * vectors; j++)
            acc[j] = j + whole * vectors < rows * vectors ? acc[j + whole * vectors] : vec_zero();
        patch += 2 * row;
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows - whole; r++)
#pragma GCC unroll 5
        for (int v = 0; v < vectors; v++) add_to(patch + (size_t)r * row + v * LANES, acc[r * vectors + v]);
}

/* Adds the listed items to dx, by tiles that fit into the registers. Rows and vectors are constants in each case. patch: the first
 * window's. table: the first filter's. */
static void add_items(float *patch, const input_sizes *s, const float *table, const window_items *list) {
    for (int column = 0; column < 2; column++)
        for (int i = 0; i < s->tiles; i++)
            for (int r = 0; r < s->k.kh + 1; r += s->rows) {
                int rows = s->k.kh + 1 - r < s->rows ? s->k.kh + 1 - r : s->rows;
                float *to = patch + (size_t)column * (size_t)s->dx.pitch + (size_t)r * s->dx.row + (size_t)i * s->line;
                const float *from = table + (size_t)i * s->table + (size_t)r * s->line;
                const item_list *items = &list->column[column];
#define TILE_CASE(n, w)                                                                 \
    case (n)*8 + (w):                                                                   \
        add_column(to, s->dx.row, from, items, list->end[column], list->windows, n, w); \
        break
                switch (rows * 8 + s->tile) {
                    TILE_CASES;
                default:
                    break;
                }
#undef TILE_CASE
            }
}

/* dx of an image, from its dy and index. */
static void add_image(float *d_image, const input_sizes *s, const packing_table packing, const float *table,
                      const float *dy, const uint8_t *index) {
    window_items list;
    memset(d_image, 0, s->dx.image * sizeof *d_image);
    for (int f = 0, some = 0; f < s->filters_up; f += some) {
        some = s->filters_up - f < ITEMS ? s->filters_up - f : ITEMS;
        for (int down = 0, high = s->k.out_h / 2; down < high; down += list.windows) {
            list.windows = ITEMS / some < high - down ? ITEMS / some : high - down;
            for (size_t w = 0; w < s->across; w++) {
                size_t at = ((size_t)down * s->across + w) * (size_t)s->filters_up + (size_t)f;
                list_items(&list, s, packing, dy + at, index + at, some);
                add_items(d_image + 2 * (size_t)down * s->dx.row + 2 * w * (size_t)s->dx.pitch, s,
                          table + (size_t)f * s->kernel, &list);
            }
        }
    }
}

/* A part is an image. work: table, d_images, by window, packing. */
static void NAME(add_windows)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    input_sizes s = sizes_of(&k);
    size_t scratch = (size_t)cpu_scratch(batch, block);
    const uint64_t *packing = (const uint64_t *)(const void *)task->work[3];
    const float *table = task->work[0] + scratch * (size_t)s.tiles * s.table;
    turned from = turned_at(task->work[2], task, s.numbers, (int)scratch);
    for (size_t image = (size_t)begin; image < (size_t)end; image++)
        add_image(task->work[1] + (scratch * LANES + image) * s.dx.image, &s, packing, table,
                  from.dy + image * from.numbers, from.index + image * from.numbers);
}

/* ---- dx ----------------------------------------------------------------------------------------------------- */

/* A part is a row of dx: moves the numbers of each image without the padding to lanes. work: nothing, d_images. */
static void NAME(turn_dx)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    input_sizes s = sizes_of(&k);
    int width = k.w * s.dx.pitch;
    size_t stride = s.dx.image;
    for (int row = begin; row < end; row++) {
        const float *from = task->work[1] + (size_t)cpu_scratch(batch, block) * stride * LANES +
                            (size_t)(row + k.pad_top) * s.dx.row + (size_t)(k.pad_left * s.dx.pitch);
        float *to = block_at(task->dx, block, shape_size(task->op->in)) + (size_t)(row * k.w * k.c) * LANES;
        for (int at = 0, channel = 0; at < width; at += LANES) {
            vec v[LANES];
            for (size_t i = 0; i < LANES; i++) v[i] = vec_load_anywhere(from + i * stride + at);
            vec_transpose(v);
            for (int i = 0; i < LANES && at + i < width; i++) {
                if (channel < k.c) vec_store(to, v[i]);
                if (channel < k.c) to += LANES;
                if (++channel == s.dx.pitch) channel = 0;
            }
        }
    }
}

void NAME(conv2d_pooled_input_gradient)(cpu_program *program, const plan_op *op, const conv *k) {
    input_sizes s = sizes_of(k);
    float *table = pooled_workspace(program, (size_t)s.tiles * s.table);
    float *d_images = pooled_workspace(program, s.dx.image * LANES);
    float *dy = cpu_program_workspace(program, turned_size(s.numbers, program->slots));
    float *packing = cpu_program_workspace(program, (size_t)PACKINGS * 2);
    if (packing) fill_packing((uint64_t *)(void *)packing);
    cpu_task *task =
        pooled_add(program, op, NAME(fill_table), ceil_div(k->filters, LANES), false, (float *[4]){table}, 0);
    if (task) cpu_task_reads(task, task->kernel);
    task = pooled_add(program, op, NAME(turn_windows), (int)s.windows, true, (float *[4]){dy}, 0);
    if (task) cpu_task_reads(task, task->dy);
    if (task) cpu_task_reads(task, task->index);
    (void)pooled_add(program, op, NAME(add_windows), LANES, true, (float *[4]){table, d_images, dy, packing}, 1);
    task = pooled_add(program, op, NAME(turn_dx), k->h, true, (float *[4]){NULL, d_images}, -1);
    if (task) cpu_task_writes(task, task->dx);
}
