/* dense.cl - fully connected layer with relu fused behind it, and its gradients. float32.
 *
 * Layout : x, dx [n/L][I][L]; y, dy [n/L][O][L]; kernel [I][O] and bias [O] at KERNEL and BIAS in the packed parameters (and
 *          gradients); dz, the gradient in front of relu, with the images outside: [n][O].
 * Build  : -DI -DO  inputs and outputs; -DRELU  0 or 1; -DKERNEL -DBIAS; -DL -DVW. Tiles: -DOT  outputs of a forward tile,
 *          divides O; -DIT  inputs of a dx tile, divides I; -DGV  outputs of a kernel-gradient vector: 1, 2, 4, 8 or 16,
 *          divides O; -DGI  inputs of its tile, divides I.
 * Twin   : src/backend/cpu/dense.c */
#include "vec.clh"
#if !defined(I) || !defined(O) || !defined(RELU) || !defined(KERNEL) || !defined(BIAS) || !defined(OT) || \
    !defined(IT) || !defined(GV) || !defined(GI)
#error "define the constants that the header names"
#endif

/* Launch: global (L/VW, O/OT, n/L): one work-item makes OT outputs of VW images. */
kernel void dense_forward(global float *restrict y, const global float *restrict x,
                          const global float *restrict parameters) {
    const int o = get_global_id(1) * OT;
    const size_t block = get_global_id(2);
    if (o >= O) return;
    const global float *at = x + block * (I * L) + lane();
    vec sum[OT];
    UNROLL
    for (int k = 0; k < OT; k++) sum[k] = (vec)(parameters[BIAS + o + k]);
    for (int i = 0; i < I; i++) {
        const vec xi = VEC_LOAD(at + i * L);
        UNROLL
        for (int k = 0; k < OT; k++) sum[k] += xi * parameters[KERNEL + i * O + o + k];
    }
    UNROLL
    for (int k = 0; k < OT; k++) {
        if (RELU) sum[k] = select(sum[k], (vec)(0.0f), sum[k] < (vec)(0.0f));
        VEC_STORE(sum[k], y + (block * O + o + k) * L + lane());
    }
}

/* dy behind relu's gradient. */
static inline vec gated(const global float *restrict dy, const global float *restrict y, size_t at) {
    const vec gradient = VEC_LOAD(dy + at);
#if RELU
    return select((vec)(0.0f), gradient, VEC_LOAD(y + at) > (vec)(0.0f));
#else
    return gradient;
#endif
}

/* Launch: global (L/VW, O, n/L): dz, by images. */
kernel void dense_gate(global float *restrict dz, const global float *restrict dy, const global float *restrict y) {
    const int o = get_global_id(1);
    const size_t block = get_global_id(2);
    if (o >= O) return;
    float each[VW];
    VEC_STORE(gated(dy, y, (block * O + o) * L + lane()), each);
    UNROLL
    for (int k = 0; k < VW; k++) dz[(block * L + lane() + k) * O + o] = each[k];
}

/* Launch: global (L/VW, I/IT, n/L): one work-item makes dx of IT inputs of VW images. */
kernel void dense_input_gradient(global float *restrict dx, const global float *restrict dy,
                                 const global float *restrict y, const global float *restrict parameters) {
    const int i = get_global_id(1) * IT;
    const size_t block = get_global_id(2);
    if (i >= I) return;
    vec sum[IT];
    UNROLL
    for (int k = 0; k < IT; k++) sum[k] = (vec)(0.0f);
    for (int o = 0; o < O; o++) {
        const vec z = gated(dy, y, (block * O + o) * L + lane());
        UNROLL
        for (int k = 0; k < IT; k++) sum[k] += z * parameters[KERNEL + (i + k) * O + o];
    }
    UNROLL
    for (int k = 0; k < IT; k++) VEC_STORE(sum[k], dx + (block * I + i + k) * L + lane());
}

#if GV == 1
typedef float outputs;
#define OUTPUTS_LOAD(at) (*(at))
#define OUTPUTS_STORE(x, at) (*(at) = (x))
#else
typedef JOIN(float, GV) outputs;
#define OUTPUTS_LOAD(at) JOIN(vload, GV)(0, (at))
#define OUTPUTS_STORE(x, at) JOIN(vstore, GV)((x), 0, (at))
#endif

/* Launch: global (O/GV, I/GI): one work-item makes the gradient of GI rows and GV columns of the kernel, over all images of
 * the batch's blocks (dz is zero in the padding); those of the first rows also that of the bias. */
kernel void dense_kernel_gradient(global float *restrict gradients, const global float *restrict x,
                                  const global float *restrict dz, int blocks) {
    const int o = get_global_id(0) * GV, i = get_global_id(1) * GI;
    if (o >= O || i >= I) return;
    outputs sum[GI], bias = (outputs)(0.0f);
    UNROLL
    for (int k = 0; k < GI; k++) sum[k] = (outputs)(0.0f);
    for (int block = 0; block < blocks; block++) {
        const global float *at = x + ((size_t)block * I + i) * L;
        for (int image = 0; image < L; image++) {
            const outputs z = OUTPUTS_LOAD(dz + ((size_t)block * L + image) * O + o);
            bias += z;
            UNROLL
            for (int k = 0; k < GI; k++) sum[k] += at[k * L + image] * z;
        }
    }
    UNROLL
    for (int k = 0; k < GI; k++) OUTPUTS_STORE(sum[k], gradients + KERNEL + (i + k) * O + o);
    if (i == 0) OUTPUTS_STORE(bias, gradients + BIAS + o);
}

/* ---- where CLBlast makes the products ----------------------------------------------------------------------------- */

/* Launch: global (L/VW, O, n/L): y, which holds the product, becomes [relu] (y + bias). */
kernel void dense_finish(global float *restrict y, const global float *restrict parameters) {
    const int o = get_global_id(1);
    if (o >= O) return;
    const size_t at = (get_global_id(2) * O + o) * L + lane();
    vec sum = VEC_LOAD(y + at) + parameters[BIAS + o];
    if (RELU) sum = select(sum, (vec)(0.0f), sum < (vec)(0.0f));
    VEC_STORE(sum, y + at);
}

/* Launch: global (O): the biases' gradients. */
kernel void dense_bias_gradient(global float *restrict gradients, const global float *restrict dz, int blocks) {
    const int o = get_global_id(0);
    if (o >= O) return;
    float sum = 0.0f;
    for (int image = 0; image < blocks * L; image++) sum += dz[(size_t)image * O + o];
    gradients[BIAS + o] = sum;
}
