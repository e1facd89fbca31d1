/* conv2d_pooled_kernel.c - the gradient of the kernel of a pooled convolution. float32.
 *
 * For each filter, its sums over the taps stay in registers while the items of some images are gathered from x: the rows of x under
 * the kernel, times the item's gradient.
 *
 * A load across two cache lines costs as much as three others. So x's channels are padded (pitch) if that is cheap and makes one
 * column or two columns whole vectors. If it is two, rows of taps begin at even columns, and items of odd columns have separate
 * sums:
 *       columns of x    | 0   1 | 2   3 | 4   5 | 6 ...      | is where a vector begins
 *       item, column 2          [=================  ]        sums of even columns: 5 taps, and a tap that is not used
 *       item, column 3          [  =================]        sums of odd columns
 *
 * Layout : conv2d_pooled.h, conv2d.h, and for each block of L images
 *          images    [L][x_h][x_w][pitch]       x as the forward pass reads it, padding included
 *          by filter [L][F][windows]            dy; after all of it index, as bytes. Windows are rounded up to whole vectors
 *          partial   [F][sides][kh][run], [F]   the block's sums: gradients of kernel and bias
 *          blank     [windows][L]               of the first convolution: all bits are set if x is 0 under all of the window's
 *                                               items, as at the borders of digits. These items add 0, so they are left out;
 *                                               a NaN among them shows in the gradient of the bias. In conv2d_1 of LeNet, 50 %
 *                                               of the windows of Kaggle's train.csv (MNIST) are blank
 *          Images, dy and blank are used within one stretch only: cpu_scratch, as in
 *          conv2d_pooled_input.c.
 * Blocking: a tile is up to 6 rows times up to 3 vectors (of AVX2: 5), in registers; with 16 registers, up to 12 vectors in all.
 * Twin   : cl/conv2d.cl */
#include "lib/backend/cpu/conv2d_pooled.h"

enum {
    PART_VECTORS = 8, /* squares of L features that one part transposes */
    GROUP_IMAGES = 4  /* images whose items are gathered together: x of this many stays in the first-level cache */
};

/* The sizes of one convolution, in floats unless another unit is given. */
typedef struct kernel_sizes {
    conv k;
    image_form x;
    int sides;            /* 2: items of even and odd columns are separate, since two columns are whole vectors */
    int run;              /* vectors of a row of taps, with one column more if it begins at an even one */
    bool narrow;          /* half a vector holds the row */
    size_t side, partial; /* sums of a filter's items of one side; sums of a block */
    size_t across, windows;
    int tile, rows;    /* vectors and rows of the tiles in registers */
    size_t windows_up; /* rounded up to whole vectors */
    size_t numbers;    /* of dy by filter, of an image */
} kernel_sizes;

static kernel_sizes sizes_of(const conv *k) {
    int padded = ceil_div(k->c, HALF) * HALF;
    bool pads = 2 * padded <= 3 * k->c; /* at most half more numbers */
    kernel_sizes s = {.k = *k, .sides = pads && padded % LANES != 0 ? 2 : 1};
    s.x = image_form_of(k, pads ? padded : k->c);
    s.run = ceil_div((k->kw + s.sides - 1) * s.x.pitch, LANES);
    s.narrow = s.sides == 1 && k->kw * k->c <= HALF;
    s.side = (size_t)k->kh * (size_t)s.run * LANES;
    s.partial = whole_vectors((size_t)k->filters * ((size_t)s.sides * s.side + 1));
    s.across = windows_across(k);
    s.windows = windows_of(k);
    s.tile = piece(s.run, TILE_VECTORS);
    s.rows = piece(k->kh, most_of_tile(s.tile, TILE_ROWS));
    s.windows_up = whole_vectors(s.windows);
    s.numbers = turned_numbers((size_t)k->filters * s.windows_up);
    return s;
}

/* The tables that make all lists of a convolution. */
typedef struct list_tables {
    packing_table packing;
    _Alignas(64) int32_t corner[]; /* [windows] the position in an image at which each begins */
} list_tables;

/* ---- images from lanes -------------------------------------------------------------------------------------- */

typedef float vec_half __attribute__((vector_size(HALF * 4), may_alias));
typedef float vec_half_anywhere __attribute__((vector_size(HALF * 4), may_alias, aligned(4)));

/* A part is PART_VECTORS squares of L numbers of the images. work: padded x, images. */
static void NAME(turn_x)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    kernel_sizes s = sizes_of(&k);
    size_t size = (size_t)k.x_h * s.x.row, stride = s.x.image;
    const size_t part = (size_t)PART_VECTORS * LANES;
    size_t stop = (size_t)end * part < size ? (size_t)end * part : size;
    float *to = task->work[1] + (size_t)cpu_scratch(batch, block) * stride * LANES;
    for (size_t at = (size_t)begin * part; at < stop; at += LANES) {
        int column = (int)(at / (size_t)s.x.pitch), channel = (int)(at % (size_t)s.x.pitch);
        const float *from = conv_x(task, &k, block) + ((size_t)column * (size_t)k.c + (size_t)channel) * LANES;
        vec v[LANES];
        for (size_t i = 0; i < LANES; i++) {
            v[i] = channel < k.c && at + i < size ? vec_load(from) : vec_zero();
            if (channel < k.c) from += LANES;
            if (++channel == s.x.pitch) channel = 0;
        }
        vec_transpose(v);
        for (size_t i = 0; i < LANES; i++) vec_store(to + i * stride + at, v[i]);
    }
}

/* ---- blank windows ------------------------------------------------------------------------------------------ */

/* A part is a row of windows. work: padded x, nothing, blank. */
static void NAME(mark_blank)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    kernel_sizes s = sizes_of(&k);
    float *blank = blank_at(task->work[2], &k, cpu_scratch(batch, block));
    for (int row = begin; row < end; row++) {
        const float *x = conv_x(task, &k, block) + (size_t)(2 * row) * k.row;
        float *columns = blank + (s.windows + (size_t)row * (size_t)k.x_w) * LANES;
        for (size_t column = 0; column < (size_t)k.x_w; column++) {
            vec_int ink = {0};
            for (size_t a = 0; a <= (size_t)k.kh; a++)
                for (size_t c = 0; c < k.column; c += LANES)
                    ink |= (vec_int)vec_load(x + a * k.row + column * k.column + c);
            vec_store(columns + column * LANES, (vec)ink);
        }
        for (size_t w = 0; w < s.across; w++) {
            vec_int ink = {0};
            for (size_t b = 0; b <= (size_t)k.kw; b++) ink |= (vec_int)vec_load(columns + (2 * w + b) * LANES);
            vec_store(blank + ((size_t)row * s.across + w) * LANES, (vec)(ink == 0));
        }
    }
}

/* ---- dy and index ------------------------------------------------------------------------------------------- */

/* A part is a filter; also makes the gradient of the bias. work: by filter, nothing, partial, blank. */
static void NAME(turn_filters)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    kernel_sizes s = sizes_of(&k);
    turned to = turned_at(task->work[0], task, s.numbers, cpu_scratch(batch, block));
    size_t size = shape_size(task->op->out), step = (size_t)k.filters * LANES;
    float *bias = task->work[2] + (size_t)block * s.partial + (size_t)(k.filters * s.sides) * s.side;
    const float *blank = task->work[3] ? blank_at(task->work[3], &k, cpu_scratch(batch, block)) : NULL;
    for (int f = begin; f < end; f++) {
        vec sum = vec_zero();
        for (size_t window = 0; window < s.windows; window += LANES) {
            size_t from = window * step + (size_t)f * LANES;
            sum += turn_square(&to, (size_t)f * s.windows_up + window, block_at(task->dy, block, size) + from,
                               block_bytes_at(task->index, block, size) + from, blank ? blank + window * LANES : NULL,
                               step, (int)(s.windows - window));
        }
        bias[f] = vec_sum(sum);
    }
}

/* ---- gradient of the kernel --------------------------------------------------------------------------------- */

/* Half of a tile's vectors at one end may be unused by the items of a side: then its row has this half vector less to multiply.
 * It matters if a processor computes 512 bits as two halves (AMD's Zen 4): 14.7 instead of 17.4 cycles per item for 5x5x8. */
typedef enum tile_edge { EDGE_USED, FIRST_HALF_UNUSED, LAST_HALF_UNUSED } tile_edge;

/* sums [rows][stride] += the tile's rows and vectors of x at each item, times its gradient. */
INLINE void gather_items(float *sums, size_t stride, const float *x, size_t row, const item_list *items, int count,
                         int rows, int vectors, tile_edge edge) {
    vec acc[TILE_ROWS * TILE_VECTORS];
    vec_half half[TILE_ROWS];
    const int first = edge == FIRST_HALF_UNUSED ? 1 : 0, last = edge == LAST_HALF_UNUSED ? vectors - 1 : vectors;
    const int half_at = edge == FIRST_HALF_UNUSED ? HALF : (vectors - 1) * LANES;
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
        half[r] = *(const vec_half *)(sums + (size_t)r * stride + half_at);
#pragma GCC unroll 5
        for (int v = first; v < last; v++) acc[r * vectors + v] = vec_load(sums + (size_t)r * stride + v * LANES);
    }
    for (int i = 0; i < count; i++) {
        const float *at = x + items->where[i];
        vec g = vec_all(items->gradient[i]);
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            if (edge != EDGE_USED) half[r] += items->gradient[i] * *(const vec_half_anywhere *)(at + half_at);
#pragma GCC unroll 5
            for (int v = first; v < last; v++) acc[r * vectors + v] += g * vec_load_anywhere(at + v * LANES);
            at += row;
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 5
        for (int v = first; v < last; v++) vec_store(sums + (size_t)r * stride + v * LANES, acc[r * vectors + v]);
        if (edge != EDGE_USED) *(vec_half *)(sums + (size_t)r * stride + half_at) = half[r];
    }
}

/* The same if half a vector holds a row of taps: fewer of these loads cross a cache line. Two items at a time have separate sums,
 * because otherwise every product would wait for the one before. */
INLINE void gather_narrow(float *sums, const float *x, size_t row, const item_list *items, int count, int rows) {
    vec_half even[TILE_ROWS], odd[TILE_ROWS];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
        even[r] = *(const vec_half *)(sums + r * LANES);
        odd[r] = (vec_half){0};
    }
    for (int i = 0; i < count; i += 2) {
        const float *at = x + items->where[i], *next = x + items->where[i + 1];
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            even[r] += items->gradient[i] * *(const vec_half_anywhere *)at;
            odd[r] += items->gradient[i + 1] * *(const vec_half_anywhere *)next;
            at += row;
            next += row;
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) *(vec_half *)(sums + r * LANES) = even[r] + odd[r];
}

/* Adds a list of items to sums [kh][run], by tiles that fit into the registers. Rows and vectors are constants in each case. */
static void gather_list(float *sums, const kernel_sizes *s, const float *x, item_list *items, int count, int side) {
    items->where[count] = 0; /* one more item, which adds nothing, makes the number even */
    items->gradient[count] = 0;
    size_t stride = (size_t)s->run * LANES;
    for (int v = 0; v < s->run; v += s->tile)
        for (int r = 0; r < s->k.kh; r += s->rows) {
            int vectors = s->run - v < s->tile ? s->run - v : s->tile;
            int rows = s->k.kh - r < s->rows ? s->k.kh - r : s->rows;
            float *to = sums + (size_t)r * stride + (size_t)(v * LANES);
            const float *from = x + (size_t)r * s->x.row + (size_t)(v * LANES);
            bool odd = s->sides == 2 && s->k.kw % 2 == 1;
            bool first = LANES == 16 && odd && side == 1 && v == 0;
            bool last = LANES == 16 && odd && side == 0 && v + vectors == s->run;
#define TILE_CASE(n, w)                                                                      \
    case (n)*8 + (w):                                                                        \
        if ((w) == 1 && s->narrow)                                                           \
            gather_narrow(to, from, s->x.row, items, count, n);                              \
        else if (first)                                                                      \
            gather_items(to, stride, from, s->x.row, items, count, n, w, FIRST_HALF_UNUSED); \
        else if (last)                                                                       \
            gather_items(to, stride, from, s->x.row, items, count, n, w, LAST_HALF_UNUSED);  \
        else                                                                                 \
            gather_items(to, stride, from, s->x.row, items, count, n, w, EDGE_USED);         \
        break
            switch (rows * 8 + vectors) {
                TILE_CASES;
            default:
                break;
            }
#undef TILE_CASE
        }
}

/* The sums of filter f over GROUP_IMAGES images starting at `first`. two: s->sides is 2. */
INLINE void gather_group(const cpu_task *task, const kernel_sizes *s, int block, int scratch, int f, size_t first,
                         bool two) {
    item_list lists[2];
    const list_tables *tables = (const list_tables *)(const void *)task->work[3];
    turned from = turned_at(task->work[1], task, s->numbers, scratch);
    const float *x = task->work[0] + ((size_t)scratch * LANES + first) * s->x.image;
    float *sums = task->work[2] + (size_t)block * s->partial + (size_t)(f * s->sides) * s->side;
    const int row = (int)s->x.row, pitch = s->x.pitch, bits = two ? pool_index_dead(2) | 1 : pool_index_dead(2);
    int left = 0, right = 0;
    for (size_t image = 0; image < GROUP_IMAGES; image++) {
        size_t at = (first + image) * from.numbers + (size_t)f * s->windows_up;
        for (size_t window = 0; window < s->windows; window += LANES) {
            vec_int which = vec_int_from_bytes(from.index + at + window), key = which & bits;
            vec_int where = *(const vec_int *)(const void *)(tables->corner + window) + (int)(image * s->x.image) +
                            (which >> 1) * row;
            if (!two) where += (which & 1) * pitch;
            vec gradient = vec_load(from.dy + at + window);
            left = append(&lists[0], left, tables->packing, where, gradient, key, 0);
            if (two) right = append(&lists[1], right, tables->packing, where, gradient, key, 1);
            if (left > ITEMS - LANES) gather_list(sums, s, x, &lists[0], left, 0), left = 0;
            if (two && right > ITEMS - LANES) gather_list(sums + s->side, s, x, &lists[1], right, 1), right = 0;
        }
    }
    gather_list(sums, s, x, &lists[0], left, 0);
    if (two) gather_list(sums + s->side, s, x, &lists[1], right, 1);
}

/* A part is a filter. work: images, by filter, partial, list_tables. */
static void NAME(gather_filters)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    kernel_sizes s = sizes_of(&k);
    float *partial = task->work[2] + (size_t)block * s.partial;
    size_t start = (size_t)(begin * s.sides) * s.side, stop = (size_t)(end * s.sides) * s.side;
    memset(partial + start, 0, (stop - start) * sizeof *partial);
    for (size_t first = 0; first < LANES; first += GROUP_IMAGES)
        for (int f = begin; f < end; f++) {
            if (s.sides == 2)
                gather_group(task, &s, block, cpu_scratch(batch, block), f, first, true);
            else
                gather_group(task, &s, block, cpu_scratch(batch, block), f, first, false);
        }
}

/* The partial sums of L filters starting at f, of the taps at `at` in a row: to [L filters], L of them each. */
INLINE void add_blocks(vec to[LANES], const cpu_task *task, const kernel_sizes *s, int blocks, int f, size_t at) {
    for (int i = 0; i < LANES; i++) {
        to[i] = vec_zero();
        const float *even = task->work[2] + (size_t)(f + i) * (size_t)s->sides * s->side + at;
        const float *odd = even + s->side + s->x.pitch;
        for (int block = 0; block < blocks && f + i < s->k.filters; block++) {
            to[i] += vec_load(even + (size_t)block * s->partial);
            if (s->sides == 2) to[i] += vec_load_anywhere(odd + (size_t)block * s->partial);
        }
    }
}

/* The gradients are the sums of the blocks' partial sums, in the order of the blocks. A part is a row of taps; the last part is
 * the bias. */
static void NAME(reduce_partial)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    conv k = conv_of(task);
    kernel_sizes s = sizes_of(&k);
    const float *bias = task->work[2] + (size_t)(k.filters * s.sides) * s.side;
    for (int f = 0; f < k.filters && end == k.kh + 1; f++) {
        task->d_bias[f] = 0;
        for (int block = 0; block < batch->blocks; block++)
            task->d_bias[f] += bias[(size_t)block * s.partial + (size_t)f];
    }
    for (int a = begin; a < end && a < k.kh; a++)
        for (int f = 0; f < k.filters; f += LANES) {
            float *to = task->d_kernel + (size_t)a * (size_t)k.kw * (size_t)k.c * (size_t)k.filters + (size_t)f;
            size_t some = (size_t)(LANES < k.filters - f ? LANES : k.filters - f);
            for (int first = 0, channel = 0; first < k.kw * s.x.pitch; first += LANES) {
                vec v[LANES];
                add_blocks(v, task, &s, batch->blocks, f, (size_t)a * (size_t)s.run * LANES + (size_t)first);
                vec_transpose(v);
                for (int i = 0; i < LANES && first + i < k.kw * s.x.pitch; i++) {
                    if (channel < k.c) memcpy(to, &v[i], some * sizeof(float));
                    if (channel < k.c) to += k.filters;
                    if (++channel == s.x.pitch) channel = 0;
                }
            }
        }
}

static float *add_tables(cpu_program *program, const kernel_sizes *s) {
    size_t bytes = sizeof(list_tables) + s->windows_up * sizeof(int32_t);
    float *work = cpu_program_workspace(program, (bytes + sizeof(float) - 1) / sizeof(float));
    list_tables *tables = (list_tables *)(void *)work;
    for (size_t i = 0; work && i < s->windows; i++)
        tables->corner[i] = (int32_t)(i / s->across * 2 * s->x.row + i % s->across * 2 * (size_t)s->x.pitch);
    if (work) fill_packing(tables->packing);
    return work;
}

/* Adds the tasks that fill images and blank from the padded x. */
static void turn_and_mark(cpu_program *program, const plan_op *op, const kernel_sizes *s, float *padded, float *images,
                          float *blank) {
    int turns = ceil_div(ceil_div(s->k.x_h * (int)s->x.row, LANES), PART_VECTORS);
    cpu_task *task = pooled_add(program, op, NAME(turn_x), turns, false, (float *[4]){padded, images}, 1);
    if (task && !padded) cpu_task_reads(task, task->x);
    if (!blank) return;
    task = pooled_add(program, op, NAME(mark_blank), s->k.out_h / 2, true, (float *[4]){padded, NULL, blank}, 2);
    if (task && !padded) cpu_task_reads(task, task->x);
}

float *NAME(conv2d_pooled_kernel_gradient)(cpu_program *program, const plan_op *op, const conv *k) {
    kernel_sizes s = sizes_of(k);
    float *padded = NAME(conv2d_padded_x)(program, op), *images = pooled_workspace(program, s.x.image * LANES);
    float *dy = cpu_program_workspace(program, turned_size(s.numbers, program->slots));
    float *partial = pooled_workspace(program, s.partial), *tables = add_tables(program, &s);
    float *blank = op->dx == NO_BUFFER ? pooled_workspace(program, blank_size(k)) : NULL; /* x is the images */
    if (blank && conv2d_x_is_bytes(program, op, k))
        NAME(conv2d_pooled_images)(program, op, images, blank);
    else
        turn_and_mark(program, op, &s, padded, images, blank);
    cpu_task *task =
        pooled_add(program, op, NAME(turn_filters), k->filters, true, (float *[4]){dy, NULL, partial, blank}, 0);
    cpu_task_writes(task, partial);
    if (task) cpu_task_reads(task, task->dy);
    if (task) cpu_task_reads(task, task->index);
    (void)pooled_add(program, op, NAME(gather_filters), k->filters, true, (float *[4]){images, dy, partial, tables}, 2);
    return partial;
}

void NAME(conv2d_pooled_reduce)(cpu_program *program, const plan_op *op, const conv *k, float *partial) {
    cpu_task *task = cpu_program_add(program, op, NAME(reduce_partial), true, k->kh + 1);
    if (!task) return;
    task->work[2] = partial;
    cpu_task_reads(task, partial);
    cpu_task_writes(task, task->d_kernel);
    cpu_task_writes(task, task->d_bias);
}
