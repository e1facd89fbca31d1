/* lenet.c - LeNet with few images: tests/backend/test_lenet.c takes minutes on an emulated processor. */
#include "check.h"

#include <criterion/criterion.h>

static const char lenet[] = "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\n"
                            "conv2d 16 5x5 valid relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\n"
                            "dense 120 relu\ndense 84 relu\ndense 10 softmax\n";

Test(lenet, computes_what_the_formulas_say) {
    check_network(lenet, 1);
    check_network(lenet, 9);
}

Test(lenet, three_steps_with_a_short_last_one_match_double_precision) {
    check_steps(lenet, 9, 6);
}
