/* avgpool2d.cl - 2-D average pooling, window K x K, stride K, and its gradient. float32.
 *
 * Layout : x, dx [n/L][H][W][C][L]; y, dy [n/L][H/K][W/K][C][L]. A window is added up row by row.
 * Build  : -DC -DH -DW -DK  one layer's shape; -DL -DVW.
 * Twin   : src/lib/backend/cpu/avgpool2d.c */
#include "vec.clh"
#if !defined(C) || !defined(H) || !defined(W) || !defined(K)
#error "define C, H, W and K"
#endif
#define OH (H / K)
#define OW (W / K)
#define SHARE (1.0f / (K * K)) /* the weight of one number of a window */

/* Launch: global (L/VW, OH*OW*C, n/L): one work-item makes one y of VW images. */
kernel void avgpool2d_forward(global float *restrict y, const global float *restrict x) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= OH * OW * C) return;
    const int row = i / (OW * C), column = i / C % OW;
    const global float *window = x + (((block * H + row * K) * W + column * K) * C + i % C) * L + lane();
    vec sum = (vec)(0.0f);
    for (int t = 0; t < K * K; t++) sum += VEC_LOAD(window + (t / K * W + t % K) * (C * L));
    VEC_STORE(sum * SHARE, y + (block * (OH * OW * C) + i) * L + lane());
}

/* Launch: global (L/VW, H*W*C, n/L): one work-item makes one dx; positions outside of every window get 0. */
kernel void avgpool2d_backward(global float *restrict dx, const global float *restrict dy) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= H * W * C) return;
    const int row = i / (W * C), column = i / C % W;
    vec gradient = (vec)(0.0f);
    if (row < OH * K && column < OW * K)
        gradient =
            VEC_LOAD(dy + (block * (OH * OW * C) + (row / K * OW + column / K) * C + i % C) * L + lane()) * SHARE;
    VEC_STORE(gradient, dx + (block * (H * W * C) + i) * L + lane());
}
