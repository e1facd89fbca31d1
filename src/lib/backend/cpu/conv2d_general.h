/* conv2d_general.h - the sizes of a convolution with any stride and groups, and its taps at a position.
 *
 * For kernel files only.
 *
 * Layout : x, dx [H][W][C][L]; y, dy [OH][OW][F][L]; kernel [kh][kw][C/groups][F], bias [F]. Filter f reads the channels of group
 *          f / (F/groups). x has no zeros around it: taps outside of the image are left out. */
#ifndef CLENET_LIB_BACKEND_CPU_CONV2D_GENERAL_H
#define CLENET_LIB_BACKEND_CPU_CONV2D_GENERAL_H

#include "lib/backend/cpu/vec.h"

typedef struct general {
    clenet_shape in, out; /* of x and y */
    int kh, kw, stride, pad_top, pad_left;
    int channels, filters; /* of one group */
    bool paired;           /* one channel and one filter a group: channel c makes filter c */
} general;

static inline general general_of(const plan_op *op) {
    general k = {.in = op->in,
                 .out = op->out,
                 .kh = op->kernel_height,
                 .kw = op->kernel_width,
                 .stride = op->stride,
                 .pad_top = op->pad_top,
                 .pad_left = op->pad_left,
                 .channels = op->in.channels / op->groups,
                 .filters = op->out.channels / op->groups};
    k.paired = k.channels == 1 && k.filters == 1;
    return k;
}

/* The taps of one axis that meet numbers of the image that is read: `count` taps from `first`, which meets number `at`. Forward each
 * next tap is 1 larger and meets the next number. For the gradient it is `stride` larger and meets the number before. */
typedef struct tap_run {
    int first, count, at;
} tap_run;

/* y[i] = sum over taps a of x[i * stride - pad + a] w[a]; x has `size` numbers, and the kernel `window` taps. */
static inline tap_run taps_forward(int i, int size, int window, int stride, int pad) {
    int at = i * stride - pad;
    int first = at < 0 ? -at : 0, end = size - at < window ? size - at : window;
    return (tap_run){first, end > first ? end - first : 0, at + first};
}

/* dx[i] = sum over taps a of dz[(i + pad - a) / stride] w[a], if that divides evenly; dz has `size` numbers. */
static inline tap_run taps_backward(int i, int size, int window, int stride, int pad) {
    int first = (i + pad) % stride, at = (i + pad) / stride;
    if (at > size - 1) {
        first += (at - size + 1) * stride;
        at = size - 1;
    }
    int count = first < window ? (window - first + stride - 1) / stride : 0;
    return (tap_run){first, count < at + 1 ? count : at + 1, at};
}

#endif
