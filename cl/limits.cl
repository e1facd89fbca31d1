/* limits.cl - measures a device's multiply-add rate and memory bandwidth. float32.
 *
 * The bench compares its figures with them. `one` costs no more than a launch.
 *
 * Build  : -DL -DVW (vec.clh); -DROUNDS  of the loop.
 * Launch : global (items). multiply_adds: each work-item does SUMS * VW * ROUNDS multiply-adds; copy: each copies VW numbers. one: global (1).
 * Twin   : src/lib/backend/cpu/limits_isa.c */
#include "vec.clh"
#ifndef ROUNDS
#error "define ROUNDS"
#endif
#define SUMS 16

kernel void multiply_adds(global float *restrict y) {
    vec sum[SUMS];
    UNROLL
    for (int i = 0; i < SUMS; i++) sum[i] = (vec)((float)(get_global_id(0) + i));
    for (int round_ = 0; round_ < ROUNDS; round_++) {
        UNROLL
        for (int i = 0; i < SUMS; i++) sum[i] = sum[i] * 0.5f + 0.5f;
    }
    vec all = (vec)(0.0f);
    UNROLL
    for (int i = 0; i < SUMS; i++) all += sum[i];
    VEC_STORE(all, y + lane());
}

kernel void copy(global float *restrict y, const global float *restrict x) {
    VEC_STORE(VEC_LOAD(x + lane()), y + lane());
}

kernel void one(global float *restrict y) {
    y[0] += 1.0f;
}
