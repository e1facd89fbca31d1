/* maxpool2d.cl - 2-D max pooling, window K x K, stride K, and its gradient. float32.
 *
 * Layout : x, dx [n/L][H][W][C][L]; y, dy, index [n/L][H/K][W/K][C][L]. index is the position in the window, row by row; of
 *          equal values the first one counts.
 * Build  : -DC -DH -DW -DK  one layer's shape; -DTRAINED  1 writes index; -DL -DVW.
 * Twin   : src/lib/backend/cpu/maxpool2d.c */
#include "vec.clh"
#if !defined(C) || !defined(H) || !defined(W) || !defined(K) || !defined(TRAINED)
#error "define C, H, W, K and TRAINED"
#endif
#define OH (H / K)
#define OW (W / K)

/* Launch: global (L/VW, OH*OW*C, n/L): one work-item makes one y of VW images, and stores which x was the largest. */
kernel void maxpool2d_forward(global float *restrict y, global uchar *restrict index, const global float *restrict x) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= OH * OW * C) return;
    const int row = i / (OW * C), column = i / C % OW;
    const global float *window = x + (((block * H + row * K) * W + column * K) * C + i % C) * L + lane();
    vec best = VEC_LOAD(window);
    vec_int which = (vec_int)(0);
    for (int t = 1; t < K * K; t++) {
        const vec xt = VEC_LOAD(window + (t / K * W + t % K) * (C * L));
        const vec_int above = xt > best;
        best = select(best, xt, above);
        which = select(which, (vec_int)(t), above);
    }
    const size_t to = (block * (OH * OW * C) + i) * L + lane();
    VEC_STORE(best, y + to);
    if (TRAINED) VEC_STORE(TO_BYTES(which), index + to);
}

/* Launch: global (L/VW, H*W*C, n/L): one work-item makes one dx. */
kernel void maxpool2d_backward(global float *restrict dx, const global float *restrict dy,
                               const global uchar *restrict index) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= H * W * C) return;
    const int row = i / (W * C), column = i / C % W;
    vec gradient = (vec)(0.0f);
    if (row < OH * K && column < OW * K) {
        const size_t from = (block * (OH * OW * C) + (row / K * OW + column / K) * C + i % C) * L + lane();
        const vec_int which = TO_INTS(VEC_LOAD(index + from));
        gradient = select(gradient, VEC_LOAD(dy + from), which == (vec_int)(row % K * K + column % K));
    }
    VEC_STORE(gradient, dx + (block * (H * W * C) + i) * L + lane());
}
