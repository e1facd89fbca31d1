/* What a device compiled ahead is not compiled again. Needs PoCL; without it the tests have nothing to look at. */
#include <criterion/criterion.h>
#include <string.h>

#include "lib/backend/opencl/opencl.h"

enum { ROWS = 40 };

static clenet_network *small_network(void) {
    clenet_network *network = NULL;
    const char *text = "input 6x6x1\nconv2d 3 3x3 same relu\nbatchnorm\ndropout 0.25\nflatten\ndense 4 softmax\n";
    cr_assert(clenet_network_parse(&network, text, "test", NULL) == CLENET_OK);
    return network;
}

static int programs_of(const clenet_device *device) {
    return ((const opencl_device *)device->state)->programs.count;
}

/* Trains an epoch on ones and zeros; the model's first tensor goes to values. */
static void train(const clenet_device *device, const clenet_network *network, const clenet_training_options *options,
                  float values[27]) {
    uint8_t images[ROWS * 36], labels[ROWS];
    for (int i = 0; i < ROWS * 36; i++) images[i] = (uint8_t)(i * 37 % 251);
    for (int i = 0; i < ROWS; i++) labels[i] = (uint8_t)(i % 4);
    clenet_dataset *data = NULL;
    clenet_model *model = NULL;
    clenet_trainer *trainer = NULL;
    clenet_error error;
    cr_assert(clenet_dataset_new(&data, images, labels, ROWS, 6, 6, 1, 4, NULL) == CLENET_OK);
    cr_assert(clenet_model_new(&model, network, 5, NULL) == CLENET_OK);
    cr_assert(clenet_trainer_new(&trainer, model, data, device, options, &error) == CLENET_OK, "%s", error.message);
    cr_assert(clenet_trainer_run(trainer, NULL, &error) == CLENET_OK, "%s", error.message);
    memcpy(values, clenet_model_tensor(model, 0).data, 27 * sizeof *values);
    clenet_trainer_free(trainer);
    clenet_model_free(model);
    clenet_dataset_free(data);
}

Test(warm_up, a_trainer_compiles_nothing_after_it_and_learns_the_same) {
    clenet_network *network = small_network();
    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    options.epochs = 1;
    float values[2][27];
    for (int warm = 0; warm < 2; warm++) {
        clenet_device *device = NULL;
        clenet_error error;
        if (clenet_device_open(&device, "pocl", NULL, &error) != CLENET_OK) cr_skip_test("%s", error.message);
        if (warm) cr_assert(clenet_device_warm_up(device, network, &options, &error) == CLENET_OK, "%s", error.message);
        int compiled = programs_of(device);
        cr_expect(warm ? compiled > 0 : compiled == 0);
        options.seed = 9; /* another seed needs no other program */
        train(device, network, &options, values[warm]);
        if (warm) cr_expect(programs_of(device) == compiled, "%d programs became %d", compiled, programs_of(device));
        clenet_device_free(device);
    }
    cr_expect(memcmp(values[0], values[1], sizeof values[0]) == 0);
    clenet_network_free(network);
}

Test(warm_up, needs_a_network_that_ends_in_a_softmax) {
    clenet_network *network = NULL;
    clenet_device *device = NULL;
    clenet_error error;
    cr_assert(clenet_network_new(&network, 4, 4, 1, NULL) == CLENET_OK);
    cr_assert(clenet_device_open(&device, "cpu", NULL, NULL) == CLENET_OK);
    cr_expect(clenet_device_warm_up(device, network, NULL, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_device_warm_up(NULL, network, NULL, &error) == CLENET_ERROR_ARGUMENT);
    clenet_device_free(device);
    clenet_network_free(network);
}
