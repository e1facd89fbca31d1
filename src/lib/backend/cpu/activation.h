/* activation.h - the activations of layers.def and their gradients.
 *
 * <word>_of(x, op) is y; <word>_gradient(dy, y, op) is the gradient of x. For kernel files only. */
#ifndef CLENET_LIB_BACKEND_CPU_ACTIVATION_H
#define CLENET_LIB_BACKEND_CPU_ACTIVATION_H

#include "lib/backend/cpu/vec_math.h"

/* max(x, 0); its gradient is 0 at 0, as in Keras. */
INLINE vec relu_of(vec x, const plan_op *op) {
    (void)op;
    return vec_select(x < vec_zero(), vec_zero(), x);
}
INLINE vec relu_gradient(vec dy, vec y, const plan_op *op) {
    (void)op;
    return (vec)((y > vec_zero()) & (vec_int)dy);
}

INLINE vec tanh_of(vec x, const plan_op *op) {
    (void)op;
    return vec_tanh(x);
}
INLINE vec tanh_gradient(vec dy, vec y, const plan_op *op) {
    (void)op;
    return dy * (vec_all(1) - y * y);
}

/* From exp(-|x|), which never overflows: 1 / (1 + e) for x >= 0, e / (1 + e) for x < 0. */
INLINE vec sigmoid_of(vec x, const plan_op *op) {
    (void)op;
    const vec_int sign = (vec_int){0} + INT32_MIN;
    vec e = exp_negative((vec)((vec_int)x | sign));
    return vec_select(x < vec_zero(), e, vec_all(1)) / (vec_all(1) + e);
}
INLINE vec sigmoid_gradient(vec dy, vec y, const plan_op *op) {
    (void)op;
    return dy * y * (vec_all(1) - y);
}

/* x if it is above 0, else slope x; the gradient at 0 is that of numbers below 0, as in Keras. */
INLINE vec leaky_relu_of(vec x, const plan_op *op) {
    return vec_select(x > vec_zero(), x, x * vec_all(op->negative_slope));
}
INLINE vec leaky_relu_gradient(vec dy, vec y, const plan_op *op) {
    return vec_select(y > vec_zero(), dy, dy * vec_all(op->negative_slope));
}

#endif
