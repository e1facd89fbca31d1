/* batchnorm, alone and with dropout fused behind it. */
#include <criterion/criterion.h>

#include "check.h"

#define TAIL "flatten\ndense 3 softmax\n"

Test(batchnorm, normalises_over_the_batch_and_every_position) {
    check_network("input 6x6x2\nconv2d 5 3x3 same relu\nbatchnorm\n" TAIL, 12);
    check_network("input 6x6x2\nconv2d 5 3x3 same relu\nbatchnorm\nconv2d 4 3x3 valid\n" TAIL, 33);
}

Test(batchnorm, padding_of_a_short_block_counts_nowhere) {
    for (size_t rows = 2; rows <= 35; rows += 3)
        check_network("input 5x5x1\nconv2d 3 3x3 same relu\nbatchnorm\nconv2d 4 3x3 valid\n" TAIL, rows);
}

Test(batchnorm, works_behind_a_dense_layer_and_on_the_image_itself) {
    check_network("input 4x4x1\nflatten\ndense 9 relu\nbatchnorm\ndense 3 softmax\n", 20);
    check_network("input 6x6x3\nbatchnorm\nconv2d 3 3x3 same\n" TAIL, 20);
}

Test(batchnorm, behind_a_flatten_each_number_is_a_channel) {
    for (size_t rows = 17; rows <= 20; rows++)
        check_network("input 5x4x1\nconv2d 3 2x2 same relu\nmaxpool2d 2x2\nflatten\nbatchnorm\ndense 3 softmax\n",
                      rows);
}

Test(batchnorm, momentum_and_epsilon_are_those_of_the_layer) {
    check_network("input 6x6x2\nconv2d 5 3x3 same relu\nbatchnorm momentum=0.5 epsilon=0.1\n" TAIL, 12);
}

Test(batchnorm, dropout_behind_it_drops_the_same_numbers_as_alone) {
    check_network("input 6x6x2\nconv2d 5 3x3 same relu\nbatchnorm\ndropout 0.25\nconv2d 4 3x3 valid\n" TAIL, 19);
    check_network("input 5x5x1\nconv2d 3 3x3 same relu\nbatchnorm\ndropout 0.5\n" TAIL, 35);
}
