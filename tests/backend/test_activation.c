/* Activations: a separate layer, or after a convolution or a dense layer. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "check.h"

Test(relu, works_behind_any_layer) {
    check_network("input 6x6x2\nconv2d 4 3x3 same\nbatchnorm\nrelu\nflatten\ndense 3 softmax\n", 19);
    check_network("input 6x6x2\nconv2d 4 3x3 same\nmaxpool2d 3x3\nrelu\nflatten\ndense 5\nrelu\ndense 3 softmax\n", 19);
    check_network("input 6x6x2\nrelu\nflatten\nrelu\ndense 3 softmax\n", 5);
    check_network("input 6x6x2\nconv2d 4 3x3 same relu\nrelu\nflatten\ndense 3 softmax\n", 5);
}

Test(tanh, works_behind_any_layer) {
    check_network("input 6x6x2\nconv2d 4 3x3 same\nbatchnorm\ntanh\nflatten\ndense 3 softmax\n", 19);
    check_network("input 6x6x2\nconv2d 4 3x3 same\nmaxpool2d 3x3\ntanh\nflatten\ndense 5\ntanh\ndense 3 softmax\n", 19);
    check_network("input 6x6x2\ntanh\nflatten\ntanh\ndense 3 softmax\n", 5);
    check_network("input 6x6x2\nconv2d 4 3x3 same relu\ntanh\nrelu\nflatten\ndense 3 softmax\n", 5);
}

Test(tanh, as_an_activation_comes_before_what_is_pooled_or_convolved_next) {
    check_network("input 8x8x2\nconv2d 4 3x3 same tanh\nmaxpool2d 2x2\nflatten\ndense 3 softmax\n", 19);
    check_network("input 8x8x1\nconv2d 5 3x3 same tanh\navgpool2d 2x2\nconv2d 3 3x3 same tanh\nflatten\n"
                  "dense 7 tanh\ndense 3 softmax\n",
                  21);
    check_network("input 6x6x1\nconv2d 4 3x3 same tanh\nrelu\nflatten\ndense 5 tanh\nrelu\ndense 3 softmax\n", 5);
    check_network("input 6x6x1\nconv2d 4 3x3 valid tanh\nbatchnorm\ndropout 0.25\nflatten\ndense 3 softmax\n", 18);
}

/* The largest error of an activation of a number that batch norm makes of a pixel, 0 to 1, by its gamma, relative to the result,
 * or to `least` if that is larger, and to 1 + condition |x|: what rounding x itself may cost. */
static double worst_of(harness *h, double (*activation)(double), double least, double condition, float gamma) {
    const clenet_network *n = h->network;
    size_t numbers = h->rows * shape_size(n->input);
    float *values = calloc(n->packed_size, sizeof *values), *logits = calloc(numbers, sizeof *logits);
    values[n->parameters[0].offset] = gamma;
    values[n->parameters[3].offset] = 1 - n->layers[0].spec.epsilon; /* the variance */
    clenet_error error;
    cr_assert(h->run->functions->write(h->run, REGION_PARAMETERS, values, &error) == CLENET_OK);
    cr_assert(h->run->functions->infer(h->run, 0, h->rows, logits, NULL, &error) == CLENET_OK);
    double worst = 0;
    for (size_t i = 0; i < numbers; i++) {
        double x = (double)h->images[i] / 255 * (double)gamma, expected = activation(x);
        if (expected != 0)
            worst = fmax(worst,
                         fabs((double)logits[i] - expected) / fmax(fabs(expected), least) / (1 + condition * fabs(x)));
        cr_expect(expected != 0 || logits[i] == 0);
        cr_expect(fabsf(logits[i]) <= 1);
    }
    free(values);
    free(logits);
    return worst;
}

static void check_range(const char *text, double (*activation)(double), double least, double condition) {
    static const float gammas[] = {1e-30F, -1e-6F, 1e-3F, -0.1F, 0.625F, 1, -1, 3, -9, 20, -100, 1e9F, -1e30F};
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int v = 0; v < count; v++) {
        harness h = harness_new((harness_options){.text = text,
                                                  .device = variants[v].device,
                                                  .isa = variants[v].isa,
                                                  .tiles = variants[v].tiles,
                                                  .threads = variants[v].threads,
                                                  .rows = 100,
                                                  .seed = 4});
        for (size_t i = 0; i < sizeof gammas / sizeof gammas[0]; i++) {
            double worst = worst_of(&h, activation, least, condition, gammas[i]);
            cr_expect(worst <= 1e-6, "%s: up to %g is off by %.2g", variants[v].name, (double)gammas[i], worst);
        }
        harness_free(&h);
    }
}

Test(tanh, is_right_over_the_whole_range_of_numbers) {
    check_range("input 1x64x1\nbatchnorm\ntanh\nflatten\nsoftmax\n", tanh, 0, 0);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

Test(sigmoid, is_right_over_the_whole_range_of_numbers) {
    check_range("input 1x64x1\nbatchnorm\nsigmoid\nflatten\nsoftmax\n", sigmoid, 1e-31, 1);
}

Test(sigmoid, works_behind_any_layer_and_as_an_activation) {
    check_network("input 6x6x2\nconv2d 4 3x3 same sigmoid\nmaxpool2d 2x2\nsigmoid\nflatten\ndense 5 sigmoid\n"
                  "dense 3 softmax\n",
                  19);
    check_network("input 6x6x2\nsigmoid\nbatchnorm\nsigmoid\nflatten\nsigmoid\ndense 3 softmax\n", 5);
}

Test(leaky_relu, works_behind_any_layer_and_as_an_activation) {
    check_network(
        "input 6x6x2\nconv2d 4 3x3 same leaky_relu\nmaxpool2d 2x2\nleaky_relu 0.1\nflatten\ndense 5 leaky_relu\n"
        "dense 3 softmax\n",
        19);
    check_network("input 6x6x2\nbatchnorm\nleaky_relu\nconv2d 3 3x3 same\nleaky_relu 2\nflatten\ndense 3 softmax\n", 5);
}
