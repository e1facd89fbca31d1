/* limits_isa.c - what the processor can do at most: multiply-adds from registers alone. What bench reports is held against it. */
#include "lib/backend/cpu/vec.h"

enum { SUMS = VEC_REGISTERS == 32 ? 24 : 12 }; /* more than the units' latency times their number: 4 cycles times 2 */

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
