/* softmax_cross_entropy.cl - softmax, the loss, and its gradient by the logits. float32.
 *
 * Layout : x, y, dx [n/L][CLASSES][L]; loss (float) and correct (uint) [n/L][L]: sums over the steps of one epoch, a place of
 *          its own for every lane, so that nothing has to be reduced until the host reads them.
 * Build  : -DCLASSES; -DTRAINED  1 writes dx; -DSMOOTHING  of the labels, and -DSMOOTHED  0 where that is 0; -DL -DVW.
 * Launch : global (L/VW, 1, n/L): one work-item does VW images. first is the batch's position in the order, count its images.
 * Twin   : src/backend/cpu/softmax_cross_entropy.c */
#include "vec.clh"
#if !defined(CLASSES) || !defined(TRAINED) || !defined(SMOOTHING) || !defined(SMOOTHED)
#error "define the constants that the header names"
#endif

/* What label smoothing adds to the loss of the image whose first logit is at x. */
static inline float smoothed(const global float *x, int label) {
    float sum = 0.0f;
    for (int i = 0; i < CLASSES; i++) sum += x[i * L];
    return SMOOTHING * (x[label * L] - sum / CLASSES);
}

kernel void softmax_cross_entropy(global float *restrict y, global float *restrict dx, global float *restrict loss,
                                  global uint *restrict correct, const global float *restrict x,
                                  const global uchar *restrict labels, const global uint *restrict order, int first,
                                  int count, int labelled) {
    const size_t block = get_global_id(2), at = block * (CLASSES * L) + lane();
    if (get_global_id(1) > 0) return;
    vec largest = VEC_LOAD(x + at), sum = (vec)(0.0f);
    vec_int best = (vec_int)(0);
    for (int i = 1; i < CLASSES; i++) {
        const vec xi = VEC_LOAD(x + at + i * L);
        const vec_int above = xi > largest;
        largest = select(largest, xi, above);
        best = select(best, (vec_int)(i), above);
    }
    for (int i = 0; i < CLASSES; i++) {
        const vec power = exp(VEC_LOAD(x + at + i * L) - largest);
        VEC_STORE(power, y + at + i * L);
        sum += power;
    }
    for (int i = 0; i < CLASSES; i++) VEC_STORE(VEC_LOAD(y + at + i * L) / sum, y + at + i * L);
    if (!labelled) return;
    float each_largest[VW], each_sum[VW];
    int each_best[VW];
    VEC_STORE(largest, each_largest);
    VEC_STORE(sum, each_sum);
    VEC_STORE(best, each_best);
    const float miss = SMOOTHING / CLASSES;
    for (int k = 0; k < VW; k++) {
        const int image = (int)(block * L + lane()) + k;
        const int label = image < count ? labels[order[first + image]] : -1;
        if (label >= 0) {
            loss[image] += log(each_sum[k]) - (x[at + label * L + k] - each_largest[k]);
            if (SMOOTHED) loss[image] += smoothed(x + at + k, label);
            correct[image] += each_best[k] == label;
        }
        for (int i = 0; i < CLASSES && TRAINED; i++)
            dx[at + i * L + k] =
                label < 0 ? 0.0f : (y[at + i * L + k] - (i == label ? 1.0f - SMOOTHING + miss : miss)) / (float)count;
    }
}
