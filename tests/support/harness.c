#include "harness.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/philox.h"
#include "lib/net/model.h"

static uint32_t random_word(uint64_t seed, uint32_t what, size_t i) {
    uint32_t counter[4] = {(uint32_t)i, (uint32_t)(i >> 32), what, 0xFFFF};
    return philox(seed, counter).word[0];
}

static void randomise_values(harness *h, uint64_t seed) {
    network_initialise(h->network, seed, h->values);
    for (int i = 0; i < h->network->parameter_count; i++) {
        const parameter *p = &h->network->parameters[i];
        if (p->role == PARAMETER_KERNEL) continue;
        for (size_t k = 0; k < p->count; k++) {
            float unit = philox_unit(random_word(seed, 10 + (uint32_t)i, k));
            bool positive = p->role == PARAMETER_GAMMA || p->role == PARAMETER_MOVING_VARIANCE;
            h->values[p->offset + k] = positive ? 0.5F + unit : unit - 0.5F;
        }
    }
}

static void randomise_data(harness *h, uint64_t seed) {
    size_t size = shape_size(h->network->input);
    h->images = malloc(h->rows * size);
    h->labels = malloc(h->rows);
    for (size_t i = 0; i < h->rows * size; i++) h->images[i] = (uint8_t)(random_word(seed, 1, i) >> 24);
    for (size_t i = 0; i < h->rows; i++)
        h->labels[i] = (uint8_t)(random_word(seed, 2, i) % (uint32_t)network_classes(h->network));
}

static void copy_data(harness *h, const clenet_dataset *dataset) {
    size_t size = shape_size(h->network->input);
    cr_assert_geq(clenet_dataset_rows(dataset), h->rows);
    h->images = malloc(h->rows * size);
    h->labels = malloc(h->rows);
    memcpy(h->images, clenet_dataset_images(dataset), h->rows * size);
    memcpy(h->labels, clenet_dataset_labels(dataset), h->rows);
}

static void ok(clenet_status status, const clenet_error *error) {
    cr_assert(status == CLENET_OK, "%s", error->message);
}

harness harness_new(harness_options o) {
    harness h = {.rows = o.rows};
    clenet_error error;
    const char *text = o.model ? clenet_network_text(clenet_model_network(o.model)) : o.text;
    ok(clenet_network_parse(&h.network, text, "test", &error), &error);
    clenet_device_options device = {
        .size = sizeof device, .threads = o.threads ? o.threads : 1, .isa = o.isa, .tiles = o.tiles};
    if (o.device && strcmp(o.device, "cpu") != 0) device.gemm = getenv("CLENET_TEST_GEMM");
    if (o.plain) device.plain = o.plain;
    if (o.tiles && strcmp(o.tiles, "plain") == 0) device.tiles = NULL, device.plain = "all";
    ok(clenet_device_open(&h.device, o.device ? o.device : "cpu", &device, &error), &error);
    h.values = calloc(h.network->packed_size + 1, sizeof *h.values);
    if (o.model)
        memcpy(h.values, o.model->values, h.network->packed_size * sizeof *h.values);
    else
        randomise_values(&h, o.seed);
    if (o.dataset)
        copy_data(&h, o.dataset);
    else
        randomise_data(&h, o.seed);
    plan_options lowering = {.training = true,
                             .lanes = h.device->lanes,
                             .batch = o.batch ? o.batch : o.rows,
                             .inference_batch = h.device->inference_batch,
                             .seed = o.seed,
                             .augment = o.augment,
                             .copies = o.copies,
                             .optimizer = o.optimizer,
                             .rho = 0.9F,
                             .momentum = 0.9F,
                             .beta_1 = 0.9F,
                             .beta_2 = 0.999F,
                             .epsilon = o.epsilon > 0 ? o.epsilon : 1e-7F,
                             .weight_decay = o.weight_decay,
                             .weight_average = o.weight_average,
                             .label_smoothing = o.label_smoothing};
    ok(plan_new(&h.p, h.network, &lowering, &error), &error);
    ok(h.device->backend->prepare(&h.run, h.device, h.p, &error), &error);
    ok(h.run->functions->write(h.run, REGION_PARAMETERS, h.values, &error), &error);
    if (plan_has(&lowering, REGION_AVERAGES))
        ok(h.run->functions->write(h.run, REGION_AVERAGES, h.values, &error), &error);
    ok(h.run->functions->bind(h.run, h.images, h.labels, h.rows, &error), &error);
    return h;
}

void harness_free(harness *h) {
    h->run->functions->free(h->run);
    plan_free(h->p);
    clenet_device_free(h->device);
    clenet_network_free(h->network);
    free(h->values);
    free(h->images);
    free(h->labels);
}

void harness_train(harness *h, size_t first, size_t count, uint32_t step, float learning_rate) {
    clenet_error error;
    training_range range = {
        .first = first, .count = count, .step = step, .epoch = h->epoch, .learning_rate = learning_rate};
    ok(h->run->functions->train(h->run, &range, &error), &error);
}

void harness_read(harness *h, plan_region region, float *values) {
    clenet_error error;
    ok(h->run->functions->read(h->run, region, values, &error), &error);
}

run_metrics harness_metrics(harness *h) {
    clenet_error error;
    run_metrics metrics;
    ok(h->run->functions->metrics(h->run, &metrics, &error), &error);
    ok(h->run->functions->metrics_reset(h->run, &error), &error);
    return metrics;
}

double relative_error(const float *a, const double *b, size_t n) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        size += b[i] * b[i];
    }
    return sqrt(difference) / (size > 0 ? sqrt(size) : 1);
}
