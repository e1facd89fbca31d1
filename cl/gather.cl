/* gather.cl - what a step begins with: a batch's images from bytes to numbers, y = x / 255, rows to lanes, before which they may be
 * moved a little; and up to two masks of dropout that layers further on will use. float32.
 *
 * Layout : images [rows][H*W*C] of uint8; y [n/L][XH][XW][C][L], the image at (PT, PL) among zeros that stay; masks as in
 *          philox.clh; moves as in augment.clh.
 * Build  : -DC -DH -DW  the image; -DXH -DXW -DPT -DPL  the padding that the first convolution asks for; -DMASKS  0 to 2, and
 *          for each of them, N from 0: -DSIZEN  its numbers, -DTHRESHOLDN  rate * 2^16, -DSTREAMN  of the layer; -DMOVED  whether
 *          images are moved; -DELASTIC; -DL -DVW.
 * Launch : gather: global (L/VW, H*W*C and SIZEN/8 rounded up, n/L): one work-item makes one y of VW images, or 8 numbers of a mask.
 *          first is the batch's position in the order, count its images; lanes behind them repeat the last: finite, and counted
 *          nowhere. seed0 and seed1 are halves of the training's seed, low first. gather_moves, in front of it where images are moved:
 *          global (L/VW, 1 or, where ELASTIC, 5, rounded up, n/L): how the batch's images are moved in the round, by the most there is.
 * Twin   : src/lib/backend/cpu/gather.c, src/lib/backend/cpu/augment.h, src/lib/backend/cpu/mask.h */
#include "vec.clh"
#include "philox.clh"
#if !defined(C) || !defined(H) || !defined(W) || !defined(XH) || !defined(XW) || !defined(PT) || !defined(PL) || \
    !defined(MASKS) || !defined(MOVED)
#error "define the constants that the header names"
#endif

#if MOVED
#include "augment.clh"
#endif

#define SCALE (1.0f / 255.0f)
#define MASK_GROUPS(N) ((SIZE##N + MASK_GROUP - 1) / MASK_GROUP)

/* The row of the data that lane k of the work-item shows. */
static inline size_t row_of(const global uint *order, int first, int count, size_t block, int k) {
    return order[first + min((int)(block * L + lane()) + k, count - 1)];
}

static inline void gather_pixel(global float *y, const global uchar *images, const global uint *order, int first,
                                int count, const global int *moves, int i, size_t block) {
    const size_t at = ((block * XH + i / (W * C) + PT) * XW + i / C % W + PL) * C + i % C;
    size_t row[VW];
    UNROLL
    for (int k = 0; k < VW; k++) row[k] = row_of(order, first, count, block, k);
#if MOVED
    const vec_int pixels =
        augment_pixels(images, row, moves + block * MOVES * L + lane(), i / C % W, i / (W * C), i % C);
#else
    int pixel[VW];
    UNROLL
    for (int k = 0; k < VW; k++) pixel[k] = images[row[k] * (H * W * C) + i];
    const vec_int pixels = VEC_LOAD(pixel);
#endif
    VEC_STORE(TO_FLOATS(pixels) * SCALE, y + at * L + lane());
}

kernel void gather(global float *restrict y, const global uchar *restrict images, const global uint *restrict order,
                   int first, int count, global uchar *restrict mask0, global uchar *restrict mask1, uint step_,
                   uint seed0, uint seed1, const global int *restrict moves) {
    int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i < H * W * C) {
        gather_pixel(y, images, order, first, count, moves, i, block);
        return;
    }
    i -= H * W * C;
#if MASKS > 0
    if (i < MASK_GROUPS(0)) {
        draw_mask(mask0, SIZE0, THRESHOLD0, STREAM0, i, block, lane(), step_, seed0, seed1);
        return;
    }
    i -= MASK_GROUPS(0);
#endif
#if MASKS > 1
    if (i < MASK_GROUPS(1)) draw_mask(mask1, SIZE1, THRESHOLD1, STREAM1, i, block, lane(), step_, seed0, seed1);
#endif
}

#if MOVED
kernel void gather_moves(global int *restrict moves, const global uint *restrict order, int first, int count,
                         uint round_, uint seed0, uint seed1, uint stream, int shift, int rotation, int scale,
                         int shear, int elastic) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= DRAWS) return;
    uint row[VW];
    UNROLL
    for (int k = 0; k < VW; k++) row[k] = (uint)row_of(order, first, count, block, k);
    augment_draw(moves + block * MOVES * L + lane(), VEC_LOAD(row), i, round_, seed0, seed1, stream, shift, rotation,
                 scale, shear, elastic);
}
#endif
