/* check.h - one network on every instruction set and several thread counts, against the double-precision reference. */
#ifndef CLENET_TESTS_CHECK_H
#define CLENET_TESTS_CHECK_H

#include "harness.h"

/* Float arithmetic over a few thousand terms: what an operation may differ by, relative to its size (L2). */
#define CHECK_TOLERANCE 1e-5

/* Checks logits, loss and count of right answers of inference; loss, gradients, moving averages and one RMSprop step
 * of training; with `rows` random images as one batch. */
void check_network(const char *text, size_t rows);

/* Instruction sets that run here, ended by NULL. */
const char *const *check_isas(void);

/* Whole numbers from first to last, by a seed and an index: for random shapes. */
int check_random(uint64_t seed, int index, int first, int last);

#endif
