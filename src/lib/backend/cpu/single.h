/* single.h - what the files for inference of one image share.
 *
 * For kernel files only. */
#ifndef CLENET_LIB_BACKEND_CPU_SINGLE_H
#define CLENET_LIB_BACKEND_CPU_SINGLE_H

#include "lib/backend/cpu/vec.h"

/* Stores the first n floats of v, or all of them if the numbers after them are written later. */
INLINE void store_some(float *at, vec v, int n, bool all) {
    if (n >= LANES || all)
        vec_store_anywhere(at, v);
    else
        memcpy(at, &v, (size_t)n * sizeof(float));
}

/* ---- which file computes a convolution ------------------------------------------------------------------------ */

enum { FIRST_CHANNELS = 4 }; /* single_first.c converts more than one channel pixel by pixel */

/* The first layer, with pooling: single_first.c computes it from the image's bytes, and the gather is left out. */
static inline bool single_is_first(const cpu_program *program, const plan_op *op) {
    bool after_gather = op > program->p->inference && op[-1].kind == OP_GATHER;
    return op->kind == OP_CONV2D_FORWARD && op->pool && after_gather && op->in.channels <= FIRST_CHANNELS;
}

void NAME(single_first)(cpu_program *program, const plan_op *op);
void NAME(single_winograd)(cpu_program *program, const plan_op *op); /* if winograd_fits() */

#endif
