/* Gradients against finite differences of the double-precision loss: for every kind of parameter, and independently of
 * any formula for a gradient. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "operations.h"
#include "reference.h"

static const char *const NETWORK = "input 10x10x2\nconv2d 4 3x3 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.2\n"
                                   "conv2d 5 3x3 valid\nbatchnorm\nrelu\ndropout 0.1\nflatten\ndense 12 relu\n"
                                   "batchnorm\ndense 5 softmax\n";
enum { ROWS = 18, SEED = 5, STEP = 3, SAMPLES = 12 };
static const double H = 1e-6; /* of the central difference; the loss is smooth at that distance but for rare kinks */

static double loss_at(const harness *h, size_t i, double change) {
    reference *r = reference_new(h->network, h->values, ROWS, true, SEED, STEP);
    r->values[i] += change;
    reference_forward(r, h->images, h->labels);
    double loss = r->loss;
    reference_free(r);
    return loss;
}

/* The SAMPLES numbers of a parameter, spread over it. */
static void check_parameter(const harness *h, const parameter *p, const float *gradients, double size) {
    for (size_t s = 0; s < SAMPLES && s < p->count; s++) {
        size_t i = p->offset + s * p->count / (p->count < SAMPLES ? p->count : SAMPLES);
        double expected = (loss_at(h, i, H) - loss_at(h, i, -H)) / (2 * H);
        cr_expect(fabs((double)gradients[i] - expected) <= 1e-5 * (fabs(expected) + size), "%s[%zu]: %g, not %g",
                  p->name, i - p->offset, (double)gradients[i], expected);
    }
}

static void check_gradients(const char *network) {
    harness h = harness_new((harness_options){.text = network, .rows = ROWS, .seed = SEED, .threads = 2});
    float *gradients = calloc(h.network->packed_size, sizeof *gradients);
    harness_train(&h, 0, ROWS, STEP, 1e-3F);
    harness_read(&h, REGION_GRADIENTS, gradients);
    double largest = 0;
    for (size_t i = 0; i < h.network->trained_size; i++) largest = fmax(largest, fabs((double)gradients[i]));
    for (int i = 0; i < h.network->parameter_count; i++)
        if (h.network->parameters[i].trained) check_parameter(&h, &h.network->parameters[i], gradients, largest);
    free(gradients);
    harness_free(&h);
}

Test(gradients, every_kind_of_parameter_agrees_with_finite_differences) {
    check_gradients(NETWORK);
}

Test(gradients, every_operation_agrees_with_finite_differences) {
    for (int i = 0; i < operation_count; i++) check_gradients(operations[i].smallest);
}
