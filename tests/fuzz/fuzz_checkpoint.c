/* fuzz_checkpoint.c - a checkpoint from a stranger: clenet_checkpoint_load on any bytes, and a trainer that is asked to take up
 * what it takes for one. */
#include "fuzz.h"

enum { ROWS = 4, SIDE = 2, CLASSES = 2 };

/* A trainer on the checkpoint's own network, where that is for images of the size that there are. */
static void take_up(const clenet_checkpoint *checkpoint) {
    static const uint8_t images[ROWS * SIDE * SIDE] = {0}, labels[ROWS] = {0, 1, 0, 1};
    const clenet_network *network = clenet_checkpoint_network(checkpoint);
    clenet_shape input = clenet_network_input(network);
    clenet_training_options options;
    clenet_checkpoint_options(checkpoint, &options, sizeof options);
    clenet_dataset *dataset = NULL;
    clenet_device *device = NULL;
    clenet_model *model = NULL;
    clenet_trainer *trainer = NULL;
    clenet_error error;
    size_t done = 0;
    fuzz_require(clenet_checkpoint_epoch(checkpoint, &done) >= 1, "a run goes on before its first epoch");
    if (input.height != SIDE || input.width != SIDE || input.channels != 1 || clenet_network_layers(network) > 8)
        return;
    clenet_status status = clenet_dataset_new(&dataset, images, labels, ROWS, SIDE, SIDE, 1, CLASSES, &error);
    if (status == CLENET_OK) status = clenet_device_open(&device, "cpu", NULL, &error);
    if (status == CLENET_OK) status = clenet_model_new(&model, network, 1, &error);
    if (status == CLENET_OK) status = clenet_trainer_new(&trainer, model, dataset, device, &options, &error);
    if (status == CLENET_OK) status = clenet_trainer_resume(trainer, checkpoint, &error);
    fuzz_check_error(status, &error);
    clenet_trainer_free(trainer);
    clenet_model_free(model);
    clenet_device_free(device);
    clenet_dataset_free(dataset);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    clenet_checkpoint *checkpoint = NULL;
    clenet_error error;
    clenet_status status = clenet_checkpoint_load(&checkpoint, fuzz_file(bytes, count), &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK) take_up(checkpoint);
    clenet_checkpoint_free(checkpoint);
    return 0;
}
