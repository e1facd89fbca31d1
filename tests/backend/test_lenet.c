/* The LeNet of the design as a whole, with dropout, on every size of batch that matters. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static const char *const LENET = "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\n"
                                 "conv2d 16 5x5 valid relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\n"
                                 "dense 120 relu\ndense 84 relu\ndense 10 softmax\n";

Test(lenet, computes_what_the_formulas_say_at_any_size_of_batch) {
    static const size_t rows[] = {1, 31, 32, 127, 1000};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check_network(LENET, rows[i]);
}

Test(lenet, three_steps_with_a_short_last_one_match_double_precision) {
    static const size_t batches[][2] = {{1, 1}, {31, 7}, {32, 31}, {127, 16}};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) check_steps(LENET, batches[i][0], batches[i][1]);
}

enum { ROWS = 40 };

static harness prepare(const check_variant *v, size_t batch) {
    return harness_new((harness_options){.text = LENET,
                                         .device = v->device,
                                         .isa = v->isa,
                                         .tiles = v->tiles,
                                         .threads = v->threads,
                                         .rows = ROWS,
                                         .batch = batch,
                                         .seed = 9});
}

/* The packed parameters after two epochs in batches of `batch`; free() them. */
static float *train(const check_variant *v, size_t batch, size_t *count) {
    harness h = prepare(v, batch);
    float *values = calloc(h.network->packed_size, sizeof *values);
    size_t steps = (ROWS + batch - 1) / batch;
    harness_train(&h, 0, ROWS, 0, 1e-3F);
    harness_train(&h, 0, ROWS, (uint32_t)steps, 1e-3F);
    harness_read(&h, REGION_PARAMETERS, values);
    *count = h.network->packed_size;
    harness_free(&h);
    return values;
}

Test(lenet, any_number_of_threads_gives_the_same_bits) {
    static const size_t batches[] = {5, 16, 32, 40};
    if (getenv("CLENET_TEST_DEVICE")) cr_skip_test("threads are the CPU backend's");
    for (const char *const *isa = check_isas(); *isa; isa++)
        for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
            size_t count;
            float *one = train(&(check_variant){.isa = *isa, .threads = 1}, batches[b], &count);
            for (int threads = 2; threads <= 5; threads++) {
                float *many = train(&(check_variant){.isa = *isa, .threads = threads}, batches[b], &count);
                cr_expect(memcmp(one, many, count * sizeof *one) == 0, "%s: %d threads, batch %zu", *isa, threads,
                          batches[b]);
                free(many);
            }
            free(one);
        }
}

static void expect_same_steps(const check_variant *v) {
    enum { BATCH = 16 };
    harness h = prepare(v, BATCH);
    size_t count;
    float *at_once = train(v, BATCH, &count), *values = calloc(count, sizeof *values);
    uint32_t step = 0;
    for (int epoch = 0; epoch < 2; epoch++)
        for (size_t first = 0; first < ROWS; first += BATCH)
            harness_train(&h, first, ROWS - first < BATCH ? ROWS - first : BATCH, step++, 1e-3F);
    harness_read(&h, REGION_PARAMETERS, values);
    cr_expect(memcmp(values, at_once, count * sizeof *values) == 0, "%s", v->name);
    free(values);
    free(at_once);
    harness_free(&h);
}

Test(lenet, steps_one_by_one_or_many_at_once_give_the_same_bits) {
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int i = 0; i < count; i++) expect_same_steps(&variants[i]);
}
