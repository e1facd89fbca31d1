/* The update of the parameters: each optimizer against its formula in double precision, step after step, by the gradients as
 * they were computed. That those are right is for the other tests. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "reference.h"

/* Every kind of parameter, and more numbers than one part of the CPU's task has. */
static const char *const NETWORK = "input 12x12x1\nconv2d 5 3x3 same relu\nmaxpool2d 2x2\nbatchnorm\nflatten\n"
                                   "dense 13 relu\ndense 4 softmax\n";
enum { ROWS = 96, BATCH = 19, STEPS = ROWS / BATCH };
static const float RATE = 0.01F;

static const struct {
    const char *name;
    clenet_optimizer optimizer;
    float weight_decay;
} KINDS[] = {{"rmsprop", CLENET_OPTIMIZER_RMSPROP, 0}, {"rmsprop with L2", CLENET_OPTIMIZER_RMSPROP, 0.1F},
             {"sgd", CLENET_OPTIMIZER_SGD, 0},         {"sgd with L2", CLENET_OPTIMIZER_SGD, 0.1F},
             {"adam", CLENET_OPTIMIZER_ADAM, 0},       {"adam with L2", CLENET_OPTIMIZER_ADAM, 0.1F},
             {"adamw", CLENET_OPTIMIZER_ADAMW, 0.1F}};
enum { KIND_COUNT = sizeof KINDS / sizeof KINDS[0] };

static harness prepare_averaging(const check_variant *v, int kind, float weight_average) {
    return harness_new((harness_options){.text = NETWORK,
                                         .device = v->device,
                                         .isa = v->isa,
                                         .tiles = v->tiles,
                                         .threads = v->threads,
                                         .rows = ROWS,
                                         .batch = BATCH,
                                         .seed = 5,
                                         .optimizer = KINDS[kind].optimizer,
                                         .weight_decay = KINDS[kind].weight_decay,
                                         .weight_average = weight_average});
}

static harness prepare(const check_variant *v, int kind) {
    return prepare_averaging(v, kind, 0);
}

/* A region, and the largest distance from what the numbers should be: a part of the largest of those. */
static double distance(harness *h, plan_region region, const reference_number *numbers, size_t offset) {
    float *values = malloc(h->network->packed_size * sizeof *values);
    double worst = 0, largest = 1e-30;
    harness_read(h, region, values);
    for (size_t i = 0; i < h->network->trained_size; i++) {
        double expected;
        memcpy(&expected, (const char *)&numbers[i] + offset, sizeof expected);
        largest = fmax(largest, fabs(expected));
        double off = fabs((double)values[i] - expected);
        worst = off <= worst ? worst : off; /* NaN stays */
    }
    free(values);
    return worst / largest;
}

static void expect_formula(const check_variant *v, int kind) {
    harness h = prepare(v, kind);
    const plan_options *o = &h.p->options;
    float *gradients = malloc(h.network->packed_size * sizeof *gradients);
    reference_number *numbers = calloc(h.network->trained_size, sizeof *numbers);
    for (size_t i = 0; i < h.network->trained_size; i++) numbers[i].x = (double)h.values[i];
    for (uint32_t step = 0; step < STEPS; step++) {
        harness_train(&h, step * BATCH, BATCH, step, RATE);
        harness_read(&h, REGION_GRADIENTS, gradients);
        for (size_t i = 0; i < h.network->trained_size; i++)
            reference_update(&numbers[i], o, step, (double)RATE, (double)gradients[i]);
        double off = distance(&h, REGION_PARAMETERS, numbers, offsetof(reference_number, x));
        cr_expect(off <= 1e-6, "%s, %s: parameters of step %u are off by %.2g", v->name, KINDS[kind].name, step, off);
        cr_expect(plan_has(o, REGION_SQUARES) == (o->optimizer != CLENET_OPTIMIZER_SGD));
        off =
            plan_has(o, REGION_SQUARES) ? distance(&h, REGION_SQUARES, numbers, offsetof(reference_number, square)) : 0;
        cr_expect(off <= 1e-6, "%s, %s: squares of step %u are off by %.2g", v->name, KINDS[kind].name, step, off);
        off =
            plan_has(o, REGION_MOMENTS) ? distance(&h, REGION_MOMENTS, numbers, offsetof(reference_number, moment)) : 0;
        cr_expect(off <= 1e-6, "%s, %s: moments of step %u are off by %.2g", v->name, KINDS[kind].name, step, off);
    }
    free(numbers);
    free(gradients);
    harness_free(&h);
}

/* On a device, kinds of tiles take turns: the update has but one kernel, of one width. */
Test(optimizer, each_moves_every_parameter_as_its_formula_says) {
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (int i = 0; i < count; i++)
            if (!variants[i].tiles || (kind + i) % count == 0) expect_formula(&variants[i], kind);
}

/* Steps one by one, and in one call: Adam's corrections go by the step's number. */
Test(optimizer, steps_one_by_one_or_many_at_once_give_the_same_bits) {
    check_variant variants[CHECK_VARIANTS];
    (void)check_variants(variants);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        harness h = prepare(&variants[0], kind), other = prepare(&variants[0], kind);
        size_t bytes = h.network->packed_size * sizeof(float);
        float *single = malloc(bytes), *many = malloc(bytes);
        for (uint32_t step = 0; step < STEPS; step++) harness_train(&h, step * BATCH, BATCH, step, RATE);
        harness_train(&other, 0, (size_t)STEPS * BATCH, 0, RATE);
        harness_read(&h, REGION_PARAMETERS, single);
        harness_read(&other, REGION_PARAMETERS, many);
        cr_expect(memcmp(single, many, bytes) == 0, "%s", KINDS[kind].name);
        free(single);
        free(many);
        harness_free(&h);
        harness_free(&other);
    }
}

/* What is not trained, and the gaps between the parameters, an update leaves alone. */
Test(optimizer, gaps_stay_zero) {
    check_variant variants[CHECK_VARIANTS];
    (void)check_variants(variants);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        harness h = prepare(&variants[0], kind);
        size_t packed = h.network->packed_size;
        float *values = malloc(packed * sizeof *values);
        harness_train(&h, 0, (size_t)STEPS * BATCH, 0, RATE);
        harness_read(&h, REGION_PARAMETERS, values);
        for (int i = 0; i < h.network->parameter_count; i++)
            memset(values + h.network->parameters[i].offset, 0, h.network->parameters[i].count * sizeof *values);
        for (size_t i = 0; i < packed; i++) cr_assert(values[i] == 0, "%s: %zu", KINDS[kind].name, i);
        free(values);
        harness_free(&h);
    }
}

/* ---- weight average ------------------------------------------------------------------------------------------------- */

/* What inference says of all rows; free() it. */
static float *logits_of(harness *h) {
    clenet_error error;
    float *logits = malloc((size_t)ROWS * (size_t)network_classes(h->network) * sizeof *logits);
    cr_assert(h->run->functions->infer(h->run, 0, ROWS, logits, NULL, &error) == CLENET_OK, "%s", error.message);
    return logits;
}

/* Inference with these averages is inference with parameters that are the same numbers. */
static void expect_inferred(harness *h, const check_variant *v, int kind, const float *averages) {
    clenet_error error;
    harness other = prepare(v, kind);
    cr_assert(other.run->functions->write(other.run, REGION_PARAMETERS, averages, &error) == CLENET_OK);
    float *got = logits_of(h), *expected = logits_of(&other);
    cr_expect(memcmp(got, expected, (size_t)ROWS * (size_t)network_classes(h->network) * sizeof *got) == 0, "%s, %s",
              v->name, KINDS[kind].name);
    free(got);
    free(expected);
    harness_free(&other);
}

/* The averages, those of the moving statistics too, after each step of a training that they do not change. */
static void expect_averages(const check_variant *v, int kind) {
    static const double DECAY = 0.25; /* is reached within these steps: (1 + t) / (10 + t) begins at 0.1 */
    harness h = prepare_averaging(v, kind, (float)DECAY), plain = prepare(v, kind);
    size_t packed = h.network->packed_size;
    float *values = malloc(packed * sizeof *values), *averages = malloc(packed * sizeof *averages);
    float *without = malloc(packed * sizeof *without);
    double *expected = malloc(packed * sizeof *expected);
    for (size_t i = 0; i < packed; i++) expected[i] = (double)h.values[i];
    for (uint32_t step = 0; step < STEPS; step++) {
        harness_train(&h, step * BATCH, BATCH, step, RATE);
        harness_train(&plain, step * BATCH, BATCH, step, RATE);
        harness_read(&h, REGION_PARAMETERS, values);
        harness_read(&h, REGION_AVERAGES, averages);
        harness_read(&plain, REGION_PARAMETERS, without);
        cr_expect(memcmp(values, without, packed * sizeof *values) == 0, "%s, %s", v->name, KINDS[kind].name);
        double fade = fmin(DECAY, (1.0 + step) / (10.0 + step)), worst = 0;
        for (size_t i = 0; i < packed; i++) {
            expected[i] = fade * expected[i] + (1 - fade) * (double)values[i];
            worst = fmax(worst, fabs((double)averages[i] - expected[i]));
        }
        cr_expect(worst <= 1e-6, "%s, %s: averages of step %u are off by %.2g", v->name, KINDS[kind].name, step, worst);
    }
    expect_inferred(&h, v, kind, averages);
    free(values);
    free(averages);
    free(without);
    free(expected);
    harness_free(&h);
    harness_free(&plain);
}

Test(optimizer, averages_of_all_parameters_follow_each_step_and_are_what_inference_takes) {
    static const int kinds[] = {0, 2, 6}; /* each kernel once */
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < count; i++)
            if (!variants[i].tiles || (kind + i) % count == 0) expect_averages(&variants[i], kinds[kind]);
}
