/* zeropad2d.cl - rows and columns of zeros around an image, and the gradient. float32.
 *
 * Layout : x, dx [n/L][H][W][C][L]; y, dy [n/L][OH][OW][C][L].
 * Build  : -DC -DH -DW -DOH -DOW  one layer's shape; -DPT -DPL  zeros before the first row and column; -DL -DVW.
 * Twin   : src/lib/backend/cpu/zeropad2d.c */
#include "vec.clh"
#if !defined(C) || !defined(H) || !defined(W) || !defined(OH) || !defined(OW) || !defined(PT) || !defined(PL)
#error "define C, H, W, OH, OW, PT and PL"
#endif

/* Launch: global (L/VW, OH*OW*C, n/L): one work-item makes one y of VW images. */
kernel void zeropad2d_forward(global float *restrict y, const global float *restrict x) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= OH * OW * C) return;
    const int row = i / (OW * C) - PT, column = i / C % OW - PL;
    vec number = (vec)(0.0f);
    if (row >= 0 && row < H && column >= 0 && column < W)
        number = VEC_LOAD(x + ((block * H + row) * (W * C) + column * C + i % C) * L + lane());
    VEC_STORE(number, y + (block * (OH * OW * C) + i) * L + lane());
}

/* Launch: global (L/VW, H*W*C, n/L): one work-item makes one dx of VW images. */
kernel void zeropad2d_backward(global float *restrict dx, const global float *restrict dy) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= H * W * C) return;
    const int row = i / (W * C) + PT, column = i / C % W + PL;
    VEC_STORE(VEC_LOAD(dy + ((block * OH + row) * (OW * C) + column * C + i % C) * L + lane()),
              dx + (block * (H * W * C) + i) * L + lane());
}
