/* test_init.c - the first values of parameters. */
#include "lib/net/model.h"

#include <math.h>

#include "../scratch.h"
#include "networks.h"

static float *initialised(const clenet_network *network, uint64_t seed) {
    float *values = malloc(network->packed_size * sizeof *values);
    cr_assert_not_null(values);
    for (size_t i = 0; i < network->packed_size; i++) values[i] = NAN; /* nothing may be left as it was */
    network_initialise(network, seed, values);
    return values;
}

/* The values below were computed apart, in Python, from the Philox paper and Glorot's formula. */
Test(init, weights_are_the_known_ones_on_every_machine) {
    static const struct {
        uint64_t seed;
        int parameter;
        size_t element;
        float value;
    } rows[] = {
        {1, 0, 0, 0x1.6ea93cp-3f},
        {1, 0, 1, -0x1.6f67f6p-5f},
        {1, 0, 2, -0x1.64135ep-4f},
        {1, 0, 3, -0x1.1ebb46p-3f},
        {1, 0, 4, -0x1.5ce38ep-4f},
        {1, 0, 149, 0x1.1318dep-5f},
        {1, 6, 0, -0x1.80c66ap-4f},
        {1, 6, 2399, 0x1.71a46p-5f},
        {1, 12, 0, 0x1.5fee9p-4f},
        {1, 12, 47999, 0x1.296d7cp-4f},
        {0x123456789abcdef0, 0, 0, 0x1.411d04p-3f},
    };
    clenet_network *network = lenet();
    cr_assert_str_eq(network->parameters[6].name, "conv2d_2.kernel");
    cr_assert_str_eq(network->parameters[12].name, "dense_1.kernel");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float *values = initialised(network, rows[i].seed);
        float value = values[network->parameters[rows[i].parameter].offset + rows[i].element];
        cr_expect_eq(value, rows[i].value, "row %zu: %a", i, (double)value);
        free(values);
    }
    clenet_network_free(network);
}

Test(init, kernels_are_glorot_uniform) {
    clenet_network *network = lenet();
    float *values = initialised(network, 7);
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        if (p->role != PARAMETER_KERNEL) continue;
        double limit = sqrt(6.0 / (double)(p->fan_in + p->fan_out)), sum = 0, squares = 0, least = 0, most = 0;
        for (size_t k = 0; k < p->count; k++) {
            double value = (double)values[p->offset + k];
            sum += value;
            squares += value * value;
            least = fmin(least, value);
            most = fmax(most, value);
        }
        double count = (double)p->count, mean = sum / count, variance = squares / count - mean * mean;
        double expected = limit * limit / 3, four_deviations = 4 * sqrt(expected / count);
        cr_expect(least >= -limit && most < limit, "%s", p->name);
        cr_expect_lt(fabs(mean), four_deviations, "%s: mean %g", p->name, mean);
        /* The deviation of a uniform variance: expected * sqrt(4 / (5 count)). */
        cr_expect_lt(fabs(variance - expected), 4 * expected * sqrt(0.8 / count), "%s: %g", p->name, variance);
        cr_expect_gt(most - least, 2 * limit * (1 - 20 / count), "%s", p->name);
    }
    free(values);
    clenet_network_free(network);
}

Test(init, batchnorm_is_the_identity_biases_are_zero_and_so_are_the_gaps) {
    clenet_network *network = lenet();
    float *values = initialised(network, 7);
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        bool one = p->role == PARAMETER_GAMMA || p->role == PARAMETER_MOVING_VARIANCE;
        for (size_t k = 0; k < p->count && p->role != PARAMETER_KERNEL; k++) {
            cr_expect_eq(values[p->offset + k], one ? 1.0f : 0.0f, "%s", p->name);
        }
        for (size_t k = p->offset + p->count; k % PARAMETER_ALIGNMENT != 0; k++) cr_expect_eq(values[k], 0.0f);
    }
    free(values);
    clenet_network_free(network);
}

Test(init, another_seed_or_layer_has_other_weights_and_the_same_seed_the_same) {
    clenet_network *network = parsed("input 2x10\nflatten\ndense 20\ndense 20\ndense 20\n");
    float *a = initialised(network, 1), *b = initialised(network, 1), *c = initialised(network, 1ull << 32 | 1);
    cr_expect_arr_eq(a, b, network->packed_size * sizeof *a);
    int same = 0;
    size_t second = network->parameters[2].offset;
    for (size_t k = 0; k < 400; k++) same += (a[k] == c[k]) + (a[k] == a[second + k]);
    cr_expect_lt(same, 3);
    free(a);
    free(b);
    free(c);
    clenet_network_free(network);
}
