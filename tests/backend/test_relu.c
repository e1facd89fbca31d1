/* relu as a layer of its own, where nothing before it can take it in. */
#include <criterion/criterion.h>

#include "check.h"

Test(relu, works_behind_any_layer) {
    check_network("input 6x6x2\nconv2d 4 3x3 same\nbatchnorm\nrelu\nflatten\ndense 3 softmax\n", 19);
    check_network("input 6x6x2\nconv2d 4 3x3 same\nmaxpool2d 3x3\nrelu\nflatten\ndense 5\nrelu\ndense 3 softmax\n", 19);
    check_network("input 6x6x2\nrelu\nflatten\nrelu\ndense 3 softmax\n", 5);
    check_network("input 6x6x2\nconv2d 4 3x3 same relu\nrelu\nflatten\ndense 3 softmax\n", 5);
}
