/* gather.cl - a batch's images from bytes to numbers: y = x / 255, rows to lanes. float32.
 *
 * Layout : images [rows][H*W*C] of uint8; y [n/L][XH][XW][C][L], the image at (PT, PL) among zeros that stay.
 * Build  : -DC -DH -DW  the image; -DXH -DXW -DPT -DPL  the padding that the first convolution asks for; -DL -DVW.
 * Launch : global (L/VW, H*W*C, n/L): one work-item makes one y of VW images. first is the batch's position in the
 *          order, count its images; lanes behind them repeat the last: finite, and counted nowhere.
 * Twin   : src/backend/cpu/gather.c */
#include "vec.clh"
#if !defined(C) || !defined(H) || !defined(W) || !defined(XH) || !defined(XW) || !defined(PT) || !defined(PL)
#error "define C, H, W, XH, XW, PT and PL"
#endif

#define SCALE (1.0f / 255.0f)

kernel void gather(global float *restrict y, const global uchar *restrict images, const global uint *restrict order,
                   int first, int count) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= H * W * C) return;
    float pixel[VW];
    UNROLL
    for (int k = 0; k < VW; k++) {
        const int image = min((int)(block * L + lane()) + k, count - 1);
        pixel[k] = (float)images[(size_t)order[first + image] * (H * W * C) + i] * SCALE;
    }
    const size_t at = ((block * XH + i / (W * C) + PT) * XW + i / C % W + PL) * C + i % C;
    UNROLL
    for (int k = 0; k < VW; k++) y[at * L + lane() + k] = pixel[k];
}
