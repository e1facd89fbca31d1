/* zeropad2d: zeros around an image, which get no gradient. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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

/* Zeros, and pools whose windows overlap and reach beyond the image. */
static const char *const POOLS =
    "input 11x9x2\nconv2d 5 3x3 same relu\nzeropad2d 1,0,2,1\nmaxpool2d 3x3 same stride=2\n"
    "avgpool2d 3x3 same stride=2\nconv2d 3 2x2 valid\nmaxpool2d 2x2 same stride=1\n" TAIL;
enum { ROWS = 21, CLASSES = 3 };

Test(zeropad2d, with_pools_the_number_of_threads_does_not_change_the_bits) {
    float *values[3];
    size_t size = 0;
    if (getenv("CLENET_TEST_DEVICE")) cr_skip_test("threads are the CPU backend's");
    for (int i = 0; i < 3; i++) {
        harness h =
            harness_new((harness_options){.text = POOLS, .threads = i + 1, .rows = ROWS, .batch = 16, .seed = 3});
        size = h.network->packed_size;
        values[i] = calloc(size, sizeof *values[i]);
        harness_train(&h, 0, ROWS, 0, 1e-3F);
        harness_read(&h, REGION_PARAMETERS, values[i]);
        harness_free(&h);
    }
    for (int i = 1; i < 3; i++)
        cr_expect(memcmp(values[0], values[i], size * sizeof(float)) == 0, "%d threads: other bits", i + 1);
    for (int i = 0; i < 3; i++) free(values[i]);
}

Test(zeropad2d, with_pools_an_image_alone_gets_the_same_bits) {
    float alone[ROWS * CLASSES], together[ROWS * CLASSES];
    clenet_error error;
    if (getenv("CLENET_TEST_DEVICE")) cr_skip_test("a single image is special on the CPU");
    harness h = harness_new((harness_options){.text = POOLS, .rows = ROWS, .seed = 3});
    cr_assert(h.run->functions->infer(h.run, 0, ROWS, together, NULL, &error) == CLENET_OK);
    for (size_t i = 0; i < ROWS; i++)
        cr_assert(h.run->functions->infer(h.run, i, 1, alone + i * CLASSES, NULL, &error) == CLENET_OK);
    cr_expect(memcmp(alone, together, sizeof alone) == 0, "other bits");
    harness_free(&h);
}
