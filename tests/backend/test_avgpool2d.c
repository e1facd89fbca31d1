/* avgpool2d: the mean of each window, and a gradient that all of the window share. */
#include <criterion/criterion.h>

#include "check.h"

#define TAIL "flatten\ndense 3 softmax\n"

Test(avgpool2d, any_window_is_averaged_and_shares_its_gradient) {
    check_network("input 12x12x2\nconv2d 4 3x3 same\navgpool2d 2x2\n" TAIL, 5);
    check_network("input 12x12x2\nconv2d 4 3x3 same relu\navgpool2d 3x3\n" TAIL, 21);
    check_network("input 20x20x1\nconv2d 4 3x3 same relu\navgpool2d 16x16\n" TAIL, 4);
    check_network("input 6x6x1\nconv2d 4 3x3 same relu\navgpool2d 1x1\n" TAIL, 4);
}

Test(avgpool2d, rows_and_columns_left_over_are_dropped) {
    check_network("input 11x13x1\nconv2d 3 3x3 same\navgpool2d 3x3\n" TAIL, 7);
    check_network("input 11x13x1\nconv2d 3 3x3 same\nbatchnorm\navgpool2d 2x2\nconv2d 2 3x3 valid\n" TAIL, 7);
}

Test(avgpool2d, the_image_itself_can_be_pooled) {
    check_network("input 12x12x1\navgpool2d 2x2\nconv2d 3 3x3 valid relu\n" TAIL, 9);
}

Test(globalavgpool2d, every_channel_becomes_its_mean) {
    check_network("input 12x9x2\nconv2d 19 3x3 same relu\nglobalavgpool2d\ndense 3 softmax\n", 21);
    check_network("input 1x7x3\nbatchnorm\nglobalavgpool2d\nsoftmax\n", 5);
    check_network("input 6x6x2\nglobalavgpool2d\ndense 4 relu\ndense 3 softmax\n", 4);
}
