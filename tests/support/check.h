/* check.h - one network against the double-precision reference: on the CPU by every instruction set and several thread
 * counts, or, if CLENET_TEST_DEVICE names one, on that OpenCL device, by turns with each kind of tiles. So one table of networks
 * serves every backend and every implementation. */
#ifndef CLENET_TESTS_CHECK_H
#define CLENET_TESTS_CHECK_H

#include "harness.h"

/* Float arithmetic over a few thousand terms: what an operation may differ by, relative to its size (L2). */
#define CHECK_TOLERANCE 1e-5

/* Checks logits, loss and count of right answers of inference; loss, gradients, moving averages and one RMSprop step
 * of training; with `rows` random images as one batch. */
void check_network(const char *text, size_t rows);

/* The same with label smoothing. */
void check_network_smoothed(const char *text, size_t rows, float smoothing);

/* Inference alone: for so few images that gradients hang on roundings. */
void check_network_infers(const char *text, size_t rows);

/* Checks every parameter and the loss after each of three training steps, two of `batch` images and one of `last`, against
 * training in double precision. RMSprop's epsilon is large here: with its default of 1e-7 a gradient that is zero but for
 * rounding (a bias in front of batch norm) is divided by next to nothing. The tolerance is a share of the learning rate, and so
 * of what a step may move a parameter. */
#define CHECK_STEPS_TOLERANCE 1e-3
void check_steps(const char *text, size_t batch, size_t last);

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

/* Whether case i of a long list is due: on OpenCL, which compiles each for seconds, every fourth. */
bool check_is_due(int i);

#endif
