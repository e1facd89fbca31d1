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

static harness prepare(const check_variant *v, int kind) {
    return harness_new((harness_options){.text = NETWORK,
                                         .device = v->device,
                                         .isa = v->isa,
                                         .tiles = v->tiles,
                                         .threads = v->threads,
                                         .rows = ROWS,
                                         .batch = BATCH,
                                         .seed = 5,
                                         .optimizer = KINDS[kind].optimizer,
                                         .weight_decay = KINDS[kind].weight_decay});
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
