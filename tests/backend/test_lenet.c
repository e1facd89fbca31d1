/* The LeNet of the design as a whole, with dropout, on every size of batch that matters. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static const char *const LENET = "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\n"
                                 "conv2d 16 5x5 valid relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\n"
                                 "dense 120 relu\ndense 84 relu\ndense 10 softmax\n";

Test(lenet, computes_what_the_formulas_say_at_any_size_of_batch) {
    static const size_t rows[] = {1, 31, 32, 127};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check_network(LENET, rows[i]);
}

/* The packed parameters after two epochs over ROWS images in batches of `batch`; free() them. */
enum { ROWS = 40 };

static float *train(const char *isa, int threads, size_t batch, size_t *count) {
    harness h = harness_new(
        (harness_options){.text = LENET, .isa = isa, .threads = threads, .rows = ROWS, .batch = batch, .seed = 9});
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
    for (const char *const *isa = check_isas(); *isa; isa++)
        for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
            size_t count;
            float *one = train(*isa, 1, batches[b], &count);
            for (int threads = 2; threads <= 5; threads++) {
                float *many = train(*isa, threads, batches[b], &count);
                cr_expect(memcmp(one, many, count * sizeof *one) == 0, "%s: %d threads, batch %zu", *isa, threads,
                          batches[b]);
                free(many);
            }
            free(one);
        }
}

Test(lenet, steps_one_by_one_or_many_at_once_give_the_same_bits) {
    enum { BATCH = 16 };
    harness h = harness_new((harness_options){.text = LENET, .rows = ROWS, .batch = BATCH, .seed = 9, .threads = 2});
    size_t count;
    float *at_once = train(NULL, 2, BATCH, &count), *values = calloc(count, sizeof *values);
    uint32_t step = 0;
    for (int epoch = 0; epoch < 2; epoch++)
        for (size_t first = 0; first < ROWS; first += BATCH)
            harness_train(&h, first, ROWS - first < BATCH ? ROWS - first : BATCH, step++, 1e-3F);
    harness_read(&h, REGION_PARAMETERS, values);
    cr_expect(memcmp(values, at_once, count * sizeof *values) == 0);
    free(values);
    free(at_once);
    harness_free(&h);
}
