/* gather.cl - converts a batch's images from bytes to numbers, and draws dropout's masks. float32.
 *
 * y = x / 255. If MOVED, the images are augmented first.
 *
 * Layout : images [rows][height][width][channels] of uint8; y [n/L][padded][L]: the image begins at number `start`, and `gap` zeros
 *          are between its lines, which no kernel overwrites; masks as in philox.clh; moves as in augment.clh.
 * Build  : -DMOVED  1 with augmentation, else 0; -DELASTIC  as in augment.clh; -DL -DVW. No size is a constant: all networks use
 *          one program.
 * Launch : gather: global (L/VW, height*width*channels and sizeN/8 rounded up, n/L): one work-item computes one y of VW images, or 8
 *          numbers of a mask. `first` is the batch's position in the order, `count` the number of its images. Lanes after the last
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
#include "augment.clh"
#endif

#define SCALE (1.0f / 255.0f)

/* The row of the data in lane k of the work-item. */
static inline size_t row_of(const global uint *order, int first, int count, size_t block, int k) {
    return order[first + min((int)(block * L + lane()) + k, count - 1)];
}

kernel void gather(global float *restrict y, const global uchar *restrict images, const global uint *restrict order,
                   int first, int count, const global int *restrict moves, int height, int width, int channels,
                   int padded, int gap, int start, global uchar *restrict mask0, int size0, uint threshold0,
                   uint stream0, global uchar *restrict mask1, int size1, uint threshold1, uint stream1, uint step_,
                   uint seed0, uint seed1) {
    int i = get_global_id(1);
    const size_t block = get_global_id(2);
    const int size = height * width * channels, line = i / (width * channels);
    if (i < size) {
        size_t row[VW];
        UNROLL
        for (int k = 0; k < VW; k++) row[k] = row_of(order, first, count, block, k);
#if MOVED
        const image_shape shape = {height, width, channels};
        const vec_int pixels = augment_pixels(images, shape, row, moves + block * MOVES * L + lane(),
                                              i / channels % width, line, i % channels);
#else
        int pixel[VW];
        UNROLL
        for (int k = 0; k < VW; k++) pixel[k] = images[row[k] * size + i];
        const vec_int pixels = VEC_LOAD(pixel);
#endif
        VEC_STORE(TO_FLOATS(pixels) * SCALE, y + (block * padded + start + line * gap + i) * L + lane());
        return;
    }
    i -= size;
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
