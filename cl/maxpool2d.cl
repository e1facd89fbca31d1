/* maxpool2d.cl - 2-D max pooling, window K x K, stride S, and its gradient. float32.
 *
 * Layout : x, dx [n/L][H][W][C][L]; y, dy, index [n/L][OH][OW][C][L]. index is the position in the window, row by row; of
 *          equal values the first one counts. Positions outside of the image are ignored.
 * Build  : -DC -DH -DW -DOH -DOW -DK -DS -DPT -DPL  see window.clh; -DTRAINED  1 writes index; -DL -DVW.
 * Twin   : src/lib/backend/cpu/maxpool2d.c */
#include "vec.clh"
#include "window.clh"
#if !defined(TRAINED)
#error "define TRAINED"
#endif

/* Launch: global (L/VW, OH*OW*C, n/L): one work-item makes one y of VW images, and stores which x was the largest. */
kernel void maxpool2d_forward(global float *restrict y, global uchar *restrict index, const global float *restrict x) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= OH * OW * C) return;
    const int top = i / (OW * C) * S - PT, left = i / C % OW * S - PL;
    const int above = inside_from(top), below = inside_to(top, H), before = inside_from(left),
              after = inside_to(left, W);
    const global float *image = x + (block * (H * W * C) + i % C) * L + lane();
    vec best = VEC_LOAD(image + ((top + above) * W + left + before) * (C * L));
    vec_int which = (vec_int)(above * K + before);
    for (int a = above; a < below; a++)
        for (int b = before; b < after; b++) {
            const vec xt = VEC_LOAD(image + ((top + a) * W + left + b) * (C * L));
            const vec_int larger = xt > best;
            best = select(best, xt, larger);
            which = select(which, (vec_int)(a * K + b), larger);
        }
    const size_t to = (block * (OH * OW * C) + i) * L + lane();
    VEC_STORE(best, y + to);
    if (TRAINED) VEC_STORE(TO_BYTES(which), index + to);
}

/* Launch: global (L/VW, H*W*C, n/L): one work-item makes one dx, from all windows that have it. */
kernel void maxpool2d_backward(global float *restrict dx, const global float *restrict dy,
                               const global uchar *restrict index) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= H * W * C) return;
    const int row = i / (W * C), column = i / C % W;
    vec gradient = (vec)(0.0f);
    for (int p = windows_from(row, PT); p < windows_to(row, PT, OH); p++)
        for (int q = windows_from(column, PL); q < windows_to(column, PL, OW); q++) {
            const size_t from = (block * (OH * OW * C) + (p * OW + q) * C + i % C) * L + lane();
            const vec_int which = TO_INTS(VEC_LOAD(index + from));
            const vec_int own = (vec_int)((row + PT - p * S) * K + column + PL - q * S);
            gradient += select((vec)(0.0f), VEC_LOAD(dy + from), which == own);
        }
    VEC_STORE(gradient, dx + (block * (H * W * C) + i) * L + lane());
}
