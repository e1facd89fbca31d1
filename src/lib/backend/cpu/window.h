/* window.h - the positions of a window that are inside the image.
 *
 * Window o of a row or column begins at position o * stride - pad; positions outside of the image are padding. Both functions
 * work along one side of the image. A span may be empty: end is then begin or less. */
#ifndef CLENET_LIB_BACKEND_CPU_WINDOW_H
#define CLENET_LIB_BACKEND_CPU_WINDOW_H

#include "lib/net/plan.h"

typedef struct span {
    int begin, end; /* begin <= i < end */
} span;

/* The positions 0 .. pool of window o that are inside an image of `size` rows or columns: at least one. */
static inline span window_inside(const plan_op *op, int o, int pad, int size) {
    int first = o * op->stride - pad;
    return (span){first < 0 ? -first : 0, size - first < op->pool ? size - first : op->pool};
}

/* The windows, of `count`, that have row or column `at` of the image. */
static inline span windows_with(const plan_op *op, int at, int pad, int count) {
    int last = (at + pad) / op->stride,
        after = at + pad - op->pool; /* a window that begins at `after` ends before `at` */
    return (span){after < 0 ? 0 : after / op->stride + 1, last < count ? last + 1 : count};
}

/* True if a position may be in more than one window. */
static inline bool windows_overlap(const plan_op *op) {
    return op->stride < op->pool;
}

#endif
