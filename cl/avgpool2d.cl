/* avgpool2d.cl - 2-D average pooling, window K x K, stride S, and its gradient. float32.
 *
 * Layout : x, dx [n/L][H][W][C][L]; y, dy [n/L][OH][OW][C][L]. A window is added up row by row. Positions outside of the image
 *          are not counted.
 * Build  : -DC -DH -DW -DOH -DOW -DK -DS -DPT -DPL  see window.clh; -DL -DVW.
 * Twin   : src/lib/backend/cpu/avgpool2d.c */
#include "vec.clh"
#include "window.clh"

/* Launch: global (L/VW, OH*OW*C, n/L): one work-item makes one y of VW images. */
kernel void avgpool2d_forward(global float *restrict y, const global float *restrict x) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= OH * OW * C) return;
    const int top = i / (OW * C) * S - PT, left = i / C % OW * S - PL;
    const int above = inside_from(top), below = inside_to(top, H), before = inside_from(left),
              after = inside_to(left, W);
    const global float *image = x + (block * (H * W * C) + i % C) * L + lane();
    vec sum = (vec)(0.0f);
    for (int a = above; a < below; a++)
        for (int b = before; b < after; b++) sum += VEC_LOAD(image + ((top + a) * W + left + b) * (C * L));
    const float share = 1.0f / ((below - above) * (after - before));
    VEC_STORE(sum * share, y + (block * (OH * OW * C) + i) * L + lane());
}

/* Launch: global (L/VW, H*W*C, n/L): one work-item makes one dx, from all windows that have it. */
kernel void avgpool2d_backward(global float *restrict dx, const global float *restrict dy) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= H * W * C) return;
    const int row = i / (W * C), column = i / C % W;
    vec gradient = (vec)(0.0f);
    for (int p = windows_from(row, PT); p < windows_to(row, PT, OH); p++)
        for (int q = windows_from(column, PL); q < windows_to(column, PL, OW); q++) {
            const int top = p * S - PT, left = q * S - PL;
            const int rows = inside_to(top, H) - inside_from(top), columns = inside_to(left, W) - inside_from(left);
            const size_t from = (block * (OH * OW * C) + (p * OW + q) * C + i % C) * L + lane();
            gradient += VEC_LOAD(dy + from) * (1.0f / (rows * columns));
        }
    VEC_STORE(gradient, dx + (block * (H * W * C) + i) * L + lane());
}
