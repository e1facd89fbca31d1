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

/* Half of the lanes of a vec_uint, each in the low half of 64 bits; the high halves may hold anything. */
typedef uint64_t mask_half __attribute__((vector_size(LANES * 4), may_alias));

/* The 64-bit products of the low halves of x. */
INLINE mask_half mask_product(mask_half x, uint32_t factor) {
#if defined(__AVX512F__)
    return (mask_half)_mm512_mul_epu32((__m512i)x, _mm512_set1_epi32((int)factor));
#elif defined(__AVX2__)
    return (mask_half)_mm256_mul_epu32((__m256i)x, _mm256_set1_epi32((int)factor));
#elif defined(__aarch64__)
    return (mask_half)vmull_u32(vmovn_u64((uint64x2_t)x), vdup_n_u32(factor));
#else
    mask_half product;
    for (int i = 0; i < LANES / 2; i++) product[i] = (uint64_t)(uint32_t)x[i] * factor;
    return product;
#endif
}

/* word [4] = the Philox blocks of L images starting at `image`; the philox() of base/philox.h, by lanes. Even and odd lanes are
 * computed apart, since a 64-bit product has the room of two lanes. */
INLINE void mask_words(vec_uint word[4], uint64_t seed, uint32_t group, uint32_t image, uint32_t step,
                       uint32_t stream) {
    const mask_half zero = {0}, low = zero + UINT32_MAX;
    mask_half x[2][4];
    for (int odd = 0; odd < 2; odd++) {
        mask_half lanes;
        for (int i = 0; i < LANES / 2; i++) lanes[i] = (uint64_t)(2 * i + odd);
        x[odd][0] = zero + group, x[odd][1] = lanes + image, x[odd][2] = zero + step, x[odd][3] = zero + stream;
    }
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
#pragma GCC unroll 2
        for (int odd = 0; odd < 2; odd++) {
            mask_half *s = x[odd], a = mask_product(s[0], PHILOX_M0), b = mask_product(s[2], PHILOX_M1);
            s[0] = (b >> 32) ^ s[1] ^ (zero + key0);
            s[1] = b;
            s[2] = (a >> 32) ^ s[3] ^ (zero + key1);
            s[3] = a;
        }
        key0 += PHILOX_W0;
        key1 += PHILOX_W1;
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) word[i] = (vec_uint)((x[0][i] & low) | (x[1][i] << 32));
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
