/* How a plan becomes launches: few of them, and, whatever goes together with what, the same gradients as the CPU's. Needs PoCL. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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

Test(launches, a_step_of_lenet_takes_few) {
    need_pocl();
    static const char *const tiles[] = {"vector", "vector8", "group"};
    static const int most[] = {14, 14, 8};
    for (int i = 0; i < 3; i++) {
        harness h =
            harness_new((harness_options){.text = lenet, .device = "pocl", .tiles = tiles[i], .rows = 32, .seed = 3});
        const opencl_executor *e = (const opencl_executor *)h.run;
        cr_expect_leq(e->training.count, most[i], "%d launches with tiles '%s'", e->training.count, tiles[i]);
        cr_expect_leq(e->inference.count, 7, "%d launches of inference", e->inference.count);
        harness_free(&h);
    }
}

/* The gradients after a step. */
static harness one_step(const char *text, size_t rows, const char *device, const char *tiles, const char *plain,
                        float **gradients) {
    harness h = harness_new(
        (harness_options){.text = text, .device = device, .tiles = tiles, .plain = plain, .rows = rows, .seed = 5});
    *gradients = calloc(h.network->packed_size, sizeof **gradients);
    harness_train(&h, 0, h.rows, 4, 1e-3F);
    harness_read(&h, REGION_GRADIENTS, *gradients);
    return h;
}

/* The distance of the gradients from the CPU's, with each of `count` kinds of tiles. */
static void compare(const char *text, size_t rows, const char *const *tiles, size_t count, const char *plain) {
    float *expected;
    harness cpu = one_step(text, rows, "cpu", NULL, NULL, &expected);
    size_t size = cpu.network->packed_size;
    double *wanted = calloc(size, sizeof *wanted);
    for (size_t k = 0; k < size; k++) wanted[k] = (double)expected[k];
    for (size_t i = 0; i < count; i++) {
        float *gradients;
        harness h = one_step(text, rows, "pocl", tiles[i], plain, &gradients);
        double distance = relative_error(gradients, wanted, size);
        cr_expect_lt(distance, 1e-5, "%s, %zu images, tiles '%s', plain '%s': the gradients are %g away", text, rows,
                     tiles[i], plain ? plain : "", distance);
        harness_free(&h);
        free(gradients);
    }
    harness_free(&cpu);
    free(expected);
    free(wanted);
}

Test(launches, apart_or_together_they_compute_the_same) {
    need_pocl();
    static const char *const tiles[] = {"vector",        "vector,fused=1",        "group",        "group,group=32",
                                        "group,parts=1", "group,parts=1,fused=1", "group,group=1"};
    compare(many, 37, tiles, sizeof tiles / sizeof tiles[0], NULL); /* a whole block and a short one */
}

Test(launches, a_kernel_too_wide_for_sums_in_parts_may_stand_behind_a_batch_norm) {
    need_pocl();
    static const char *const group = "group";
    compare("input 9x9x1\nbatchnorm\nconv2d 4 7x7 same relu\nmaxpool2d 2x2\nbatchnorm\nflatten\ndense 3 softmax\n", 9,
            &group, 1, NULL);
}

Test(launches, a_launch_leaves_work_to_a_neighbour_with_plain_kernels) {
    need_pocl();
    static const char *const group = "group", *const plain[] = {"conv2d", "batchnorm", "head"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) compare(many, 37, &group, 1, plain[i]);
}

/* Images that a group of the head takes through all layers; 0: its first layer is another launch. */
static size_t images_of_head(const char *text, size_t rows) {
    harness h =
        harness_new((harness_options){.text = text, .device = "pocl", .tiles = "group", .rows = rows, .seed = 3});
    const launch_list *list = &((const opencl_executor *)h.run)->training;
    size_t images = 0;
    for (int i = 1; i < list->count; i++)
        if (strcmp(list->launches[i].name, "head") == 0 && strcmp(list->launches[i - 1].name, "dense_forward") != 0)
            images = (size_t)h.device->lanes / list->launches[i].global[1];
    harness_free(&h);
    return images;
}

Test(launches, a_group_of_the_head_takes_more_images_if_the_batch_is_large) {
    need_pocl();
    static const struct {
        const char *text;
        size_t rows, images;
    } heads[] = {
        {"input 3x3x1\nflatten\ndense 5 softmax\n", 256, 1},
        {"input 4x4x1\nbatchnorm\nflatten\ndense 12 relu\ndense 6 softmax\n", 300, 2},
        {"input 3x5x1\nflatten\ndense 13 relu\ndense 7\ndense 5 softmax\n", 600, 4},
        {"input 7x5x1\nbatchnorm\nflatten\ndense 36 relu\ndense 10 relu\ndense 4 softmax\n", 1100, 8},
        {"input 6x6x1\nconv2d 3 3x3 valid relu\nbatchnorm\ndropout 0.3\nflatten\ndense 10 relu\ndense 4 softmax\n", 64,
         1},
        {"input 5x5x1\nconv2d 6 2x2 valid relu\nbatchnorm\nflatten\ndense 10 softmax\n", 290, 2},
        {"input 6x6x1\nconv2d 3 3x3 valid relu\nbatchnorm\ndropout 0.3\nflatten\ndense 10 relu\ndense 4 softmax\n", 600,
         4},
        {"input 4x4x1\nconv2d 5 3x3 valid\nbatchnorm\ndropout 0.2\nflatten\ndense 6\ndense 3 softmax\n", 1100, 8},
        {"input 2x2x1\nflatten\ndense 300 relu\nbatchnorm\ndense 3 softmax\n", 33, 1},
        {"input 24x24x8\nbatchnorm\nflatten\ndense 300 relu\ndense 3 softmax\n", 33, 0}, /* too many weights */
        {"input 96x96x1\nflatten\ndense 3 softmax\n", 33, 0},                            /* too many inputs */
    };
    static const char *const tiles[] = {"group"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        size_t images = images_of_head(heads[i].text, heads[i].rows);
        cr_expect_eq(images, heads[i].images, "%zu images, not %zu, of %zu: %s", images, heads[i].images, heads[i].rows,
                     heads[i].text);
        compare(heads[i].text, heads[i].rows, tiles, 1, NULL);
    }
}
