/* globalavgpool2d.cl - the mean of each channel over all positions, and its gradient. float32.
 *
 * Layout : x, dx [n/L][POSITIONS][C][L]; y, dy [n/L][C][L]. A channel is added up row by row.
 * Build  : -DC -DPOSITIONS  one layer's channels, and its height times width; -DL -DVW.
 * Twin   : src/lib/backend/cpu/globalavgpool2d.c */
#include "vec.clh"
#if !defined(C) || !defined(POSITIONS)
#error "define C and POSITIONS"
#endif
#define SHARE (1.0f / POSITIONS) /* the weight of one position */

/* Launch: global (L/VW, C, n/L): one work-item makes one y of VW images. */
kernel void globalavgpool2d_forward(global float *restrict y, const global float *restrict x) {
    const int c = get_global_id(1);
    const size_t block = get_global_id(2);
    if (c >= C) return;
    vec sum = (vec)(0.0f);
    for (int i = 0; i < POSITIONS; i++) sum += VEC_LOAD(x + ((block * POSITIONS + i) * C + c) * L + lane());
    VEC_STORE(sum * SHARE, y + (block * C + c) * L + lane());
}

/* Launch: global (L/VW, POSITIONS*C, n/L): one work-item makes one dx of VW images. */
kernel void globalavgpool2d_backward(global float *restrict dx, const global float *restrict dy) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= POSITIONS * C) return;
    VEC_STORE(VEC_LOAD(dy + (block * C + i % C) * L + lane()) * SHARE, dx + (block * (POSITIONS * C) + i) * L + lane());
}
