/* reference.h - the network once more, as plainly as it can be written: loops in double precision over one image after
 * another, from the list of layers and not from the plan. What the backends compute is held against this. */
#ifndef CLENET_TESTS_REFERENCE_H
#define CLENET_TESTS_REFERENCE_H

#include "lib/net/plan.h"

typedef struct reference {
    const clenet_network *network;
    size_t images;
    bool training; /* batch statistics and dropout; else moving averages and none */
    uint64_t seed; /* of dropout */
    uint32_t step;
    double smoothing;      /* of the labels; 0 at first */
    double *values;        /* [packed_size]; forward updates the moving averages in training */
    double *gradients;     /* [packed_size] */
    double **outputs;      /* [layers + 1] of [images][h][w][c]: outputs[0] is the input, outputs[i + 1] layer i's */
    double **before;       /* [layers] what stood before the layer's activation, or NULL */
    double *probabilities; /* [images][classes] */
    double loss;           /* mean over the images */
    double closest;        /* of all units of dense layers with relu: the least |z|, relative to the
                              root mean square of its layer's */
    size_t correct;
} reference;

reference *reference_new(const clenet_network *network, const float *values, size_t images, bool training,
                         uint64_t seed, uint32_t step);
void reference_free(reference *r);

/* Fills outputs, probabilities, loss and correct. */
void reference_forward(reference *r, const uint8_t *pixels /* [images][h][w][c] */, const uint8_t *labels);

/* Fills gradients, after reference_forward. */
void reference_backward(reference *r, const uint8_t *labels);

/* One number's part of a training step, in double: the parameter x and the optimizer's state, by the gradient. Keras's formulas
 * for RMSprop, Adam and AdamW, PyTorch's for SGD and for L2 decay; steps are counted from 0. */
typedef struct reference_number {
    double x, square, moment;
} reference_number;
void reference_update(reference_number *n, const plan_options *options, uint32_t step, double rate, double gradient);

/* The logits [images][classes]. */
const double *reference_logits(const reference *r);

#endif
