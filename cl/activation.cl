/* activation.cl - an activation that no other kernel has fused, and its gradient. float32.
 *
 * Layout : x, y, dx, dy [n/L][SIZE][L].
 * Build  : -DSIZE  numbers of an image; -DSLOPE=0.3f  of leaky_relu below 0; -DL -DVW.
 * Launch : global (L/VW, SIZE, n/L): one work-item makes one number of VW images.
 * Twin   : src/lib/backend/cpu/activation.c, and activation.h for the functions */
#include "vec.clh"
#if !defined(SIZE) || !defined(SLOPE)
#error "define SIZE and SLOPE"
#endif

/* max(x, 0); its gradient is 0 at 0, as in Keras. */
static inline vec relu_of(vec x) {
    return select(x, (vec)(0.0f), x < (vec)(0.0f));
}
static inline vec relu_gradient(vec dy, vec y) {
    return select((vec)(0.0f), dy, y > (vec)(0.0f));
}

static inline vec tanh_of(vec x) {
    return tanh(x);
}
static inline vec tanh_gradient(vec dy, vec y) {
    return dy * ((vec)(1.0f) - y * y);
}

/* From exp(-|x|), which never overflows. */
static inline vec sigmoid_of(vec x) {
    const vec e = exp(-fabs(x));
    return select((vec)(1.0f), e, x < (vec)(0.0f)) / ((vec)(1.0f) + e);
}
static inline vec sigmoid_gradient(vec dy, vec y) {
    return dy * y * ((vec)(1.0f) - y);
}

/* The gradient at 0 is that of numbers below 0, as in Keras. */
static inline vec leaky_relu_of(vec x) {
    return select(x * SLOPE, x, x > (vec)(0.0f));
}
static inline vec leaky_relu_gradient(vec dy, vec y) {
    return select(dy * SLOPE, dy, y > (vec)(0.0f));
}

/* <word>_forward and <word>_backward. */
#define ACTIVATION(word)                                                                    \
    kernel void word##_forward(global float *restrict y, const global float *restrict x) {  \
        if (get_global_id(1) >= SIZE) return;                                               \
        const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();         \
        VEC_STORE(word##_of(VEC_LOAD(x + i)), y + i);                                       \
    }                                                                                       \
                                                                                            \
    kernel void word##_backward(global float *restrict dx, const global float *restrict dy, \
                                const global float *restrict y) {                           \
        if (get_global_id(1) >= SIZE) return;                                               \
        const size_t i = (get_global_id(2) * SIZE + get_global_id(1)) * L + lane();         \
        VEC_STORE(word##_gradient(VEC_LOAD(dy + i), VEC_LOAD(y + i)), dx + i);              \
    }

ACTIVATION(relu)
ACTIVATION(tanh)
ACTIVATION(sigmoid)
ACTIVATION(leaky_relu)
