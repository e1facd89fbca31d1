/* philox.h - Philox4x32-10, the counter-based random numbers of Salmon et al. (SC 2011).
 *
 * The paper is "Parallel random numbers: as easy as 1, 2, 3". A number is a function of (seed, stream, step, element), so it does
 * not depend on the thread or the moment that draws it. The constants are the paper's; tests/base/test_philox.c has its known
 * answers. */
#ifndef CLENET_LIB_BASE_PHILOX_H
#define CLENET_LIB_BASE_PHILOX_H

#include <stddef.h>
#include <stdint.h>

enum { PHILOX_ROUNDS = 10 };
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

typedef struct philox_block {
    uint32_t word[4];
} philox_block;

/* The purpose of the numbers, which is the last word of the counter. Layers use PHILOX_LAYER + their index. */
typedef enum philox_stream {
    PHILOX_SPLIT = 1,
    PHILOX_ORDER = 2,
    PHILOX_AUGMENT = 3,      /* of training images */
    PHILOX_COPIES = 4,       /* of the copies in a prediction */
    PHILOX_WEIGHTS = 0x1000, /* + index of the parameter */
    PHILOX_LAYER = 0x2000    /* + index of the layer */
} philox_stream;

static inline philox_block philox(uint64_t seed, const uint32_t counter[4]) {
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    philox_block x = {{counter[0], counter[1], counter[2], counter[3]}};
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t product0 = (uint64_t)PHILOX_M0 * x.word[0];
        uint64_t product1 = (uint64_t)PHILOX_M1 * x.word[2];
        x = (philox_block){{(uint32_t)(product1 >> 32) ^ x.word[1] ^ key0, (uint32_t)product1,
                            (uint32_t)(product0 >> 32) ^ x.word[3] ^ key1, (uint32_t)product0}};
        key0 += PHILOX_W0;
        key1 += PHILOX_W1;
    }
    return x;
}

/* A float in [0, 1) from a word's upper 24 bits: every value is a multiple of 2^-24. */
static inline float philox_unit(uint32_t word) {
    return (float)(word >> 8) * 0x1p-24f;
}

/* Shuffles rows[0 .. count) (Fisher and Yates) with the numbers of seed, stream and step. count < 2^32. */
void philox_shuffle(uint64_t seed, philox_stream stream, uint32_t step, uint32_t *rows, size_t count);

#endif
