/* dropout.cl - inverted dropout and its gradient. float32.
 *
 * Numbers that are kept are scaled by 1 / (1 - rate).
 *
 * Layout : x, y, dx, dy, mask [n/L][SIZE][L]; mask 1 kept, 0 dropped.
 * Build  : -DSIZE  numbers of an image; -DTHRESHOLD  rate * 2^16; -DKEEP  1 / (1 - rate); -DSTREAM  of the layer; -DL -DVW.
 * Launch : global (L/VW, SIZE/8 rounded up, n/L): one work-item makes 8 numbers of VW images. seed0 and seed1
 *          are the halves of the training seed, low half first.
 * Twin   : src/lib/backend/cpu/dropout.c */
#include "vec.clh"
#include "philox.clh"
#if !defined(SIZE) || !defined(THRESHOLD) || !defined(KEEP) || !defined(STREAM)
#error "define SIZE, THRESHOLD, KEEP and STREAM"
#endif

kernel void dropout_forward(global float *restrict y, global uchar *restrict mask, const global float *restrict x,
                            uint step_, uint seed0, uint seed1) {
    const int group = get_global_id(1);
    const size_t block = get_global_id(2);
    if (group >= (SIZE + MASK_GROUP - 1) / MASK_GROUP) return;
    vec_uint word[4];
    philox(word, seed0, seed1, group, images_from((uint)(block * L + lane())), step_, STREAM);
    UNROLL
    for (int k = 0; k < MASK_GROUP; k++)
        if (group * MASK_GROUP + k < SIZE) {
            const size_t i = (block * SIZE + group * MASK_GROUP + k) * L + lane();
            const vec kept = mask_of(word, k, THRESHOLD);
            VEC_STORE(VEC_LOAD(x + i) * KEEP * kept, y + i);
            VEC_STORE(TO_BYTES(kept), mask + i);
        }
}

/* The mask alone, for use by the layer in front. */
kernel void dropout_mask(global uchar *restrict mask, uint step_, uint seed0, uint seed1) {
    const int group = get_global_id(1);
    if (group < (SIZE + MASK_GROUP - 1) / MASK_GROUP)
        draw_mask(mask, SIZE, THRESHOLD, STREAM, group, get_global_id(2), lane(), step_, seed0, seed1);
}

kernel void dropout_backward(global float *restrict dx, const global float *restrict dy,
                             const global uchar *restrict mask) {
    const int group = get_global_id(1);
    for (int k = 0; k < MASK_GROUP; k++)
        if (group * MASK_GROUP + k < SIZE) {
            const size_t i = (get_global_id(2) * SIZE + group * MASK_GROUP + k) * L + lane();
            VEC_STORE(VEC_LOAD(dy + i) * TO_FLOATS(VEC_LOAD(mask + i)) * KEEP, dx + i);
        }
}
