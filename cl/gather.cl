/* gather.cl - converts a batch's images from bytes to numbers, and draws dropout's masks. float32.
 *
 * y = x / 255. If MOVED, the images are augmented first.
 *
 * Layout : images [rows][height][width][channels] of uint8; y [n/L][padded][L]: the image begins at number `start`, and `gap` zeros
 *          are between its lines, which no kernel overwrites; masks as in philox.clh; moves as in augment.clh.
 * Build  : -DMOVED  1 with augmentation, else 0; -DELASTIC  as in augment.clh; -DL -DVW. No size is a constant: all networks use
 *          one program.
 * Launch : gather: global (L/VW, height*width*channels/PIXELS and sizeN/8 rounded up, n/L): one work-item computes PIXELS numbers of
 *          VW images, or 8 numbers of a mask. PIXELS is VW, or 1 if MOVED. `first` is the batch's position in the order, `count` the number of its images. Lanes after the last
 *          image repeat it; they are finite and not counted. seed0 and seed1 are the low and high half of the training's seed. Mask N
 *          has sizeN numbers (0: there is no mask), thresholdN = rate * 2^16, and streamN of the layer.
 *          gather_moves, before gather if MOVED: global (L/VW, 1 or, if ELASTIC, 5, rounded up, n/L): draws the augmentation of the
 *          batch's images in this round; shift to elastic are the largest amounts.
 * Twin   : src/lib/backend/cpu/gather.c, src/lib/backend/cpu/augment.h, src/lib/backend/cpu/mask.h */
#include "vec.clh"
#include "philox.clh"
#if !defined(MOVED)
#error "define the constants that the header names"
#endif

#if MOVED
#define PIXELS 1
#include "augment.clh"
#else
#define PIXELS VW /* the bytes of an image are neighbours: a square of VW images and VW pixels is transposed */
#include "turn.clh"
#endif

#define SCALE (1.0f / 255.0f)

/* The row of the data in lane k of the work-item. */
static inline size_t row_of(const global uint *order, int first, int count, size_t block, int k) {
    return order[first + min((int)(block * L + lane()) + k, count - 1)];
}

#if !MOVED
/* Pixels i .. i + VW - 1 of VW images, each in a vector. Those from size on do not exist, and are 0. */
static inline void load_pixels(vec_byte pixels[VW], const global uchar *images, const size_t row[VW], int i, int size) {
    UNROLL
    for (int k = 0; k < VW; k++) {
        const global uchar *from = images + row[k] * size + i;
        if (i + VW <= size) {
            pixels[k] = VEC_LOAD(from);
        } else {
            uchar some[VW];
            for (int j = 0; j < VW; j++) some[j] = i + j < size ? from[j] : 0;
            pixels[k] = VEC_LOAD(some);
        }
    }
    turn_bytes(pixels);
}
#endif

kernel void gather(global float *restrict y, const global uchar *restrict images, const global uint *restrict order,
                   int first, int count, const global int *restrict moves, int height, int width, int channels,
                   int padded, int gap, int start, global uchar *restrict mask0, int size0, uint threshold0,
                   uint stream0, global uchar *restrict mask1, int size1, uint threshold1, uint stream1, uint step_,
                   uint seed0, uint seed1) {
    int i = get_global_id(1);
    const size_t block = get_global_id(2);
    const int size = height * width * channels, items = (size + PIXELS - 1) / PIXELS;
    if (i < items) {
        size_t row[VW];
        UNROLL
        for (int k = 0; k < VW; k++) row[k] = row_of(order, first, count, block, k);
        i *= PIXELS;
        int line = i / (width * channels), rest = i - line * (width * channels);
#if MOVED
        const image_shape shape = {height, width, channels};
        const vec_int pixels[PIXELS] = {augment_pixels(images, shape, row, moves + block * MOVES * L + lane(),
                                                       i / channels % width, line, i % channels)};
#else
        vec_byte pixels[PIXELS];
        load_pixels(pixels, images, row, i, size);
#endif
        UNROLL
        for (int j = 0; j < PIXELS; j++) {
            if (i + j >= size) break;
            VEC_STORE(TO_FLOATS(pixels[j]) * SCALE, y + (block * padded + start + line * gap + i + j) * L + lane());
            if (++rest == width * channels) rest = 0, line++;
        }
        return;
    }
    i -= items;
    if (i < mask_groups(size0)) {
        draw_mask(mask0, size0, threshold0, stream0, i, block, lane(), step_, seed0, seed1);
        return;
    }
    i -= mask_groups(size0);
    if (i < mask_groups(size1)) draw_mask(mask1, size1, threshold1, stream1, i, block, lane(), step_, seed0, seed1);
}

#if MOVED
kernel void gather_moves(global int *restrict moves, const global uint *restrict order, int first, int count,
                         int height, int width, uint round_, uint seed0, uint seed1, uint stream, int shift,
                         int rotation, int scale, int shear, int elastic) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= DRAWS) return;
    uint row[VW];
    UNROLL
    for (int k = 0; k < VW; k++) row[k] = (uint)row_of(order, first, count, block, k);
    augment_draw(moves + block * MOVES * L + lane(), VEC_LOAD(row), i, height, width, round_, seed0, seed1, stream,
                 shift, rotation, scale, shear, elastic);
}
#endif
