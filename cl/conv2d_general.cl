/* conv2d_general.cl - 2-D convolution with any stride and groups, with fused relu, and its gradients. float32.
 *
 * conv2d.cl is faster, for stride 1 and one group. Filter f reads the CG channels of group f / FG. x has no zeros around it: taps
 * outside of the image are left out.
 *
 * Layout : x, dx [n/L][H][W][C][L]; y, dz [n/L][OH][OW][F][L]; kernel [KH][KW][CG][F] at KERNEL and bias [F] at BIAS in the packed
 *          parameters. dz is dy before relu, and replaces it.
 * Build  : -DC -DH -DW -DF -DOH -DOW -DKH -DKW  one layer's shape, as 32 14 14 64 7 7 3 3;
 *          -DS  stride, as 2; -DPT -DPL  rows and columns of padding before the image, as 0 0;
 *          -DCG -DFG  channels and filters of a group, as 32 64; 1 1 if each channel makes one filter;
 *          -DRELU  1: y = relu(...); -DKERNEL -DBIAS  places in the packed values;
 *          -DTW -DFT  columns and filters (divides FG) of a work-item of y;
 *          -DDW -DCT  columns, which are S apart, and channels (divides CG) of a work-item of dx;
 *          -DKT -DGT  taps of a row (divides KW) and filters (divides FG) of a group of the kernel's gradient;
 *          -DGROUP  work-items that sum; -DL -DVW.
 * Twin   : src/lib/backend/cpu/conv2d_general.c */
#include "vec.clh"
#include "group.clh"
#if !defined(C) || !defined(H) || !defined(W) || !defined(F) || !defined(OH) || !defined(OW) || !defined(KH) ||      \
    !defined(KW) || !defined(S) || !defined(PT) || !defined(PL) || !defined(CG) || !defined(FG) || !defined(RELU) || \
    !defined(KERNEL) || !defined(BIAS) || !defined(TW) || !defined(FT) || !defined(DW) || !defined(CT) ||            \
    !defined(KT) || !defined(GT)
#error "define the constants that the header names"
#endif

#define TILES_W ((OW + TW - 1) / TW)         /* tiles of a row of y; the last may reach past the end */
#define CLASS_W ((W + S - 1) / S)            /* columns of dx that are S apart, at most */
#define DX_TILES_W ((CLASS_W + DW - 1) / DW) /* tiles of these */

/* The numbers of VW images at (row, column) of an image of `width` columns and `channels` channels; 0 outside of it. */
static inline vec load_inside(const global float *at, int row, int column, int width, int channels) {
    return column >= 0 && column < width ? VEC_LOAD(at + (row * width + column) * (channels * L)) : (vec)(0.0f);
}

/* Launch: global (L/VW, OH * TILES_W * F/FT, n/L): one work-item makes FT filters at TW columns, of VW images. */
kernel void conv2d_general_forward(global float *restrict y, const global float *restrict x,
                                   const global float *restrict parameters) {
    const int item = get_global_id(1), tile = item / (F / FT), f = item % (F / FT) * FT;
    const int row = tile / TILES_W, column = tile % TILES_W * TW;
    const size_t block = get_global_id(2);
    if (row >= OH) return;
    const global float *from = x + (block * (H * W * C) + f / FG * CG) * L + lane();
    vec sum[FT][TW];
    UNROLL
    for (int k = 0; k < FT; k++) UNROLL
    for (int t = 0; t < TW; t++) sum[k][t] = (vec)(0.0f);
    for (int a = max(0, PT - row * S); a < min(KH, H + PT - row * S); a++)
        for (int b = 0; b < KW; b++) {
            const global float *w = parameters + KERNEL + (a * KW + b) * (CG * F) + f;
            for (int c = 0; c < CG; c++) {
                vec xs[TW];
                UNROLL
                for (int t = 0; t < TW; t++)
                    xs[t] = load_inside(from + c * L, row * S - PT + a, (column + t) * S - PL + b, W, C);
                UNROLL
                for (int k = 0; k < FT; k++) UNROLL
                for (int t = 0; t < TW; t++) sum[k][t] += xs[t] * w[c * F + k];
            }
        }
    UNROLL
    for (int k = 0; k < FT; k++) UNROLL
    for (int t = 0; t < TW; t++) {
        vec z = sum[k][t] + parameters[BIAS + f + k];
        if (RELU) z = select(z, (vec)(0.0f), z < (vec)(0.0f));
        if (column + t < OW) VEC_STORE(z, y + ((block * OH + row) * OW + column + t) * (F * L) + (f + k) * L + lane());
    }
}

/* Launch: global (L/VW, OH*OW*F, n/L), if there is a relu: dz replaces dy. */
kernel void conv2d_general_gate(global float *restrict dy, const global float *restrict y) {
    const int i = get_global_id(1);
    if (i >= OH * OW * F) return;
    const size_t at = (get_global_id(2) * (OH * OW * F) + i) * L + lane();
    VEC_STORE(select((vec)(0.0f), VEC_LOAD(dy + at), VEC_LOAD(y + at) > (vec)(0.0f)), dy + at);
}

/* Launch: global (L/VW, H * S * DX_TILES_W * C/CT, n/L): one work-item makes dx of CT channels at DW columns that are S apart, since
 * these have the same taps. Tap (a, b) takes dx[row][column] from dz[(row + PT - a) / S][(column + PL - b) / S], if both divide
 * evenly. */
kernel void conv2d_general_input_gradient(global float *restrict dx, const global float *restrict dz,
                                          const global float *restrict parameters) {
    const int item = get_global_id(1), tile = item / (C / CT), c = item % (C / CT) * CT;
    const int row = tile / (S * DX_TILES_W), column = tile / DX_TILES_W % S + tile % DX_TILES_W * (DW * S);
    const size_t block = get_global_id(2);
    if (row >= H) return;
    const global float *from = dz + (block * (OH * OW * F) + c / CG * FG) * L + lane();
    vec sum[CT][DW];
    UNROLL
    for (int k = 0; k < CT; k++) UNROLL
    for (int t = 0; t < DW; t++) sum[k][t] = (vec)(0.0f);
    for (int a = (row + PT) % S; a < KH; a += S) {
        const int z_row = (row + PT - a) / S;
        if (z_row < 0 || z_row >= OH) continue;
        for (int b = (column + PL) % S; b < KW; b += S) {
            const int z_column = (column + PL - b) / S;
            const global float *w = parameters + KERNEL + ((a * KW + b) * CG + c % CG) * F + c / CG * FG;
            for (int f = 0; f < FG; f++) {
                vec zs[DW];
                UNROLL
                for (int t = 0; t < DW; t++) zs[t] = load_inside(from + f * L, z_row, z_column + t, OW, F);
                UNROLL
                for (int k = 0; k < CT; k++) UNROLL
                for (int t = 0; t < DW; t++) sum[k][t] += zs[t] * w[k * F + f];
            }
        }
    }
    UNROLL
    for (int k = 0; k < CT; k++) UNROLL
    for (int t = 0; t < DW; t++)
        if (column + t * S < W)
            VEC_STORE(sum[k][t], dx + ((block * H + row) * W + column + t * S) * (C * L) + (c + k) * L + lane());
}

#define SUMS ((KT + 1) * GT) /* of a group: its taps, and the bias */

/* Number k of a group's SUMS belongs to filter f + k % GT, and to tap k / GT of the group's, or to the bias. */
static inline void store_sum(global float *sums, int k, int tap, int c, int f, bool with_bias, float sum) {
    if (k < KT * GT)
        sums[((tap + k / GT) * CG + c) * F + f + k % GT] = sum;
    else if (with_bias)
        sums[BIAS - KERNEL + f + k % GT] = sum;
}

/* Launch: global (GROUP, parts * KH * KW/KT * CG * F/GT), local (GROUP, 1): one group adds up a part of the batch's positions: the
 * gradient of KT taps of a row, one channel and GT filters. The groups of the first taps and channel also make those of the biases. */
kernel void conv2d_general_kernel_gradient(global float *restrict sums, int from, int stride,
                                           const global float *restrict x, const global float *restrict dz, int parts,
                                           int blocks) {
    const int item = get_group_id(1) / parts, part = get_group_id(1) % parts;
    const int f = item % (F / GT) * GT, c = item / (F / GT) % CG, tap = item / (F / GT) / CG * KT;
    const int a = tap / KW, b = tap % KW;
    const int count = blocks * (OH * OW) * (L / VW), each = (count + parts - 1) / parts;
    const int end = min(count, (part + 1) * each);
    const bool with_bias = tap == 0 && c == 0;
    const total zero = {(vec)(0.0f), (vec)(0.0f)};
    total sum[KT + 1][GT];
    UNROLL
    for (int t = 0; t <= KT; t++) UNROLL
    for (int k = 0; k < GT; k++) sum[t][k] = zero;
    for (int i = part * each + (int)get_local_id(0); i < end; i += GROUP) {
        const int first = i % (L / VW) * VW, position = i / (L / VW) % (OH * OW);
        const int row = position / OW * S - PT + a, column = position % OW * S - PL + b;
        const size_t block = i / (L / VW) / (OH * OW);
        if (!with_bias && (row < 0 || row >= H)) continue;
        vec z[GT];
        UNROLL
        for (int k = 0; k < GT; k++) z[k] = VEC_LOAD(dz + ((block * (OH * OW) + position) * F + f + k) * L + first);
        if (with_bias) UNROLL
        for (int k = 0; k < GT; k++) total_add(&sum[KT][k], z[k]);
        if (row < 0 || row >= H) continue;
        const global float *at = x + (block * (H * W * C) + f / FG * CG + c) * L + first;
        UNROLL
        for (int t = 0; t < KT; t++) {
            const vec xt = load_inside(at, row, column + t, W, C);
            UNROLL
            for (int k = 0; k < GT; k++) total_add_product(&sum[t][k], xt, z[k]);
        }
    }
    global float *to = sums + from + part * stride;
#if GROUP == 1
    UNROLL
    for (int k = 0; k < SUMS; k++) store_sum(to, k, tap, c, f, with_bias, vec_sum(sum[k / GT][k % GT].sum));
#else
    local float shared_sums[SUMS * SUM_STRIDE];
    float all[SUMS];
    UNROLL
    for (int k = 0; k < SUMS; k++) all[k] = vec_sum(sum[k / GT][k % GT].sum);
    group_sums(all, SUMS, shared_sums);
    for (int k = get_local_id(0); k < SUMS; k += GROUP)
        store_sum(to, k, tap, c, f, with_bias, shared_sums[k * SUM_STRIDE]);
#endif
}
