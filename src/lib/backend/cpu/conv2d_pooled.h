/* conv2d_pooled.h - what the gradients of a pooled convolution share.
 *
 * For kernel files only.
 *
 * Of the four positions of a pool window only one has a gradient, or none if relu made the window 0. Which one it is differs from
 * image to image. So these kernels do not use the layout of the others. They process image by image, with lists of the positions
 * that have a gradient (the items), and use that the taps of one kernel row are neighbours in memory:
 *
 *      a window   an item at row 0, column 1     the part of x, or of dx, under its kernel (5x5, C channels):
 *       +---+      +---+                         kh rows of kw * C neighbouring numbers
 *       |   |      | * |
 *       +---+      +---+
 *
 * conv2d_pooled_kernel.c has the gradient of the kernel, conv2d_pooled_input.c that of x. Each first moves what it reads from lanes
 * to images (squares of L images and L numbers are transposed), because its lists are made image by image. */
#ifndef CLENET_LIB_BACKEND_CPU_CONV2D_POOLED_H
#define CLENET_LIB_BACKEND_CPU_CONV2D_POOLED_H

#include "lib/backend/cpu/conv2d.h"

enum {
    HALF = LANES / 2,
    TILE_ROWS = 6,
    TILE_VECTORS = LANES == 8 ? 5 : 3,
    TILE_REGISTERS = VEC_REGISTERS == 32 ? 18 : 12,
    IMAGE_SLACK =
        (TILE_VECTORS + 1) * LANES, /* floats: vectors at the end of the last row reach at most this far past it */
    ITEMS = 512,                    /* of a list, at most */
    PACKINGS = LANES <= 8 ? 1 << LANES : 1 /* masks of lanes, if lists are made with a table of them */
};

/* ---- sizes -------------------------------------------------------------------------------------------------- */

/* The layout of a padded image, in floats. */
typedef struct image_form {
    int pitch; /* from column to column: at least the channels */
    size_t row, image;
} image_form;

static inline image_form image_form_of(const conv *k, int pitch) {
    image_form form = {.pitch = pitch, .row = (size_t)k->x_w * (size_t)pitch};
    form.image = ((size_t)k->x_h * form.row + IMAGE_SLACK + LANES - 1) / LANES * LANES;
    return form;
}

/* The pool windows of a row, and of an image. */
static inline size_t windows_across(const conv *k) {
    return (size_t)(k->out_w / 2);
}
static inline size_t windows_of(const conv *k) {
    return (size_t)(k->out_h / 2) * windows_across(k);
}

static inline size_t whole_vectors(size_t numbers) {
    return (numbers + LANES - 1) / LANES * LANES;
}

/* Divides n into pieces of equal size, at most `most`; returns the size. */
static inline int piece(int n, int most) {
    return ceil_div(n, ceil_div(n, most));
}

/* The most rows, or vectors, of a tile of n vectors, or rows. */
static inline int most_of_tile(int n, int most) {
    return TILE_REGISTERS / n < most ? TILE_REGISTERS / n : most;
}

/* Each tile that the registers hold, by rows and vectors: what `TILE_CASE(rows, vectors)` is, for all of them. */
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

/* ---- dy and index, image by image --------------------------------------------------------------------------- */

/* dy and index of image 0 of a block, transposed; the next image's are `numbers` after it. */
typedef struct turned {
    float *dy;
    uint8_t *index;
    size_t numbers;
} turned;

/* `numbers` for that many: an odd number of vectors, so that the same place in all images is not always in the same few lines of the
 * cache. */
static inline size_t turned_numbers(size_t needed) {
    return (whole_vectors(needed) / LANES | 1) * LANES;
}

/* The floats that `blocks` blocks of them need. */
static inline size_t turned_size(size_t numbers, int blocks) {
    return (size_t)blocks * LANES * (numbers + (numbers + sizeof(float) - 1) / sizeof(float));
}
static inline turned turned_at(float *work, const cpu_task *task, size_t numbers, int block) {
    size_t all = plan_blocks(task->p, task->p->options.batch) * LANES * numbers, at = (size_t)block * LANES * numbers;
    return (turned){work + at, (uint8_t *)(work + all) + at, numbers};
}

/* turn_square() for index. */
INLINE void turn_index(const turned *to, size_t at, const uint8_t *index, const float *blank, size_t step, int count) {
#if defined(__AVX512F__) /* a row of L bytes is a vector too: half of the shuffles, and each of a quarter's size */
    typedef uint8_t row_bytes __attribute__((vector_size(LANES), may_alias, aligned(1)));
    row_bytes v[LANES], w[LANES];
    for (int i = 0; i < LANES; i++) {
        v[i] = (row_bytes){0} + (uint8_t)pool_index_dead(2);
        if (i < count) v[i] = *(const row_bytes *)(index + (size_t)i * step);
        if (i < count && blank) {
            row_bytes no_ink = (row_bytes)_mm512_cvtepi32_epi8(*(const __m512i *)(const void *)(blank + i * LANES));
            v[i] = (v[i] & ~no_ink) | (no_ink & (uint8_t)pool_index_dead(2));
        }
    }
#pragma GCC unroll 4
    for (int round = 1; round < LANES; round *= 2) { /* each interleaves the two halves of the rows */
#pragma GCC unroll 8
        for (int i = 0; i < LANES / 2; i++) {
            row_bytes a = v[i], b = v[i + LANES / 2];
            w[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            w[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        memcpy(v, w, sizeof w);
    }
    for (size_t i = 0; i < LANES; i++) *(row_bytes *)(to->index + i * to->numbers + at) = v[i];
#else
    vec which[LANES];
    for (int i = 0; i < LANES; i++) {
        vec_int number = (vec_int){0} + pool_index_dead(2);
        if (i < count) number = vec_int_from_bytes(index + (size_t)i * step);
        if (i < count && blank) {
            vec_int no_ink = *(const vec_int *)(const void *)(blank + i * LANES);
            number = (number & ~no_ink) | (no_ink & pool_index_dead(2));
        }
        which[i] = (vec)number;
    }
    vec_transpose(which);
    for (size_t i = 0; i < LANES; i++) vec_int_to_bytes(to->index + i * to->numbers + at, (vec_int)which[i]);
#endif
}

/* Transposes L windows or filters of dy and index, beginning at `from` and `step` apart, to the images at `at`. Windows or
 * filters from count on do not exist: they are set to dead, and so are blank ones. Returns the sum of all gradients. */
INLINE vec turn_square(const turned *to, size_t at, const float *dy, const uint8_t *index,
                       const float *blank /* [L][L], or NULL */, size_t step, int count) {
    vec g[LANES], sum = vec_zero();
    for (int i = 0; i < LANES; i++) {
        g[i] = i < count ? vec_load(dy + (size_t)i * step) : vec_zero();
        if (i < count)
            sum += (vec)((vec_int_from_bytes(index + (size_t)i * step) != pool_index_dead(2)) & (vec_int)g[i]);
    }
    vec_transpose(g);
    for (size_t i = 0; i < LANES; i++) vec_store(to->dy + i * to->numbers + at, g[i]);
    turn_index(to, at, index, blank, step, count);
    return sum;
}

/* ---- blank windows ------------------------------------------------------------------------------------------ */

/* The first window's mark of a block: all bits are set in the lane of an image if all of x that the window's items can reach is 0.
 * Then come numbers with which these are made, [window rows][x_w][L]. */
static inline size_t blank_size(const conv *k) {
    return (windows_of(k) + (size_t)(k->out_h / 2) * (size_t)k->x_w) * LANES;
}
static inline float *blank_at(float *work, const conv *k, int scratch) {
    return work + (size_t)scratch * blank_size(k);
}

/* ---- items -------------------------------------------------------------------------------------------------- */

/* where[i] is the position of item i, gradient[i] its number. Whole vectors are written, so the last may reach past the items. */
typedef struct item_list {
    _Alignas(64) uint32_t where[ITEMS + 1];
    _Alignas(64) float gradient[ITEMS + 1];
} item_list;

/* For a mask of lanes, the lanes in it, in order, one byte each. */
typedef uint64_t packing_table[PACKINGS];

static inline void fill_packing(packing_table packing) {
    for (size_t mask = 1; mask < PACKINGS; mask++) {
        packing[mask] = 0;
        for (uint64_t lane = 0, kept = 0; lane < LANES; lane++)
            if (mask >> lane & 1) packing[mask] |= lane << 8 * kept++;
    }
}

/* Appends to a list of n items those of L for which key is `kept`. Returns the new number. It is not kept in the list meanwhile: each
 * call would wait until the last one's number came back from memory. */
INLINE int append(item_list *list, int n, const packing_table packing, vec_int where, vec gradient, vec_int key,
                  int kept) {
    (void)packing;
#if defined(__AVX512F__)
    __mmask16 mask = _mm512_cmpeq_epi32_mask((__m512i)key, _mm512_set1_epi32(kept));
    _mm512_storeu_si512(list->where + n, _mm512_maskz_compress_epi32(mask, (__m512i)where));
    _mm512_storeu_ps(list->gradient + n, _mm512_maskz_compress_ps(mask, (__m512)gradient));
    return n + __builtin_popcount(mask);
#elif defined(__AVX2__)
    unsigned mask = (unsigned)_mm256_movemask_ps((__m256)(key == kept));
    __m256i lanes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)&packing[mask]));
    _mm256_storeu_si256((__m256i *)(void *)(list->where + n), _mm256_permutevar8x32_epi32((__m256i)where, lanes));
    _mm256_storeu_ps(list->gradient + n, _mm256_permutevar8x32_ps((__m256)gradient, lanes));
    return n + __builtin_popcount(mask);
#elif defined(__aarch64__)
    vec_int all = key == kept;
    uint32_t mask = vaddvq_u32((uint32x4_t)(all & (vec_int){1, 2, 4, 8}));
    vec_uint lanes = (vec_uint)vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(packing[mask]))));
    uint8x16_t bytes = (uint8x16_t)(lanes * 0x04040404U + 0x03020100U); /* those of the lanes */
    vec_store_anywhere((float *)(list->where + n), (vec)vqtbl1q_u8((uint8x16_t)where, bytes));
    vec_store_anywhere(list->gradient + n, (vec)vqtbl1q_u8((uint8x16_t)gradient, bytes));
    return n - vaddvq_s32((int32x4_t)all);
#else
    vec_int all = key == kept;
    for (int i = 0; i < LANES; i++) {
        list->where[n] = (uint32_t)where[i];
        list->gradient[n] = gradient[i];
        n -= all[i]; /* -1: kept */
    }
    return n;
#endif
}

/* ---- tasks -------------------------------------------------------------------------------------------------- */

/* A workspace with a place of that many numbers for each block. */
static inline float *pooled_workspace(cpu_program *program, size_t numbers) {
    return cpu_program_workspace(program, (size_t)program->slots * numbers);
}

/* Adds a task of the operation with its workspaces: it writes one and reads the others. With the first task of a gradient its
 * scratch begins: the others are joined to it. */
static inline cpu_task *pooled_add(cpu_program *program, const plan_op *op, cpu_kernel *run, int parts, bool joined,
                                   float *const work[4], int written) {
    cpu_task *task = cpu_program_add(program, op, run, false, parts);
    if (task) task->joined = joined;
    for (int i = 0; task && i < 4; i++) {
        task->work[i] = work[i];
        if (i == written)
            cpu_task_writes(task, work[i]);
        else
            cpu_task_reads(task, work[i]);
    }
    return task;
}

#endif
