/* conv2d alone and fused, on fixed and random shapes, against the double-precision reference. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define TAIL "flatten\ndense 3 softmax\n"

Test(conv2d, valid_and_same_padding_compute_what_the_formula_says) {
    check_network("input 7x9x2\nconv2d 5 3x3 valid\n" TAIL, 5);
    check_network("input 7x9x2\nconv2d 5 3x3 same\n" TAIL, 5);
}

Test(conv2d, even_kernels_are_padded_as_keras_pads_them) {
    check_network("input 6x6x1\nconv2d 3 4x4 same\n" TAIL, 3);
    check_network("input 6x8x3\nconv2d 3 2x2 same relu\n" TAIL, 17);
}

Test(conv2d, kernels_need_not_be_square) {
    check_network("input 9x6x2\nconv2d 4 5x1 valid relu\n" TAIL, 4);
    check_network("input 6x12x2\nconv2d 4 1x7 same relu\n" TAIL, 4);
}

Test(conv2d, a_kernel_may_be_larger_than_the_image_if_zeros_are_added) {
    check_network("input 2x2x1\nconv2d 3 5x5 same relu\nconv2d 2 7x3 same\n" TAIL, 5);
    check_network("input 6x6x1\nconv2d 3 9x9 same relu\nconv2d 2 8x8 same\n" TAIL, 5);
}

Test(conv2d, every_number_of_filters_fills_its_tiles) {
    int step = getenv("CLENET_TEST_DEVICE") ? 5 : 1; /* compiling takes OpenCL seconds a number */
    for (int filters = 1; filters <= 17; filters += step) {
        char text[128];
        snprintf(text, sizeof text, "input 8x8x3\nconv2d %d 3x3 valid relu\nmaxpool2d 2x2\n" TAIL, filters);
        check_network(text, 6);
    }
}

Test(conv2d, pooling_is_fused_with_and_without_relu) {
    check_network("input 12x10x2\nconv2d 7 5x5 same relu\nmaxpool2d 2x2\n" TAIL, 33);
    check_network("input 12x10x2\nconv2d 7 5x5 same\nmaxpool2d 2x2\n" TAIL, 33);
    check_network("input 12x10x2\nconv2d 7 5x5 same\nrelu\nmaxpool2d 2x2\n" TAIL, 33);
}

Test(conv2d, a_row_and_a_column_left_over_by_fused_pooling_count_nowhere) {
    check_network("input 9x11x2\nconv2d 4 3x3 valid relu\nmaxpool2d 2x2\nconv2d 3 3x3 same\n" TAIL, 9);
    check_network("input 10x10x1\nconv2d 3 2x2 valid relu\nmaxpool2d 2x2\n" TAIL, 9);
}

Test(conv2d, pooling_is_fused_with_more_filters_than_a_list_of_gradients_holds) {
    check_network("input 7x6x2\nbatchnorm\nconv2d 530 3x2 valid relu\nmaxpool2d 2x2\n" TAIL, 3);
}

Test(conv2d, kernels_of_5x5_with_pooling_fit_every_size_and_number_of_channels) {
    check_network("input 11x13x3\nconv2d 4 5x5 valid relu\nmaxpool2d 2x2\n" TAIL, 18);
    check_network("input 9x6x4\nconv2d 7 5x5 same\nmaxpool2d 2x2\n" TAIL, 33);
    check_network("input 8x10x32\nconv2d 17 5x5 same relu\nmaxpool2d 2x2\n" TAIL, 9);
    check_network("input 6x7x33\nconv2d 5 5x5 valid relu\nmaxpool2d 2x2\n" TAIL, 9);
    check_network("input 6x6x3\nconv2d 3 5x5 same relu\nmaxpool2d 2x2\n" TAIL, 5);
}

Test(conv2d, gradients_pass_through_a_stack_of_convolutions) {
    check_network("input 14x14x1\nconv2d 6 3x3 same relu\nconv2d 9 5x5 valid relu\nmaxpool2d 2x2\nconv2d 4 1x1 same\n"
                  "conv2d 5 4x3 same relu\n" TAIL,
                  18);
}

/* ---- images with borders of 0, of which the first convolution skips the zeros ------------------------------- */

enum { BORDERED_ROWS = 37, EACH_FOURTH = 4 }; /* a fourth image is in each block of every instruction set */

/* Puts 0 around a rectangle of each image that differs from image to image. Some are blank. */
static void add_borders(const harness *h) {
    clenet_shape in = h->network->input;
    for (int n = 0; n < (int)h->rows; n++)
        for (int i = 0; i < in.height; i++)
            for (int k = 0; k < in.width * in.channels; k++) {
                bool ink = i >= 2 + n % 3 && i < in.height - 1 - n % 2 && k >= 3 + n % 4 && k < in.width - 2;
                if (!ink || n % 5 == 4) h->images[((n * in.height) + i) * in.width * in.channels + k] = 0;
            }
}

static harness bordered_rows(const check_variant *way, const char *text) {
    return harness_new((harness_options){.text = text,
                                         .device = way->device,
                                         .isa = way->isa,
                                         .tiles = way->tiles,
                                         .threads = way->threads,
                                         .rows = BORDERED_ROWS,
                                         .seed = 3});
}

static void infer(harness *h, float *logits) {
    clenet_error error;
    cr_assert(h->run->functions->bind(h->run, h->images, h->labels, h->rows, &error) == CLENET_OK, "%s", error.message);
    cr_assert(h->run->functions->infer(h->run, 0, h->rows, logits, NULL, &error) == CLENET_OK, "%s", error.message);
}

/* The logits of images with borders, among others with borders, and among others without: these make the blocks whole. */
static void check_borders(const char *text) {
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int v = 0; v < count; v++) {
        const check_variant *way = &variants[v];
        harness h = bordered_rows(way, text);
        float alone[BORDERED_ROWS][3], among[BORDERED_ROWS][3];
        size_t size = shape_size(h.network->input);
        add_borders(&h);
        infer(&h, alone[0]);
        for (size_t n = 0; n < BORDERED_ROWS; n += EACH_FOURTH) memset(h.images + n * size, 200, size);
        infer(&h, among[0]);
        for (size_t n = 0; n < BORDERED_ROWS; n++)
            if (n % EACH_FOURTH != 0)
                cr_expect(memcmp(alone[n], among[n], sizeof alone[n]) == 0, "%s: image %zu of %s", way->name, n, text);
        harness_free(&h);
    }
}

Test(conv2d, borders_of_zero_change_no_bit) {
    check_borders("input 12x14x1\nconv2d 7 5x5 same relu\nmaxpool2d 2x2\n" TAIL);
    check_borders("input 12x15x1\nconv2d 3 3x4 same\n" TAIL);
    check_borders("input 13x14x2\nconv2d 4 3x3 valid relu\nmaxpool2d 2x2\n" TAIL);
    check_borders("input 13x14x2\nconv2d 4 4x2 valid\n" TAIL);
    check_borders("input 18x8x1\nconv2d 2 17x3 same relu\nmaxpool2d 2x2\n" TAIL);
}

Test(conv2d, a_weight_that_is_not_finite_shows_in_blank_images) {
    const char *text = "input 12x14x1\nconv2d 3 5x5 same\n" TAIL;
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int v = 0; v < count; v++) {
        const check_variant *way = &variants[v];
        harness h = bordered_rows(way, text);
        float logits[BORDERED_ROWS][3];
        clenet_error error;
        memset(h.images, 0, BORDERED_ROWS * shape_size(h.network->input));
        h.values[h.network->parameters[0].offset] = INFINITY;
        cr_assert(h.run->functions->write(h.run, plan_inferred(&h.p->options), h.values, &error) == CLENET_OK);
        infer(&h, logits[0]);
        cr_expect(isnan(logits[0][0]) && isnan(logits[BORDERED_ROWS - 1][2]), "%s", way->name);
        harness_free(&h);
    }
}
