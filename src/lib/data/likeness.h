/* likeness.h - how much an image is like a handwritten digit, whichever it is.
 *
 * The classes of a model leave it no other answer than a digit, and it is sure of most letters and blots. This small network knows
 * both sides: digits, and printed letters, blots and noise. tests/accuracy/train_likeness.py trains it. */
#ifndef CLENET_LIB_DATA_LIKENESS_H
#define CLENET_LIB_DATA_LIKENESS_H

#include <stdint.h>

#include "clenet/clenet.h"

enum {
    LIKENESS_SIDE = CLENET_PICTURE_SIDE / 2, /* the network sees the means of 2 x 2 pixels */
    LIKENESS_INPUTS = LIKENESS_SIDE * LIKENESS_SIDE,
    LIKENESS_UNITS = 64
};

/* hidden[u] = relu(bias[u] + scale[u] * sum over i of weight[u][i] * input[i]); the output is the sigmoid of output_bias + sum over u of
 * output[u] * hidden[u]. */
typedef struct likeness_network {
    int8_t weight[LIKENESS_UNITS][LIKENESS_INPUTS];
    float scale[LIKENESS_UNITS], bias[LIKENESS_UNITS], output[LIKENESS_UNITS];
    float output_bias;
} likeness_network;

extern const likeness_network likeness_weights;

/* 0 (a letter, a blot, noise) to 1 (a digit). */
double likeness_of(const uint8_t *image /* [CLENET_PICTURE_SIDE][CLENET_PICTURE_SIDE] */);

#endif
