/* Every operation and fusion once, at shapes that a simulator gets through: what Oclgrind watches for reads and writes out of
 * bounds, races and barriers that diverge, and what slow implementations of OpenCL are held to. */
#include <criterion/criterion.h>

#include "check.h"

#define TAIL "flatten\ndense 2 softmax\n"

Test(tiny, dense_softmax_and_rmsprop) {
    check_network("input 2x3x1\nflatten\ndense 4 relu\ndense 3 softmax\n", 3);
}

Test(tiny, conv2d_with_and_without_padding_and_relu) {
    check_network("input 4x5x2\nconv2d 2 3x3 same relu\nconv2d 3 2x3 valid\n" TAIL, 3);
}

Test(tiny, conv2d_with_pooling_fused) {
    check_network("input 6x6x1\nconv2d 2 3x3 same relu\nmaxpool2d 2x2\nconv2d 2 2x2 valid\nmaxpool2d 2x2\n" TAIL, 3);
}

Test(tiny, maxpool2d_alone) {
    check_network("input 5x5x1\nconv2d 2 1x1 same\nrelu\nmaxpool2d 3x3\n" TAIL, 3);
}

Test(tiny, batchnorm_with_and_without_dropout) {
    check_network("input 3x3x1\nconv2d 2 2x2 valid relu\nbatchnorm\ndropout 0.5\n" TAIL, 3);
    check_network("input 3x3x1\nconv2d 2 2x2 valid relu\nbatchnorm\nrelu\n" TAIL, 3);
}

Test(tiny, dropout_and_relu_alone) {
    check_network("input 2x3x1\nflatten\ndense 5\nbatchnorm\nrelu\ndropout 0.25\ndense 3 softmax\n", 3);
}

Test(tiny, more_images_than_a_block) {
    check_network("input 2x2x1\nflatten\nbatchnorm\ndense 3 softmax\n", 35);
}
