/* vec.h - vectors of one instruction set: one float per image.
 *
 * For kernel files only, which are compiled once per instruction set; CPU_ISA is its name. */
#ifndef CLENET_LIB_BACKEND_CPU_VEC_H
#define CLENET_LIB_BACKEND_CPU_VEC_H

#include <stdint.h>
#include <string.h>

#include "lib/backend/cpu/program.h"

#if defined(__AVX512F__)
enum { LANES = 16, VEC_REGISTERS = 32 };
#elif defined(__AVX2__)
enum { LANES = 8, VEC_REGISTERS = 16 };
#elif defined(__aarch64__)
enum { LANES = 4, VEC_REGISTERS = 32 };
#else
enum { LANES = 4, VEC_REGISTERS = 16 };
#endif

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* NAME(conv2d_forward) is conv2d_forward_avx512 in that build. */
#define NAME_JOIN_(name, isa) name##_##isa
#define NAME_JOIN(name, isa) NAME_JOIN_(name, isa)
#define NAME(name) NAME_JOIN(name, CPU_ISA)

#ifndef INLINE /* for coverage, a function must stay a function */
#define INLINE static inline __attribute__((always_inline))
#endif

typedef float vec __attribute__((vector_size(LANES * 4), may_alias));
typedef float vec_anywhere __attribute__((vector_size(LANES * 4), may_alias, aligned(4)));
typedef int32_t vec_int __attribute__((vector_size(LANES * 4), may_alias));
typedef uint32_t vec_uint __attribute__((vector_size(LANES * 4), may_alias));
typedef uint8_t vec_byte __attribute__((vector_size(LANES), may_alias, aligned(LANES)));

INLINE vec vec_load(const float *at /* [L], aligned */) {
    return *(const vec *)at;
}
INLINE void vec_store(float *at /* [L], aligned */, vec x) {
    *(vec *)at = x;
}
INLINE vec vec_load_anywhere(const float *at /* [L] */) {
    return *(const vec_anywhere *)at;
}
INLINE void vec_store_anywhere(float *at /* [L] */, vec x) {
    *(vec_anywhere *)at = x;
}

/* x in a register: gcc 12 loads a number again for each use that takes an operand from memory. */
INLINE vec vec_kept(vec x) {
#if defined(__x86_64__)
    __asm__("" : "+v"(x));
#endif
    return x;
}

INLINE vec vec_zero(void) {
    return (vec){0};
}

INLINE vec vec_all(float x) {
#if defined(__AVX512F__)
    return (vec)_mm512_set1_ps(x);
#elif defined(__AVX2__)
    return (vec)_mm256_set1_ps(x);
#else
    return (vec){x, x, x, x};
#endif
}

/* In each lane of where, all bits are set, or none. */
INLINE vec vec_select(vec_int where, vec yes, vec no) {
    return (vec)((where & (vec_int)yes) | (~where & (vec_int)no));
}

/* True if a bit is set. */
INLINE bool vec_any(vec_int x) {
#if defined(__AVX512F__)
    return _mm512_test_epi32_mask((__m512i)x, (__m512i)x) != 0;
#elif defined(__AVX2__)
    return !_mm256_testz_si256((__m256i)x, (__m256i)x);
#else
    uint64_t halves[2];
    memcpy(halves, &x, sizeof halves);
    return (halves[0] | halves[1]) != 0;
#endif
}

/* a if it is above b, else b; so b if one of them is NaN. It is one instruction, which gcc 12 does not find. */
INLINE vec vec_larger(vec a, vec b) {
#if defined(__AVX512F__)
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return vec_select(a > b, a, b);
#endif
}

/* The smaller of a and b, neither of them NaN. */
INLINE vec vec_smaller(vec a, vec b) {
#if defined(__AVX512F__)
    return (vec)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vec)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return vec_select(a < b, a, b);
#endif
}

/* Bytes at any address to integers, and back. With intrinsics, since gcc 12 compiles __builtin_convertvector lane by lane. */
INLINE vec_int vec_int_from_bytes(const uint8_t *at /* [L] */) {
#if defined(__AVX512F__)
    return (vec_int)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)at));
#elif defined(__AVX2__)
    return (vec_int)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)at));
#elif defined(__aarch64__)
    uint32_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return (vec_int)vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(bytes))));
#else
    vec_byte bytes;
    memcpy(&bytes, at, sizeof bytes);
    return __builtin_convertvector(bytes, vec_int);
#endif
}

INLINE void vec_int_to_bytes(uint8_t *at /* [L] */, vec_int x /* 0 to 255 */) {
#if defined(__AVX512F__)
    _mm_storeu_si128((__m128i *)(void *)at, _mm512_cvtepi32_epi8((__m512i)x));
#elif defined(__AVX2__) /* gcc 12 compiles a conversion lane by lane */
    __m256i v = (__m256i)x;
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64((__m128i *)(void *)at, _mm_packus_epi16(words, words));
#elif defined(__aarch64__)
    uint16x4_t words = vmovn_u32((uint32x4_t)x);
    uint32_t bytes = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
    memcpy(at, &bytes, sizeof bytes);
#else
    vec_byte bytes = __builtin_convertvector(x, vec_byte);
    memcpy(at, &bytes, sizeof bytes);
#endif
}

INLINE vec vec_from_bytes(const uint8_t *at /* [L] */) {
    return __builtin_convertvector(vec_int_from_bytes(at), vec);
}

/* 1 / sqrt(x) for x > 0, to about 2 units in the last place: the processor's estimate, improved by one Newton step, or by two
 * of NEON's, whose estimate has 8 bits. A division and a square root take ten times as long. */
INLINE vec vec_reciprocal_sqrt(vec x) {
#if defined(__AVX512F__)
    vec y = (vec)_mm512_rsqrt14_ps((__m512)x);
    return y * (vec_all(1.5F) - vec_all(0.5F) * x * y * y);
#elif defined(__AVX2__)
    vec y = (vec)_mm256_rsqrt_ps((__m256)x);
    return y * (vec_all(1.5F) - vec_all(0.5F) * x * y * y);
#elif defined(__aarch64__)
    vec y = (vec)vrsqrteq_f32((float32x4_t)x);
    y *= (vec)vrsqrtsq_f32((float32x4_t)(x * y), (float32x4_t)y);
    return y * (vec)vrsqrtsq_f32((float32x4_t)(x * y), (float32x4_t)y);
#else
    vec y;
    for (int i = 0; i < LANES; i++) y[i] = 1 / __builtin_sqrtf(x[i]);
    return y;
#endif
}

/* 1 / x for x > 0, computed the same way. */
INLINE vec vec_reciprocal(vec x) {
#if defined(__AVX512F__)
    vec y = (vec)_mm512_rcp14_ps((__m512)x);
    return y * (vec_all(2) - x * y);
#elif defined(__AVX2__)
    vec y = (vec)_mm256_rcp_ps((__m256)x);
    return y * (vec_all(2) - x * y);
#elif defined(__aarch64__)
    vec y = (vec)vrecpeq_f32((float32x4_t)x);
    y *= (vec)vrecpsq_f32((float32x4_t)x, (float32x4_t)y);
    return y * (vec)vrecpsq_f32((float32x4_t)x, (float32x4_t)y);
#else
    return vec_all(1) / x;
#endif
}

/* 0, 1, 2 ... in the lanes. */
INLINE vec_int vec_lane_numbers(void) {
    vec_int lanes;
    for (int i = 0; i < LANES; i++) lanes[i] = i;
    return lanes;
}

/* 1 in the first count lanes, then 0: the factor that removes the padding of a short block. */
INLINE vec vec_first(int count) {
    vec_int limit = (vec_int)(vec_zero()) + count;
    return vec_select(vec_lane_numbers() < limit, vec_all(1), vec_zero());
}

/* The sum of the lanes, always in the same order: adds halves, then quarters ... */
INLINE float vec_sum(vec x) {
    float lane[LANES];
    memcpy(lane, &x, sizeof lane);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lane[i] += lane[i + half];
    return lane[0];
}

#define VEC_PAIR_(a, b, ...) (__builtin_shufflevector(a, b, __VA_ARGS__))

/* One step of vec_sums: in each of a and b, every run of 2 * half lanes is folded to half lanes; the runs of a come first. */
#if defined(__AVX512F__)
INLINE vec vec_fold8(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
           VEC_PAIR_(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
INLINE vec vec_fold4(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
           VEC_PAIR_(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}
INLINE vec vec_fold2(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +
           VEC_PAIR_(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
}
INLINE vec vec_fold1(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
           VEC_PAIR_(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
#elif defined(__AVX2__)
INLINE vec vec_fold4(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 1, 2, 3, 8, 9, 10, 11) + VEC_PAIR_(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}
INLINE vec vec_fold2(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 1, 4, 5, 8, 9, 12, 13) + VEC_PAIR_(a, b, 2, 3, 6, 7, 10, 11, 14, 15);
}
INLINE vec vec_fold1(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 2, 4, 6, 8, 10, 12, 14) + VEC_PAIR_(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}
#else
INLINE vec vec_fold2(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 1, 4, 5) + VEC_PAIR_(a, b, 2, 3, 6, 7);
}
INLINE vec vec_fold1(vec a, vec b) {
    return VEC_PAIR_(a, b, 0, 2, 4, 6) + VEC_PAIR_(a, b, 1, 3, 5, 7);
}
#endif

/* The sums of L vectors' lanes, as one vector: lane i is the sum of x[i]. A third of the work of L vec_sum. */
INLINE vec vec_sums(const float *x /* [L][L] */) {
    vec v[LANES];
    for (int i = 0; i < LANES; i++) v[i] = vec_load(x + i * LANES);
#if defined(__AVX512F__)
    for (int i = 0; i < 8; i++) v[i] = vec_fold8(v[2 * i], v[2 * i + 1]);
#endif
#if defined(__AVX2__)
    for (int i = 0; i < 4; i++) v[i] = vec_fold4(v[2 * i], v[2 * i + 1]);
#endif
    for (int i = 0; i < 2; i++) v[i] = vec_fold2(v[2 * i], v[2 * i + 1]);
    return vec_fold1(v[0], v[1]);
}

/* Transposes v. A vector has quarters of 4 numbers (AVX2: halves, SSE and NEON: one). First each square of 4 x 4 numbers is transposed
 * within its quarter: two rounds interleave the halves of 4 rows. Then quarters are exchanged. Zen 4 takes 45 cycles for a square of
 * 16, and 89 with rounds that interleave whole vectors: a shuffle across quarters, of two vectors by a third, takes twice as long. */
#if defined(__AVX512F__)
#define VEC_LOW(a, b) VEC_PAIR_(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define VEC_HIGH(a, b) VEC_PAIR_(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#elif defined(__AVX2__)
#define VEC_LOW(a, b) VEC_PAIR_(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define VEC_HIGH(a, b) VEC_PAIR_(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#else
#define VEC_LOW(a, b) VEC_PAIR_(a, b, 0, 4, 1, 5)
#define VEC_HIGH(a, b) VEC_PAIR_(a, b, 2, 6, 3, 7)
#endif
/* Transposes a square of 4, or several that are side by side in v. */
INLINE void vec_turn(vec v[4]) {
    vec w[4];
#pragma GCC unroll 2
    for (int round = 0; round < 2; round++) {
#pragma GCC unroll 2
        for (int i = 0; i < 2; i++) {
            w[2 * i] = VEC_LOW(v[i], v[i + 2]);
            w[2 * i + 1] = VEC_HIGH(v[i], v[i + 2]);
        }
        memcpy(v, w, sizeof w);
    }
}
#undef VEC_LOW
#undef VEC_HIGH

INLINE void vec_transpose(vec v[LANES]) {
#pragma GCC unroll 4
    for (int i = 0; i < LANES; i += 4) vec_turn(v + i);
#if defined(__AVX512F__)
#define VEC_EVEN_QUARTERS(a, b) VEC_PAIR_(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define VEC_ODD_QUARTERS(a, b) VEC_PAIR_(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        vec even[2], odd[2]; /* quarters of the upper 8 rows, and of the lower 8 */
        for (int k = 0; k < 2; k++) {
            even[k] = VEC_EVEN_QUARTERS(v[i + 8 * k], v[i + 8 * k + 4]);
            odd[k] = VEC_ODD_QUARTERS(v[i + 8 * k], v[i + 8 * k + 4]);
        }
        v[i] = VEC_EVEN_QUARTERS(even[0], even[1]);
        v[i + 4] = VEC_EVEN_QUARTERS(odd[0], odd[1]);
        v[i + 8] = VEC_ODD_QUARTERS(even[0], even[1]);
        v[i + 12] = VEC_ODD_QUARTERS(odd[0], odd[1]);
    }
#undef VEC_EVEN_QUARTERS
#undef VEC_ODD_QUARTERS
#elif defined(__AVX2__)
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        vec low = VEC_PAIR_(v[i], v[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        v[i + 4] = VEC_PAIR_(v[i], v[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
        v[i] = low;
    }
#endif
}

/* The start of block b in a buffer with count numbers per image. */
INLINE float *block_at(float *buffer /* [slots][count][L] */, int block, size_t count) {
    return buffer + (size_t)block * count * LANES;
}
INLINE uint8_t *block_bytes_at(uint8_t *buffer /* [slots][count][L] */, int block, size_t count) {
    return buffer + (size_t)block * count * LANES;
}

INLINE int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

/* Piece i of n things in `parts` nearly equal pieces is part_at(i) .. part_at(i + 1). */
INLINE int part_at(int i, int n, int parts) {
    return (int)((long long)i * n / parts);
}

#endif
