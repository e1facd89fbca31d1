/* The loss and its gradient with label smoothing; without, every other test of a network has them. */
#include <criterion/criterion.h>

#include "check.h"

Test(softmax_cross_entropy, smoothed_labels_give_the_loss_and_the_gradient_of_their_formula) {
    static const char *const networks[] = {"input 4x4x1\nflatten\ndense 2 softmax\n",
                                           "input 6x6x1\nflatten\ndense 9 relu\ndense 10 softmax\n",
                                           "input 2x2x1\nflatten\ndense 37 softmax\n"};
    static const float smoothings[] = {0.1F, 0.5F, 0.99F};
    for (int i = 0; i < 3; i++)
        for (size_t rows = 1; rows < 40; rows += 12 + (size_t)i)
            check_network_smoothed(networks[i], rows, smoothings[i]);
}
