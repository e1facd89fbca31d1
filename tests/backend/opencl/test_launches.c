/* How a plan becomes launches: few of them, and, whatever goes together with what, the same gradients as the CPU's. Needs PoCL. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "lib/backend/opencl/opencl.h"
#include "harness.h"

static const char lenet[] =
    "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d 16 5x5 valid "
    "relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 "
    "softmax\n";

/* More masks than gather draws, more dense layers than a head has, convolutions that the gradient reaches in every way. */
static const char many[] =
    "input 8x8x1\nconv2d 3 3x3 same relu\nbatchnorm\ndropout 0.2\nconv2d 4 3x3 same\nbatchnorm\ndropout 0.3\n"
    "conv2d 4 3x3 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.4\nflatten\ndense 9 relu\nbatchnorm\n"
    "dense 8 relu\ndense 7\ndense 6 relu\ndense 5 softmax\n";

static void need_pocl(void) {
    clenet_device *device = NULL;
    clenet_error error;
    if (clenet_device_open(&device, "pocl", NULL, &error) != CLENET_OK) cr_skip_test("%s", error.message);
    clenet_device_free(device);
}

Test(launches, a_step_of_lenet_takes_fourteen) {
    need_pocl();
    static const char *const tiles[] = {"vector", "vector8", "group"};
    for (int i = 0; i < 3; i++) {
        harness h =
            harness_new((harness_options){.text = lenet, .device = "pocl", .tiles = tiles[i], .rows = 32, .seed = 3});
        const opencl_executor *e = (const opencl_executor *)h.run;
        cr_expect_leq(e->training.count, 14, "%d launches with tiles '%s'", e->training.count, tiles[i]);
        cr_expect_leq(e->inference.count, 7, "%d launches of inference", e->inference.count);
        harness_free(&h);
    }
}

/* The gradients after a step over a whole block and a short one. */
static harness one_step(const char *device, const char *tiles, float **gradients) {
    harness h = harness_new((harness_options){.text = many, .device = device, .tiles = tiles, .rows = 37, .seed = 5});
    *gradients = calloc(h.network->packed_size, sizeof **gradients);
    harness_train(&h, 0, h.rows, 4, 1e-3F);
    harness_read(&h, REGION_GRADIENTS, *gradients);
    return h;
}

Test(launches, apart_or_together_they_compute_the_same) {
    need_pocl();
    static const char *const tiles[] = {"vector", "vector,fused=1", "group", "group,fused=1"};
    float *expected;
    harness cpu = one_step("cpu", NULL, &expected);
    size_t size = cpu.network->packed_size;
    double *wanted = calloc(size, sizeof *wanted);
    for (size_t k = 0; k < size; k++) wanted[k] = (double)expected[k];
    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++) {
        float *gradients;
        harness h = one_step("pocl", tiles[i], &gradients);
        double distance = relative_error(gradients, wanted, size);
        cr_expect_lt(distance, 1e-5, "tiles '%s': the gradients are %g away", tiles[i], distance);
        harness_free(&h);
        free(gradients);
    }
    harness_free(&cpu);
    free(expected);
    free(wanted);
}
