/* warm_up.c - opens a device for a job, and compiles its programs ahead. */
#include <stdlib.h>

#include "lib/backend/backend.h"
#include "lib/backend/job.h"
#include "lib/base/memory.h"
#include "lib/train/options.h"
#include "lib/train/state.h"

/* Runs one step and one inference on one blank image: the programs are those of a whole batch. */
static clenet_status run_once(executor *e, const clenet_network *network, const plan_options *options,
                              clenet_error *error) {
    const uint8_t label = 0;
    const training_range range = {.first = 0, .count = 1};
    const executor_functions *f = e->functions;
    uint8_t *image = memory_new(shape_size(network->input), 1);
    if (!image) return error_memory(error, shape_size(network->input), "an image");
    clenet_status status = f->bind(e, image, &label, 1, error);
    if (status == CLENET_OK && options->training) status = f->train(e, &range, error);
    if (status == CLENET_OK) status = f->infer(e, 0, 1, NULL, NULL, error);
    memory_free(image);
    return status;
}

/* The options of a plan for a trainer, or for a predictor (options NULL). */
static clenet_status lowering_for(plan_options *lowering, const clenet_training_options *options, clenet_error *error) {
    clenet_training_options training;
    *lowering = (plan_options){.training = false, .batch = 1};
    if (!options) return CLENET_OK;
    clenet_status status = training_options_take(&training, options, error);
    if (status != CLENET_OK) return status;
    *lowering = training_lowering(&training);
    lowering->batch = (size_t)training.batch;
    return CLENET_OK;
}

clenet_status clenet_device_open_for(clenet_device **device, const char *spec, const clenet_device_options *options,
                                     const clenet_network *network, const clenet_training_options *training,
                                     clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(spec, error);
    REQUIRE(network, error);
    plan_options lowering;
    clenet_status status = network_check_complete(network, error);
    if (status == CLENET_OK) status = lowering_for(&lowering, training, error);
    if (status != CLENET_OK) return status;
    char *job = job_text(network, &lowering);
    if (!job) return error_memory(error, sizeof lowering, "the job of a device");
    status = device_open_for(device, spec, options, job, error);
    free(job);
    return status;
}

clenet_status clenet_device_warm_up(const clenet_device *device, const clenet_network *network,
                                    const clenet_training_options *options, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(network, error);
    REQUIRE_OWNER(device, "device", error);
    clenet_status status = network_check_complete(network, error);
    if (status != CLENET_OK || !device->backend->compiles) return status;
    plan_options lowering;
    status = lowering_for(&lowering, options, error);
    if (status != CLENET_OK) return status;
    lowering.lanes = device->lanes;
    lowering.inference_batch = device->inference_batch;
    clenet_device unprofiled = *device; /* this is not the caller's work */
    unprofiled.profile = NULL;
    plan *p = NULL;
    executor *e = NULL;
    status = plan_new(&p, network, &lowering, error);
    if (status == CLENET_OK) status = device->backend->prepare(&e, &unprofiled, p, error);
    if (status == CLENET_OK) status = run_once(e, network, &lowering, error);
    if (e) e->functions->free(e);
    plan_free(p);
    return status;
}
