/* conv2d_winograd.h - the training forward of 5x5 convolutions with fused pooling by fewer products.
 *
 * For kernel files only. */
#ifndef CLENET_LIB_BACKEND_CPU_CONV2D_WINOGRAD_H
#define CLENET_LIB_BACKEND_CPU_CONV2D_WINOGRAD_H

#include "lib/backend/cpu/conv2d.h"

/* Adds the operation's tasks, and returns true, if the convolution has a shape that they compute faster than conv2d.c.
 * `padded`: conv2d_padded_x(). */
bool NAME(conv2d_winograd_forward)(cpu_program *program, const plan_op *op, float *padded);

#endif
