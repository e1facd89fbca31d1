/* zeropad2d: zeros around an image, which get no gradient. */
#include <criterion/criterion.h>

#include "check.h"

#define TAIL "flatten\ndense 3 softmax\n"

Test(zeropad2d, every_side_gets_its_zeros_and_the_image_its_gradient) {
    check_network("input 6x5x2\nconv2d 3 3x3 same relu\nzeropad2d 2\nconv2d 2 3x3 valid\n" TAIL, 5);
    check_network("input 6x5x2\nconv2d 3 3x3 same\nzeropad2d 1,0,3,2\nconv2d 2 3x3 valid\n" TAIL, 21);
    check_network("input 4x4x1\nconv2d 2 1x1 same relu\nzeropad2d 0\nzeropad2d 0,1,0,1\n" TAIL, 4);
}

Test(zeropad2d, a_pool_may_take_nothing_but_zeros) {
    check_network("input 3x3x1\nconv2d 2 2x2 same\nzeropad2d 4,0,0,5\nmaxpool2d 2x2\n" TAIL, 7);
    check_network("input 3x3x1\nconv2d 2 2x2 same\nzeropad2d 4,0,0,5\navgpool2d 2x2\n" TAIL, 7);
}

Test(zeropad2d, the_image_itself_can_be_padded) {
    check_network("input 5x5x3\nzeropad2d 64,1,2,64\nmaxpool2d 16x16\nconv2d 3 3x3 valid relu\n" TAIL, 2);
}
