/* optimizer.cl - the update of all trained parameters x by their gradients. float32.
 *
 *   rmsprop      x -= rate g / sqrt(square + epsilon)
 *   sgd          x -= rate moment
 *   adam, adamw  x = keep x - rate moment / (sqrt(square) + epsilon)
 *
 * with g = gradient + decay x, square = square_keep square + square_add g^2, moment = moment_keep moment + moment_add g (sgd: + g);
 * and with a weight average, average = average_keep average + (1 - average_keep) x.
 *
 * Layout : packed values; the gaps hold zeros, and stay so. What a kernel does not name in its formula is not read. A gradient may be
 *          a sum of parts, which is then written to gradients: places [packed/16][3], for each 16 packed numbers how many parts
 *          (0: none), the place of the first of them in sums, and the distance between two.
 * Build  : -DPARTS  1 if there are sums of parts; -DL -DVW. No size and no number of an optimizer is a constant: one program
 *          serves every network.
 * Launch : global ((trained, or averaged if that is larger) / VW): one work-item updates VW numbers. trained: trained numbers, a
 *          multiple of VW; averaged: the numbers that training changes, or 0 without a weight average.
 * Twin   : src/lib/backend/cpu/optimizer.c, which says whose formulas these are; the numbers are those of plan_update */
#include "vec.clh"
#if !defined(PARTS)
#error "define the constants that the header names"
#endif

#define ARGUMENTS                                                                                             \
    global float *restrict parameters, global float *restrict squares, global float *restrict moments,        \
        global float *restrict averages, global float *restrict gradients, const global float *restrict sums, \
        const global int *restrict places, uint trained, uint averaged, float rate, float keep, float decay,  \
        float square_keep, float square_add, float moment_keep, float moment_add, float epsilon, float average_keep

/* The packed numbers that one row of places describes. */
#define GRANULE 16

static inline vec gradient(global float *gradients, const global float *sums, const global int *places,
                           const global float *parameters, float decay) {
    vec g = VEC_LOAD(gradients + lane());
#if PARTS
    const global int *place = places + lane() / GRANULE * 3;
    const int parts = place[0];
    if (parts > 0) {
        const global float *part = sums + place[1] + lane() % GRANULE;
        g = VEC_LOAD(part);
        for (int i = 1; i < parts; i++) g += VEC_LOAD(part + i * place[2]);
        VEC_STORE(g, gradients + lane());
    }
#endif
    return decay > 0.0f ? g + decay * VEC_LOAD(parameters + lane()) : g;
}

static inline vec next_square(global float *squares, vec g, float square_keep, float square_add) {
    const vec square = square_keep * VEC_LOAD(squares + lane()) + square_add * g * g;
    VEC_STORE(square, squares + lane());
    return square;
}

static inline vec next_moment(global float *moments, vec added, float moment_keep) {
    const vec moment = moment_keep * VEC_LOAD(moments + lane()) + added;
    VEC_STORE(moment, moments + lane());
    return moment;
}

static inline void average(global float *averages, const global float *parameters, float average_keep) {
    const vec value = VEC_LOAD(parameters + lane());
    VEC_STORE(value + average_keep * (VEC_LOAD(averages + lane()) - value), averages + lane());
}

kernel void rmsprop(ARGUMENTS) {
    if (lane() < trained) {
        const vec g = gradient(gradients, sums, places, parameters, decay),
                  square = next_square(squares, g, square_keep, square_add);
        VEC_STORE(VEC_LOAD(parameters + lane()) - rate * g / sqrt(square + epsilon), parameters + lane());
    }
    if (lane() < averaged) average(averages, parameters, average_keep);
}

kernel void sgd(ARGUMENTS) {
    if (lane() < trained) {
        const vec moment = next_moment(moments, gradient(gradients, sums, places, parameters, decay), moment_keep);
        VEC_STORE(VEC_LOAD(parameters + lane()) - rate * moment, parameters + lane());
    }
    if (lane() < averaged) average(averages, parameters, average_keep);
}

kernel void adam(ARGUMENTS) {
    if (lane() < trained) {
        const vec g = gradient(gradients, sums, places, parameters, decay),
                  square = next_square(squares, g, square_keep, square_add);
        const vec moment = next_moment(moments, moment_add * g, moment_keep);
        VEC_STORE(keep * VEC_LOAD(parameters + lane()) - rate * moment / (sqrt(square) + epsilon), parameters + lane());
    }
    if (lane() < averaged) average(averages, parameters, average_keep);
}
