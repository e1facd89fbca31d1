/* limits_isa.c - the processor's rate of multiply-adds from registers.
 *
 * `clenet bench` compares its figures with it. */
#include "lib/backend/cpu/vec.h"

enum { SUMS = VEC_REGISTERS == 32 ? 24 : 12 }; /* more than latency times number of units: 4 cycles times 2 */

/* Each round is SUMS vectors of multiply-adds. */
double NAME(multiply_adds)(size_t rounds, float *sink) {
    vec sum[SUMS], factor = vec_all(0.5F), addend = vec_all(0.5F);
#pragma GCC unroll 24
    for (int i = 0; i < SUMS; i++) sum[i] = vec_all((float)i);
    for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 24
        for (int i = 0; i < SUMS; i++) sum[i] = sum[i] * factor + addend;
    vec all = vec_zero();
    for (int i = 0; i < SUMS; i++) all += sum[i];
    *sink = vec_sum(all);
    return (double)rounds * SUMS * LANES;
}
