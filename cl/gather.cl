/* gather.cl - a batch's images from bytes to numbers, y = x / 255, moved before if asked; and dropout's masks. float32.
 *
 * Layout : images [rows][height][width][channels] of uint8; y [n/L][padded][L], the image's lines `gap` numbers apart from
 *          number `start` on, among zeros that stay; masks as in philox.clh; moves as in augment.clh.
 * Build  : -DMOVED  1 if images are moved; -DELASTIC  as in augment.clh; -DL -DVW. No size is a constant: one program serves
 *          every network.
 * Launch : gather: global (L/VW, height*width*channels and sizeN/8 rounded up, n/L): one work-item makes one y of VW images, or 8
 *          numbers of a mask. first is the batch's position in the order, count its images; lanes behind them repeat the last: finite,
 *          and counted nowhere. seed0 and seed1 are halves of the training's seed, low first. Of mask N: sizeN numbers (0: there is
 *          none), thresholdN = rate * 2^16, streamN of the layer.
 *          gather_moves, before gather if images are moved: global (L/VW, 1 or, if ELASTIC, 5, rounded up, n/L): how the batch's
 *          images are moved in the round, by the most there is.
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
