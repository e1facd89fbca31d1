/* dropout.cl - inverted dropout and its gradient. float32.
 *
 * Numbers that are kept are scaled by keep = 1 / (1 - rate).
 *
 * Layout : x, y, dx, dy, mask [n/L][size][L]; mask 1 kept, 0 dropped.
 * Build  : -DL -DVW. No size is a constant: one program serves every network.
 * Launch : global (L/VW, size/8 rounded up, n/L): one work-item makes 8 numbers of VW images. threshold = rate * 2^16, stream of the
 *          layer; seed0 and seed1 are the halves of the training seed, low half first.
 * Twin   : src/lib/backend/cpu/dropout.c */
#include "vec.clh"
#include "philox.clh"

kernel void dropout_forward(global float *restrict y, const global float *restrict x, float keep,
                            global uchar *restrict mask, int size, uint threshold, uint stream, uint step_, uint seed0,
                            uint seed1) {
    const int group = get_global_id(1);
    const size_t block = get_global_id(2);
    if (group >= mask_groups(size)) return;
    vec_uint word[4];
    philox(word, seed0, seed1, group, images_from((uint)(block * L + lane())), step_, stream);
    UNROLL
    for (int k = 0; k < MASK_GROUP; k++)
        if (group * MASK_GROUP + k < size) {
            const size_t i = (block * size + group * MASK_GROUP + k) * L + lane();
            const vec kept = mask_of(word, k, threshold);
            VEC_STORE(VEC_LOAD(x + i) * keep * kept, y + i);
            VEC_STORE(TO_BYTES(kept), mask + i);
        }
}

/* The mask alone, for use by the layer in front. */
kernel void dropout_mask(global uchar *restrict mask, int size, uint threshold, uint stream, uint step_, uint seed0,
                         uint seed1) {
    const int group = get_global_id(1);
    if (group < mask_groups(size))
        draw_mask(mask, size, threshold, stream, group, get_global_id(2), lane(), step_, seed0, seed1);
}

kernel void dropout_backward(global float *restrict dx, const global float *restrict dy,
                             const global uchar *restrict mask, int size, float keep) {
    const int group = get_global_id(1);
    for (int k = 0; k < MASK_GROUP; k++)
        if (group * MASK_GROUP + k < size) {
            const size_t i = (get_global_id(2) * size + group * MASK_GROUP + k) * L + lane();
            VEC_STORE(VEC_LOAD(dy + i) * TO_FLOATS(VEC_LOAD(mask + i)) * keep, dx + i);
        }
}
