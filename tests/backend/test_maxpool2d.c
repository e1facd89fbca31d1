/* maxpool2d that stands alone (behind no convolution, or with another window than 2x2). */
#include <criterion/criterion.h>

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

Test(maxpool2d, the_image_itself_can_be_pooled) {
    check_network("input 12x12x1\nmaxpool2d 2x2\nconv2d 3 3x3 valid relu\n" TAIL, 9);
}
