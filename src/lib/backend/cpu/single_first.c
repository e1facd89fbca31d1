/* single_first.c - the first convolution of one image, from its bytes, with relu and 2x2 max pooling. float32.
 *
 * A first convolution has few channels and often few filters, so the vector has neighbouring pool windows of a row. Windows that see
 * no ink, of which a digit has half, are not computed: every number in them is relu(bias).
 *
 *     image    . . . . . . . .        windows   b b b b        b: relu(bias)
 *              . . . # # . . .                  b w w b        w: computed, from the first window of the
 *              . . # # . . . .                  b w w b           row that sees ink to the last
 *              . . . . . . . .                  b b b b
 *
 * If a row has no more windows to compute than half of a vector of 16, it shares a vector with another such row.
 *
 * Layout : images [rows][h][w][C] of bytes, y [h/2][w/2][F], kernel [kh][kw][C][F];
 *          work[0] x / 255, padded [H][C][2][slots]: even columns, then odd ones: the same tap of neighbouring windows is one run,
 *          work[1] windows [h/2][F][w/2 rounded up to L], which are y before the last step,
 *          work[2] the image's bytes, with room for a vector after them, work[3] [H][2] first and last column with ink, as int32.
 * Blocking: the four positions of a window times 6 filters, or 3 with 16 registers, at L windows. */
#include "lib/backend/cpu/conv2d.h"
#include "lib/backend/cpu/single.h"

enum {
    FILTERS = VEC_REGISTERS == 32 ? 6 : 3, /* at a time */
    HALF = LANES / 2,
    SHARED = LANES == 16 /* two rows may share a vector */
};

typedef float vec_half __attribute__((vector_size(HALF * 4), may_alias, aligned(4)));

typedef struct sizes {
    conv k;
    int rows, windows, line; /* of y, before the last step: line is the windows of a row, rounded up to L */
    size_t slots, row;       /* floats of the columns of one kind, and of a row of x */
} sizes;

static sizes sizes_of(const cpu_task *task) {
    sizes s = {.k = conv_of(task), .rows = task->op->out.height, .windows = task->op->out.width};
    s.line = ceil_div(s.windows, LANES) * LANES;
    s.slots = (size_t)ceil_div(s.line + s.k.kw / 2 + 1, LANES) * LANES;
    if (s.slots < (size_t)ceil_div(s.k.x_w, 2) + LANES) s.slots = (size_t)ceil_div(s.k.x_w, 2 * LANES) * LANES + LANES;
    s.row = (size_t)s.k.c * 2 * s.slots;
    return s;
}

/* The columns of x from first to last that are not 0; last < first: none. */
typedef struct ink {
    int32_t first, last;
} ink;

/* ---- bytes to x --------------------------------------------------------------------------------------------- */

/* L pairs of bytes, the first of each in the low byte. */
INLINE vec_int load_pairs(const uint8_t *at) {
#if defined(__AVX512F__)
    return (vec_int)_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)at));
#elif defined(__AVX2__)
    return (vec_int)_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)at));
#else
    vec_int pairs;
    for (int i = 0; i < LANES; i++) pairs[i] = at[2 * i] | at[2 * i + 1] << 8;
    return pairs;
#endif
}

/* Bit i: all bits of lane i are set, or none. */
INLINE unsigned bits_of(vec_int where) {
#if defined(__AVX512F__)
    return _mm512_movepi32_mask((__m512i)where);
#elif defined(__AVX2__)
    return (unsigned)_mm256_movemask_ps((__m256)where);
#else
    unsigned bits = 0;
    for (int i = 0; i < LANES; i++) bits |= (unsigned)(where[i] & 1) << i;
    return bits;
#endif
}

/* A row of an image with one channel. Pixel 0 goes to even[0], pixel 1 to odd[0]. */
INLINE ink convert_row(float *even, float *odd, const uint8_t *pixels, int width) {
    ink seen = {width, -1};
    for (int i = 0; 2 * i < width; i += LANES) {
        vec_int pairs = load_pairs(pixels + 2 * (size_t)i), lanes = vec_lane_numbers() + i;
        vec_int low = pairs & 255 & (lanes < (width + 1) / 2), high = (pairs >> 8) & (lanes < width / 2);
        vec_store_anywhere(even + i, __builtin_convertvector(low, vec) * vec_all(PIXEL_SCALE));
        vec_store_anywhere(odd + i, __builtin_convertvector(high, vec) * vec_all(PIXEL_SCALE));
        unsigned bits = bits_of((low | high) != 0);
        if (!bits) continue;
        if (seen.last < 0) seen.first = 2 * (i + __builtin_ctz(bits));
        seen.last = 2 * (i + 31 - __builtin_clz(bits)) + 1;
    }
    return seen;
}

/* The same for any number of channels; x is the row of work[0]. */
INLINE ink convert_channels(float *x, const uint8_t *pixels, const sizes *s) {
    const conv *k = &s->k;
    ink seen = {k->w, -1};
    for (int column = 0; column < k->w; column++)
        for (int c = 0; c < k->c; c++) {
            uint8_t pixel = *pixels++;
            int at = column + k->pad_left;
            x[(size_t)(2 * c + at % 2) * s->slots + (size_t)(at / 2)] = (float)pixel * PIXEL_SCALE;
            if (!pixel) continue;
            if (seen.last < 0) seen.first = column;
            seen.last = column;
        }
    return seen;
}

/* Fills x and finds its ink. The zeros around x are in the workspace from the start. */
INLINE void convert_image(const cpu_task *task, const sizes *s, const uint8_t *image) {
    const conv *k = &s->k;
    uint8_t *bytes = (uint8_t *)task->work[2];
    ink *seen = (ink *)(void *)task->work[3];
    size_t line = (size_t)k->w * (size_t)k->c, left = (size_t)k->pad_left;
    memcpy(bytes, image, (size_t)k->h * line);
    for (int row = 0; row < k->h; row++, bytes += line) {
        float *x = task->work[0] + (size_t)(row + k->pad_top) * s->row;
        ink found;
        if (k->c == 1)
            found = convert_row(x + left % 2 * s->slots + left / 2, x + (left + 1) % 2 * s->slots + (left + 1) / 2,
                                bytes, k->w);
        else
            found = convert_channels(x, bytes, s);
        seen[row + k->pad_top] = (ink){found.first + k->pad_left, found.last < 0 ? -1 : found.last + k->pad_left};
    }
}

/* ---- windows ------------------------------------------------------------------------------------------------ */

/* L windows of a row, or half as many of two rows. */
typedef struct strip {
    int row[2], column[2]; /* of the first window */
} strip;

/* x of one tap at a strip's windows, which begin at `first`, or half of them at `second`. */
INLINE vec load_strip(const float *first, const float *second, bool shared) {
#if defined(__AVX512F__)
    if (shared)
        return __builtin_shufflevector(*(const vec_half *)first, *(const vec_half *)second, 0, 1, 2, 3, 4, 5, 6, 7, 8,
                                       9, 10, 11, 12, 13, 14, 15);
#else
    (void)second, (void)shared;
#endif
    return vec_load_anywhere(first);
}

/* True if one of the `rows` rows of x from `row` on has ink. */
static bool rows_have_ink(const ink *seen, int row, int rows) {
    bool any = false;
    for (int i = row; i < row + rows; i++) any |= seen[i].last >= 0;
    return any;
}

/* `filters` filters starting at f. */
INLINE void strip_tile(const cpu_task *task, const sizes *s, const strip *at, int f, int filters, bool shared) {
    const conv *k = &s->k;
    const ink *seen = (const ink *)(const void *)task->work[3];
    vec sum[4 * FILTERS];
#pragma GCC unroll 24
    for (int i = 0; i < 4 * filters; i++) sum[i] = vec_zero();
    for (int a = 0; a < k->kh; a++) {
        int first_row = 2 * at->row[0] + a, second_row = 2 * at->row[1] + a;
        if (!rows_have_ink(seen, first_row, 2) && !(shared && rows_have_ink(seen, second_row, 2))) continue;
        const float *w = task->kernel + (size_t)(a * k->kw * k->c * k->filters + f);
        for (int b = 0; b < k->kw; b++)
            for (int c = 0; c < k->c; c++, w += k->filters) {
                const float *first =
                    task->work[0] + (size_t)first_row * s->row + 2 * (size_t)c * s->slots + at->column[0];
                const float *second =
                    task->work[0] + (size_t)second_row * s->row + 2 * (size_t)c * s->slots + at->column[1];
                size_t left = (size_t)(b % 2) * s->slots + (size_t)(b / 2);
                size_t right = (size_t)((b + 1) % 2) * s->slots + (size_t)((b + 1) / 2);
                const vec x[4] = {load_strip(first + left, second + left, shared),
                                  load_strip(first + right, second + right, shared),
                                  load_strip(first + s->row + left, second + s->row + left, shared),
                                  load_strip(first + s->row + right, second + s->row + right, shared)};
#pragma GCC unroll 6
                for (int i = 0; i < filters; i++) {
                    vec wi = vec_all(w[i]);
#pragma GCC unroll 4
                    for (int t = 0; t < 4; t++) sum[4 * i + t] += x[t] * wi;
                }
            }
    }
#pragma GCC unroll 6
    for (int i = 0; i < filters; i++) {
        const vec *z = sum + 4 * i;
        vec y = vec_larger(vec_larger(z[3], z[2]), vec_larger(z[1], z[0])) + vec_all(task->bias[f + i]);
        if (task->op->relu) y = vec_select(y < vec_zero(), vec_zero(), y); /* keeps NaN, so that it shows */
        float *to = task->work[1] + (size_t)((at->row[0] * k->filters + f + i) * s->line + at->column[0]);
        memcpy(to, &y, shared ? sizeof y / 2 : sizeof y);
        if (!shared) continue;
        to = task->work[1] + (size_t)((at->row[1] * k->filters + f + i) * s->line + at->column[1]);
        memcpy(to, (const char *)&y + sizeof y / 2, sizeof y / 2);
    }
}

/* All filters of a strip. */
INLINE void strip_filters(const cpu_task *task, const sizes *s, const strip *at, bool shared) {
    int tiles = ceil_div(s->k.filters, FILTERS);
    for (int i = 0; i < tiles; i++) {
        int f = part_at(i, s->k.filters, tiles);
#define CASE(n)                                \
    case n:                                    \
        strip_tile(task, s, at, f, n, shared); \
        break
        switch (part_at(i + 1, s->k.filters, tiles) - f) {
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
}

static void single_strip(const cpu_task *task, const sizes *s, const strip *at) {
    strip_filters(task, s, at, false);
}
static void shared_strip(const cpu_task *task, const sizes *s, const strip *at) {
    strip_filters(task, s, at, SHARED);
}

/* The windows of a row that see ink: from first to last; last < first: none. */
static ink inked_windows(const cpu_task *task, const sizes *s, int row) {
    const ink *seen = (const ink *)(const void *)task->work[3];
    ink all = {s->k.x_w, -1};
    for (int i = 2 * row; i < 2 * row + s->k.kh + 1; i++) {
        if (seen[i].last < 0) continue;
        if (seen[i].first < all.first) all.first = seen[i].first;
        if (seen[i].last > all.last) all.last = seen[i].last;
    }
    if (all.last < 0) return all;
    all.first = all.first > s->k.kw ? (all.first - s->k.kw + 1) / 2 : 0;
    all.last = all.last / 2 < s->windows ? all.last / 2 : s->windows - 1;
    return all;
}

/* A strip of `lanes` windows ends within the row. */
static int strip_column(const sizes *s, int column, int lanes) {
    return column < s->line - lanes ? column : s->line - lanes;
}

static void compute_windows(const cpu_task *task, const sizes *s) {
    strip waiting = {{-1, -1}, {0, 0}}; /* row[0]: has half a strip of windows, and waits for another */
    for (int row = 0; row < s->rows; row++) {
        ink windows = inked_windows(task, s, row);
        int count = windows.last - windows.first + 1;
        if (count <= 0) continue;
        if (SHARED && count <= HALF) {
            int column = strip_column(s, windows.first, HALF);
            if (waiting.row[0] < 0) {
                waiting = (strip){{row, row}, {column, column}};
                continue;
            }
            waiting.row[1] = row;
            waiting.column[1] = column;
            shared_strip(task, s, &waiting);
            waiting.row[0] = -1;
            continue;
        }
        for (int i = windows.first; i <= windows.last; i += LANES)
            single_strip(task, s, &(strip){{row, row}, {strip_column(s, i, LANES), 0}});
    }
    if (waiting.row[0] >= 0) shared_strip(task, s, &waiting);
}

/* Every window, as one that sees no ink. */
INLINE void fill_windows(const cpu_task *task, const sizes *s) {
    for (int f = 0; f < s->k.filters; f++) {
        float bias = task->bias[f];
        vec y = vec_all(task->op->relu && bias < 0 ? 0 : bias);
        for (int row = 0; row < s->rows; row++)
            for (int i = 0; i < s->line; i += LANES)
                vec_store(task->work[1] + (row * s->k.filters + f) * s->line + i, y);
    }
}

/* ---- windows to y ------------------------------------------------------------------------------------------- */

/* y of up to L windows of a row from `column` on, for up to L filters from f on. */
INLINE void turn_square(const cpu_task *task, const sizes *s, int row, int column, int f) {
    int filters = s->k.filters, left = filters - f < LANES ? filters - f : LANES;
    vec v[LANES];
    for (int i = 0; i < LANES; i++)
        v[i] = i < left ? vec_load(task->work[1] + (row * filters + f + i) * s->line + column) : vec_zero();
    vec_transpose(v);
    for (int i = 0; i < LANES && column + i < s->windows; i++)
        store_some(task->y + (row * s->windows + column + i) * filters + f, v[i], left, filters <= LANES);
}

#if defined(__AVX512F__)
/* The same of two rows, with up to half as many filters. */
INLINE void turn_rows(const cpu_task *task, const sizes *s, int row, int column) {
    int filters = s->k.filters;
    vec v[LANES];
    for (int i = 0; i < LANES; i++) {
        const float *from = task->work[1] + ((row + i / HALF) * filters + i % HALF) * s->line + column;
        v[i] = i % HALF < filters ? vec_load(from) : vec_zero();
    }
    vec_transpose(v);
    for (int half = 0; half < 2; half++)
        for (int i = 0; i < LANES && column + i < s->windows; i++) {
            float *y = task->y + ((row + half) * s->windows + column + i) * filters;
            memcpy(y, (const char *)&v[i] + (size_t)half * sizeof v[i] / 2, sizeof v[i] / 2);
        }
}
#endif

INLINE void turn_windows(const cpu_task *task, const sizes *s) {
    int row = 0;
#if defined(__AVX512F__)
    if (s->k.filters <= HALF && s->windows <= LANES)
        for (; row + 2 <= s->rows; row += 2) turn_rows(task, s, row, 0);
#endif
    for (; row < s->rows; row++)
        for (int column = 0; column < s->windows; column += LANES)
            for (int f = 0; f < s->k.filters; f += LANES) turn_square(task, s, row, column, f);
}

static void NAME(single_first_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)block, (void)begin, (void)end;
    sizes s = sizes_of(task);
    size_t row = batch->rows ? batch->rows[0] : batch->first_row;
    convert_image(task, &s, batch->images + row * shape_size(task->op->in));
    fill_windows(task, &s);
    compute_windows(task, &s);
    turn_windows(task, &s);
}

void NAME(single_first)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(single_first_run), false, 1);
    if (!task) return;
    sizes s = sizes_of(task);
    task->work[0] = cpu_program_workspace(program, (size_t)(s.k.x_h + 2) * s.row);
    task->work[1] = cpu_program_workspace(program, (size_t)s.rows * (size_t)(s.k.filters * s.line));
    task->work[2] = cpu_program_workspace(program, shape_size(op->in) / sizeof(float) + 2 * LANES);
    task->work[3] = cpu_program_workspace(program, 2 * (size_t)(s.k.x_h + 2));
    for (int i = 0; task->work[3] && i < s.k.x_h; i++) ((ink *)(void *)task->work[3])[i].last = -1;
}
