/* tanh.cl - y = tanh(x), and its gradient dy (1 - y^2). float32.
 *
 * Layout : x, y, dx, dy [n/L][SIZE][L].
 * Build  : -DSIZE  numbers of an image; -DL -DVW.
 * Launch : global (L/VW, SIZE, n/L): one work-item makes one number of VW images.
 * Twin   : src/lib/backend/cpu/tanh.c */
#include "vec.clh"
#ifndef SIZE
#error "define SIZE"
#endif

kernel void tanh_forward(global float *restrict y, const global float *restrict x) {
    if (get_global_id(1) >= SIZE) return;
    const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();
    VEC_STORE(tanh(VEC_LOAD(x + i)), y + i);
}

kernel void tanh_backward(global float *restrict dx, const global float *restrict dy, const global float *restrict y) {
    if (get_global_id(1) >= SIZE) return;
    const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();
    const vec yi = VEC_LOAD(y + i);
    VEC_STORE(VEC_LOAD(dy + i) * ((vec)(1.0f) - yi * yi), dx + i);
}
