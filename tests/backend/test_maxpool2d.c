/* maxpool2d that stands alone (behind no convolution, or with another window than 2x2). */
#include <criterion/criterion.h>
#include <stdio.h>

#include "check.h"

#define TAIL "flatten\ndense 3 softmax\n"

Test(maxpool2d, any_window_pools_and_passes_its_gradient_to_the_winner) {
    check_network("input 12x12x2\nconv2d 4 3x3 same\nmaxpool2d 3x3\n" TAIL, 5);
    check_network("input 12x12x2\nconv2d 4 3x3 same relu\nmaxpool2d 4x4\n" TAIL, 21);
    check_network("input 20x20x1\nconv2d 4 3x3 same relu\nmaxpool2d 16x16\n" TAIL, 4);
    check_network("input 6x6x1\nconv2d 4 3x3 same relu\nmaxpool2d 1x1\n" TAIL, 4);
}

Test(maxpool2d, rows_and_columns_left_over_are_dropped) {
    check_network("input 11x13x1\nconv2d 3 3x3 same\nmaxpool2d 3x3\n" TAIL, 7);
    check_network("input 11x13x1\nconv2d 3 3x3 same\nbatchnorm\nmaxpool2d 2x2\nconv2d 2 3x3 valid\n" TAIL, 7);
}

/* Every window with every stride on even and odd sizes, by valid, same and numbers: overlapping windows, and gaps. */
Test(maxpool2d, any_stride_and_padding_compute_what_the_formula_says) {
    static const int windows[] = {2, 3, 5};
    static const char *const paddings[] = {"valid", "same", "padding=1", "padding=0,1,1,0"};
    for (int w = 0; w < 3; w++)
        for (int stride = 1; stride <= 4; stride++) {
            char text[256];
            int turn = w + stride, size = 7 + turn % 2;
            if (!check_is_due(w * 3 + stride)) continue;
            snprintf(text, sizeof text, "input %dx%dx1\nconv2d 3 3x3 same\nmaxpool2d %dx%d %s stride=%d\n" TAIL, size,
                     15 - size, windows[w], windows[w], paddings[turn % 4], stride);
            check_network(text, 5);
            snprintf(text, sizeof text,
                     "input %dx%dx2\nconv2d 3 3x3 same relu\nbatchnorm\nmaxpool2d %dx%d %s stride=%d\n" TAIL, 15 - size,
                     size, windows[w], windows[w], paddings[(turn + 1) % 4], stride);
            check_network(text, 18);
        }
}

Test(maxpool2d, a_window_may_be_larger_than_the_image) {
    check_network("input 2x3x1\nconv2d 3 3x3 same\nmaxpool2d 5x5 same stride=1\n" TAIL, 4);
    check_network("input 1x1x2\nconv2d 3 3x3 same\nmaxpool2d 16x16 padding=15 stride=7\n" TAIL, 4);
}

/* Of a row of windows over equal numbers, or over zeros, each passes its gradient. */
Test(maxpool2d, equal_values_in_overlapping_windows_pass_each_gradient_once) {
    check_network("input 9x9x1\nconv2d 4 3x3 same relu\nrelu\nmaxpool2d 3x3 same stride=1\n" TAIL, 21);
    check_network("input 7x7x1\nconv2d 2 1x1 same\nzeropad2d 3\nmaxpool2d 3x3 stride=2\n" TAIL, 4);
}

Test(maxpool2d, the_image_itself_can_be_pooled) {
    check_network("input 12x12x1\nmaxpool2d 2x2\nconv2d 3 3x3 valid relu\n" TAIL, 9);
}

/* A convolution pools by itself only if the windows are 2x2, next to each other and inside the image. */
Test(maxpool2d, behind_a_convolution_every_stride_and_padding_is_computed) {
    static const char *const pools[] = {"2x2 stride=1",      "2x2 same",      "2x2 stride=2",
                                        "2x2 same stride=1", "2x2 padding=1", "2x2 padding=0,1,0,1",
                                        "2x2 stride=3"};
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++)
        for (int size = 6; size <= 7; size++) {
            char text[256];
            if (!check_is_due((int)i * 3 + size)) continue;
            snprintf(text, sizeof text, "input %dx%dx2\nconv2d 4 3x3 same relu\nmaxpool2d %s\n" TAIL, size, 13 - size,
                     pools[i]);
            check_network(text, 5);
        }
}
