/* conv2d_pooled_images.c - what the first convolution's kernel gradient reads of the images, from their bytes. float32.
 *
 * The gradient is made image by image, and in the data the images are like that. So they need not be turned back from lanes, and
 * a byte is a quarter of the memory of a float. The windows without ink are found with a bit for each column of a row:
 *
 *     rows under the items of a window row       bits, one word per row
 *         . . . # # . . .                        00011000
 *         . . # # # . . .                        00111000    or of all rows: 00111000; then bit i is also set if one of the
 *         . . # # . . . .                        00110000    next kw is: window w has ink if bit 2 w is set
 *
 * Layout : images [L][x_h][x_w], blank [windows][L]: conv2d_pooled_kernel.c. After blank, bits [window rows][L] of int32.
 *          The zeros around the images are in the workspace from the start.
 * Twin   : cl/conv2d.cl, which needs neither */
#include "lib/backend/cpu/conv2d_pooled.h"

enum { RUN = 16 }; /* bytes */

/* Bit i is set if byte i is not 0. */
INLINE uint32_t run_bits(const uint8_t *bytes /* [RUN] */) {
#if defined(__AVX2__)
    __m128i blank = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)bytes), _mm_setzero_si128());
    return 0xffffU ^ (uint32_t)_mm_movemask_epi8(blank);
#else
    uint32_t bits = 0;
    for (int i = 0; i < RUN; i++) bits |= (uint32_t)(bytes[i] != 0) << i;
    return bits;
#endif
}

/* The same of RUN to 2 * RUN bytes. */
INLINE uint32_t ink_bits(const uint8_t *bytes, int width) {
    return run_bits(bytes) | run_bits(bytes + width - RUN) << (width - RUN);
}

INLINE vec to_floats(vec_int pixels) {
    return __builtin_convertvector(pixels, vec) * vec_all(PIXEL_SCALE);
}

/* A row of an image as floats; the last vector overlaps the one before. */
INLINE void convert_row(float *row /* [x_w] */, const uint8_t *bytes, const conv *k) {
    for (int i = 0; i < k->w; i += LANES) {
        int at = i + LANES <= k->w ? i : k->w - LANES;
        vec_store_anywhere(row + k->pad_left + at, to_floats(vec_int_from_bytes(bytes + at)));
    }
}

/* The same with the zeros around it: no store is across two cache lines, which takes several times as long. Reads bytes before the
 * row and after it, so there must be other rows. */
INLINE void convert_whole_row(float *row /* [x_w] */, const uint8_t *bytes, const conv *k) {
    for (int column = -k->pad_left, i = 0; i < k->x_w; column += LANES, i += LANES) {
        vec_int columns = vec_lane_numbers() + column, inside = (columns >= 0) & (columns < k->w);
        vec_store(row + i, to_floats(vec_int_from_bytes(bytes + column) & inside));
    }
}

/* The bits of the ink that the items of window row `row` can reach. */
INLINE uint32_t ink_of_windows(const uint32_t ink[BYTES_SIDE], const conv *k, int row) {
    uint32_t all = 0, near = 0;
    for (int a = 0; a <= k->kh; a++) all |= ink[2 * row + a];
    for (int b = 0; b <= k->kw; b++) near |= all >> b;
    return near;
}

/* The bits of a block: after its blank windows. */
static int32_t *bits_at(float *blank, const conv *k, int scratch) {
    return (int32_t *)(void *)(blank_at(blank, k, scratch) + windows_of(k) * LANES);
}

/* A part is an image. work: nothing, images, blank. */
static void NAME(convert_images)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    image_form form = image_form_of(&k, 1);
    size_t size = shape_size(task->op->in), row[LANES];
    int scratch = cpu_scratch(batch, block);
    int32_t *bits = bits_at(task->work[2], &k, scratch);
    cpu_block_rows(row, batch, block, LANES);
    for (int image = begin; image < end; image++) {
        const uint8_t *bytes = batch->images + row[image] * size;
        float *to = task->work[1] + (size_t)(scratch * LANES + image) * form.image + (size_t)k.pad_top * form.row;
        uint32_t ink[BYTES_SIDE] = {0};
        for (int i = 0; i < k.h; i++, bytes += k.w, to += form.row) {
            if (k.x_w % LANES == 0 && i > 0 && i + 1 < k.h)
                convert_whole_row(to, bytes, &k);
            else
                convert_row(to, bytes, &k);
            ink[k.pad_top + i] = ink_bits(bytes, k.w) << k.pad_left;
        }
        for (int i = 0; i < k.out_h / 2; i++) bits[i * LANES + image] = (int32_t)ink_of_windows(ink, &k, i);
    }
}

/* A part is a row of windows. work: nothing, images, blank. */
static void NAME(mark_blank)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    conv k = conv_of(task);
    int scratch = cpu_scratch(batch, block), across = (int)windows_across(&k);
    const int32_t *bits = bits_at(task->work[2], &k, scratch);
    float *blank = blank_at(task->work[2], &k, scratch);
    for (int row = begin; row < end; row++) {
        vec_int ink = *(const vec_int *)(const void *)(bits + row * LANES);
        for (int w = 0; w < across; w++) vec_store(blank + (row * across + w) * LANES, (vec)((ink >> (2 * w) & 1) - 1));
    }
}

void NAME(conv2d_pooled_images)(cpu_program *program, const plan_op *op, float *images, float *blank) {
    float *const work[4] = {NULL, images, blank};
    cpu_task *task = pooled_add(program, op, NAME(convert_images), LANES, false, work, 1);
    cpu_task_writes(task, blank);
    (void)pooled_add(program, op, NAME(mark_blank), op->out.height, true, work, 2);
}
