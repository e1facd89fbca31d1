/* conv2d_pooled.c - the gradients of a convolution with fused 2x2 max pooling. float32.
 *
 * Of the four positions of a pool window only one has a gradient, or none if relu made the window 0. Which one it is differs from
 * image to image. So these kernels do not use the layout of the others. They process image by image, with lists of the positions
 * that have a gradient (the items), and use that the taps of one kernel row are neighbours in memory.
 * - Gradient of the kernel: for each filter, its sums stay in registers while the items of some images are gathered from x.
 * - Gradient of x: for each pool window, the patch of d_x that it reaches stays in registers while the items of all filters are
 *   added. A table has a filter's weights for each of the two columns and two rows that an item may have in its window.
 *
 * A load across two cache lines costs as much as three others. So x's channels are padded (pitch) if that is cheap and makes one
 * column or two columns whole vectors. If it is two, rows of taps begin at even columns, and items of odd columns have separate
 * sums. The channels of dx are padded if a patch needs no more vectors then.
 *
 * Layout : conv2d.h, and for each block of L images
 *          images    [L][x_h][x_w][x.pitch]     x as the forward pass reads it, padding included
 *          by filter [L][F][windows]            dy; after all of it index, as bytes. Windows are rounded up to whole vectors
 *          by window [L][windows][F]            the same, filters rounded up to whole vectors
 *          partial   [F][sides][kh][run], [F]   the block's sums: gradients of kernel and bias
 *          table     [tiles][F][2 columns][kh + 1][line], and a line of zeros: the weights; a zero line above each kernel
 *          d_images  [L][x_h][x_w][dx.pitch]
 *          All of these except partial are used within one stretch only. If threads have stretches (cpu_scratch), there is one per
 *          thread, not one per block: with one per block, a batch of 512 used as much scratch as activations, and missed every cache.
 * Blocking: a tile is up to 6 rows times up to 3 vectors (of AVX2: 5), in registers; with 16 registers, up to 12 vectors in all.
 * Twin   : cl/conv2d.cl */
#include "lib/backend/cpu/conv2d.h"

enum {
    HALF = LANES / 2,
    TILE_ROWS = 6,
    TILE_VECTORS = LANES == 8 ? 5 : 3,
    TILE_REGISTERS = VEC_REGISTERS == 32 ? 18 : 12,
    IMAGE_SLACK =
        (TILE_VECTORS + 1) * LANES, /* floats: vectors at the end of the last row reach at most this far past it */
    PART_VECTORS = 8,               /* squares of L features that one part transposes */
    GROUP_IMAGES = 4, /* images whose items are gathered together: x of this many stays in the first-level cache */
    ITEMS = 512,      /* per list, at most */
    PACKINGS = LANES == 8 ? 256 : 1 /* masks of lanes, if lists are made with a table of them */
};

typedef float vec_half __attribute__((vector_size(HALF * 4), may_alias));
typedef float vec_half_anywhere __attribute__((vector_size(HALF * 4), may_alias, aligned(4)));

/* ---- sizes -------------------------------------------------------------------------------------------------- */

/* The layout of a padded image, in floats. */
typedef struct image_form {
    int pitch; /* from column to column: at least the channels */
    size_t row, image;
} image_form;

static image_form image_form_of(const conv *k, int pitch) {
    image_form form = {.pitch = pitch, .row = (size_t)k->x_w * (size_t)pitch};
    form.image = ((size_t)k->x_h * form.row + IMAGE_SLACK + LANES - 1) / LANES * LANES;
    return form;
}

/* The sizes of one convolution's lists and images, in floats unless another unit is given. */
typedef struct pooled {
    conv k;
    image_form x, dx;
    int sides;            /* 2: items of even and odd columns are separate, since two columns are whole vectors */
    int run;              /* vectors of a row of taps, with one column more if it begins at an even one */
    bool narrow;          /* half a vector holds the row */
    size_t side, partial; /* sums of a filter's items of one side; sums of a block */
    size_t w, windows;    /* pool windows of a row, and of an image */
    int tiles;    /* vectors across the patch that a window's items reach, which is kh + 1 rows of kw + 1 columns */
    size_t table; /* weights for one such tile */
    int run_tile, run_rows, patch_tile, patch_rows; /* vectors and rows of the tiles in registers */
    size_t windows_up, filters_up;                  /* rounded up to whole vectors */
} pooled;

/* Divides n into pieces of equal size, at most `most`; returns the size. */
static int piece(int n, int most) {
    return ceil_div(n, ceil_div(n, most));
}

/* The most rows of a tile of `vectors` vectors. */
static int most_rows(int vectors) {
    return TILE_REGISTERS / vectors < TILE_ROWS ? TILE_REGISTERS / vectors : TILE_ROWS;
}

static pooled pooled_of(const conv *k) {
    int padded = ceil_div(k->c, HALF) * HALF;
    bool pads = 2 * padded <= 3 * k->c; /* at most half more numbers */
    int patch = ceil_div((k->kw + 1) * k->c, LANES), padded_patch = ceil_div((k->kw + 1) * padded, LANES);
    bool pads_dx = pads && padded_patch == patch; /* its patches are not loaded item by item */
    pooled s = {.k = *k, .sides = pads && padded % LANES != 0 ? 2 : 1, .w = (size_t)(k->out_w / 2)};
    s.x = image_form_of(k, pads ? padded : k->c);
    s.dx = image_form_of(k, pads_dx ? padded : k->c);
    s.run = ceil_div((k->kw + s.sides - 1) * s.x.pitch, LANES);
    s.narrow = s.sides == 1 && k->kw * k->c <= HALF;
    s.side = (size_t)k->kh * (size_t)s.run * LANES;
    s.partial = ((size_t)k->filters * ((size_t)s.sides * s.side + 1) + LANES - 1) / LANES * LANES;
    s.windows = (size_t)(k->out_h / 2) * s.w;
    s.run_tile = piece(s.run, TILE_VECTORS);
    s.run_rows = piece(k->kh, most_rows(s.run_tile));
    s.patch_tile = piece(patch, TILE_VECTORS);
    s.patch_rows = piece(k->kh + 1, most_rows(s.patch_tile));
    s.tiles = ceil_div(patch, s.patch_tile);
    s.table = (2 * (size_t)k->filters * (size_t)(k->kh + 1) + 1) * (size_t)s.patch_tile * LANES;
    s.windows_up = (s.windows + LANES - 1) / LANES * LANES;
    s.filters_up = (size_t)ceil_div(k->filters, LANES) * LANES;
    return s;
}

/* dy and index of image 0 of a block, transposed; the next image's are `numbers` after it. */
typedef struct turned {
    float *dy;
    uint8_t *index;
    size_t numbers;
} turned;

/* The floats that `blocks` blocks of them need. */
static size_t turned_size(size_t numbers, int blocks) {
    return (size_t)blocks * LANES * (numbers + (numbers + sizeof(float) - 1) / sizeof(float));
}
static turned turned_at(float *work, const cpu_task *task, size_t numbers, int block) {
    size_t all = plan_blocks(task->p, task->p->options.batch) * LANES * numbers, at = (size_t)block * LANES * numbers;
    return (turned){work + at, (uint8_t *)(work + all) + at, numbers};
}

/* ---- images from lanes, and back ---------------------------------------------------------------------------- */

/* A part is PART_VECTORS squares of L numbers of the images. work: padded x, images. */
static void NAME(turn_x)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    pooled s = pooled_of(&k);
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

/* A part is a row of dx: moves the numbers of each image without the padding to lanes. work: nothing, d_images. */
static void NAME(turn_dx)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    pooled s = pooled_of(&k);
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

/* Transposes L windows or filters of dy and index, beginning at `from` and `step` apart, to the images at `at`. Windows or
 * filters from count on do not exist: they are set to dead. Returns the sum of the others. */
INLINE vec turn_square(const turned *to, size_t at, const float *dy, const uint8_t *index, size_t step, int count) {
    vec g[LANES], which[LANES], sum = vec_zero();
    for (int i = 0; i < LANES; i++) {
        vec_int number = (vec_int){0} + pool_index_dead(2);
        if (i < count) number = vec_int_from_bytes(index + (size_t)i * step);
        g[i] = i < count ? vec_load(dy + (size_t)i * step) : vec_zero();
        which[i] = (vec)number;
        sum += (vec)((number != pool_index_dead(2)) & (vec_int)g[i]);
    }
    vec_transpose(g);
    vec_transpose(which);
    for (size_t i = 0; i < LANES; i++) {
        vec_store(to->dy + i * to->numbers + at, g[i]);
        vec_int_to_bytes(to->index + i * to->numbers + at, (vec_int)which[i]);
    }
    return sum;
}

/* A part is a filter; also makes the gradient of the bias. work: by filter, nothing, partial. */
static void NAME(turn_filters)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    pooled s = pooled_of(&k);
    turned to = turned_at(task->work[0], task, (size_t)k.filters * s.windows_up, cpu_scratch(batch, block));
    size_t size = shape_size(task->op->out), step = (size_t)k.filters * LANES;
    float *bias = task->work[2] + (size_t)block * s.partial + (size_t)(k.filters * s.sides) * s.side;
    for (int f = begin; f < end; f++) {
        vec sum = vec_zero();
        for (size_t window = 0; window < s.windows; window += LANES) {
            size_t from = window * step + (size_t)f * LANES;
            sum += turn_square(&to, (size_t)f * s.windows_up + window, block_at(task->dy, block, size) + from,
                               block_bytes_at(task->index, block, size) + from, step, (int)(s.windows - window));
        }
        bias[f] = vec_sum(sum);
    }
}

/* A part is a window. work: by window. */
static void NAME(turn_windows)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    pooled s = pooled_of(&k);
    turned to = turned_at(task->work[0], task, s.windows * s.filters_up, cpu_scratch(batch, block));
    size_t size = shape_size(task->op->out);
    for (int window = begin; window < end; window++)
        for (int f = 0; f < k.filters; f += LANES) {
            size_t from = (size_t)(window * k.filters + f) * LANES;
            (void)turn_square(&to, (size_t)window * s.filters_up + (size_t)f, block_at(task->dy, block, size) + from,
                              block_bytes_at(task->index, block, size) + from, LANES, k.filters - f);
        }
}

/* ---- items -------------------------------------------------------------------------------------------------- */

/* where[i] is the position of item i, gradient[i] its number. Whole vectors are written, so the last may reach past the items. */
typedef struct item_list {
    int count;
    _Alignas(64) uint32_t where[ITEMS + 1];
    _Alignas(64) float gradient[ITEMS + 1];
} item_list;

/* The tables that make all lists of a convolution. */
typedef struct list_tables {
    uint64_t packing[PACKINGS];    /* for a mask of lanes: the lanes in it, in order, one byte each */
    _Alignas(64) int32_t corner[]; /* [windows] the position in an image at which each begins */
} list_tables;

static bool is_full(const item_list *list) {
    return list->count > ITEMS - LANES;
}

/* Appends the items, out of L, that are kept. */
INLINE void append(item_list *list, const list_tables *tables, vec_int where, vec gradient, vec_int kept) {
    int n = list->count;
    (void)tables;
#if defined(__AVX512F__)
    __mmask16 mask = _mm512_movepi32_mask((__m512i)kept);
    _mm512_storeu_si512(list->where + n, _mm512_maskz_compress_epi32(mask, (__m512i)where));
    _mm512_storeu_ps(list->gradient + n, _mm512_maskz_compress_ps(mask, (__m512)gradient));
    list->count = n + __builtin_popcount(mask);
#elif defined(__AVX2__)
    unsigned mask = (unsigned)_mm256_movemask_ps((__m256)kept);
    __m256i lanes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)&tables->packing[mask]));
    _mm256_storeu_si256((__m256i *)(void *)(list->where + n), _mm256_permutevar8x32_epi32((__m256i)where, lanes));
    _mm256_storeu_ps(list->gradient + n, _mm256_permutevar8x32_ps((__m256)gradient, lanes));
    list->count = n + __builtin_popcount(mask);
#else
    for (int i = 0; i < LANES; i++) {
        list->where[n] = (uint32_t)where[i];
        list->gradient[n] = gradient[i];
        n -= kept[i]; /* -1: kept */
    }
    list->count = n;
#endif
}

/* ---- gradient of the kernel --------------------------------------------------------------------------------- */

/* sums [rows][stride] += the tile's rows and vectors of x at each item, times its gradient. */
INLINE void gather_items(float *sums, size_t stride, const float *x, size_t row, const item_list *items, int rows,
                         int vectors) {
    vec acc[TILE_ROWS * TILE_VECTORS];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 5
        for (int v = 0; v < vectors; v++) acc[r * vectors + v] = vec_load(sums + (size_t)r * stride + v * LANES);
    for (int i = 0, count = items->count; i < count; i++) {
        const float *at = x + items->where[i];
        vec g = vec_all(items->gradient[i]);
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
#pragma GCC unroll 5
            for (int v = 0; v < vectors; v++) acc[r * vectors + v] += g * vec_load_anywhere(at + v * LANES);
            at += row;
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 5
        for (int v = 0; v < vectors; v++) vec_store(sums + (size_t)r * stride + v * LANES, acc[r * vectors + v]);
}

/* The same if half a vector holds a row of taps: fewer of these loads cross a cache line. Two items at a time have separate sums,
 * because otherwise every product would wait for the one before. */
INLINE void gather_narrow(float *sums, const float *x, size_t row, const item_list *items, int rows) {
    vec_half even[TILE_ROWS], odd[TILE_ROWS];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
        even[r] = *(const vec_half *)(sums + r * LANES);
        odd[r] = (vec_half){0};
    }
    for (int i = 0, count = items->count; i < count; i += 2) {
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

/* Each tile that most_rows() allows, by rows and vectors. */
#define TILE_CASES_3(v) \
    TILE_CASE(1, v);    \
    TILE_CASE(2, v);    \
    TILE_CASE(3, v)
#define TILE_CASES_6(v) \
    TILE_CASES_3(v);    \
    TILE_CASE(4, v);    \
    TILE_CASE(5, v);    \
    TILE_CASE(6, v)
#if defined(__AVX512F__) || defined(__aarch64__)
#define TILE_CASES   \
    TILE_CASES_6(1); \
    TILE_CASES_6(2); \
    TILE_CASES_6(3)
#else
#define TILE_CASES_16 \
    TILE_CASES_6(1);  \
    TILE_CASES_6(2);  \
    TILE_CASES_3(3);  \
    TILE_CASE(4, 3)
#if defined(__AVX2__)
#define TILE_CASES   \
    TILE_CASES_16;   \
    TILE_CASES_3(4); \
    TILE_CASE(1, 5); \
    TILE_CASE(2, 5)
#else
#define TILE_CASES TILE_CASES_16
#endif
#endif

/* Adds a list of items to sums [kh][run], by tiles that fit into the registers, and empties it. Rows and vectors are constants in
 * each case. */
static void gather_list(float *sums, const pooled *s, const float *x, item_list *items) {
    items->where[items->count] = 0; /* one more item, which adds nothing, makes the number even */
    items->gradient[items->count] = 0;
    size_t stride = (size_t)s->run * LANES;
    for (int v = 0; v < s->run; v += s->run_tile)
        for (int r = 0; r < s->k.kh; r += s->run_rows) {
            int vectors = s->run - v < s->run_tile ? s->run - v : s->run_tile;
            int rows = s->k.kh - r < s->run_rows ? s->k.kh - r : s->run_rows;
            float *to = sums + (size_t)r * stride + (size_t)(v * LANES);
            const float *from = x + (size_t)r * s->x.row + (size_t)(v * LANES);
#define TILE_CASE(n, w)                                            \
    case (n)*8 + (w):                                              \
        if ((w) == 1 && s->narrow)                                 \
            gather_narrow(to, from, s->x.row, items, n);           \
        else                                                       \
            gather_items(to, stride, from, s->x.row, items, n, w); \
        break
            switch (rows * 8 + vectors) {
                TILE_CASES;
            default:
                break;
            }
#undef TILE_CASE
        }
    items->count = 0;
}

/* The sums of filter f over GROUP_IMAGES images starting at `first`. */
static void gather_group(const cpu_task *task, const pooled *s, int block, int scratch, int f, size_t first) {
    item_list lists[2];
    lists[0].count = lists[1].count = 0;
    const list_tables *tables = (const list_tables *)(const void *)task->work[3];
    turned from = turned_at(task->work[1], task, (size_t)s->k.filters * s->windows_up, scratch);
    const float *x = task->work[0] + ((size_t)scratch * LANES + first) * s->x.image;
    float *sums = task->work[2] + (size_t)block * s->partial + (size_t)(f * s->sides) * s->side;
    for (size_t image = 0; image < GROUP_IMAGES; image++) {
        size_t at = (first + image) * from.numbers + (size_t)f * s->windows_up;
        for (size_t window = 0; window < s->windows; window += LANES) {
            vec_int which = vec_int_from_bytes(from.index + at + window), column = which & 1;
            vec_int where = *(const vec_int *)(const void *)(tables->corner + window) + (which >> 1) * (int)s->x.row;
            vec_int alive = which != pool_index_dead(2);
            vec gradient = vec_load(from.dy + at + window);
            where += (int)(image * s->x.image);
            if (s->sides == 1) where += column * s->x.pitch, column = (vec_int){0};
            for (int side = 0; side < s->sides; side++) {
                append(&lists[side], tables, where, gradient, alive & (column == side));
                if (is_full(&lists[side])) gather_list(sums + (size_t)side * s->side, s, x, &lists[side]);
            }
        }
    }
    for (int side = 0; side < s->sides; side++) gather_list(sums + (size_t)side * s->side, s, x, &lists[side]);
}

/* A part is a filter. work: images, by filter, partial, list_tables. */
static void NAME(gather_filters)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    pooled s = pooled_of(&k);
    float *partial = task->work[2] + (size_t)block * s.partial;
    size_t start = (size_t)(begin * s.sides) * s.side, stop = (size_t)(end * s.sides) * s.side;
    memset(partial + start, 0, (stop - start) * sizeof *partial);
    for (size_t first = 0; first < LANES; first += GROUP_IMAGES)
        for (int f = begin; f < end; f++) gather_group(task, &s, block, cpu_scratch(batch, block), f, first);
}

/* The partial sums of L filters starting at f, of the taps at `at` in a row: to [L filters], L of them each. */
INLINE void add_blocks(vec to[LANES], const cpu_task *task, const pooled *s, int blocks, int f, size_t at) {
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
    pooled s = pooled_of(&k);
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

/* ---- gradient of x ------------------------------------------------------------------------------------------ */

/* L taps of row a, starting at `first` as counted in the padded row (from -pitch on they are zeros), of L filters starting at
 * f. */
INLINE void load_taps(vec v[LANES], const cpu_task *task, const pooled *s, int a, int first, int f) {
    int column = first < 0 ? -1 : first / s->dx.pitch, channel = first - column * s->dx.pitch;
    for (int i = 0; i < LANES; i++) {
        bool tap = column >= 0 && column < s->k.kw && channel < s->k.c;
        const float *at = task->kernel + ((a * s->k.kw + column) * s->k.c + channel) * s->k.filters + f;
        v[i] = tap ? vec_load_anywhere(at) : vec_zero();
        if (++channel == s->dx.pitch) channel = 0, column++;
    }
}

/* Fills in the weights at the first column of the patch's rows, and at the second. A part is L filters. In a stretch each thread
 * has a table, filled with its first block; otherwise each block has one, so that no thread waits for another. */
static void NAME(fill_table)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    if (batch->stretched && block != batch->first_run) return;
    conv k = conv_of(task);
    pooled s = pooled_of(&k);
    size_t line = (size_t)s.patch_tile * LANES;
    float *table = task->work[0] + (size_t)cpu_scratch(batch, block) * (size_t)s.tiles * s.table;
    for (int f = begin * LANES; f < end * LANES && f < k.filters; f += LANES)
        for (int a = 0; a < k.kh; a++)
            for (size_t side = 0; side < 2; side++)
                for (size_t at = 0; at < (size_t)s.tiles * line; at += LANES) {
                    vec v[LANES];
                    load_taps(v, task, &s, a, (int)at - (int)side * s.dx.pitch, f);
                    vec_transpose(v);
                    float *to = table + at / line * s.table + at % line;
                    for (size_t i = 0; i < LANES && f + (int)i < k.filters; i++)
                        vec_store(to + ((2 * ((size_t)f + i) + side) * (size_t)(k.kh + 1) + 1 + (size_t)a) * line,
                                  v[i]);
                }
}

/* patch [rows][row] += the lines of the table that each item names, times its gradient. */
INLINE void add_items(float *patch, size_t row, const float *table, const item_list *items, int rows, int vectors) {
    vec acc[TILE_ROWS * TILE_VECTORS];
#pragma GCC unroll 18
    for (int i = 0; i < rows * vectors; i++) acc[i] = vec_zero();
    for (int i = 0, count = items->count; i < count; i++) {
        const float *at = table + items->where[i];
        vec g = vec_all(items->gradient[i]);
#pragma GCC unroll 18
        for (int j = 0; j < rows * vectors; j++) acc[j] += g * vec_load(at + j * LANES);
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 5
        for (int v = 0; v < vectors; v++)
            vec_store_anywhere(patch + v * LANES, vec_load_anywhere(patch + v * LANES) + acc[r * vectors + v]);
        patch += row;
    }
}

/* Adds a window's items to its patch, by tiles that fit into the registers, and empties the list. */
static void add_list(float *patch, const pooled *s, const float *table, item_list *items) {
    for (int i = 0; i < s->tiles; i++)
        for (int r = 0; r < s->k.kh + 1; r += s->patch_rows) {
            int rows = s->k.kh + 1 - r < s->patch_rows ? s->k.kh + 1 - r : s->patch_rows;
            float *to = patch + (size_t)r * s->dx.row + (size_t)(i * s->patch_tile * LANES);
            const float *from = table + (size_t)i * s->table + (size_t)(r * s->patch_tile * LANES);
#define TILE_CASE(n, w)                              \
    case (n)*8 + (w):                                \
        add_items(to, s->dx.row, from, items, n, w); \
        break
            switch (rows * 8 + s->patch_tile) {
                TILE_CASES;
            default:
                break;
            }
#undef TILE_CASE
        }
    items->count = 0;
}

/* A part is an image. work: table, d_images, by window. */
static void NAME(add_windows)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    pooled s = pooled_of(&k);
    size_t scratch = (size_t)cpu_scratch(batch, block);
    const float *table = task->work[0] + scratch * (size_t)s.tiles * s.table;
    turned from = turned_at(task->work[2], task, s.windows * s.filters_up, (int)scratch);
    int line = s.patch_tile * LANES, kernel = (k.kh + 1) * line;
    item_list list;
    list.count = 0;
    for (size_t image = (size_t)begin; image < (size_t)end; image++) {
        float *d_image = task->work[1] + (scratch * LANES + image) * s.dx.image, *patch = d_image;
        size_t at = image * from.numbers, column = 0;
        memset(d_image, 0, s.dx.image * sizeof *d_image);
        for (size_t window = 0; window < s.windows; window++, at += s.filters_up) {
            for (int f = 0; f < k.filters; f += LANES) {
                vec_int which = vec_int_from_bytes(from.index + at + f), alive = which != pool_index_dead(2);
                /* For an item in the window's lower row, the first line is the zero line above the kernel. */
                vec_int where = (2 * (vec_lane_numbers() + f) + (which & 1)) * kernel + (1 - (which >> 1)) * line;
                *(vec_int *)(void *)(list.where + list.count) = alive & where; /* a dead one adds nothing */
                vec_store(list.gradient + list.count, (vec)(alive & (vec_int)vec_load(from.dy + at + f)));
                list.count += LANES < k.filters - f ? LANES : k.filters - f;
                if (is_full(&list)) add_list(patch, &s, table, &list);
            }
            add_list(patch, &s, table, &list);
            patch += 2 * s.dx.pitch;
            if (++column == s.w) column = 0, patch += 2 * s.dx.row - s.w * 2 * (size_t)s.dx.pitch;
        }
    }
}

/* ---- backward ----------------------------------------------------------------------------------------------- */

static float *workspace(cpu_program *program, size_t numbers_a_block) {
    return cpu_program_workspace(program, (size_t)program->slots * numbers_a_block);
}

/* Adds a task of the operation with its workspaces: it writes one and reads the others. */
static cpu_task *add(cpu_program *program, const plan_op *op, cpu_kernel *run, int parts, float *const work[4],
                     int written) {
    cpu_task *task = cpu_program_add(program, op, run, false, parts);
    if (task) task->joined = run != NAME(fill_table) && run != NAME(turn_x); /* with these a gradient begins */
    for (int i = 0; task && i < 4; i++) {
        task->work[i] = work[i];
        if (i == written)
            cpu_task_writes(task, work[i]);
        else
            cpu_task_reads(task, work[i]);
    }
    return task;
}

static float *add_tables(cpu_program *program, const pooled *s) {
    size_t bytes = sizeof(list_tables) + s->windows_up * sizeof(int32_t);
    float *work = cpu_program_workspace(program, (bytes + sizeof(float) - 1) / sizeof(float));
    list_tables *tables = (list_tables *)(void *)work;
    for (size_t i = 0; work && i < s->windows; i++)
        tables->corner[i] = (int32_t)(i / s->w * 2 * s->x.row + i % s->w * 2 * (size_t)s->x.pitch);
    for (size_t mask = 1; work && mask < PACKINGS; mask++)
        for (uint64_t lane = 0, kept = 0; lane < LANES; lane++)
            if (mask >> lane & 1) tables->packing[mask] |= lane << 8 * kept++;
    return work;
}

static void add_kernel_gradient(cpu_program *program, const plan_op *op, const pooled *s) {
    float *padded = NAME(conv2d_padded_x)(program, op), *images = workspace(program, s->x.image * LANES);
    float *dy = cpu_program_workspace(program, turned_size((size_t)s->k.filters * s->windows_up, program->slots));
    float *partial = workspace(program, s->partial), *tables = add_tables(program, s);
    int turns = ceil_div(ceil_div(s->k.x_h * (int)s->x.row, LANES), PART_VECTORS);
    cpu_task *task = add(program, op, NAME(turn_x), turns, (float *[4]){padded, images}, 1);
    if (task && !padded) cpu_task_reads(task, task->x);
    task = add(program, op, NAME(turn_filters), s->k.filters, (float *[4]){dy, NULL, partial}, 0);
    cpu_task_writes(task, partial);
    if (task) cpu_task_reads(task, task->dy);
    if (task) cpu_task_reads(task, task->index);
    (void)add(program, op, NAME(gather_filters), s->k.filters, (float *[4]){images, dy, partial, tables}, 2);
    task = cpu_program_add(program, op, NAME(reduce_partial), true, s->k.kh + 1);
    if (!task) return;
    task->work[2] = partial;
    cpu_task_reads(task, partial);
    cpu_task_writes(task, task->d_kernel);
    cpu_task_writes(task, task->d_bias);
}

static void add_input_gradient(cpu_program *program, const plan_op *op, const pooled *s) {
    float *table = workspace(program, (size_t)s->tiles * s->table), *d_images = workspace(program, s->dx.image * LANES);
    float *dy = cpu_program_workspace(program, turned_size(s->windows * s->filters_up, program->slots));
    cpu_task *task = add(program, op, NAME(fill_table), ceil_div(s->k.filters, LANES), (float *[4]){table}, 0);
    if (task) cpu_task_reads(task, task->kernel);
    task = add(program, op, NAME(turn_windows), (int)s->windows, (float *[4]){dy}, 0);
    if (task) cpu_task_reads(task, task->dy);
    if (task) cpu_task_reads(task, task->index);
    (void)add(program, op, NAME(add_windows), LANES, (float *[4]){table, d_images, dy}, 1);
    task = add(program, op, NAME(turn_dx), s->k.h, (float *[4]){NULL, d_images}, -1);
    if (task) cpu_task_writes(task, task->dx);
}

void NAME(conv2d_pooled_backward)(cpu_program *program, const plan_op *op, const conv *k) {
    pooled s = pooled_of(k);
    if (op->dx != NO_BUFFER) add_input_gradient(program, op, &s);
    if (!op->frozen) add_kernel_gradient(program, op, &s);
}
