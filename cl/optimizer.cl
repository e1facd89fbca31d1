/* optimizer.cl - the update of all trained parameters x by their gradients g. float32.
 *
 *   rmsprop      square = RHO square + (1 - RHO) g^2;  x -= rate g / sqrt(square + EPSILON)
 *   sgd          moment = MOMENTUM moment + g;  x -= rate moment
 *   adam, adamw  square as above; moment = MOMENTUM moment + (1 - MOMENTUM) g;
 *                x = keep x - rate moment / (sqrt(square) + EPSILON)
 *
 * and with a weight average, of all packed values, average = fade average + (1 - fade) x.
 *
 * Layout : packed values; the gaps hold zeros, and stay so. What a kernel does not name in its formula is not read.
 * Build  : -DSIZE  trained numbers, a multiple of VW; -DRHO -DMOMENTUM -DEPSILON; -DL2  1 where g is gradient + DECAY x, and then
 *          -DDECAY; -DAVERAGED  1 with a weight average, else 0; -DALL  numbers of all packed values; -DL -DVW.
 * Launch : global (SIZE / VW, with an average ALL / VW): one work-item updates VW numbers.
 * Twin   : src/lib/backend/cpu/optimizer.c, which says whose formulas these are */
#include "vec.clh"
#if !defined(SIZE) || !defined(RHO) || !defined(MOMENTUM) || !defined(EPSILON) || !defined(L2) || !defined(DECAY) || \
    !defined(AVERAGED) || !defined(ALL)
#error "define the constants that the header names"
#endif

static inline vec gradient(const global float *gradients, const global float *parameters) {
    const vec g = VEC_LOAD(gradients + lane());
    return L2 ? g + DECAY * VEC_LOAD(parameters + lane()) : g;
}

static inline vec next_square(global float *squares, vec g) {
    const vec square = RHO * VEC_LOAD(squares + lane()) + (1.0f - RHO) * g * g;
    VEC_STORE(square, squares + lane());
    return square;
}

static inline vec next_moment(global float *moments, vec g) {
    const vec moment = MOMENTUM * VEC_LOAD(moments + lane()) + g;
    VEC_STORE(moment, moments + lane());
    return moment;
}

static inline void average(global float *averages, const global float *parameters, float fade) {
    if (!AVERAGED || lane() >= ALL) return;
    const vec value = VEC_LOAD(parameters + lane());
    VEC_STORE(value + fade * (VEC_LOAD(averages + lane()) - value), averages + lane());
}

kernel void rmsprop(global float *restrict parameters, global float *restrict squares, global float *restrict moments,
                    global float *restrict averages, const global float *restrict gradients, float rate, float keep,
                    float fade) {
    if (lane() < SIZE) {
        const vec g = gradient(gradients, parameters), square = next_square(squares, g);
        VEC_STORE(VEC_LOAD(parameters + lane()) - rate * g / sqrt(square + EPSILON), parameters + lane());
    }
    average(averages, parameters, fade);
}

kernel void sgd(global float *restrict parameters, global float *restrict squares, global float *restrict moments,
                global float *restrict averages, const global float *restrict gradients, float rate, float keep,
                float fade) {
    if (lane() < SIZE) {
        const vec moment = next_moment(moments, gradient(gradients, parameters));
        VEC_STORE(VEC_LOAD(parameters + lane()) - rate * moment, parameters + lane());
    }
    average(averages, parameters, fade);
}

kernel void adam(global float *restrict parameters, global float *restrict squares, global float *restrict moments,
                 global float *restrict averages, const global float *restrict gradients, float rate, float keep,
                 float fade) {
    if (lane() < SIZE) {
        const vec g = gradient(gradients, parameters), square = next_square(squares, g);
        const vec moment = next_moment(moments, (1.0f - MOMENTUM) * g);
        VEC_STORE(keep * VEC_LOAD(parameters + lane()) - rate * moment / (sqrt(square) + EPSILON), parameters + lane());
    }
    average(averages, parameters, fade);
}
