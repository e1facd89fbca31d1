/* Inference of few images, which the CPU backend does one by one with channels in the vector. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "check.h"
#include "lib/base/philox.h"

static void check_few(const char *text) {
    for (size_t rows = 1; rows <= 5; rows++) check_network_infers(text, rows);
}

static const char lenet[] =
    "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d 16 5x5 valid relu\n"
    "maxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 softmax\n";

enum { IMAGES = 40, MOST_CLASSES = 16 };

/* A box of ink in each image, elsewhere 0: from no ink at all to all of the image. */
static void draw_boxes(const harness *h) {
    clenet_shape in = h->network->input;
    for (uint32_t i = 0; i < IMAGES; i++) {
        const uint32_t counter[4] = {i, 0, 0, 0};
        philox_block word = philox(7, counter);
        int top = (int)(word.word[0] % (uint32_t)in.height), left = (int)(word.word[1] % (uint32_t)in.width);
        int height = (int)(word.word[2] % (uint32_t)(in.height + 1)),
            width = (int)(word.word[3] % (uint32_t)(in.width + 1));
        uint8_t *pixel = h->images + i * shape_size(in);
        for (int row = 0; row < in.height; row++)
            for (int column = 0; column < in.width; column++)
                for (int c = 0; c < in.channels; c++, pixel++)
                    if (row < top || row >= top + height || column < left || column >= left + width) *pixel = 0;
    }
}

/* Every image gives the same bits alone as among the others. */
static void expect_alone_as_among_others(const harness *h, const char *isa, const char *when) {
    size_t classes = (size_t)network_classes(h->network);
    float all[IMAGES * MOST_CLASSES], alone[IMAGES * MOST_CLASSES];
    clenet_error error;
    cr_assert(h->run->functions->infer(h->run, 0, IMAGES, all, NULL, &error) == CLENET_OK);
    for (size_t i = 0; i < IMAGES; i++)
        cr_assert(h->run->functions->infer(h->run, i, 1, alone + i * classes, NULL, &error) == CLENET_OK);
    for (size_t i = 0; i < IMAGES; i++) {
        double off = 0;
        for (size_t c = i * classes; c < (i + 1) * classes; c++)
            off = fmax(off, fabs((double)alone[c] - (double)all[c]));
        cr_expect(off == 0, "image %zu, %s, %s: off by %g", i, isa, when, off);
    }
}

static void check_alone(const char *text) {
    for (const char *const *isa = check_isas(); *isa; isa++) {
        harness h = harness_new((harness_options){.text = text, .isa = *isa, .rows = IMAGES, .batch = 8, .seed = 3});
        draw_boxes(&h);
        expect_alone_as_among_others(&h, *isa, "at first");
        clenet_error error;
        for (size_t i = 0; i < h.network->packed_size; i++) h.values[i] *= 0.75F;
        cr_assert(h.run->functions->write(h.run, REGION_PARAMETERS, h.values, &error) == CLENET_OK);
        expect_alone_as_among_others(&h, *isa, "with other weights");
        harness_train(&h, 0, IMAGES, 1, 1e-3F);
        expect_alone_as_among_others(&h, *isa, "after training");
        harness_free(&h);
    }
}

Test(single, images_with_blank_borders) {
    check_alone(lenet);
}

Test(single, blank_borders_of_other_shapes) {
    check_alone("input 13x17x1\nconv2d 3 3x3 same relu\nmaxpool2d 2x2\nbatchnorm\nflatten\ndense 7 softmax\n");
    check_alone("input 12x75x1\nconv2d 9 4x2 valid\nmaxpool2d 2x2\nconv2d 5 3x3 same relu\nflatten\ndense 4 softmax\n");
    check_alone(
        "input 19x40x3\nconv2d 19 5x5 same relu\nmaxpool2d 2x2\nconv2d 4 5x5 valid\nflatten\ndense 4 softmax\n");
    check_alone("input 9x8x1\nconv2d 33 1x1 same relu\nmaxpool2d 2x2\nflatten\ndense 4 softmax\n");
}

Test(single, conv2d_of_5x5_taps_with_pooling) {
    check_alone(
        "input 16x18x2\nconv2d 5 3x3 same\nconv2d 19 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\nconv2d 33 5x5 same\n"
        "maxpool2d 2x2\nflatten\ndense 4 softmax\n");
    check_alone("input 15x11x1\nconv2d 3 1x1 same\nconv2d 4 5x5 valid relu\nmaxpool2d 2x2\nflatten\ndense 4 softmax\n");
}

Test(single, conv2d_of_5x5_taps) {
    check_few("input 12x11x4\nconv2d 5 5x5 same relu\nmaxpool2d 2x2\nconv2d 18 5x5 same\nflatten\ndense 3 softmax\n");
    check_few("input 23x14x1\nbatchnorm\nconv2d 6 3x3 same relu\nbatchnorm\nconv2d 17 5x5 valid\nmaxpool2d 2x2\n"
              "batchnorm\nconv2d 4 5x5 same relu\nbatchnorm\nflatten\nbatchnorm\ndense 3 softmax\n");
    check_few("input 5x37x5\nconv2d 3 5x5 valid relu\nflatten\ndense 3 softmax\n");
}

Test(single, conv2d_with_more_filters_than_a_vector_holds) {
    check_few("input 9x9x1\nconv2d 19 3x3 same relu\nconv2d 3 5x5 valid\nflatten\ndense 3 softmax\n");
}

Test(single, conv2d_with_pooling_and_an_odd_row_left_over) {
    check_few(
        "input 11x9x2\nconv2d 6 3x3 same relu\nmaxpool2d 2x2\nconv2d 17 2x2 valid\nmaxpool2d 2x2\nflatten\ndense 3 "
        "softmax\n");
}

Test(single, every_layer_alone) {
    check_few("input 7x7x1\nconv2d 4 1x1 same\nmaxpool2d 3x3\nbatchnorm\nrelu\ndropout 0.25\nflatten\ndense 5\nrelu\n"
              "dense 3 softmax\n");
}

Test(single, tanh_and_average_pooling) {
    check_few("input 11x9x1\ntanh\nconv2d 19 3x3 same tanh\navgpool2d 2x2\nconv2d 3 2x2 valid tanh\navgpool2d 3x3\n"
              "flatten\ndense 5 tanh\ndense 3 softmax\n");
}

Test(single, sigmoid) {
    check_few("input 11x9x1\nsigmoid\nconv2d 19 3x3 same sigmoid\nflatten\ndense 5 sigmoid\ndense 3 softmax\n");
}

Test(single, leaky_relu) {
    check_few("input 11x9x1\nbatchnorm\nleaky_relu\nconv2d 19 3x3 same leaky_relu\nleaky_relu 0.1\nflatten\n"
              "dense 5 leaky_relu\ndense 3 softmax\n");
}

Test(single, globalavgpool2d) {
    check_few("input 11x9x1\nconv2d 19 3x3 same relu\nglobalavgpool2d\ndense 3 softmax\n");
}

Test(single, dense_of_every_number_of_vectors) {
    for (int units = 3; units < 150; units += 13) {
        char text[128];
        snprintf(text, sizeof text, "input 3x3x1\nflatten\ndense %d relu\ndense 10 softmax\n", units);
        check_network_infers(text, 1);
    }
}

Test(single, lenet) {
    check_network_infers(lenet, 1);
}
