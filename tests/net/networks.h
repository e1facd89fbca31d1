/* networks.h - networks for the tests of src/net. */
#ifndef CLENET_TESTS_NET_NETWORKS_H
#define CLENET_TESTS_NET_NETWORKS_H

#include "lib/net/network.h"

#include <criterion/criterion.h>

/* Numbers of a test's own (xorshift64), so that a failing seed can be tried again. */
typedef struct dice {
    uint64_t state; /* not 0 */
} dice;

static inline int roll(dice *d, int sides) { /* 0 .. sides - 1 */
    d->state ^= d->state << 13;
    d->state ^= d->state >> 7;
    d->state ^= d->state << 17;
    return (int)((d->state >> 33) % (uint64_t)sides);
}

static inline clenet_network *parsed(const char *text) {
    clenet_network *network = NULL;
    clenet_error error = {0};
    cr_assert_eq(clenet_network_parse(&network, text, "test.txt", &error), CLENET_OK, "%s", error.message);
    return network;
}

static inline clenet_network *lenet(void) {
    clenet_network *network = NULL;
    clenet_error error = {0};
    cr_assert_eq(clenet_network_lenet(&network, 28, 28, 1, 10, &error), CLENET_OK, "%s", error.message);
    return network;
}

static inline clenet_layer random_layer(dice *d) {
    static const float usual[] = {0.0f, 0.5f, 0.25f, 0.1f, 0.3f, 0.9f, 0.999f, 1e-3f, 1e-5f, 1e-30f, 0.33333334f};
    static const clenet_layer_kind kinds[] = {
        CLENET_CONV2D, CLENET_MAXPOOL2D, CLENET_BATCHNORM, CLENET_DROPOUT, CLENET_FLATTEN,    CLENET_DENSE,
        CLENET_RELU,   CLENET_AVGPOOL2D, CLENET_TANH,      CLENET_SIGMOID, CLENET_LEAKY_RELU, CLENET_GLOBALAVGPOOL2D};
    static const clenet_activation activations[] = {CLENET_ACTIVATION_NONE, CLENET_ACTIVATION_RELU,
                                                    CLENET_ACTIVATION_TANH, CLENET_ACTIVATION_SIGMOID,
                                                    CLENET_ACTIVATION_LEAKY_RELU};
    clenet_layer spec = {.kind = kinds[roll(d, sizeof kinds / sizeof kinds[0])]};
    spec.filters = 1 + roll(d, 7);
    spec.kernel_height = 1 + roll(d, 4);
    spec.kernel_width = roll(d, 4);
    spec.padding = roll(d, 2) && spec.kind == CLENET_CONV2D ? CLENET_SAME : CLENET_VALID;
    spec.activation = activations[roll(d, sizeof activations / sizeof activations[0])];
    spec.pool = roll(d, 4);
    spec.negative_slope = usual[roll(d, 11)];
    spec.units = 1 + roll(d, 20);
    spec.momentum = usual[roll(d, 11)];
    spec.epsilon = roll(d, 2) ? usual[roll(d, 11)] : (float)(1 + roll(d, 1 << 30)) * 0x1p-40f;
    spec.rate = roll(d, 2) ? usual[roll(d, 11)] : (float)roll(d, 1 << 24) * 0x1p-24f;
    return spec;
}

/* Up to 12 layers that fit, then flatten and dense with a softmax. */
static inline clenet_network *random_network(uint64_t seed) {
    dice d = {seed * 2 + 1};
    for (int i = 0; i < 20; i++) (void)roll(&d, 2);
    clenet_network *network = NULL;
    cr_assert_eq(clenet_network_new(&network, 1 + roll(&d, 20), 1 + roll(&d, 20), 1 + roll(&d, 3), NULL), CLENET_OK);
    int tries = roll(&d, 13);
    for (int i = 0; i < tries; i++) {
        clenet_layer spec = random_layer(&d);
        (void)clenet_network_add(network, &spec, NULL);
    }
    clenet_layer flatten = {.kind = CLENET_FLATTEN}, dense = {.kind = CLENET_DENSE, .units = 2 + roll(&d, 9)};
    dense.activation = CLENET_ACTIVATION_SOFTMAX;
    cr_assert_eq(clenet_network_add(network, &flatten, NULL), CLENET_OK);
    cr_assert_eq(clenet_network_add(network, &dense, NULL), CLENET_OK);
    return network;
}

#endif
