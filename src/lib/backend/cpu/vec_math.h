/* vec_math.h - exp and tanh of vectors.
 *
 * For kernel files only. */
#ifndef CLENET_LIB_BACKEND_CPU_VEC_MATH_H
#define CLENET_LIB_BACKEND_CPU_VEC_MATH_H

#include "lib/backend/cpu/vec.h"

/* exp(x) for x <= 0, to 2 units in the last place; 0 below -87. Cephes's expf (Moshier): x = n log 2 + r, a polynomial of r, and
 * n added to the exponent. */
INLINE vec exp_negative(vec x) {
    const vec shift = vec_all(12582912.0F); /* 1.5 * 2^23: adding it rounds to a whole number */
    vec_int tiny = x < vec_all(-87.0F);
    x = vec_select(tiny, vec_all(-87.0F), x);
    vec n = (x * vec_all(1.44269504088896341F) + shift) - shift;
    vec r = x - n * vec_all(0.693359375F);
    r -= n * vec_all(-2.12194440e-4F);
    vec p = vec_all(1.9875691500E-4F);
    p = p * r + vec_all(1.3981999507E-3F);
    p = p * r + vec_all(8.3334519073E-3F);
    p = p * r + vec_all(4.1665795894E-2F);
    p = p * r + vec_all(1.6666665459E-1F);
    p = p * r + vec_all(5.0000001201E-1F);
    p = p * r * r + r + vec_all(1);
    vec_int power = (__builtin_convertvector(n, vec_int) + 127) << 23;
    return vec_select(tiny, vec_zero(), p * (vec)power);
}

/* tanh(x), to a few units in the last place. Cephes's tanhf (Moshier): near 0 an odd polynomial, since 1 - exp would cancel
 * there; otherwise from exp(-2 |x|), which is 0 if the result is 1. */
INLINE vec vec_tanh(vec x) {
    const vec_int sign = (vec_int){0} + INT32_MIN;
    vec size = (vec)((vec_int)x & ~sign), square = x * x;
    vec p = vec_all(-5.70498872745E-3F);
    p = p * square + vec_all(2.06390887954E-2F);
    p = p * square - vec_all(5.37397155531E-2F);
    p = p * square + vec_all(1.33314422036E-1F);
    p = p * square - vec_all(3.33332819422E-1F);
    vec near = p * square * x + x;
    vec e = exp_negative(vec_all(-2) * size);
    vec far = vec_all(1) - vec_all(2) * e / (vec_all(1) + e);
    far = (vec)((vec_int)far | ((vec_int)x & sign));
    return vec_select(size < vec_all(0.625F), near, far);
}

#endif
