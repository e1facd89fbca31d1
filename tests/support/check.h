/* check.h - one network against the double-precision reference: on the CPU by every instruction set and several thread
 * counts, or, where CLENET_TEST_DEVICE names one, on that OpenCL device, by turns with each kind of tiles. So one table of networks
 * serves every backend and every implementation. */
#ifndef CLENET_TESTS_CHECK_H
#define CLENET_TESTS_CHECK_H

#include "harness.h"

/* Float arithmetic over a few thousand terms: what an operation may differ by, relative to its size (L2). */
#define CHECK_TOLERANCE 1e-5

/* Checks logits, loss and count of right answers of inference; loss, gradients, moving averages and one RMSprop step
 * of training; with `rows` random images as one batch. */
void check_network(const char *text, size_t rows);

/* Inference alone: for so few images that gradients hang on roundings. */
void check_network_infers(const char *text, size_t rows);

/* Ways to run a network here: devices, instruction sets, threads, tiles. Fills `variants`, gives their number. */
typedef struct check_variant {
    const char *device, *isa, *tiles;
    int threads;
    char name[64];
} check_variant;
enum { CHECK_VARIANTS = 9 };
int check_variants(check_variant variants[CHECK_VARIANTS]);

/* Instruction sets that run here, ended by NULL. */
const char *const *check_isas(void);

/* Whole numbers from first to last, by a seed and an index: for random shapes. */
int check_random(uint64_t seed, int index, int first, int last);

#endif
