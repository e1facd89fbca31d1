/* dense, relu and softmax on sizes that fill tiles and that do not. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "check.h"

Test(dense, every_number_of_neurons_fills_its_tiles) {
    for (int units = 1; units <= 40; units += 3) {
        char text[128];
        snprintf(text, sizeof text, "input 3x5x1\nflatten\ndense %d relu\ndense 4 softmax\n", units);
        check_network(text, 18);
    }
}

Test(dense, every_size_of_batch_is_right) {
    static const size_t rows[] = {1, 2, 15, 16, 17, 31, 32, 33, 64, 127, 200};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_network("input 4x4x1\nflatten\ndense 13 relu\ndense 7\ndense 5 softmax\n", rows[i]);
}

/* So many weights are divided among the threads by inputs: y is the sum of four slices. With 200 images a vector of few lanes gives
 * too many blocks for that, so both ways are tested. */
Test(dense, a_layer_of_many_weights_is_right) {
    static const size_t rows[] = {1, 9, 33, 200};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_network("input 7x7x5\nflatten\ndense 71 relu\ndense 3 softmax\n", rows[i]);
    check_network("input 16x16x1\nflatten\ndense 260 relu\ndense 3 softmax\n", 100);
}

Test(dense, a_network_may_be_one_layer) {
    check_network("input 4x4x1\nflatten\ndense 2 softmax\n", 9);
    check_network("input 4x4x3\nflatten\ndense 256\nsoftmax\n", 9);
}
