/* Inference of few images, which the CPU backend does one by one with channels in the vector. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "check.h"

static void check_few(const char *text) {
    for (size_t rows = 1; rows <= 5; rows++) check_network_infers(text, rows);
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
    check_network_infers(
        "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d 16 5x5 valid relu\n"
        "maxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 softmax\n",
        1);
}
