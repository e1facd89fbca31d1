/* What Keras computes from the same weights on the same digits, and PyTorch with weight decay as L2: tests/golden/README.md says
 * how that was made. The bounds are the issue's; the frameworks' own float32 is within them of their float64. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lib/net/model.h"
#include "lib/net/safetensors.h"
#include "reference.h"

enum { DIGITS = 352, LOGIT_ROWS = 64, CLASSES = 10, BATCH = 32, STEPS = 10, SHORT = 5 };
static const float RATE = 1e-3F;

static clenet_error error;
static clenet_model *model, *strided_model;
static clenet_dataset *digits;
static safetensors_file *golden, *optimizers, *decay, *strided;

static void ok(clenet_status status) {
    cr_assert(status == CLENET_OK, "%s", error.message);
}

static void open_files(void) {
    ok(clenet_model_load(&model, CLENET_SOURCE_DIR "/tests/golden/initial.safetensors", &error));
    ok(clenet_dataset_load(&digits, CLENET_SOURCE_DIR "/examples/digits/train.csv.gz", NULL, &error));
    ok(safetensors_open(&golden, CLENET_SOURCE_DIR "/tests/golden/keras.safetensors", &error));
    ok(safetensors_open(&optimizers, CLENET_SOURCE_DIR "/tests/golden/optimizers.safetensors", &error));
    ok(safetensors_open(&decay, CLENET_SOURCE_DIR "/tests/golden/decay.safetensors", &error));
    ok(clenet_model_load(&strided_model, CLENET_SOURCE_DIR "/tests/golden/strided_initial.safetensors", &error));
    ok(safetensors_open(&strided, CLENET_SOURCE_DIR "/tests/golden/strided.safetensors", &error));
}

static void close_files(void) {
    clenet_model_free(model);
    clenet_dataset_free(digits);
    safetensors_close(golden);
    safetensors_close(optimizers);
    safetensors_close(decay);
    clenet_model_free(strided_model);
    safetensors_close(strided);
}

TestSuite(keras, .init = open_files, .fini = close_files);

/* The numbers of a golden tensor, in double; free() them. */
static double *values_of(const char *name, size_t count) {
    const safetensors_file *const files[] = {golden, optimizers, decay, strided}, *file = golden;
    for (int i = 0; i < 4 && !safetensors_find(file, name); i++) file = files[i];
    const safetensors_tensor *tensor = safetensors_find(file, name);
    cr_assert(tensor && tensor->count == count, "%s is not among the golden values", name);
    float *single = malloc(count * sizeof *single);
    double *values = malloc(count * sizeof *values);
    ok(safetensors_read(file, tensor, single, &error));
    for (size_t i = 0; i < count; i++) values[i] = (double)single[i];
    free(single);
    return values;
}

/* Runs the body on every way to run it here, with what of the options is not the way's. */
static void on_each_variant_with(harness_options o, void (*body)(harness *h, const char *where)) {
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int i = 0; i < count; i++) {
        const check_variant *v = &variants[i];
        if (o.model && !check_is_due(i)) continue; /* another network: many programs to compile */
        o.model = o.model ? o.model : model, o.dataset = digits, o.rows = DIGITS, o.batch = BATCH;
        o.device = v->device, o.isa = v->isa, o.tiles = v->tiles, o.threads = v->threads;
        harness h = harness_new(o);
        body(&h, v->name);
        harness_free(&h);
    }
}

static void on_each_variant(void (*body)(harness *h, const char *where)) {
    on_each_variant_with((harness_options){.rows = 0}, body);
}

static void expect_logits(harness *h, const char *where, const char *name, size_t rows, double bound) {
    float logits[LOGIT_ROWS * CLASSES];
    ok(h->run->functions->infer(h->run, 0, rows, logits, NULL, &error));
    double *expected = values_of(name, rows * CLASSES);
    double off = relative_error(logits, expected, rows * CLASSES);
    cr_expect(off <= bound, "%s: %s are off by %.2g", where, name, off);
    free(expected);
}

/* Every trained parameter's gradient, relative, L2. */
static void expect_gradients(harness *h, const char *where, const char *prefix, double bound) {
    float *gradients = malloc(h->network->packed_size * sizeof *gradients);
    harness_read(h, REGION_GRADIENTS, gradients);
    for (int i = 0; i < h->network->parameter_count; i++) {
        const parameter *p = &h->network->parameters[i];
        if (!p->trained) continue;
        char name[128];
        snprintf(name, sizeof name, "%s.%s", prefix, p->name);
        double *expected = values_of(name, p->count);
        double off = relative_error(gradients + p->offset, expected, p->count);
        cr_expect(off <= bound, "%s: %s is off by %.2g", where, name, off);
        free(expected);
    }
    free(gradients);
}

static void logits_of_64_digits(harness *h, const char *where) {
    expect_logits(h, where, "logits", LOGIT_ROWS, 1e-5);
}
Test(keras, logits_of_64_digits_are_keras_s) {
    on_each_variant(logits_of_64_digits);
}

static void gradients_of_a_batch(harness *h, const char *where) {
    harness_train(h, 0, BATCH, 0, RATE);
    expect_gradients(h, where, "gradient", 1e-4);
}
Test(keras, gradients_of_a_batch_are_keras_s) {
    on_each_variant(gradients_of_a_batch);
}

static void gradients_of_a_short_batch(harness *h, const char *where) {
    harness_train(h, 0, SHORT, 0, RATE);
    expect_gradients(h, where, "short.gradient", 1e-4);
    double *loss = values_of("short.loss", 1);
    cr_expect(fabs(harness_metrics(h).loss / SHORT - loss[0]) <= 1e-5);
    free(loss);
}
Test(keras, gradients_of_a_short_batch_are_keras_s) {
    on_each_variant(gradients_of_a_short_batch);
}

static const char *prefix; /* of the golden tensors' names, for ten_steps() and what it calls */

/* Every parameter but what the file leaves out. */
static void expect_step10_values(harness *h, const char *where) {
    float *values = malloc(h->network->packed_size * sizeof *values);
    harness_read(h, REGION_PARAMETERS, values);
    for (int i = 0; i < h->network->parameter_count; i++) {
        const parameter *p = &h->network->parameters[i];
        char name[128];
        snprintf(name, sizeof name, "%sstep10.%s", prefix, p->name);
        if (prefix[0] && strcmp(p->name, "dense_1.kernel") == 0) continue;
        double *expected = values_of(name, p->count), worst = 0;
        for (size_t k = 0; k < p->count; k++) worst = fmax(worst, fabs((double)values[p->offset + k] - expected[k]));
        cr_expect(worst <= (p->trained ? 1e-3 : 1e-5), "%s: %s is off by %.2g", where, name, worst);
        free(expected);
    }
    free(values);
}

/* Each loss is compared as it was before its step. */
static void ten_steps(harness *h, const char *where) {
    char name[64];
    snprintf(name, sizeof name, "%slosses", prefix);
    double *losses = values_of(name, STEPS), *accuracies = prefix[0] ? NULL : values_of("accuracies", STEPS);
    for (size_t step = 0; step < STEPS; step++) {
        harness_train(h, step * BATCH, BATCH, (uint32_t)step, RATE);
        run_metrics m = harness_metrics(h);
        cr_expect(fabs(m.loss / BATCH - losses[step]) <= 1e-4, "%s: loss of step %zu is off by %.2g", where, step,
                  m.loss / BATCH - losses[step]);
        if (accuracies)
            cr_expect(fabs((double)m.correct / BATCH - accuracies[step]) < 1e-6, "%s: accuracy of step %zu", where,
                      step);
    }
    expect_step10_values(h, where);
    snprintf(name, sizeof name, "%sstep10.logits", prefix);
    expect_logits(h, where, name, LOGIT_ROWS, 1e-3);
    free(losses);
    free(accuracies);
}

static void expect_ten_steps(const char *names_begin, harness_options o) {
    prefix = names_begin;
    on_each_variant_with(o, ten_steps);
}

Test(keras, ten_steps_of_rmsprop_match_keras) {
    expect_ten_steps("", (harness_options){.rows = 0});
}

Test(keras, ten_steps_of_sgd_match_keras) {
    expect_ten_steps("sgd.", (harness_options){.optimizer = CLENET_OPTIMIZER_SGD});
}

Test(keras, ten_steps_of_adam_match_keras) {
    expect_ten_steps("adam.", (harness_options){.optimizer = CLENET_OPTIMIZER_ADAM});
}

Test(keras, ten_steps_of_adamw_match_keras) {
    expect_ten_steps("adamw.", (harness_options){.optimizer = CLENET_OPTIMIZER_ADAMW, .weight_decay = 0.1F});
}

Test(keras, ten_steps_of_rmsprop_with_l2_match_pytorch) {
    expect_ten_steps("rmsprop_l2.", (harness_options){.weight_decay = 0.1F, .epsilon = 1e-16F});
}

Test(keras, ten_steps_of_sgd_with_l2_match_pytorch) {
    expect_ten_steps("sgd_l2.", (harness_options){.optimizer = CLENET_OPTIMIZER_SGD, .weight_decay = 1.0F});
}

Test(keras, ten_steps_of_adam_with_l2_match_pytorch) {
    expect_ten_steps("adam_l2.",
                     (harness_options){.optimizer = CLENET_OPTIMIZER_ADAM, .weight_decay = 0.1F, .epsilon = 1e-10F});
}

/* Strides, a depthwise convolution, overlapping pools and zero padding. */
static void strided_network(harness *h, const char *where) {
    double *loss = values_of("strided.loss", 1);
    expect_logits(h, where, "strided.logits", BATCH, 1e-5);
    (void)harness_metrics(h);
    harness_train(h, 0, BATCH, 0, RATE);
    expect_gradients(h, where, "strided.gradient", 1e-4);
    cr_expect(fabs(harness_metrics(h).loss / BATCH - loss[0]) <= 1e-5, "%s: the loss", where);
    free(loss);
}
Test(keras, logits_and_gradients_of_strides_groups_and_padding_are_keras_s) {
    on_each_variant_with((harness_options){.model = strided_model}, strided_network);
}

/* Of what the file has. */
static void smoothed_labels(harness *h, const char *where) {
    float *gradients = malloc(h->network->packed_size * sizeof *gradients);
    double *loss = values_of("smoothed.loss", 1);
    harness_train(h, 0, BATCH, 0, RATE);
    cr_expect(fabs(harness_metrics(h).loss / BATCH - loss[0]) <= 1e-5, "%s: the loss", where);
    harness_read(h, REGION_GRADIENTS, gradients);
    for (int i = 0; i < h->network->parameter_count; i++) {
        const parameter *p = &h->network->parameters[i];
        if (!p->trained || strcmp(p->name, "dense_1.kernel") == 0) continue;
        char name[128];
        snprintf(name, sizeof name, "smoothed.gradient.%s", p->name);
        double *expected = values_of(name, p->count), off = relative_error(gradients + p->offset, expected, p->count);
        cr_expect(off <= 1e-4, "%s: %s is off by %.2g", where, name, off);
        free(expected);
    }
    free(gradients);
    free(loss);
}
Test(keras, loss_and_gradients_of_smoothed_labels_are_keras_s) {
    on_each_variant_with((harness_options){.label_smoothing = 0.1F}, smoothed_labels);
}
