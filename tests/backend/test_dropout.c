/* dropout that stands alone: the same masks as the scalar Philox draws, on every instruction set. */
#include <criterion/criterion.h>

#include "check.h"

Test(dropout, drops_what_the_seed_says_and_scales_the_rest) {
    check_network("input 6x6x2\nconv2d 5 3x3 same relu\ndropout 0.3\nflatten\ndense 3 softmax\n", 19);
    check_network("input 5x5x1\nflatten\ndense 11 relu\ndropout 0.5\ndense 3 softmax\n", 40);
}

Test(dropout, a_rate_of_zero_changes_nothing) {
    check_network("input 5x5x1\nflatten\ndense 11 relu\ndropout 0\ndense 3 softmax\n", 5);
}

Test(dropout, two_dropouts_draw_different_masks) {
    check_network("input 5x5x1\ndropout 0.2\nflatten\ndense 16 relu\ndropout 0.5\ndense 16 relu\ndropout 0.5\ndense 3 "
                  "softmax\n",
                  16);
}

Test(dropout, an_extreme_rate_is_what_it_says) {
    check_network("input 5x5x1\nflatten\ndense 40 relu\ndropout 0.9\ndense 3 softmax\n", 33);
}
