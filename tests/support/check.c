#include "check.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/philox.h"
#include "reference.h"

const char *const *check_isas(void) {
    static const char *const all[] = {"baseline", "avx2", "avx512"};
    static const char *found[4];
    int count = 0;
    for (int i = 0; i < 3; i++) {
        clenet_device *device;
        clenet_device_options options = {.threads = 1, .isa = all[i]};
        if (clenet_device_open(&device, "cpu", &options, NULL) != CLENET_OK) continue;
        clenet_device_free(device);
        found[count++] = all[i];
    }
    return found;
}

int check_random(uint64_t seed, int index, int first, int last) {
    uint32_t counter[4] = {(uint32_t)index, 0, 0, 0xEEEE};
    return first + (int)(philox(seed, counter).word[0] % (uint32_t)(last - first + 1));
}

static double norm(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

/* Distance of one parameter's numbers, relative to their size plus a tenth of all parameters' together. The tenth is for
 * gradients that are zero by symmetry, as that of a bias in front of batch norm: what stands there is the rounding of a sum
 * of thousands of terms that cancel, and that is as large as the terms are, not as the sum. */
static void check_values(const harness *h, const parameter *p, const float *got, const double *expected, double all,
                         const char *what, const char *where) {
    double difference = 0;
    for (size_t i = p->offset; i < p->offset + p->count; i++)
        difference += ((double)got[i] - expected[i]) * ((double)got[i] - expected[i]);
    double size = norm(expected + p->offset, p->count) + 0.1 * all;
    double error = sqrt(difference) / (size > 0 ? size : 1);
    cr_expect(error <= CHECK_TOLERANCE, "%s: %s of %s is off by %.2g (%s)", where, what, p->name, error,
              clenet_network_text(h->network));
}

static void check_inference(harness *h, const char *where) {
    size_t classes = (size_t)network_classes(h->network);
    float *logits = calloc(h->rows * classes, sizeof *logits), *shares = calloc(h->rows * classes, sizeof *shares);
    reference *r = reference_new(h->network, h->values, h->rows, false, 0, 0);
    reference_forward(r, h->images, h->labels);
    clenet_error error;
    cr_assert(h->run->functions->infer(h->run, 0, h->rows, logits, shares, &error) == CLENET_OK, "%s", error.message);
    double off = relative_error(logits, reference_logits(r), h->rows * classes);
    cr_expect(off <= CHECK_TOLERANCE, "%s: logits are off by %.2g", where, off);
    off = relative_error(shares, r->probabilities, h->rows * classes);
    cr_expect(off <= CHECK_TOLERANCE, "%s: probabilities are off by %.2g", where, off);
    run_metrics m = harness_metrics(h);
    cr_expect(fabs(m.loss / (double)h->rows - r->loss) <= CHECK_TOLERANCE * (1 + r->loss), "%s: loss", where);
    cr_expect(m.correct == r->correct && m.images == h->rows, "%s: right answers", where);
    reference_free(r);
    free(logits);
    free(shares);
}

/* values after one RMSprop step from `before`, by the gradients as they were computed. */
static void check_update(const harness *h, const float *before, const float *gradients, const float *after, float rate,
                         const char *where) {
    double rho = (double)h->p->options.rho, epsilon = (double)h->p->options.epsilon, worst = 0;
    for (int i = 0; i < h->network->parameter_count; i++) {
        const parameter *p = &h->network->parameters[i];
        if (!p->trained) continue;
        for (size_t k = p->offset; k < p->offset + p->count; k++) {
            double g = (double)gradients[k];
            double expected = (double)before[k] - (double)rate * g / sqrt((1 - rho) * g * g + epsilon);
            worst = fmax(worst, fabs((double)after[k] - expected));
        }
    }
    cr_expect(worst <= 1e-6, "%s: RMSprop is off by %.2g", where, worst);
}

static void check_training(harness *h, uint64_t seed, const char *where) {
    enum { STEP = 7 };
    const float rate = 0.01F;
    size_t packed = h->network->packed_size;
    float *gradients = calloc(packed, sizeof *gradients), *after = calloc(packed, sizeof *after);
    reference *r = reference_new(h->network, h->values, h->rows, true, seed, STEP);
    reference_forward(r, h->images, h->labels);
    reference_backward(r, h->labels);
    harness_train(h, 0, h->rows, STEP, rate);
    harness_read(h, REGION_GRADIENTS, gradients);
    harness_read(h, REGION_PARAMETERS, after);
    run_metrics m = harness_metrics(h);
    cr_expect(fabs(m.loss / (double)h->rows - r->loss) <= CHECK_TOLERANCE * (1 + r->loss), "%s: loss %g, not %g", where,
              m.loss / (double)h->rows, r->loss);
    cr_expect(m.correct == r->correct && m.images == h->rows, "%s: right answers", where);
    double all = norm(r->gradients, packed);
    for (int i = 0; i < h->network->parameter_count; i++) {
        const parameter *p = &h->network->parameters[i];
        if (p->trained)
            check_values(h, p, gradients, r->gradients, all, "gradient", where);
        else
            check_values(h, p, after, r->values, 1, "new value", where);
    }
    check_update(h, h->values, gradients, after, rate, where);
    reference_free(r);
    free(gradients);
    free(after);
}

int check_variants(check_variant variants[CHECK_VARIANTS]) {
    const char *device = getenv("CLENET_TEST_DEVICE");
    int count = 0;
    if (device) {
        variants[count++] = (check_variant){.device = device, .tiles = "vector", .name = "vector tiles"};
        variants[count++] = (check_variant){.device = device, .tiles = "group", .name = "group tiles"};
        return count;
    }
    for (const char *const *isa = check_isas(); *isa; isa++)
        for (int threads = 1; threads <= 3; threads++) {
            check_variant *v = &variants[count++];
            *v = (check_variant){.device = "cpu", .isa = *isa, .threads = threads};
            snprintf(v->name, sizeof v->name, "%s, %d threads", *isa, threads);
        }
    return count;
}

static void check_on_variants(const char *text, size_t rows, bool training) {
    static int turn; /* compiling takes a while: on OpenCL, networks take turns between the kinds of tiles */
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    turn++;
    for (int i = 0; i < count; i++) {
        const check_variant *v = &variants[i];
        if (v->tiles && (turn + i) % count != 0) continue;
        char where[128];
        snprintf(where, sizeof where, "%s, %zu images", v->name, rows);
        harness_options o = {.text = text,
                             .device = v->device,
                             .isa = v->isa,
                             .tiles = v->tiles,
                             .threads = v->threads,
                             .rows = rows,
                             .seed = 11 + rows};
        harness h = harness_new(o);
        check_inference(&h, where);
        if (training) check_training(&h, o.seed, where);
        harness_free(&h);
    }
}

void check_network(const char *text, size_t rows) {
    check_on_variants(text, rows, true);
}

void check_network_infers(const char *text, size_t rows) {
    check_on_variants(text, rows, false);
}
