/* batchnorm.cl - batch normalisation over the last axis, with fused dropout, and its gradients. float32.
 *
 * y = (x - mean) * inverse_deviation * gamma + beta, with the batch's mean and (biased) variance in training, and with the moving
 * averages otherwise. One group per channel takes the sums over the batch, in two passes, so that no digits cancel. If a channel
 * is small, its group does all of its work in one launch: batchnorm_training and batchnorm_gradients. Otherwise there is one
 * launch for the sums, and one for all numbers. With PARTS many groups share a channel's sums: one launch makes them in parts
 * (batchnorm_sums, batchnorm_backward_sums), and one adds up the parts and makes all numbers (batchnorm_apply,
 * batchnorm_backward_apply).
 *
 * With EXPAND the gradient continues through the relu and the pooling of the convolution in front: dx is then dz of that
 * convolution, or with EXPAND 2 its items.
 *
 * Layout : x, y, dx, dy, mask [n/L][P][C][L]; mean, inverse_deviation [C]; gamma [C] at GAMMA and so on in the packed
 *          parameters (and gradients); index, dx if expanded: expand.clh.
 * Build  : -DC  channels; -DP  positions; -DGAMMA -DBETA -DMEAN -DVARIANCE  of the packed parameters; -DMOMENTUM -DEPSILON;
 *          -DGROUP  work-items that sum; -DPARTS  0 or 1; -DSPLITS  groups per channel and block, if PARTS is 1; -DDROP  1 with
 *          dropout, then -DKEEP  1 / (1 - rate); -DEXPAND  0 to 2, then -DPOOL -DFRONT_RELU -DOH -DOW  of the convolution: POOL,
 *          RELU, OH, OW of conv2d.cl; -DL -DVW.
 * Twin   : src/lib/backend/cpu/batchnorm.c */
#include "vec.clh"
#include "group.clh"
#include "expand.clh"
#define NORMED 1
#include "moments.clh"
#if !defined(C) || !defined(P) || !defined(GAMMA) || !defined(BETA) || !defined(MEAN) || !defined(VARIANCE) || \
    !defined(MOMENTUM) || !defined(EPSILON) || !defined(GROUP) || !defined(DROP) || !defined(KEEP) ||          \
    !defined(EXPAND) || !defined(PARTS) || !defined(SPLITS)
#error "define the constants that the header names"
#endif
#define SIZE (P * C)
#include "batchnorm_share.clh"

/* ---- one channel, whose vectors i run over images, positions, blocks ---------------------------------------------------- */

static inline size_t block_of(int i) {
    return i / (L / VW) / P;
}

/* The index of vector i of channel c in a block. */
static inline int place_of(int i, int c) {
    return i / (L / VW) % P * C + c;
}

static inline size_t element(int i, int c) {
    return (block_of(i) * SIZE + place_of(i, c)) * L + lane_of(i);
}

/* 1 for images of the batch, 0 in the padding of its last block. */
static inline vec share_of(int i, int count) {
    return select((vec)(0.0f), (vec)(1.0f), counted((int)block_of(i) * L + lane_of(i), count));
}

/* ---- forward ---------------------------------------------------------------------------------------------------------------- */

/* Stores the statistics of channel c. */
static inline void store_statistics(global float *mean, global float *inverse_deviation, global float *parameters,
                                    float m, float variance, float inverse, int c) {
    statistics_store(mean + c, inverse_deviation + c, parameters + MEAN + c, parameters + VARIANCE + c, m, variance,
                     inverse, MOMENTUM);
}

/* Mean and 1 / deviation of channel c, computed by its group. The first work-item stores them. */
static inline void take_statistics(float *m, float *inverse, global float *mean, global float *inverse_deviation,
                                   global float *parameters, const global float *x, int c, int count, int blocks,
                                   local float *shared_sums) {
    const float numbers = (float)P * (float)count;
    total sum = {(vec)(0.0f), (vec)(0.0f)}, squares = sum;
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP)
        total_add(&sum, VEC_LOAD(x + element(i, c)) * share_of(i, count));
    *m = group_sum(vec_sum(sum.sum), shared_sums) / numbers;
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP) {
        const vec difference = (VEC_LOAD(x + element(i, c)) - *m) * share_of(i, count);
        total_add(&squares, difference * difference);
    }
    const float variance = group_sum(vec_sum(squares.sum), shared_sums) / numbers;
    *inverse = 1.0f / sqrt(variance + EPSILON);
    if (get_local_id(0) == 0) store_statistics(mean, inverse_deviation, parameters, *m, variance, *inverse, c);
}

static inline void normalise(global float *y, const global uchar *mask, const global float *x, float m, float scale,
                             float shift, size_t at) {
    vec normal = (VEC_LOAD(x + at) - m) * scale + shift;
#if DROP
    normal *= KEEP * TO_FLOATS(VEC_LOAD(mask + at));
#endif
    VEC_STORE(normal, y + at);
}

/* Launch: global (GROUP, C), local (GROUP, 1): one group per channel. */
kernel void batchnorm_statistics(global float *restrict mean, global float *restrict inverse_deviation,
                                 global float *restrict parameters, const global float *restrict x, int count,
                                 int blocks) {
    local float shared_sums[GROUP];
    float m, inverse;
    take_statistics(&m, &inverse, mean, inverse_deviation, parameters, x, get_global_id(1), count, blocks, shared_sums);
}

/* Launch: global (L/VW, SIZE, n/L): one work-item makes one number of VW images. */
kernel void batchnorm_forward(global float *restrict y, const global uchar *restrict mask,
                              const global float *restrict x, const global float *restrict mean,
                              const global float *restrict inverse_deviation, const global float *restrict parameters) {
    if (get_global_id(1) >= SIZE) return;
    const int c = get_global_id(1) % C;
    normalise(y, mask, x, mean[c], parameters[GAMMA + c] * inverse_deviation[c], parameters[BETA + c],
              (get_global_id(2) * SIZE + get_global_id(1)) * L + lane());
}

/* Launch: global (GROUP, C), local (GROUP, 1): one group per channel. Does the work of both kernels above. */
kernel void batchnorm_training(global float *restrict y, const global uchar *restrict mask, global float *restrict mean,
                               global float *restrict inverse_deviation, global float *restrict parameters,
                               const global float *restrict x, int count, int blocks) {
    const int c = get_global_id(1);
    local float shared_sums[GROUP];
    float m, inverse;
    take_statistics(&m, &inverse, mean, inverse_deviation, parameters, x, c, count, blocks, shared_sums);
    const float scale = parameters[GAMMA + c] * inverse, shift = parameters[BETA + c];
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP)
        normalise(y, mask, x, m, scale, shift, element(i, c));
}

/* Launch: global (L/VW, SIZE, n/L): one work-item makes one number of VW images, with the moving averages. */
kernel void batchnorm_inference(global float *restrict y, const global float *restrict x,
                                const global float *restrict parameters) {
    if (get_global_id(1) >= SIZE) return;
    const int c = get_global_id(1) % C;
    const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();
    const float scale = parameters[GAMMA + c] / sqrt(parameters[VARIANCE + c] + EPSILON);
    VEC_STORE((VEC_LOAD(x + i) - parameters[MEAN + c]) * scale + parameters[BETA + c], y + i);
}

/* Launch: as batchnorm_inference: one work-item makes one dx of VW images, of a frozen layer, with the moving averages, which do not
 * depend on x. */
kernel void batchnorm_frozen_backward(global float *restrict dx, const global float *restrict dy,
                                      const global float *restrict parameters) {
    if (get_global_id(1) >= SIZE) return;
    const int c = get_global_id(1) % C;
    const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();
    VEC_STORE(VEC_LOAD(dy + i) * (parameters[GAMMA + c] / sqrt(parameters[VARIANCE + c] + EPSILON)), dx + i);
}

/* ---- backward ---------------------------------------------------------------------------------------------------------------- */

/* The gradients of beta and gamma of channel c, computed by its group. The first work-item stores them. */
static inline void take_gradients(float *d_beta, float *d_gamma, global float *gradients, const global float *dy,
                                  const global uchar *mask, const global float *x, float m, float inverse, int c,
                                  int blocks, local float *shared_sums) {
    total sum = {(vec)(0.0f), (vec)(0.0f)}, products = sum;
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP) {
        const size_t at = element(i, c);
        const vec gradient = kept_gradient(dy, mask, at);
        total_add(&sum, gradient);
        total_add(&products, gradient * (VEC_LOAD(x + at) - m));
    }
    *d_beta = group_sum(vec_sum(sum.sum), shared_sums);
    *d_gamma = group_sum(vec_sum(products.sum), shared_sums) * inverse;
    if (get_local_id(0) != 0) return;
    gradients[BETA + c] = *d_beta;
    gradients[GAMMA + c] = *d_gamma;
}

/* Launch: global (GROUP, C), local (GROUP, 1): one group per channel makes the gradients of gamma and beta. */
kernel void batchnorm_backward_statistics(global float *restrict gradients, const global float *restrict dy,
                                          const global uchar *restrict mask, const global float *restrict x,
                                          const global float *restrict mean,
                                          const global float *restrict inverse_deviation, int blocks) {
    const int c = get_global_id(1);
    local float shared_sums[GROUP];
    float d_beta, d_gamma;
    take_gradients(&d_beta, &d_gamma, gradients, dy, mask, x, mean[c], inverse_deviation[c], c, blocks, shared_sums);
}

/* Launch: global (L/VW, SIZE, n/L): one work-item makes one dx of VW images. */
kernel void batchnorm_backward(global float *restrict dx, const global float *restrict dy,
                               const global uchar *restrict mask, const global float *restrict x,
                               const global uchar *restrict index, const global float *restrict mean,
                               const global float *restrict inverse_deviation, const global float *restrict parameters,
                               const global float *restrict gradients, int count) {
    if (get_global_id(1) >= SIZE) return;
    const int c = get_global_id(1) % C;
    const float numbers = (float)P * (float)count;
    give_back(dx, dy, mask, x, index, mean[c], inverse_deviation[c], parameters[GAMMA + c] * inverse_deviation[c],
              gradients[BETA + c] / numbers, gradients[GAMMA + c] / numbers, count, get_global_id(2), get_global_id(1),
              lane());
}

/* Launch: global (GROUP, C), local (GROUP, 1): one group per channel. Does the work of both kernels above. */
kernel void batchnorm_gradients(global float *restrict gradients, global float *restrict dx,
                                const global float *restrict dy, const global uchar *restrict mask,
                                const global float *restrict x, const global uchar *restrict index,
                                const global float *restrict mean, const global float *restrict inverse_deviation,
                                const global float *restrict parameters, int count, int blocks) {
    const int c = get_global_id(1);
    local float shared_sums[GROUP];
    const float m = mean[c], inverse = inverse_deviation[c], numbers = (float)P * (float)count;
    float d_beta, d_gamma;
    take_gradients(&d_beta, &d_gamma, gradients, dy, mask, x, m, inverse, c, blocks, shared_sums);
#if EXPAND == 2
    for (int i = 0; i < blocks * (L / VW); i++)
        for (int window = 0; window < P; window += VW) {
            const size_t block = i / (L / VW), lane_ = lane_of(i);
            vec square[VW];
            vec_byte which[VW];
            UNROLL
            for (int k = 0; k < VW; k++) {
                const int place = min(window + k, P - 1) * C + c;
                square[k] = inner_gradient(dy, mask, x, m, inverse, parameters[GAMMA + c] * inverse, d_beta / numbers,
                                           d_gamma / numbers, count, block, place, lane_);
                which[k] = VEC_LOAD(index + (block * SIZE + place) * L + lane_);
            }
            list_square(dx, square, which, P, C, c, block * L + lane_, window);
        }
#else
    for (int i = get_local_id(0); i < blocks * P * (L / VW); i += GROUP)
        give_back(dx, dy, mask, x, index, m, inverse, parameters[GAMMA + c] * inverse, d_beta / numbers,
                  d_gamma / numbers, count, block_of(i), place_of(i, c), lane_of(i));
#endif
}

/* ---- in parts --------------------------------------------------------------------------------------------------------------- */

#if PARTS
/* Launch: global (GROUP, C * SPLITS, n/L), local (GROUP, 1, 1): one group makes a part of the moments of a channel. */
kernel void batchnorm_sums(global float *restrict moments, const global float *restrict x, int count) {
    const share mine = share_at(get_group_id(1), get_group_id(2));
    local float shared_sums[SUM_STRIDE];
    vec sum = (vec)(0.0f), squares = sum;
    const int images = clamp(count - mine.block * L, 0, L), numbers = images * max(mine.count, 0);
    FOR_SHARE(i, mine)
    sum += select((vec)(0.0f), VEC_LOAD(x + element_in(mine, i)), counted(lane_of(i), images));
    const float mean = group_sum(vec_sum(sum), shared_sums) / max(numbers, 1);
    FOR_SHARE(i, mine) {
        const vec difference =
            select((vec)(0.0f), VEC_LOAD(x + element_in(mine, i)) - mean, counted(lane_of(i), images));
        squares += difference * difference;
    }
    const float all = group_sum(vec_sum(squares), shared_sums);
    if (get_local_id(0) == 0) moments_store(moments, mine.part, C, mine.c, numbers, mean, all);
}

/* Launch: as batchnorm_sums: one group makes y of its share. The first group of each channel stores the statistics. There are
 * a_block parts of the moments per block. */
kernel void batchnorm_apply(global float *restrict y, const global uchar *restrict mask, global float *restrict mean,
                            global float *restrict inverse_deviation, global float *restrict parameters,
                            const global float *restrict x, const global float *restrict moments, int a_block,
                            int blocks) {
    const share mine = share_at(get_group_id(1), get_group_id(2));
    local float shared_sums[3 * SUM_STRIDE];
    float m, variance;
    moments_add(&m, &variance, moments, blocks * a_block, C, mine.c, shared_sums);
    const float inverse = 1.0f / sqrt(variance + EPSILON);
    if (mine.part == 0 && get_local_id(0) == 0)
        store_statistics(mean, inverse_deviation, parameters, m, variance, inverse, mine.c);
    const float scale = parameters[GAMMA + mine.c] * inverse, shift = parameters[BETA + mine.c];
    FOR_SHARE(i, mine) normalise(y, mask, x, m, scale, shift, element_in(mine, i));
}

/* Launch: as batchnorm_sums: one group makes a part of the sums [parts][C][2] of a channel: of the gradients, and of their products
 * with x - mean. */
kernel void batchnorm_backward_sums(global float *restrict sums, const global float *restrict dy,
                                    const global uchar *restrict mask, const global float *restrict x,
                                    const global float *restrict mean) {
    const share mine = share_at(get_group_id(1), get_group_id(2));
    local float shared_sums[2 * SUM_STRIDE];
    const float m = mean[mine.c];
    vec sum = (vec)(0.0f), products = sum;
    FOR_SHARE(i, mine) {
        const size_t at = element_in(mine, i);
        const vec gradient = kept_gradient(dy, mask, at);
        sum += gradient;
        products += gradient * (VEC_LOAD(x + at) - m);
    }
    const float each[2] = {vec_sum(sum), vec_sum(products)};
    group_sums(each, 2, shared_sums);
    if (get_local_id(0) < 2)
        sums[(mine.part * C + mine.c) * 2 + get_local_id(0)] = shared_sums[get_local_id(0) * SUM_STRIDE];
}

/* Launch: as batchnorm_sums: one group makes dx of its share. The first group of each channel stores the gradients of gamma and
 * beta. There are a_block parts of the sums per block. */
kernel void batchnorm_backward_apply(global float *restrict gradients, global float *restrict dx,
                                     const global float *restrict dy, const global uchar *restrict mask,
                                     const global float *restrict x, const global uchar *restrict index,
                                     const global float *restrict mean, const global float *restrict inverse_deviation,
                                     const global float *restrict parameters, const global float *restrict sums,
                                     int a_block, int count, int blocks) {
    local float shared_sums[2 * SUM_STRIDE];
    apply_gradients(share_at(get_group_id(1), get_group_id(2)), gradients, dx, dy, mask, x, index, mean,
                    inverse_deviation, parameters, sums, blocks * a_block, count, shared_sums);
}
#endif
