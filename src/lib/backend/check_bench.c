/* check_bench.c - see check_bench.h. */
#include "lib/backend/check_bench.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/base/philox.h"
#include "lib/net/model.h"

enum { STREAM_IMAGES = 1, STREAM_PARAMETERS = 2 };

static const float RATE = 1e-3F;

void bench_free(bench *b) {
    if (b->run) b->run->functions->free(b->run);
    plan_free(b->p);
    memory_free(b->initial);
    memory_free(b->values);
    memory_free(b->update);
    memory_free(b->logits);
    memory_free(b->images);
    memory_free(b->labels);
}

/* A random number of 32 bits: number i of the stream. */
static uint32_t draw(uint64_t seed, uint32_t stream, size_t i) {
    uint32_t counter[4] = {(uint32_t)i, (uint32_t)((uint64_t)i >> 32), 0, stream};
    return philox(seed, counter).word[0];
}

/* Moves the parameters that begin at 0 and at 1 away from there, since a kernel that ignores them would do no harm. */
static void move_parameters(bench *b, uint64_t seed) {
    for (int i = 0; i < b->network->parameter_count; i++) {
        const parameter *p = &b->network->parameters[i];
        if (p->role == PARAMETER_KERNEL) continue;
        for (size_t k = p->offset; k < p->offset + p->count; k++)
            b->initial[k] += 0.2F * ((float)(draw(seed, STREAM_PARAMETERS, k) >> 8) / (1 << 24) - 0.5F);
    }
}

static void randomise(bench *b, uint64_t seed) {
    size_t size = b->rows * shape_size(b->network->input), classes = (size_t)network_classes(b->network);
    for (size_t i = 0; i < size; i++) b->images[i] = (uint8_t)(draw(seed, STREAM_IMAGES, i) >> 24);
    for (size_t i = 0; i < b->rows; i++) b->labels[i] = (uint8_t)(i % classes);
    network_initialise(b->network, seed, b->initial);
    move_parameters(b, seed);
}

static clenet_status bench_memory(bench *b, clenet_error *error) {
    size_t size = b->rows * shape_size(b->network->input), classes = (size_t)network_classes(b->network);
    b->initial = memory_new(b->network->packed_size, sizeof *b->initial);
    b->values = memory_new(b->network->packed_size, sizeof *b->values);
    b->update = memory_new(b->network->packed_size, sizeof *b->update);
    b->logits = memory_new(b->rows * classes, sizeof *b->logits);
    b->images = memory_new(size, 1);
    b->labels = memory_new(b->rows, 1);
    if (b->initial && b->values && b->update && b->logits && b->images && b->labels) return CLENET_OK;
    return error_memory(error, size, "the check of a device");
}

plan_options bench_options(void) {
    return (plan_options){.training = true,
                          .seed = CHECK_SEED,
                          .rho = 0.9F,
                          .epsilon = 1e-7F,
                          .momentum = 0.9F,
                          .beta_1 = 0.9F,
                          .beta_2 = 0.9F};
}

clenet_status bench_new(bench *b, const clenet_network *network, const plan_options *options,
                        const clenet_device *device, size_t rows, uint64_t seed, clenet_error *error) {
    *b = (bench){.network = network, .rows = rows};
    plan_options own = *options;
    own.lanes = device->lanes;
    own.inference_batch = device->inference_batch;
    clenet_status status = bench_memory(b, error);
    if (status != CLENET_OK) return status;
    randomise(b, seed);
    status = plan_new(&b->p, network, &own, error);
    if (status == CLENET_OK) status = device->backend->prepare(&b->run, device, b->p, error);
    if (status == CLENET_OK) status = b->run->functions->write(b->run, REGION_PARAMETERS, b->initial, error);
    if (status == CLENET_OK && plan_has(&own, REGION_AVERAGES))
        status = b->run->functions->write(b->run, REGION_AVERAGES, b->initial, error);
    if (status == CLENET_OK) status = b->run->functions->bind(b->run, b->images, b->labels, rows, error);
    return status;
}

/* The difference from the initial values of the parameters that inference uses (their averages, if there are any). */
static clenet_status read_update(bench *b, clenet_error *error) {
    clenet_status status = b->run->functions->read(b->run, plan_inferred(&b->p->options), b->update, error);
    for (size_t i = 0; i < b->network->packed_size; i++) b->update[i] -= b->initial[i];
    return status;
}

/* Copies the gradients (trained parameters) of the last step, and the moving averages, to values. */
static clenet_status read_values(bench *b, clenet_error *error) {
    const clenet_network *network = b->network;
    const executor_functions *f = b->run->functions;
    size_t moving = network->packed_size - network->trained_size;
    float *parameters = memory_new(network->packed_size, sizeof *parameters);
    if (!parameters) return error_memory(error, network->packed_size * sizeof *parameters, "the check of a device");
    clenet_status status = f->read(b->run, REGION_GRADIENTS, b->values, error);
    if (status == CLENET_OK) status = f->read(b->run, REGION_PARAMETERS, parameters, error);
    if (status == CLENET_OK)
        memcpy(b->values + network->trained_size, parameters + network->trained_size, moving * sizeof *parameters);
    memory_free(parameters);
    return status;
}

clenet_status bench_run(bench *b, size_t first, clenet_error *error) {
    const executor_functions *f = b->run->functions;
    training_range range = {.epoch = 1, .learning_rate = RATE};
    clenet_status status = f->infer(b->run, 0, b->rows, b->logits, NULL, error);
    if (!b->p->options.training) return status;
    for (; range.step < CHECK_STEPS && status == CLENET_OK; range.step++) {
        range.count = range.step == 0 ? first : b->rows;
        status = f->train(b->run, &range, error);
    }
    if (status == CLENET_OK) status = read_update(b, error);
    return status == CLENET_OK ? read_values(b, error) : status;
}

/* ---- time --------------------------------------------------------------------------------------------------------- */

/* Runs over `count` positions, whose order has every row again and again, and waits for the end. */
static clenet_status run_positions(bench *b, size_t count, double *seconds, clenet_error *error) {
    const executor_functions *f = b->run->functions;
    const training_range range = {.count = count, .epoch = 1, .learning_rate = RATE};
    run_metrics waited_for;
    uint32_t *order = memory_new(count, sizeof *order);
    if (!order) return error_memory(error, count * sizeof *order, "the timing of a device");
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)(i % b->rows);
    clenet_status status = f->set_order(b->run, order, count, error);
    double began = clock_seconds();
    if (status == CLENET_OK && b->p->options.training) status = f->train(b->run, &range, error);
    if (status == CLENET_OK && !b->p->options.training) status = f->infer(b->run, 0, count, NULL, NULL, error);
    if (status == CLENET_OK) status = f->metrics(b->run, &waited_for, error);
    *seconds = clock_seconds() - began;
    clenet_status cleared = f->set_order(b->run, NULL, 0, NULL);
    memory_free(order);
    return status == CLENET_OK ? cleared : status;
}

/* The first run warms up. Then the number of images doubles until they take long enough to be measured. */
clenet_status bench_time(bench *b, double *images_per_second, clenet_error *error) {
    static const double LONG_ENOUGH = 0.1, TOO_LONG = 1; /* seconds */
    enum { IMAGES_MOST = 1 << 22, RUNS = 3 };
    double seconds = 0, best = 0;
    size_t count = b->rows;
    clenet_status status = run_positions(b, count, &seconds, error);
    if (status == CLENET_OK) status = run_positions(b, count, &seconds, error);
    while (status == CLENET_OK && seconds < LONG_ENOUGH && count < IMAGES_MOST)
        status = run_positions(b, count *= 2, &seconds, error);
    best = seconds;
    for (int i = 1; i < RUNS && status == CLENET_OK && best < TOO_LONG; i++) {
        status = run_positions(b, count, &seconds, error);
        if (seconds < best) best = seconds;
    }
    if (status == CLENET_OK) *images_per_second = (double)count / best;
    return status;
}
