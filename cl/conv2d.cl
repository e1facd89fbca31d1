/* conv2d.cl - 2-D convolution, stride 1, with fused relu and pooling, and gradients. float32.
 *
 * The pooling is 2x2 max pooling.
 *
 * Layout : x [n/L][XH][XW][C][L], padded with zeros if the padding is not 0; kernel [KH][KW][C][F] and bias [F] at
 *          KERNEL and BIAS in the packed parameters (and gradients); y [n/L][OH][OW][F][L], or after pooling
 *          [n/L][OH/2][OW/2][F][L] with index of the same shape; dz [n/L][OH][OW][F][L]; dx [n/L][H][W][C][L].
 * Build  : -DC -DH -DW  x without padding; -DXH -DXW -DPT -DPL  with it; -DF -DKH -DKW -DOH -DOW; -DPOOL  0 or 2; -DRELU  0
 *          or 1; -DTRAINED  1 writes index; -DKERNEL -DBIAS; -DL -DVW. Tiles: -DTW  columns of an unpooled forward tile,
 *          divides OW; -DFT  filters of it, divides F; -DDW  columns of a dx tile, divides W; -DCT  channels of it, divides C;
 *          -DGT  filters of a kernel-gradient tile, divides GF; -DGF  filters of a work-item, divides F; -DGROUP  work-items of a
 *          kernel-gradient group; -DPARTS  1 if its sums may be in parts, then -DGC  columns of its tile, divides OW.
 *          -DDX_SUMS  1 if the gradient of the input makes the sums of the batch norm in front, then -DDX_DROP  1 with dropout and
 *          -DDX_KEEP  1 / (1 - rate); else 0.
 *          If a batch norm behind the pooling gives its gradient to the kernel's: -DNORMED  its channels per group, GT, or 0; its
 *          -DGAMMA -DBETA; -DDROP  1 with dropout, then -DKEEP  1 / (1 - rate).
 *          -DITEMS  1 if the gradients take items instead of dz, then the constants of conv2d_items.clh; else 0.
 *          If the forward launch also applies the batch norm in front: -DFRONT  1, and the constants of conv2d_front.clh; else 0.
 * Twin   : src/lib/backend/cpu/conv2d.c */
#include "vec.clh"
#include "group.clh"
#include "expand.clh"
#include "moments.clh"
#if !defined(C) || !defined(H) || !defined(W) || !defined(XH) || !defined(XW) || !defined(PT) || !defined(PL) ||       \
    !defined(F) || !defined(KH) || !defined(KW) || !defined(OH) || !defined(OW) || !defined(POOL) || !defined(RELU) || \
    !defined(TRAINED) || !defined(KERNEL) || !defined(BIAS) || !defined(TW) || !defined(FT) || !defined(DW) ||         \
    !defined(CT) || !defined(GT) || !defined(GF) || !defined(GROUP) || !defined(PARTS) || !defined(NORMED) ||          \
    !defined(FRONT) || !defined(DX_SUMS) || !defined(ITEMS)
#error "define the constants that the header names"
#endif

#if POOL == 2
#define TILE_H 2
#define TILE_W 2
#define OUT_H (OH / 2)
#define OUT_W (OW / 2)
#else
#define TILE_H 1
#define TILE_W TW
#define OUT_H OH
#define OUT_W OW
#endif
#define TILE (TILE_H * TILE_W)
#define DEAD 4 /* a value of index: relu made the whole window 0 */

#if GROUP > 1
/* Filters that an input gradient's work-item takes together. With 4, Intel's compiler has too few registers for SIMD16. */
#define FS (F % 2 == 0 ? 2 : 1)
#define COLUMNS (TILE_W + KW - 1) /* of x, that a forward tile reads */
#define Z_COLUMNS (DW + KW - 1)   /* of dz, that a tile of dx reads */
#if KH * KW * FT * TILE <= 512    /* larger ones would compile slowly, and gain little */
#define UNROLL_TAPS UNROLL
#else
#define UNROLL_TAPS
#endif

/* True if n filters' weights can be read as vectors of `step` floats. */
#define ALIGNED(n, step) (KERNEL % (step) == 0 && F % (step) == 0 && (n) % (step) == 0)

/* w = the n weights at `at`. */
static inline void load_weights(float *w, const global float *at, int n) {
    UNROLL
    for (int i = 0; i < n; i++) {
        if (ALIGNED(n, 4) && i % 4 == 0) {
            const float4 some = *(const global float4 *)(at + i);
            w[i] = some.x, w[i + 1] = some.y, w[i + 2] = some.z, w[i + 3] = some.w;
        } else if (!ALIGNED(n, 4) && ALIGNED(n, 2) && i % 2 == 0) {
            const float2 some = *(const global float2 *)(at + i);
            w[i] = some.x, w[i + 1] = some.y;
        } else if (!ALIGNED(n, 2)) {
            w[i] = at[i];
        }
    }
}
#endif

/* Launch: global (L/VW, H*W*C, n/L). Copies x among the zeros of padded [n/L][XH][XW][C][L]. */
kernel void conv2d_pad(global float *restrict padded, const global float *restrict x) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2);
    if (i >= H * W * C) return;
    const size_t at = ((block * XH + i / (W * C) + PT) * XW + i / C % W + PL) * C + i % C;
    VEC_STORE(VEC_LOAD(x + (block * (H * W * C) + i) * L + lane()), padded + at * L + lane());
}

/* The maximum of a window's sums, with bias and relu (which may be applied after the maximum); and its index. */
static inline vec pooled(const vec window[4], float bias, vec_byte *index) {
    vec best = window[0];
    vec_int which = (vec_int)(0);
    UNROLL
    for (int t = 1; t < 4; t++) {
        const vec_int above = window[t] > best;
        best = select(best, window[t], above);
        which = select(which, (vec_int)(t), above);
    }
    best += bias;
#if RELU
    which = select((vec_int)(DEAD), which, best > (vec)(0.0f));
    best = select(best, (vec)(0.0f), best < (vec)(0.0f)); /* keeps NaN, so that it shows */
#endif
    *index = TO_BYTES(which);
    return best;
}

#if GROUP == 1
/* sum += what a tile's window of x, which begins at `at`, gives FT filters. Row by row of taps: a vector of x is read for each. */
static inline void convolve(vec sum[FT][TILE], const global float *at, const global float *kernel_at) {
    for (int a = 0; a < KH; a++)
        for (int q = 0; q < KW * C; q++) {
            vec xs[TILE];
            UNROLL
            for (int t = 0; t < TILE; t++)
                xs[t] = VEC_LOAD(at + ((a + t / TILE_W) * (XW * C) + t % TILE_W * C + q) * L);
            UNROLL
            for (int k = 0; k < FT; k++) UNROLL
            for (int t = 0; t < TILE; t++) sum[k][t] += xs[t] * kernel_at[(a * (KW * C) + q) * F + k];
        }
}
#else
#define CONVOLVE convolve
#define SPACE global
#define ROW XW
#include "convolve.clt"
#endif

#if POOL == 2
#define RESULTS 1 /* of a tile, for each filter */
#define TILES_W OUT_W
#else
#define RESULTS TILE
#define TILES_W (OUT_W / TW)
#endif
#define TILES (OUT_H * TILES_W)

#define ZERO_TILE(sum)                  \
    vec sum[FT][TILE];                  \
    UNROLL                              \
    for (int k = 0; k < FT; k++) UNROLL \
    for (int t = 0; t < TILE; t++) sum[k][t] = (vec)(0.0f)

/* Makes made and y of the sums of FT filters, from f on, of tile `tile` of a block: TILE positions, or one pooled position. */
static inline void store_tile(vec made[FT][RESULTS], global float *y, global uchar *index, vec sum[FT][TILE],
                              const global float *parameters, int f, int tile, size_t block, size_t lane_) {
    const int row = tile / TILES_W, column = tile % TILES_W * TILE_W;
    UNROLL
    for (int k = 0; k < FT; k++) {
        const float bias = parameters[BIAS + f + k];
#if POOL == 2
        const size_t to = ((block * OUT_H + row) * OUT_W + column / 2) * F + f + k;
        vec_byte which;
        made[k][0] = pooled(sum[k], bias, &which);
        VEC_STORE(made[k][0], y + to * L + lane_);
        if (TRAINED) VEC_STORE(which, index + to * L + lane_);
#else
        UNROLL
        for (int t = 0; t < TILE; t++) {
            const size_t to = ((block * OUT_H + row) * OUT_W + column + t) * F + f + k;
            vec z = sum[k][t] + bias;
            if (RELU) z = select(z, (vec)(0.0f), z < (vec)(0.0f));
            made[k][t] = z;
            VEC_STORE(z, y + to * L + lane_);
        }
#endif
    }
}

/* The same of x. */
static inline void make_tile(vec made[FT][RESULTS], global float *y, global uchar *index, const global float *x,
                             const global float *parameters, int f, int tile, size_t block, size_t lane_) {
    const int row = tile / TILES_W * TILE_H, column = tile % TILES_W * TILE_W;
    ZERO_TILE(sum);
    convolve(sum, x + ((block * XH + row) * XW + column) * (C * L) + lane_, parameters + KERNEL + f);
    store_tile(made, y, index, sum, parameters, f, tile, block, lane_);
}

/* Launch: global (L/VW, F/FT * tiles, n/L): one work-item makes FT filters of a tile. */
kernel void conv2d_forward(global float *restrict y, global uchar *restrict index, const global float *restrict x,
                           const global float *restrict parameters) {
    const int item = get_global_id(1);
    vec made[FT][RESULTS];
    if (item < F / FT * TILES)
        make_tile(made, y, index, x, parameters, item % (F / FT) * FT, item / (F / FT), get_global_id(2), lane());
}

#if PARTS
#if FRONT
#include "conv2d_front.clh"
#endif

#define TILES_A_GROUP (GROUP / (L / VW))
#define SPLITS ((TILES + TILES_A_GROUP - 1) / TILES_A_GROUP)

/* Launch: global (GROUP, F/FT * SPLITS, n/L), local (GROUP, 1, 1): one group makes FT filters of some tiles of a block, and their part
 * of the moments of the batch norm behind. */
kernel void conv2d_forward_moments(global float *restrict y, global uchar *restrict index,
                                   global float *restrict moments, const global float *restrict x,
                                   const global float *restrict parameters, int count) {
    const int f = get_group_id(1) % (F / FT) * FT, split = get_group_id(1) / (F / FT), block = get_group_id(2);
    const int me = get_local_id(0), tile = split * TILES_A_GROUP + me / (L / VW), first = me % (L / VW) * VW;
    const int images = clamp(count - block * L, 0, L), tiles = min(TILES - split * TILES_A_GROUP, TILES_A_GROUP);
    const int numbers = images * tiles * RESULTS, counting = tile < TILES ? images : 0;
    local float shared_sums[FT * SUM_STRIDE];
    vec made[FT][RESULTS];
    float sum[FT], squares[FT], mean[FT];
    UNROLL
    for (int k = 0; k < FT; k++) UNROLL
    for (int t = 0; t < RESULTS; t++) made[k][t] = (vec)(0.0f);
    if (tile < TILES) make_tile(made, y, index, x, parameters, f, tile, block, first);
    UNROLL
    for (int k = 0; k < FT; k++) {
        vec all = (vec)(0.0f);
        UNROLL
        for (int t = 0; t < RESULTS; t++) all += select((vec)(0.0f), made[k][t], counted(first, counting));
        sum[k] = vec_sum(all);
    }
    group_sums(sum, FT, shared_sums);
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL
    for (int k = 0; k < FT; k++) {
        mean[k] = shared_sums[k * SUM_STRIDE] / max(numbers, 1);
        vec all = (vec)(0.0f);
        UNROLL
        for (int t = 0; t < RESULTS; t++)
            all += select((vec)(0.0f), (made[k][t] - mean[k]) * (made[k][t] - mean[k]), counted(first, counting));
        squares[k] = vec_sum(all);
    }
    group_sums(squares, FT, shared_sums);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (me == 0) UNROLL
    for (int k = 0; k < FT; k++)
        moments_store(moments, block * SPLITS + split, F, f + k, numbers, mean[k], shared_sums[k * SUM_STRIDE]);
}
#endif

/* Launch: global (L/VW, OUT_H*OUT_W*F, n/L). dz is the gradient before relu and pooling: a window's gradient goes to the position
 * in index. With ITEMS it is a list of these. Not launched if the next layer makes dz itself (batchnorm.cl). */
kernel void conv2d_expand(global float *restrict dz, const global float *restrict dy,
                          const global uchar *restrict index, const global float *restrict y) {
    const int i = get_global_id(1);
    const size_t block = get_global_id(2), from = (block * (OUT_H * OUT_W * F) + i) * L + lane();
    if (i >= OUT_H * OUT_W * F) return;
#if ITEMS
    list_items(dz, VEC_LOAD(dy + from), index, OH, OW, F, block, i, lane());
#else
    expand(dz, VEC_LOAD(dy + from), VEC_LOAD(y + from), index, POOL, RELU, OH, OW, F, block, i, lane());
#endif
}

#if ITEMS
#include "conv2d_items.clh"
#else

#if GROUP == 1
/* sum += what dz gives to DW columns of a row and CT channels of dx. Column d of dz, counted back from the tile's first, adds to
 * column j of the tile with tap d + j. */
static inline void add_products(vec sum[DW][CT], const global float *dz, const global float *kernel_at, int row,
                                int column) {
    for (int a = 0; a < KH; a++) {
        const int z_row = row + PT - a;
        if (z_row < 0 || z_row >= OH) continue;
        UNROLL
        for (int d = 1 - DW; d < KW; d++) {
            const int z_column = column + PL - d;
            if (z_column < 0 || z_column >= OW) continue;
            const global float *z = dz + (z_row * OW + z_column) * (F * L);
            for (int f = 0; f < F; f++) {
                const vec zf = VEC_LOAD(z + f * L);
                UNROLL
                for (int j = 0; j < DW; j++)
                    if (d + j >= 0 && d + j < KW) UNROLL
                for (int k = 0; k < CT; k++) sum[j][k] += zf * kernel_at[((a * KW + d + j) * C + k) * F + f];
            }
        }
    }
}
#else
/* The same, by FS filters and a row of taps: column i of dz, the first of which is the last tap's, adds to column j with tap
 * KW - 1 + j - i. The loads do not wait for each other: columns outside of dz are read from inside, and count as zeros. */
static inline void add_products(vec sum[DW][CT], const global float *dz, const global float *kernel_at, int row,
                                int column) {
    const int first = max(row + PT - (OH - 1), 0), last = min(row + PT, KH - 1);
    for (int a = first; a <= last; a++)
        for (int f = 0; f < F; f += FS) {
            const global float *z_row = dz + (row + PT - a) * (OW * F * L) + f * L;
            vec z[Z_COLUMNS][FS];
            UNROLL
            for (int i = 0; i < Z_COLUMNS; i++) {
                const int at = column + PL - (KW - 1) + i, near = clamp(at, 0, OW - 1);
                UNROLL
                for (int s = 0; s < FS; s++)
                    z[i][s] = select((vec)(0.0f), VEC_LOAD(z_row + (near * F + s) * L), (vec_int)(at == near ? -1 : 0));
            }
            UNROLL
            for (int k = 0; k < CT; k++) UNROLL
            for (int b = 0; b < KW; b++) {
                float w[FS];
                load_weights(w, kernel_at + ((a * KW + b) * C + k) * F + f, FS);
                UNROLL
                for (int j = 0; j < DW; j++) UNROLL
                for (int s = 0; s < FS; s++) sum[j][k] += z[KW - 1 + j - b][s] * w[s];
            }
        }
}
#endif

#define DX_TILES (H * (W / DW)) /* of a block, for each CT channels */

/* Makes dx of VW images of a block: tile `tile` is DW columns of a row, of CT channels from c on. Returns it in made. */
static inline void input_gradient(vec made[DW][CT], global float *dx, const global float *dz,
                                  const global float *parameters, int c, int tile, size_t block, int lane_) {
    const int column = tile % (W / DW) * DW, row = tile / (W / DW);
    UNROLL
    for (int j = 0; j < DW; j++) UNROLL
    for (int k = 0; k < CT; k++) made[j][k] = (vec)(0.0f);
    add_products(made, dz + block * (OH * OW * F * L) + lane_, parameters + KERNEL + c * F, row, column);
    UNROLL
    for (int j = 0; j < DW; j++) UNROLL
    for (int k = 0; k < CT; k++)
        VEC_STORE(made[j][k], dx + ((block * H + row) * W + column + j) * (C * L) + (c + k) * L + lane_);
}

#if PARTS
#define GRADIENT_SUMS ((KW + 1) * GT) /* of a group: a row of taps, and the biases, of GT filters */
#define GROUP_SUMS (GRADIENT_SUMS > 2 * CT ? GRADIENT_SUMS : 2 * CT)

/* sum += the gradients of KW taps of one channel and GT filters, and of their biases (the last row), over the vectors of GC columns,
 * which begin at xs and zs. */
static inline void add_tile(vec sum[KW + 1][GT], const global float *xs, const global float *zs) {
    vec x[KW + GC - 1];
    UNROLL
    for (int q = 0; q < KW + GC - 1; q++) x[q] = VEC_LOAD(xs + q * (C * L));
    UNROLL
    for (int k = 0; k < GT; k++) {
        vec z[GC];
        UNROLL
        for (int j = 0; j < GC; j++) z[j] = VEC_LOAD(zs + (j * F + k) * L);
        UNROLL
        for (int j = 0; j < GC; j++) {
            UNROLL
            for (int b = 0; b < KW; b++) sum[b][k] += x[b + j] * z[j];
            sum[KW][k] += z[j];
        }
    }
}

#define GRADIENT_TILES (OH * (OW / GC)) /* of a block */

/* What a group makes a part of: the gradient of tap row a of channel c and GT filters from f on. The groups of the first row and
 * channel also make the gradients of the filters' biases. A part is the sum over some tiles of the batch's blocks, of which there are
 * `tiles` each. */
typedef struct gradient_part {
    int f, c, a, part, first, count;
} gradient_part;

#define GRADIENT_GROUPS (KH * C * (F / GT)) /* of a part */

/* The gradient_part of group `group` of all parts. */
static inline gradient_part gradient_of(int group, int parts, int blocks, int tiles) {
    const int item = group % GRADIENT_GROUPS, part = group / GRADIENT_GROUPS;
    const int each = (blocks * tiles + parts - 1) / parts;
    const gradient_part mine = {item % (F / GT) * GT, item / (F / GT) % C,
                                item / (F / GT) / C,  part,
                                part * each,          min(each, blocks * tiles - part * each)};
    return mine;
}

/* Stores the part, of the group's sums: at sums + from + part * stride, as the packed gradients from KERNEL on. */
static inline void store_gradient(global float *sums, int from, int stride, gradient_part mine,
                                  const local float *shared_sums) {
    global float *to = sums + from + mine.part * stride;
    for (int k = get_local_id(0); k < GRADIENT_SUMS; k += GROUP) {
        const int b = k / GT, filter = mine.f + k % GT;
        if (b < KW) to[((mine.a * KW + b) * C + mine.c) * F + filter] = shared_sums[k * SUM_STRIDE];
        if (b == KW && mine.a == 0 && mine.c == 0) to[BIAS - KERNEL + filter] = shared_sums[k * SUM_STRIDE];
    }
}

#define ZERO_GRADIENT(sum)                  \
    vec sum[KW + 1][GT];                    \
    UNROLL                                  \
    for (int b = 0; b < KW + 1; b++) UNROLL \
    for (int k = 0; k < GT; k++) sum[b][k] = (vec)(0.0f)

#if NORMED

/* sum += the gradients of a window, by its pooled gradients and their positions: an addition of add_tile() for two rows. */
static inline void add_pooled_window(vec sum[KW + 1][GT], const global float *xs, const vec gradient[GT],
                                     const vec_int which[GT]) {
    vec x[2][KW + 1];
    UNROLL
    for (int q = 0; q < 2 * (KW + 1); q++)
        x[q / (KW + 1)][q % (KW + 1)] = VEC_LOAD(xs + (q / (KW + 1) * XW + q % (KW + 1)) * (C * L));
    UNROLL
    for (int k = 0; k < GT; k++) UNROLL
    for (int t = 0; t < 4; t++) {
        const vec z = select((vec)(0.0f), gradient[k], which[k] == (vec_int)(t));
        UNROLL
        for (int b = 0; b < KW; b++) sum[b][k] += x[t / 2][t % 2 + b] * z;
        sum[KW][k] += z;
    }
}

/* Launch: global (GROUP, GRADIENT_GROUPS * parts), local (GROUP, 1): one group makes a gradient_part. The gradient comes from the
 * batch norm behind the pooling: dy is the gradient of its output, y its input, which is the convolution's output, and batchnorm_sums
 * [blocks * a_block] are its sums in parts. The first part stores the gradients of gamma and beta. */
kernel void conv2d_normed_kernel_gradient(
    global float *restrict sums, int from, int stride, global float *restrict gradients, const global float *restrict x,
    const global float *restrict y, const global uchar *restrict index, const global float *restrict dy,
    const global uchar *restrict mask, const global float *restrict mean,
    const global float *restrict inverse_deviation, const global float *restrict parameters,
    const global float *restrict batchnorm_sums, int a_block, int parts, int count, int blocks) {
    const gradient_part mine = gradient_of(get_group_id(1), parts, blocks, OUT_H * OUT_W);
    const float numbers = (float)(OUT_H * OUT_W) * (float)count;
    local float shared_sums[(GRADIENT_SUMS > 2 * GT ? GRADIENT_SUMS : 2 * GT) * SUM_STRIDE];
    float inverse[GT], d_beta[GT], d_gamma[GT];
    UNROLL
    for (int k = 0; k < GT; k++) inverse[k] = inverse_deviation[mine.f + k];
    gradients_add(d_beta, d_gamma, batchnorm_sums, blocks * a_block, F, mine.f, inverse, shared_sums);
    if (mine.part == 0 && mine.a == 0 && mine.c == 0 && get_local_id(0) == 0) UNROLL
    for (int k = 0; k < GT; k++) gradients[BETA + mine.f + k] = d_beta[k], gradients[GAMMA + mine.f + k] = d_gamma[k];
    ZERO_GRADIENT(sum);
    for (int i = get_local_id(0); i < mine.count * (L / VW); i += GROUP) {
        const int first_lane = i % (L / VW) * VW, window = (mine.first + i / (L / VW)) % (OUT_H * OUT_W);
        const size_t block = (mine.first + i / (L / VW)) / (OUT_H * OUT_W);
        const size_t at = block * (OUT_H * OUT_W * F * L) + (window * F + mine.f) * L + first_lane;
        vec gradient[GT];
        vec_int which[GT];
        UNROLL
        for (int k = 0; k < GT; k++) {
            vec kept = VEC_LOAD(dy + at + k * L);
            if (DROP) kept *= TO_FLOATS(VEC_LOAD(mask + at + k * L)) * KEEP;
            const vec given =
                batchnorm_dx(kept, VEC_LOAD(y + at + k * L), mean[mine.f + k], inverse[k],
                             parameters[GAMMA + mine.f + k] * inverse[k], d_beta[k] / numbers, d_gamma[k] / numbers);
            gradient[k] = select((vec)(0.0f), given, counted((int)(block * L) + first_lane, count));
            which[k] = TO_INTS(VEC_LOAD(index + at + k * L));
        }
        const int row = window / OUT_W * 2 + mine.a, column = window % OUT_W * 2;
        add_pooled_window(sum, x + block * (XH * XW * C * L) + ((row * XW + column) * C + mine.c) * L + first_lane,
                          gradient, which);
    }
    float all[GRADIENT_SUMS];
    UNROLL
    for (int k = 0; k < GRADIENT_SUMS; k++) all[k] = vec_sum(sum[k / GT][k % GT]);
    group_sums(all, GRADIENT_SUMS, shared_sums);
    store_gradient(sums, from, stride, mine, shared_sums);
}
#else
/* Makes the work-item's sums of a gradient_part from dz. */
static inline void kernel_gradient(float all[GROUP_SUMS], const global float *x, const global float *dz,
                                   gradient_part mine) {
    ZERO_GRADIENT(sum);
    for (int i = get_local_id(0); i < mine.count * (L / VW); i += GROUP) {
        const int first_lane = i % (L / VW) * VW, tile = (mine.first + i / (L / VW)) % GRADIENT_TILES;
        const int row = tile / (OW / GC), column = tile % (OW / GC) * GC;
        const size_t block = (mine.first + i / (L / VW)) / GRADIENT_TILES;
        add_tile(sum, x + block * (XH * XW * C * L) + (((row + mine.a) * XW + column) * C + mine.c) * L + first_lane,
                 dz + block * (OH * OW * F * L) + ((row * OW + column) * F + mine.f) * L + first_lane);
    }
    UNROLL
    for (int k = 0; k < GRADIENT_SUMS; k++) all[k] = vec_sum(sum[k / GT][k % GT]);
}

#define DX_SPLITS ((DX_TILES * (L / VW) + GROUP - 1) / GROUP) /* groups of a block, for each CT channels */
#define DX_GROUPS (DX_SPLITS * (C / CT))                      /* of a block */

/* A work-item's sums of the gradients dx of a tile, and of their products with z - mean, for the batch norm in front. */
static inline void add_moments(float all[GROUP_SUMS], const vec made[DW][CT], const global float *z,
                               const global uchar *mask, const global float *mean, int c, int tile, size_t block,
                               int lane_) {
#if DX_SUMS
    const size_t at = block * (H * W * C * L) + (tile * DW * C + c) * L + lane_;
    UNROLL
    for (int k = 0; k < CT; k++) {
        vec sum = (vec)(0.0f), products = sum;
        UNROLL
        for (int j = 0; j < DW; j++) {
            vec gradient = made[j][k];
            if (DX_DROP) gradient *= TO_FLOATS(VEC_LOAD(mask + at + (j * C + k) * L)) * DX_KEEP;
            sum += gradient;
            products += gradient * (VEC_LOAD(z + at + (j * C + k) * L) - mean[c + k]);
        }
        all[2 * k] = vec_sum(sum), all[2 * k + 1] = vec_sum(products);
    }
#endif
}

/* Launch: global (GROUP, DX_GROUPS * n/L of a full batch + GRADIENT_GROUPS * parts), local (GROUP, 1): the first groups make dx, a
 * work-item a tile, and, with DX_SUMS, a part of moments [parts][C][2] (moments.clh) for the batch norm in front, DX_SPLITS parts per
 * block; the others each make a gradient_part. There are no groups for dx if nothing needs it. All groups reach the same barriers. */
kernel void conv2d_gradients(global float *restrict sums, int from, int stride, global float *restrict dx,
                             global float *restrict moments, const global float *restrict x,
                             const global float *restrict dz, const global float *restrict parameters,
                             const global float *restrict z, const global uchar *restrict mask,
                             const global float *restrict mean, int parts, int blocks) {
    const int dx_groups = (int)get_num_groups(1) - GRADIENT_GROUPS * parts, group = get_group_id(1);
    const int c = group % (C / CT) * CT, split = group % DX_GROUPS / (C / CT), block = group / DX_GROUPS;
    const int i = split * GROUP + get_local_id(0), tile = i / (L / VW), first = i % (L / VW) * VW;
    const gradient_part mine = gradient_of(max(group - dx_groups, 0), parts, blocks, GRADIENT_TILES);
    local float shared_sums[GROUP_SUMS * SUM_STRIDE];
    float all[GROUP_SUMS];
    UNROLL
    for (int k = 0; k < GROUP_SUMS; k++) all[k] = 0.0f;
    if (group >= dx_groups) {
        kernel_gradient(all, x, dz, mine);
    } else if (block < blocks && tile < DX_TILES) {
        vec made[DW][CT];
        input_gradient(made, dx, dz, parameters, c, tile, block, first);
        add_moments(all, made, z, mask, mean, c, tile, block, first);
    }
    group_sums(all, GROUP_SUMS, shared_sums);
    if (group >= dx_groups) {
        store_gradient(sums, from, stride, mine, shared_sums);
    } else if (DX_SUMS) {
        for (int k = get_local_id(0); k < 2 * CT; k += GROUP)
            moments[((block * DX_SPLITS + split) * C + c) * 2 + k] = shared_sums[k * SUM_STRIDE];
    }
}
#endif
#else
/* Launch: global (L/VW, H * W/DW * C/CT, n/L): one work-item makes a tile of dx. */
kernel void conv2d_input_gradient(global float *restrict dx, const global float *restrict dz,
                                  const global float *restrict parameters) {
    const int item = get_global_id(1);
    vec made[DW][CT];
    if (item < DX_TILES * (C / CT))
        input_gradient(made, dx, dz, parameters, item % (C / CT) * CT, item / (C / CT), get_global_id(2), lane());
}

/* A single work-item goes row by row, so that data shared by its tiles are still in the cache; a group takes a block at a
 * time. */
#define GRADIENT_ROWS (GROUP == 1 ? 1 : OH)
#define GRADIENT_ITEMS (GRADIENT_ROWS * OW * (L / VW))

/* kept += the gradient of KW taps of one channel and GT filters, over the vectors of GRADIENT_ROWS rows of x and dz, which begin
 * at xs and zs. */
static inline void add_taps(total kept[KW][GT], const global float *xs, const global float *zs) {
    total sum[KW][GT];
    UNROLL
    for (int b = 0; b < KW; b++) UNROLL
    for (int k = 0; k < GT; k++) sum[b][k] = kept[b][k];
    for (int i = get_local_id(0); i < GRADIENT_ITEMS; i += GROUP) {
        const int first = i % (L / VW) * VW, position = i / (L / VW);
        const int row = GRADIENT_ROWS == 1 ? 0 : position / OW, column = position - row * OW;
        vec z[GT];
        UNROLL
        for (int k = 0; k < GT; k++) z[k] = VEC_LOAD(zs + (position * F + k) * L + first);
        UNROLL
        for (int b = 0; b < KW; b++) {
            const vec xb = VEC_LOAD(xs + (row * XW + column + b) * (C * L) + first);
            UNROLL
            for (int k = 0; k < GT; k++) total_add_product(&sum[b][k], xb, z[k]);
        }
    }
    UNROLL
    for (int b = 0; b < KW; b++) UNROLL
    for (int k = 0; k < GT; k++) kept[b][k] = sum[b][k];
}

/* The gradient of a filter's bias. */
static inline float bias_gradient(const global float *dz, int f, int blocks, local float *shared_sums) {
    total sum = {(vec)(0.0f), (vec)(0.0f)};
    for (int i = get_local_id(0); i < blocks * (OH * OW) * (L / VW); i += GROUP)
        total_add(&sum, VEC_LOAD(dz + ((size_t)(i / (L / VW)) * F + f) * L + i % (L / VW) * VW));
    return group_sum(vec_sum(sum.sum), shared_sums);
}

/* Launch: global (GROUP, KH * C * F/GF), local (GROUP, 1): one group makes the gradient of a row of KW taps of one channel and GF
 * filters. The groups of the first row and channel also make the gradients of the filters' biases. */
kernel void conv2d_kernel_gradient(global float *restrict gradients, const global float *restrict x,
                                   const global float *restrict dz, int blocks) {
    const int item = get_global_id(1);
    const int f = item % (F / GF) * GF, c = item / (F / GF) % C, a = item / (F / GF) / C;
    local float shared_sums[GROUP];
    const total zero = {(vec)(0.0f), (vec)(0.0f)};
    total sum[GF / GT][KW][GT];
    for (int tile = 0; tile < GF / GT; tile++) UNROLL
    for (int b = 0; b < KW; b++) UNROLL
    for (int k = 0; k < GT; k++) sum[tile][b][k] = zero;
    for (int block = 0; block < blocks; block++)
        for (int row = 0; row < OH; row += GRADIENT_ROWS)
            for (int tile = 0; tile < GF / GT; tile++)
                add_taps(sum[tile], x + (((size_t)block * XH + row + a) * XW * C + c) * L,
                         dz + (((size_t)block * OH + row) * OW * F + f + tile * GT) * L);
    for (int k = 0; k < GF; k++) {
        for (int b = 0; b < KW; b++) {
            const float all = group_sum(vec_sum(sum[k / GT][b][k % GT].sum), shared_sums);
            if (get_local_id(0) == 0) gradients[KERNEL + ((a * KW + b) * C + c) * F + f + k] = all;
        }
        if (a == 0 && c == 0) {
            const float all = bias_gradient(dz, f + k, blocks, shared_sums);
            if (get_local_id(0) == 0) gradients[BIAS + f + k] = all;
        }
    }
}
#endif
#endif
