/* rmsprop.cl - the update of all trained parameters: square = rho square + (1 - rho) gradient^2,
 * parameter -= rate gradient / sqrt(square + epsilon). float32.
 *
 * Layout : packed values; the gaps hold zeros, and stay so.
 * Build  : -DSIZE  trained numbers, a multiple of VW; -DRHO -DEPSILON; -DL -DVW.
 * Launch : global (SIZE / VW): one work-item updates VW numbers.
 * Twin   : src/backend/cpu/rmsprop.c */
#include "vec.clh"
#if !defined(SIZE) || !defined(RHO) || !defined(EPSILON)
#error "define SIZE, RHO and EPSILON"
#endif

kernel void rmsprop(global float *restrict parameters, global float *restrict squares,
                    const global float *restrict gradients, float rate) {
    if (lane() >= SIZE) return;
    const vec gradient = VEC_LOAD(gradients + lane());
    const vec square = RHO * VEC_LOAD(squares + lane()) + (1.0f - RHO) * gradient * gradient;
    VEC_STORE(square, squares + lane());
    VEC_STORE(VEC_LOAD(parameters + lane()) - rate * gradient / sqrt(square + EPSILON), parameters + lane());
}
