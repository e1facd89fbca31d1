/* dense.cl - a fully connected layer with fused relu, and its gradients. float32.
 *
 * Layout, Build, Twin: dense_layer.clt, as layer 0; -DL -DVW. The last layers of a network are computed together: head.cl. */
#include "vec.clh"
#if !defined(I0) || !defined(O0) || !defined(RELU0) || !defined(KERNEL0) || !defined(BIAS0) || !defined(OT0) || \
    !defined(IT0) || !defined(GV0) || !defined(GI0)
#error "define the constants that dense_layer.clt names"
#endif
#define LAYER 0
#include "dense_layer.clt"

/* Launch: global (L/VW, O/OT, n/L): one work-item makes OT outputs of VW images. */
kernel void dense_forward(global float *restrict y, const global float *restrict x,
                          const global float *restrict parameters) {
    const int o = get_global_id(1) * OT0;
    if (o < O0) forward_0(y, x, parameters, o, get_global_id(2), lane());
}

/* Launch: global (L/VW, O, n/L): dz, with the images outside: [n][O]. */
kernel void dense_gate(global float *restrict dz, const global float *restrict dy, const global float *restrict y) {
    const int o = get_global_id(1);
    if (o < O0) gate_0(dz, dy, y, o, get_global_id(2), lane());
}

/* Launch: global (L/VW, I/IT, n/L): one work-item makes dx of IT inputs of VW images. */
kernel void dense_input_gradient(global float *restrict dx, const global float *restrict dy,
                                 const global float *restrict y, const global float *restrict parameters) {
    const int i = get_global_id(1) * IT0;
    if (i < I0) input_gradient_0(dx, dy, y, parameters, i, get_global_id(2), lane());
}

/* Launch: global (O/GV * I/GI): one work-item makes the gradient of GI rows and GV columns of the kernel. */
kernel void dense_kernel_gradient(global float *restrict gradients, const global float *restrict x,
                                  const global float *restrict dz, int blocks) {
    const int tile = get_global_id(0);
    if (tile < O0 / GV0 * (I0 / GI0)) kernel_gradient_0(gradients, x, dz, tile, blocks);
}

/* ---- if CLBlast makes the products -------------------------------------------------------------------------------- */

/* Launch: global (L/VW, O, n/L): y, which holds the product, is replaced by [relu] (y + bias). */
kernel void dense_finish(global float *restrict y, const global float *restrict parameters) {
    const int o = get_global_id(1);
    if (o >= O0) return;
    const size_t at = (get_global_id(2) * O0 + o) * L + lane();
    vec sum = VEC_LOAD(y + at) + parameters[BIAS0 + o];
    if (RELU0) sum = select(sum, (vec)(0.0f), sum < (vec)(0.0f));
    VEC_STORE(sum, y + at);
}

/* Launch: global (O): the gradients of the biases. */
kernel void dense_bias_gradient(global float *restrict gradients, const global float *restrict dz, int blocks) {
    const int o = get_global_id(0);
    if (o >= O0) return;
    float sum = 0.0f;
    for (int image = 0; image < blocks * L; image++) sum += dz[(size_t)image * O0 + o];
    gradients[BIAS0 + o] = sum;
}
