/* batchnorm.cl - batch normalisation over the last axis, with dropout fused behind it, and its gradients. float32.
 *
 * y = (x - mean) * inverse_deviation * gamma + beta; the batch's mean and (biased) variance while training, the moving
 * averages otherwise. Sums over the batch are taken by one group a channel, in two passes, so that no digits cancel.
 *
 * Layout : x, y, dx, dy, mask [n/L][P][C][L]; mean, inverse_deviation [C]; gamma [C] at GAMMA and so on in the packed
 *          parameters (and gradients).
 * Build  : -DC  channels; -DP  positions; -DGAMMA -DBETA -DMEAN -DVARIANCE  of the packed parameters; -DMOMENTUM -DEPSILON;
 *          -DGROUP  work-items that sum; -DDROP  1 with dropout, then -DTHRESHOLD -DKEEP -DSTREAM as in dropout.cl; -DL -DVW.
 * Twin   : src/backend/cpu/batchnorm.c */
#include "vec.clh"
#include "group.clh"
#include "philox.clh"
#if !defined(C) || !defined(P) || !defined(GAMMA) || !defined(BETA) || !defined(MEAN) || !defined(VARIANCE) || \
    !defined(MOMENTUM) || !defined(EPSILON) || !defined(GROUP) || !defined(DROP) || !defined(THRESHOLD) ||     \
    !defined(KEEP) || !defined(STREAM)
#error "define the constants that the header names"
#endif
#define SIZE (P * C)

/* Where element i of a channel stands: i runs over vectors of images, positions, blocks. */
static inline size_t element(int i, int c) {
    const int first = i % (L / VW) * VW, position = i / (L / VW) % P, block = i / (L / VW) / P;
    return (((size_t)block * P + position) * C + c) * L + first;
}

/* 1 for images of the batch, 0 in the padding of its last block. */
static inline vec share_of(int i, int count) {
    const int first = i / (L / VW) / P * L + i % (L / VW) * VW;
    return select((vec)(0.0f), (vec)(1.0f), counted(first, count));
}

/* Launch: global (GROUP, C), local (GROUP, 1): a group a channel. */
kernel void batchnorm_statistics(global float *restrict mean, global float *restrict inverse_deviation,
                                 global float *restrict parameters, const global float *restrict x, int count,
                                 int blocks) {
    const int c = get_global_id(1);
    local float shared_sums[GROUP];
    const float numbers = (float)P * (float)count;
    total sum = {(vec)(0.0f), (vec)(0.0f)}, squares = sum;
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP)
        total_add(&sum, VEC_LOAD(x + element(i, c)) * share_of(i, count));
    const float m = group_sum(vec_sum(sum.sum), shared_sums) / numbers;
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP) {
        const vec difference = (VEC_LOAD(x + element(i, c)) - m) * share_of(i, count);
        total_add(&squares, difference * difference);
    }
    const float variance = group_sum(vec_sum(squares.sum), shared_sums) / numbers;
    if (get_local_id(0) != 0) return;
    mean[c] = m;
    inverse_deviation[c] = 1.0f / sqrt(variance + EPSILON);
    parameters[MEAN + c] = MOMENTUM * parameters[MEAN + c] + (1.0f - MOMENTUM) * m;
    parameters[VARIANCE + c] = MOMENTUM * parameters[VARIANCE + c] + (1.0f - MOMENTUM) * variance;
}

/* Launch: global (L/VW, SIZE/8 rounded up, n/L): one work-item makes 8 numbers of VW images. */
kernel void batchnorm_forward(global float *restrict y, global uchar *restrict mask, const global float *restrict x,
                              const global float *restrict mean, const global float *restrict inverse_deviation,
                              const global float *restrict parameters, uint step_, uint seed0, uint seed1) {
    const int group = get_global_id(1);
    const size_t block = get_global_id(2);
    if (group >= (SIZE + MASK_GROUP - 1) / MASK_GROUP) return;
#if DROP
    vec_uint word[4];
    philox(word, seed0, seed1, group, (uint)(block * L + lane()), step_, STREAM);
#endif
    UNROLL
    for (int k = 0; k < MASK_GROUP; k++)
        if (group * MASK_GROUP + k < SIZE) {
            const int c = (group * MASK_GROUP + k) % C;
            const size_t i = (block * SIZE + group * MASK_GROUP + k) * L + lane();
            vec normal =
                (VEC_LOAD(x + i) - mean[c]) * (parameters[GAMMA + c] * inverse_deviation[c]) + parameters[BETA + c];
#if DROP
            const vec kept = mask_of(word, k, THRESHOLD);
            VEC_STORE(TO_BYTES(kept), mask + i);
            normal *= KEEP * kept;
#endif
            VEC_STORE(normal, y + i);
        }
}

/* Launch: global (L/VW, SIZE, n/L): one work-item makes one number of VW images, by the moving averages. */
kernel void batchnorm_inference(global float *restrict y, const global float *restrict x,
                                const global float *restrict parameters) {
    if (get_global_id(1) >= SIZE) return;
    const int c = get_global_id(1) % C;
    const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();
    const float scale = parameters[GAMMA + c] / sqrt(parameters[VARIANCE + c] + EPSILON);
    VEC_STORE((VEC_LOAD(x + i) - parameters[MEAN + c]) * scale + parameters[BETA + c], y + i);
}

/* Launch: global (GROUP, C), local (GROUP, 1): a group a channel: the gradients of gamma and beta. dy passes back through the
 * dropout on the way, and is stored so; it is zero in the padding. */
kernel void batchnorm_backward_statistics(global float *restrict gradients, global float *restrict dy,
                                          const global uchar *restrict mask, const global float *restrict x,
                                          const global float *restrict mean,
                                          const global float *restrict inverse_deviation, int blocks) {
    const int c = get_global_id(1);
    local float shared_sums[GROUP];
    total sum = {(vec)(0.0f), (vec)(0.0f)}, products = sum;
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP) {
        const size_t at = element(i, c);
        vec gradient = VEC_LOAD(dy + at);
#if DROP
        gradient *= TO_FLOATS(VEC_LOAD(mask + at)) * KEEP;
        VEC_STORE(gradient, dy + at);
#endif
        total_add(&sum, gradient);
        total_add(&products, gradient * (VEC_LOAD(x + at) - mean[c]));
    }
    const float d_beta = group_sum(vec_sum(sum.sum), shared_sums);
    const float d_gamma = group_sum(vec_sum(products.sum), shared_sums) * inverse_deviation[c];
    if (get_local_id(0) != 0) return;
    gradients[BETA + c] = d_beta;
    gradients[GAMMA + c] = d_gamma;
}

/* Launch: global (L/VW, SIZE, n/L): one work-item makes one dx of VW images; zero in the padding. */
kernel void batchnorm_backward(global float *restrict dx, const global float *restrict dy,
                               const global float *restrict x, const global float *restrict mean,
                               const global float *restrict inverse_deviation, const global float *restrict parameters,
                               const global float *restrict gradients, int count) {
    if (get_global_id(1) >= SIZE) return;
    const int c = get_global_id(1) % C;
    const size_t block = get_global_id(2), i = (block * SIZE + get_global_id(1)) * L + lane();
    const float numbers = (float)P * (float)count;
    const float slope = gradients[GAMMA + c] / numbers * inverse_deviation[c];
    const vec inner = VEC_LOAD(dy + i) - gradients[BETA + c] / numbers - (VEC_LOAD(x + i) - mean[c]) * slope;
    const vec_int here = counted((int)(block * L + lane()), count);
    VEC_STORE(select((vec)(0.0f), inner * (parameters[GAMMA + c] * inverse_deviation[c]), here), dx + i);
}
