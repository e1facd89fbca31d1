/* Convolutions with strides, groups and padding numbers, against the double-precision reference. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define TAIL "flatten\ndense 3 softmax\n"

/* Compiling takes OpenCL seconds a network: there each stride has one size. */
static bool on_opencl(void) {
    return getenv("CLENET_TEST_DEVICE") != NULL;
}

/* The convolution is behind another, so that the gradient of its input counts too. */
static void check_layer(const char *input, const char *line, size_t rows) {
    char text[256];
    snprintf(text, sizeof text, "input %s\nconv2d 4 1x1 same\nconv2d %s\n" TAIL, input, line);
    check_network(text, rows);
}

Test(conv2d_general, strides_compute_what_the_formula_says_on_even_and_odd_sizes) {
    static const char *const sizes[] = {"9x12x2", "8x7x2", "10x11x1", "13x9x3"};
    for (int stride = 2; stride <= 3; stride++)
        for (int i = 0; i < (on_opencl() ? 1 : 4); i++) {
            char line[64];
            snprintf(line, sizeof line, "5 3x3 same stride=%d relu", stride);
            check_layer(sizes[(i + stride) % 4], line, 7);
            snprintf(line, sizeof line, "5 2x3 valid stride=%d", stride);
            check_layer(sizes[(i + stride + 1) % 4], line, 18);
        }
}

Test(conv2d_general, the_padding_of_a_strided_same_convolution_is_that_of_keras) {
    check_layer("8x8x1", "3 3x3 same stride=2", 5); /* 0 before, 1 after */
    check_layer("7x7x1", "3 3x3 same stride=2 relu", 5);
    check_layer("9x10x2", "3 5x5 same stride=3", 5);
    check_layer("9x10x2", "3 1x1 same stride=2", 5);
}

Test(conv2d_general, padding_numbers_are_zeros_on_each_side) {
    check_layer("6x7x2", "5 3x3 padding=1 stride=2 relu", 9);
    check_layer("6x7x2", "5 3x3 padding=0,2,1,0 stride=2", 9);
    check_layer("6x7x2", "5 3x3 padding=0 relu", 9);
    check_layer("6x7x2", "5 3x3 padding=2,0,0,1 relu", 9);
    check_layer("6x7x2", "3 3x2 padding=4 stride=3", 9); /* more zeros than the kernel covers */
    check_layer("6x7x2", "3 3x2 padding=4,0,5,1", 9);
}

Test(conv2d_general, padding_numbers_work_with_pooling_behind_the_convolution) {
    check_network("input 9x10x2\nconv2d 5 3x3 padding=2 relu\nmaxpool2d 2x2\nconv2d 4 3x3 padding=3,0,1,2\n"
                  "maxpool2d 2x2\n" TAIL,
                  6);
    check_network("input 14x14x2\nconv2d 4 3x3 same stride=2 relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.2\n"
                  "conv2d 6 3x3 valid groups=2 relu\n" TAIL,
                  19);
}

Test(conv2d_general, a_stride_larger_than_the_kernel_leaves_numbers_out) {
    check_layer("11x13x2", "4 2x2 valid stride=3 relu", 5);
    check_layer("11x13x2", "4 1x1 valid stride=4", 5);
    check_layer("9x9x2", "4 1x2 padding=1 stride=5", 5);
}

Test(conv2d_general, groups_divide_channels_and_filters) {
    check_layer("7x8x2", "6 3x3 same groups=2 relu", 18);
    check_layer("7x8x2", "4 3x3 valid groups=4 stride=2", 5);
    check_network(
        "input 7x6x3\nconv2d 18 1x1 same relu\nconv2d 27 3x3 same groups=3 relu\nconv2d 9 1x1 same groups=9\n" TAIL, 5);
}

Test(conv2d_general, depthwise_convolutions_have_one_filter_for_each_channel_or_two) {
    check_layer("7x8x2", "4 3x3 same groups=4 relu", 18);
    check_layer("7x8x2", "8 3x3 same groups=4", 18);
    check_layer("8x9x2", "4 5x5 same groups=4 stride=2 relu", 5);
    check_network(
        "input 7x7x1\nconv2d 19 1x1 same relu\nconv2d 19 3x3 valid groups=19 relu\nconv2d 38 2x2 same groups=19\n"
        "flatten\ndense 3 softmax\n",
        5);
}

Test(conv2d_general, kernels_of_every_width_fill_their_tiles) {
    for (int width = 1; width <= 11; width += on_opencl() ? 10 : 1) {
        char line[64];
        snprintf(line, sizeof line, "4 2x%d same stride=2 groups=2 relu", width);
        check_layer("8x13x1", line, 5);
    }
}

Test(conv2d_general, every_number_of_filters_fills_its_tiles) {
    for (int filters = 1; filters <= 17; filters += on_opencl() ? 8 : 1) {
        char text[160];
        snprintf(text, sizeof text,
                 "input 8x9x3\nconv2d %d 1x1 same\nconv2d %d 3x3 same groups=%d relu\nconv2d %d 3x3 valid "
                 "stride=2\n" TAIL,
                 filters, filters, filters, filters);
        check_network(text, 6);
    }
}

Test(conv2d_general, other_activations_follow_the_convolution) {
    check_layer("7x8x2", "4 3x3 same stride=2 tanh", 5);
    check_layer("7x8x2", "4 3x3 same groups=2\nrelu", 5);
}

Test(conv2d_general, a_first_layer_needs_no_gradient_of_its_input) {
    check_network("input 9x9x3\nconv2d 6 3x3 same stride=2 groups=3 relu\nbatchnorm\ndropout 0.1\n" TAIL, 20);
}

static const char *const MIXED = "input 9x11x1\nconv2d 19 3x3 same stride=2 relu\nconv2d 19 3x3 same groups=19 relu\n"
                                 "conv2d 6 1x1 valid\nconv2d 12 3x3 padding=2,0,1,1 groups=6\n"
                                 "conv2d 34 2x2 valid groups=2 relu\nconv2d 4 3x3 padding=3 stride=2\n" TAIL;

Test(conv2d_general, an_image_alone_gets_the_answer_that_it_gets_among_others) {
    for (size_t rows = 1; rows <= 3; rows += 2) check_network_infers(MIXED, rows);
}

static const char *const SEPARABLE =
    "input 14x14x1\nconv2d 8 3x3 same stride=2\nbatchnorm\nrelu\n"
    "conv2d 8 3x3 same groups=8\nbatchnorm\nrelu\nconv2d 16 1x1 valid\nbatchnorm\nrelu\n"
    "conv2d 16 3x3 same stride=2 groups=16\nbatchnorm\nrelu\nconv2d 16 1x1 valid relu\n"
    "globalavgpool2d\ndense 3 softmax\n";

Test(conv2d_general, several_steps_of_a_depthwise_separable_network_agree_with_double_precision) {
    check_steps(SEPARABLE, 18, 7);
}

/* Trains over its 48 images, which it is to remember; the loss of the last of `epochs`. */
static double loss_after(harness *h, int epochs) {
    double loss = 0;
    for (int epoch = 0; epoch < epochs; epoch++) {
        for (uint32_t step = 0; step < 3; step++) harness_train(h, step * 16, 16, (uint32_t)epoch * 3 + step, 3e-3F);
        loss = harness_metrics(h).loss / 48;
    }
    return loss;
}

Test(conv2d_general, a_depthwise_separable_network_learns_and_threads_do_not_change_its_bits) {
    float *values[2];
    for (int i = 0; i < 2; i++) {
        harness h = harness_new((harness_options){.text = SEPARABLE,
                                                  .device = getenv("CLENET_TEST_DEVICE"),
                                                  .threads = 1 + i,
                                                  .rows = 48,
                                                  .batch = 16,
                                                  .seed = 5});
        double first = loss_after(&h, 1), last = loss_after(&h, 40);
        cr_expect(last < 0.5 * first, "the loss was %g in the first epoch, and is %g", first, last);
        values[i] = calloc(h.network->packed_size, sizeof(float));
        harness_read(&h, REGION_PARAMETERS, values[i]);
        if (i == 1) cr_expect(memcmp(values[0], values[1], h.network->packed_size * sizeof(float)) == 0, "other bits");
        harness_free(&h);
    }
    free(values[0]);
    free(values[1]);
}

/* The logits of `count` images at a time. */
static float *logits_of(harness *h, size_t count) {
    size_t classes = (size_t)network_classes(h->network);
    float *logits = calloc(h->rows * classes, sizeof *logits), *shares = calloc(h->rows * classes, sizeof *shares);
    clenet_error error;
    for (size_t i = 0; i < h->rows; i += count)
        cr_assert(h->run->functions->infer(h->run, i, count, logits + i * classes, shares, &error) == CLENET_OK, "%s",
                  error.message);
    free(shares);
    return logits;
}

Test(conv2d_general, an_image_alone_gets_the_same_bits_on_the_cpu) {
    harness h = harness_new((harness_options){.text = MIXED, .rows = 16, .seed = 3});
    float *alone = logits_of(&h, 1), *together = logits_of(&h, 16);
    cr_expect(memcmp(alone, together, 16 * 3 * sizeof *alone) == 0, "other bits");
    free(alone);
    free(together);
    harness_free(&h);
}
