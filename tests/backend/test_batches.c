/* Batches of every size that matters, and training over several of which the last is short, on networks so small that every
 * implementation gets through them. (LeNet's are in test_lenet.c.) */
#include <criterion/criterion.h>

#include "check.h"

Test(batches, every_size_of_batch_is_right) {
    static const char *const network = "input 1x2x1\nbatchnorm\ndropout 0.5\nflatten\ndense 2 relu\ndense 2 softmax\n";
    static const size_t rows[] = {1, 31, 32, 127, 1000};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check_network(network, rows[i]);
}

Test(batches, a_short_last_batch_is_a_step_of_its_real_size) {
    static const char *const network = "input 2x2x1\nconv2d 2 2x2 same relu\nbatchnorm\ndropout 0.25\nflatten\ndense 3 "
                                       "softmax\n";
    static const size_t batches[][2] = {{1, 1}, {31, 2}, {32, 31}, {127, 32}, {1000, 1}};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        check_steps(network, batches[i][0], batches[i][1]);
        check_steps(network, batches[i][0], batches[i][1]);
    }
}
