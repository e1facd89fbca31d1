/* fixture.h - the shipped digits, a device and a model, for the tests of training and prediction. */
#ifndef CLENET_TESTS_FIXTURE_H
#define CLENET_TESTS_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "clenet/clenet.h"

enum { FIXTURE_SIDE = 28, FIXTURE_CLASSES = 10 };

typedef struct fixture {
    clenet_error error;
    clenet_dataset *digits; /* the first rows of the shipped ones */
    clenet_device *device;
    clenet_network *network;
    clenet_model *model;
} fixture;

static inline void ok(const fixture *f, clenet_status status) {
    cr_assert(status == CLENET_OK, "%s", f->error.message);
}

static inline fixture fixture_new(size_t rows, int threads) {
    fixture f = {0};
    clenet_dataset *all;
    ok(&f, clenet_dataset_load(&all, CLENET_SOURCE_DIR "/examples/digits/train.csv.gz", NULL, &f.error));
    ok(&f, clenet_dataset_new(&f.digits, clenet_dataset_images(all), clenet_dataset_labels(all), rows, FIXTURE_SIDE,
                              FIXTURE_SIDE, 1, FIXTURE_CLASSES, &f.error));
    clenet_dataset_free(all);
    clenet_device_options options;
    clenet_device_options_init(&options, sizeof options);
    options.threads = threads;
    ok(&f, clenet_device_open(&f.device, "cpu", &options, &f.error));
    ok(&f, clenet_network_lenet(&f.network, FIXTURE_SIDE, FIXTURE_SIDE, 1, FIXTURE_CLASSES, &f.error));
    ok(&f, clenet_model_new(&f.model, f.network, 1, &f.error));
    return f;
}

/* The same with a small network, for tests of every device: on two threads of the CPU, or on the device that CLENET_TEST_DEVICE
 * names. */
static inline fixture fixture_small(size_t rows) {
    static const char text[] =
        "input 28x28x1\nconv2d 3 3x3 relu\nmaxpool2d 3x3\nbatchnorm\nflatten\ndense 10 softmax\n";
    fixture f = fixture_new(rows, 2);
    const char *spec = getenv("CLENET_TEST_DEVICE");
    if (spec) {
        clenet_device_free(f.device);
        ok(&f, clenet_device_open(&f.device, spec, NULL, &f.error));
    }
    clenet_network_free(f.network);
    clenet_model_free(f.model);
    ok(&f, clenet_network_parse(&f.network, text, "network", &f.error));
    ok(&f, clenet_model_new(&f.model, f.network, 1, &f.error));
    return f;
}

static inline void fixture_free(fixture *f) {
    clenet_model_free(f->model);
    clenet_network_free(f->network);
    clenet_device_free(f->device);
    clenet_dataset_free(f->digits);
}

/* Trains the fixture's model. */
static inline clenet_training_result fixture_train(fixture *f, clenet_training_options options) {
    clenet_trainer *trainer;
    clenet_training_result result;
    ok(f, clenet_trainer_new(&trainer, f->model, f->digits, f->device, &options, &f->error));
    ok(f, clenet_trainer_run(trainer, &result, &f->error));
    clenet_trainer_free(trainer);
    return result;
}

#endif
