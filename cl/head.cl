/* head.cl - the last one to three dense layers, the loss, and all gradients. float32.
 *
 * Images are combined only in the gradients of the kernels, so one group takes images through all layers forward and backward. There
 * are two ways, of which lowering chooses:
 *   IMAGES > 0   two launches: head, whose groups take IMAGES images through all layers in local memory (head_group.clh), and
 *                head_gradients, the gradients of the kernels, in parts;
 *   IMAGES 0     three launches: the first layer forward (dense.cl), head, whose groups take a block of images through the other
 *                layers, which are small, and head_gradients, which also makes the gradient of the first layer's input.
 *
 * Layout : as dense_layer.clt, of layers 0 .. DEPTH-1: x is the input of the first layer, yk the output of layer k, dyk its gradient,
 *          dzk the gradient before its relu; probabilities as the y of softmax.clh. Buffers of layers that do not exist are not used.
 * Build  : -DDEPTH  1 to 3; -DIMAGES  images of a group, 0, 1, 2, 4 or 8 (example: -DIMAGES=4), divides L; the constants of
 *          dense_layer.clt for each layer, of softmax.clh, and of head_group.clh if IMAGES is not 0; -DL -DVW; -DINPUT_GRADIENT  1:
 *          there is a dx.
 * Twin   : src/lib/backend/cpu/dense.c, src/lib/backend/cpu/softmax_cross_entropy.c */
#include "vec.clh"
#include "softmax.clh"
#if !defined(DEPTH) || !defined(IMAGES) || !defined(INPUT_GRADIENT) || !defined(I0) || !defined(O0) ||            \
    !defined(RELU0) || !defined(KERNEL0) || !defined(BIAS0) || !defined(OT0) || !defined(IT0) || !defined(GV0) || \
    !defined(GI0)
#error "define the constants that the header names"
#endif
#define LAYER 0
#include "dense_layer.clt"
#if DEPTH > 1
#define LAYER 1
#include "dense_layer.clt"
#endif
#if DEPTH > 2
#define LAYER 2
#include "dense_layer.clt"
#endif

#define KERNEL_TILES(N) (O##N / GV##N * (I##N / GI##N))

#if IMAGES
#include "head_group.clh"
#else

#if DEPTH == 1
#define LOGITS y0
#define D_LOGITS dy0
#elif DEPTH == 2
#define LOGITS y1
#define D_LOGITS dy1
#else
#define LOGITS y2
#define D_LOGITS dy2
#endif

/* Launch: global (L/VW, ROWS, n/L), local (L/VW, ROWS, 1): one group per block; its rows share the tiles of each layer. */
kernel void head(global float *y0, global float *y1, global float *y2, global float *dy0, global float *dy1,
                 global float *dy2, global float *dz0, global float *dz1, global float *dz2,
                 global float *probabilities, const global float *parameters, global float *loss, global uint *correct,
                 const global uchar *labels, const global uint *order, int first, int count, int labelled) {
    const int row = get_local_id(1), rows = get_local_size(1);
    const size_t block = get_global_id(2);
#if DEPTH > 1
    for (int o = row * OT1; o < O1; o += rows * OT1) forward_1(y1, y0, parameters, o, block, lane());
    barrier(CLK_GLOBAL_MEM_FENCE);
#endif
#if DEPTH > 2
    for (int o = row * OT2; o < O2; o += rows * OT2) forward_2(y2, y1, parameters, o, block, lane());
    barrier(CLK_GLOBAL_MEM_FENCE);
#endif
    if (row == 0)
        softmax_and_loss(probabilities, D_LOGITS, loss, correct, LOGITS, labels, order, first, count, labelled, block,
                         lane());
#if TRAINED
    barrier(CLK_GLOBAL_MEM_FENCE);
#if DEPTH > 2
    for (int o = row; o < O2; o += rows) gate_2(dz2, dy2, y2, o, block, lane());
    for (int i = row * IT2; i < I2; i += rows * IT2) input_gradient_2(dy1, dy2, y2, parameters, i, block, lane());
    barrier(CLK_GLOBAL_MEM_FENCE);
#endif
#if DEPTH > 1
    for (int o = row; o < O1; o += rows) gate_1(dz1, dy1, y1, o, block, lane());
    for (int i = row * IT1; i < I1; i += rows * IT1) input_gradient_1(dy0, dy1, y1, parameters, i, block, lane());
    barrier(CLK_GLOBAL_MEM_FENCE);
#endif
    for (int o = row; o < O0; o += rows) gate_0(dz0, dy0, y0, o, block, lane());
#endif
}

/* Launch: global (all tiles): one work-item makes a tile of dx, with -DINPUT_GRADIENT=1 (the slowest, so it is first), or of the
 * gradient of one of the kernels. */
kernel void head_gradients(global float *restrict gradients, global float *restrict dx, const global float *restrict x,
                           const global float *restrict y0, const global float *restrict y1,
                           const global float *restrict dy0, const global float *restrict dz0,
                           const global float *restrict dz1, const global float *restrict dz2,
                           const global float *restrict parameters, int blocks) {
    int tile = get_global_id(0);
#if INPUT_GRADIENT
    const int vectors = L / VW, tiles = vectors * (I0 / IT0);
    if (tile < blocks * tiles) {
        input_gradient_0(dx, dy0, y0, parameters, tile / vectors % (I0 / IT0) * IT0, tile / tiles, tile % vectors * VW);
        return;
    }
    tile -= blocks * tiles;
#endif
    if (tile < KERNEL_TILES(0)) {
        kernel_gradient_0(gradients, x, dz0, tile, blocks);
        return;
    }
    tile -= KERNEL_TILES(0);
#if DEPTH > 1
    if (tile < KERNEL_TILES(1)) {
        kernel_gradient_1(gradients, y0, dz1, tile, blocks);
        return;
    }
    tile -= KERNEL_TILES(1);
#endif
#if DEPTH > 2
    if (tile < KERNEL_TILES(2)) kernel_gradient_2(gradients, y1, dz2, tile, blocks);
#endif
}
#endif
