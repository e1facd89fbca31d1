/* Frozen layers: training leaves them alone to the bit, and computes nothing for them that no trained layer needs. What the
 * gradients are is tested with the other operations (operations.c). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define LENET(a, b)                                                                                               \
    "input 12x12x1\nconv2d 3 3x3 same relu" a "\nmaxpool2d 2x2\nbatchnorm" a "\ndropout 0.1\nconv2d 4 3x3 valid " \
    "relu" a "\nmaxpool2d 2x2\nbatchnorm" a "\nflatten\ndense 9 relu" b "\ndense 3 softmax\n"
#define FROZEN " frozen"

Test(frozen, every_place_of_a_frozen_layer_gives_the_gradients_of_double_precision) {
    static const char *const networks[] = {
        LENET(FROZEN, ""),
        LENET("", FROZEN),
        "input 9x9x2\nconv2d 5 3x3 same relu\nmaxpool2d 2x2\nbatchnorm frozen\ndropout 0.2\nconv2d 4 3x3 valid relu "
        "frozen\nmaxpool2d 2x2\nbatchnorm\nflatten\ndense 3 softmax\n",
        "input 9x9x2\nbatchnorm\nconv2d 5 3x3 same relu frozen\nbatchnorm\nconv2d 4 3x3 valid tanh\nflatten\ndense 7 "
        "relu frozen\ndense 3 softmax frozen\n",
        "input 9x9x2\nconv2d 4 3x3 same relu\nconv2d 4 3x3 same stride=2 groups=2 relu frozen\nmaxpool2d 3x3 "
        "stride=2 padding=1\nbatchnorm frozen\nflatten\ndense 3 softmax\n",
        "input 9x9x2\nconv2d 5 3x3 same relu frozen\nmaxpool2d 2x2\nbatchnorm\nflatten\ndense 3 softmax frozen\n"};
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) check_network(networks[i], 17 + i);
}

/* The operations of a training step of the layer, or of all layers below it. */
static int operations_of(const plan *p, int of, bool below) {
    int count = 0;
    for (int i = 0; i < p->training_count; i++)
        if (p->training[i].kind != OP_GATHER && p->training[i].kind != OP_OPTIMIZER)
            count += below ? p->training[i].layer < of : p->training[i].layer == of;
    return count;
}

static plan *plan_for(clenet_network **network, const char *text) {
    plan *p = NULL;
    plan_options options = {.training = true, .lanes = 16, .batch = 32, .inference_batch = 32};
    cr_assert_eq(clenet_network_parse(network, text, "network", NULL), CLENET_OK);
    cr_assert_eq(plan_new(&p, *network, &options, NULL), CLENET_OK);
    return p;
}

/* conv2d with its pooling, batchnorm and dropout: each one operation forward, and none backward. */
Test(frozen, the_backward_pass_ends_at_the_first_layer_that_trains) {
    enum { DENSE_1 = 8, BELOW = 5 };
    clenet_network *network;
    plan *p = plan_for(&network, LENET(FROZEN, ""));
    cr_expect_str_eq(network->layers[DENSE_1].name, "dense_1");
    cr_expect_eq(operations_of(p, DENSE_1, true), BELOW);
    cr_expect_eq(operations_of(p, DENSE_1, false), 2);
    plan_free(p);
    clenet_network_free(network);
}

Test(frozen, parameters_are_packed_behind_all_that_training_changes) {
    clenet_network *network;
    plan *p = plan_for(&network, LENET(FROZEN, ""));
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *of = &network->parameters[i];
        bool dense = strncmp(of->name, "dense", 5) == 0;
        cr_expect_eq(of->frozen, !dense);
        cr_expect_eq(of->trained, dense);
        cr_expect_eq(of->offset >= network->changed_size, !dense);
    }
    cr_expect_eq(clenet_network_trained(network, 0), 0);
    cr_expect_eq(clenet_network_moving(network, 0), 3 * 9 + 3);
    plan_free(p);
    clenet_network_free(network);
}

/* Three steps. A zero of either sign keeps its sign, too. */
static void train_by(clenet_optimizer optimizer) {
    enum { ROWS = 40, BATCH = 16 };
    const char *device = getenv("CLENET_TEST_DEVICE");
    harness h = harness_new((harness_options){.text = LENET(FROZEN, ""),
                                              .device = device,
                                              .threads = 2,
                                              .rows = ROWS,
                                              .batch = BATCH,
                                              .seed = 4,
                                              .optimizer = optimizer,
                                              .weight_decay = 0.1F,
                                              .weight_average = 0.9F});
    size_t packed = h.network->packed_size;
    float *now = calloc(packed, sizeof *now), *average = calloc(packed, sizeof *average);
    clenet_error error;
    h.values[h.network->parameters[0].offset] = -0.0F;
    cr_assert_eq(h.run->functions->write(h.run, REGION_PARAMETERS, h.values, &error), CLENET_OK);
    cr_assert_eq(h.run->functions->write(h.run, REGION_AVERAGES, h.values, &error), CLENET_OK);
    harness_train(&h, 0, ROWS, 0, 0.01F);
    harness_read(&h, REGION_PARAMETERS, now);
    harness_read(&h, REGION_AVERAGES, average);
    for (int i = 0; i < h.network->parameter_count; i++) {
        const parameter *p = &h.network->parameters[i];
        size_t bytes = p->count * sizeof *now;
        bool same = memcmp(now + p->offset, h.values + p->offset, bytes) == 0;
        cr_expect_eq(same, p->frozen, "optimizer %d: %s", (int)optimizer, p->name);
        same = memcmp(average + p->offset, h.values + p->offset, bytes) == 0;
        cr_expect_eq(same, p->frozen, "optimizer %d: average of %s", (int)optimizer, p->name);
    }
    free(now);
    free(average);
    harness_free(&h);
}

Test(frozen, no_optimizer_weight_decay_or_average_changes_a_bit_of_them) {
    for (int optimizer = 0; optimizer < PLAN_OPTIMIZERS; optimizer++) train_by((clenet_optimizer)optimizer);
}
