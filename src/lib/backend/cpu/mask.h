/* mask.h - dropout's random masks, one vector of images at a time.
 *
 * For dropout.c and batchnorm.c. Features come in groups of MASK_GROUP. A group of one image is one Philox block, with the
 * counter (group, image of the batch, step, PHILOX_LAYER + layer). Its 8 half-words, low half first, belong to the group's
 * features in their order. A feature is dropped if its half-word is below rate * 2^16. */
#ifndef CLENET_LIB_BACKEND_CPU_MASK_H
#define CLENET_LIB_BACKEND_CPU_MASK_H

#include "lib/backend/cpu/vec.h"
#include "lib/base/philox.h"

enum { MASK_GROUP = 8 };

static inline uint32_t mask_threshold(float rate) {
    return (uint32_t)(rate * 65536.0F + 0.5F);
}

/* *high and *low are the halves of the 64-bit products x * factor. */
INLINE void mask_multiply(vec_uint *high, vec_uint *low, vec_uint x, uint32_t factor) {
#if defined(__AVX512F__)
    __m512i v = (__m512i)x, f = _mm512_set1_epi32((int)factor);
    __m512i even = _mm512_mul_epu32(v, f), odd = _mm512_mul_epu32(_mm512_srli_epi64(v, 32), f);
    *high = (vec_uint)_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
    *low = (vec_uint)_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
#elif defined(__AVX2__)
    __m256i v = (__m256i)x, f = _mm256_set1_epi32((int)factor);
    __m256i even = _mm256_mul_epu32(v, f), odd = _mm256_mul_epu32(_mm256_srli_epi64(v, 32), f);
    *high = (vec_uint)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    *low = (vec_uint)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
#else
    for (int i = 0; i < LANES; i++) {
        uint64_t product = (uint64_t)x[i] * factor;
        (*high)[i] = (uint32_t)(product >> 32);
        (*low)[i] = (uint32_t)product;
    }
#endif
}

/* word [4] = the Philox blocks of L images starting at `image`; the philox() of base/philox.h, by lanes. */
INLINE void mask_words(vec_uint word[4], uint64_t seed, uint32_t group, uint32_t image, uint32_t step,
                       uint32_t stream) {
    vec_uint zero = {0};
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    vec_uint x0 = zero + group, x1 = (vec_uint)vec_lane_numbers() + image, x2 = zero + step, x3 = zero + stream;
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        vec_uint high0, low0, high1, low1;
        mask_multiply(&high0, &low0, x0, PHILOX_M0);
        mask_multiply(&high1, &low1, x2, PHILOX_M1);
        x0 = high1 ^ x1 ^ (zero + key0);
        x1 = low1;
        x2 = high0 ^ x3 ^ (zero + key1);
        x3 = low0;
        key0 += PHILOX_W0;
        key1 += PHILOX_W1;
    }
    word[0] = x0;
    word[1] = x1;
    word[2] = x2;
    word[3] = x3;
}

/* kept [MASK_GROUP]: all bits set if the group's feature is kept, for the L images of the block. */
INLINE void mask_group(vec_int kept[MASK_GROUP], const cpu_task *task, const cpu_batch *batch, int block, int group,
                       uint32_t threshold) {
    vec_uint word[4];
    uint32_t image = (uint32_t)(block - batch->first_block) * LANES;
    mask_words(word, task->p->options.seed, (uint32_t)group, image, batch->step,
               (uint32_t)(PHILOX_LAYER + task->op->dropout_layer));
    vec_uint limit = (vec_uint){0} + threshold;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        kept[2 * i] = (word[i] & 0xFFFFu) >= limit;
        kept[2 * i + 1] = (word[i] >> 16) >= limit;
    }
}

/* Stores a mask as bytes: 1 kept, 0 dropped. */
INLINE void mask_store(uint8_t *at /* [L] */, vec_int kept) {
    vec_int_to_bytes(at, kept & 1);
}

#endif
