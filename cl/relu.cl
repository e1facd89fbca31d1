/* relu.cl - y = max(x, 0), and its gradient (0 at 0), where no layer before could take it in. float32.
 *
 * Layout : x, y, dx, dy [n/L][SIZE][L].
 * Build  : -DSIZE  numbers of an image; -DL -DVW.
 * Launch : global (L/VW, SIZE, n/L): one work-item makes one number of VW images.
 * Twin   : src/lib/backend/cpu/relu.c */
#include "vec.clh"
#ifndef SIZE
#error "define SIZE"
#endif

kernel void relu_forward(global float *restrict y, const global float *restrict x) {
    if (get_global_id(1) >= SIZE) return;
    const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();
    const vec xi = VEC_LOAD(x + i);
    VEC_STORE(select(xi, (vec)(0.0f), xi < (vec)(0.0f)), y + i);
}

kernel void relu_backward(global float *restrict dx, const global float *restrict dy, const global float *restrict y) {
    if (get_global_id(1) >= SIZE) return;
    const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();
    VEC_STORE(select((vec)(0.0f), VEC_LOAD(dy + i), VEC_LOAD(y + i) > (vec)(0.0f)), dx + i);
}
