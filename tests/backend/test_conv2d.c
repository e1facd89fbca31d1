/* conv2d alone and fused, on fixed and random shapes, against the double-precision reference. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

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

Test(conv2d, gradients_pass_through_a_stack_of_convolutions) {
    check_network("input 14x14x1\nconv2d 6 3x3 same relu\nconv2d 9 5x5 valid relu\nmaxpool2d 2x2\nconv2d 4 1x1 same\n"
                  "conv2d 5 4x3 same relu\n" TAIL,
                  18);
}
