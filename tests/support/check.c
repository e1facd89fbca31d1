#include "check.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

const char *const *check_isas(void) {
    static const char *const all[] = {"baseline", "avx2", "avx512"};
    static const char *found[4];
    int count = 0;
    for (int i = 0; i < 3; i++) {
        clenet_device *device;
        clenet_device_options options = {.size = sizeof options, .threads = 1, .isa = all[i]};
        if (clenet_device_open(&device, "cpu", &options, NULL) != CLENET_OK) continue;
        clenet_device_free(device);
        found[count++] = all[i];
    }
    return found;
}

bool check_is_due(int i) {
    return !getenv("CLENET_TEST_DEVICE") || i % 4 == 0;
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

/* What double precision makes of a network: computed once, for all ways to run it. */
typedef struct expectation {
    harness base;                    /* whose images and weights those of all are */
    reference *inference, *training; /* the latter of step STEP */
} expectation;

enum { STEP = 7 };

static expectation expect_of(const harness *h, uint64_t seed, float smoothing) {
    expectation e = {.base = *h,
                     .inference = reference_new(h->network, h->values, h->rows, false, 0, 0),
                     .training = reference_new(h->network, h->values, h->rows, true, seed, STEP)};
    e.inference->smoothing = e.training->smoothing = (double)smoothing;
    reference_forward(e.inference, h->images, h->labels);
    reference_forward(e.training, h->images, h->labels);
    reference_backward(e.training, h->labels);
    return e;
}

static void check_inference(harness *h, const reference *r, const char *where) {
    size_t classes = (size_t)network_classes(h->network);
    float *logits = calloc(h->rows * classes, sizeof *logits), *shares = calloc(h->rows * classes, sizeof *shares);
    clenet_error error;
    cr_assert(h->run->functions->infer(h->run, 0, h->rows, logits, shares, &error) == CLENET_OK, "%s", error.message);
    double off = relative_error(logits, reference_logits(r), h->rows * classes);
    cr_expect(off <= CHECK_TOLERANCE, "%s: logits are off by %.2g", where, off);
    off = relative_error(shares, r->probabilities, h->rows * classes);
    cr_expect(off <= CHECK_TOLERANCE, "%s: probabilities are off by %.2g", where, off);
    run_metrics m = harness_metrics(h);
    cr_expect(fabs(m.loss / (double)h->rows - r->loss) <= CHECK_TOLERANCE * (1 + r->loss), "%s: loss", where);
    cr_expect(m.correct == r->correct && m.images == h->rows, "%s: right answers", where);
    free(logits);
    free(shares);
}

/* values after one RMSprop step from `before`, by the gradients as they were computed. */
static void check_update(const harness *h, const float *before, const float *gradients, const float *after, float rate,
                         const char *where) {
    double worst = 0;
    for (int i = 0; i < h->network->parameter_count; i++) {
        const parameter *p = &h->network->parameters[i];
        if (!p->trained) continue;
        for (size_t k = p->offset; k < p->offset + p->count; k++) {
            reference_number n = {.x = (double)before[k]};
            reference_update(&n, &h->p->options, STEP, (double)rate, (double)gradients[k]);
            worst = fmax(worst, fabs((double)after[k] - n.x));
        }
    }
    cr_expect(worst <= 1e-6, "%s: RMSprop is off by %.2g", where, worst);
}

/* A frozen parameter is the same to the bit, and no gradient was written for it. */
static void check_frozen(const harness *h, const parameter *p, const float *gradients, const float *after,
                         const char *where) {
    cr_expect(memcmp(after + p->offset, h->values + p->offset, p->count * sizeof *after) == 0, "%s: %s has changed",
              where, p->name);
    for (size_t i = 0; i < p->count; i++)
        cr_expect(gradients[p->offset + i] == 0, "%s: %s has a gradient", where, p->name);
}

static void check_training(harness *h, const reference *r, const char *where) {
    const float rate = 0.01F;
    size_t packed = h->network->packed_size;
    float *gradients = calloc(packed, sizeof *gradients), *after = calloc(packed, sizeof *after);
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
        if (p->frozen) check_frozen(h, p, gradients, after, where);
    }
    check_update(h, h->values, gradients, after, rate, where);
    free(gradients);
    free(after);
}

int check_variants(check_variant variants[CHECK_VARIANTS]) {
    const char *device = getenv("CLENET_TEST_DEVICE");
    int count = 0;
    if (device) {
        variants[count++] = (check_variant){.device = device, .tiles = "vector", .name = "vector tiles"};
        variants[count++] = (check_variant){.device = device, .tiles = "vector8", .name = "vector8 tiles"};
        variants[count++] = (check_variant){.device = device, .tiles = "group", .name = "group tiles"};
        variants[count++] = (check_variant){.device = device, .tiles = "plain", .name = "plain kernels"};
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

/* Whether a way to run is due. Compiling takes a while: on OpenCL, networks take turns between the kinds of tiles. */
static bool is_due(const check_variant *v, int i, int count, int turn) {
    return !v->tiles || (turn + i) % count == 0;
}

static harness_options options_of(const check_variant *v, const char *text, size_t rows, size_t batch) {
    return (harness_options){.text = text,
                             .device = v->device,
                             .isa = v->isa,
                             .tiles = v->tiles,
                             .threads = v->threads,
                             .rows = rows,
                             .batch = batch,
                             .seed = 11 + rows};
}

static void forget(expectation *e) {
    reference_free(e->inference);
    reference_free(e->training);
    harness_free(&e->base);
}

/* The gradient of a dense unit with relu jumps if its sum passes 0, and among 100,000 units one may be so close to 0 that the
 * rounding of a float decides: then nothing can be said about gradients. So these images and weights have no such unit. */
static const double CLOSEST = 3e-6;

/* Gives the seed of such images and weights, and what double precision makes of them. */
static expectation expect(uint64_t *seed, const char *text, size_t rows, float smoothing) {
    static const check_variant plain = {.device = "cpu"};
    enum { TRIES = 20, STEP_TO_NEXT = 1000 };
    harness_options options = options_of(&plain, text, rows, rows);
    for (int i = 0;; i++, options.seed += STEP_TO_NEXT) {
        cr_assert(i < TRIES, "no seed keeps all units away from 0 (%s)", text);
        harness base = harness_new(options);
        expectation e = expect_of(&base, options.seed, smoothing);
        *seed = options.seed;
        if (e.training->closest > CLOSEST) return e;
        forget(&e);
    }
}

static void check_on_variants(const char *text, size_t rows, float smoothing, bool training) {
    static int turn;
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    uint64_t seed;
    expectation e = expect(&seed, text, rows, smoothing);
    turn++;
    for (int i = 0; i < count; i++) {
        const check_variant *v = &variants[i];
        if (!is_due(v, i, count, turn)) continue;
        char where[128];
        snprintf(where, sizeof where, "%s, %zu images", v->name, rows);
        harness_options options = options_of(v, text, rows, rows);
        options.label_smoothing = smoothing;
        options.seed = seed;
        harness h = harness_new(options);
        check_inference(&h, e.inference, where);
        if (training) check_training(&h, e.training, where);
        harness_free(&h);
    }
    forget(&e);
}

void check_network(const char *text, size_t rows) {
    check_on_variants(text, rows, 0, true);
}

void check_network_smoothed(const char *text, size_t rows, float smoothing) {
    check_on_variants(text, rows, smoothing, true);
}

void check_network_infers(const char *text, size_t rows) {
    check_on_variants(text, rows, 0, false);
}

/* ---- several steps -------------------------------------------------------------------------------------------------- */

enum { STEPS = 3 };
static const float STEPS_RATE = 1e-3F, STEPS_EPSILON = 1e-2F;

/* Training in double precision: after each step. */
typedef struct course {
    double *values[STEPS]; /* [packed_size] */
    double losses[STEPS];  /* mean of the batch */
} course;

static harness_options steps_options(const check_variant *v, const char *text, size_t rows, size_t batch) {
    harness_options o = options_of(v, text, rows, batch);
    o.epsilon = STEPS_EPSILON;
    return o;
}

static size_t images_of(int step, size_t batch, size_t last) {
    return step == STEPS - 1 ? last : batch;
}

/* One step from the values in double precision, which it changes. */
static double step_in_double(const harness *h, double *values, double *squares, size_t first, size_t images,
                             uint64_t seed, uint32_t step) {
    reference *r = reference_new(h->network, h->values, images, true, seed, step);
    memcpy(r->values, values, h->network->packed_size * sizeof *values);
    reference_forward(r, h->images + first * shape_size(h->network->input), h->labels + first);
    reference_backward(r, h->labels + first);
    for (size_t i = 0; i < h->network->packed_size; i++) {
        reference_number n = {.x = r->values[i], .square = squares[i]};
        if (i < h->network->trained_size)
            reference_update(&n, &h->p->options, step, (double)STEPS_RATE, r->gradients[i]);
        values[i] = n.x;
        squares[i] = n.square;
    }
    double loss = r->loss;
    reference_free(r);
    return loss;
}

static course course_of(const harness *h, size_t batch, size_t last, uint64_t seed) {
    course c;
    size_t packed = h->network->packed_size;
    double *values = calloc(packed, sizeof *values), *squares = calloc(packed, sizeof *squares);
    for (size_t i = 0; i < packed; i++) values[i] = (double)h->values[i];
    for (int step = 0; step < STEPS; step++) {
        c.losses[step] = step_in_double(h, values, squares, (size_t)step * batch, images_of(step, batch, last), seed,
                                        (uint32_t)step);
        c.values[step] = calloc(packed, sizeof *values);
        memcpy(c.values[step], values, packed * sizeof *values);
    }
    free(values);
    free(squares);
    return c;
}

static void check_course(harness *h, const course *c, size_t batch, size_t last, const char *where) {
    float *values = calloc(h->network->packed_size, sizeof *values);
    for (int step = 0; step < STEPS; step++) {
        size_t images = images_of(step, batch, last), trained = h->network->trained_size;
        harness_train(h, (size_t)step * batch, images, (uint32_t)step, STEPS_RATE);
        harness_read(h, REGION_PARAMETERS, values);
        run_metrics m = harness_metrics(h);
        cr_expect(fabs(m.loss / (double)images - c->losses[step]) <= CHECK_STEPS_TOLERANCE * c->losses[step],
                  "%s: loss of step %d is %g, not %g", where, step, m.loss / (double)images, c->losses[step]);
        double worst = 0;
        for (size_t i = 0; i < trained; i++) worst = fmax(worst, fabs((double)values[i] - c->values[step][i]));
        cr_expect(worst <= CHECK_STEPS_TOLERANCE * (double)STEPS_RATE, "%s: parameters of step %d are off by %.2g",
                  where, step, worst);
        double off = relative_error(values + trained, c->values[step] + trained, h->network->packed_size - trained);
        cr_expect(off <= CHECK_TOLERANCE, "%s: moving averages of step %d are off by %.2g", where, step, off);
    }
    free(values);
}

void check_steps(const char *text, size_t batch, size_t last) {
    static int turn;
    static const check_variant plain = {.device = "cpu"};
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    size_t rows = (STEPS - 1) * batch + last;
    harness base = harness_new(steps_options(&plain, text, rows, batch));
    course c = course_of(&base, batch, last, options_of(&plain, text, rows, batch).seed);
    turn++;
    for (int i = 0; i < count; i++) {
        const check_variant *v = &variants[i];
        if (!is_due(v, i, count, turn)) continue;
        char where[128];
        snprintf(where, sizeof where, "%s, batches of %zu, the last of %zu", v->name, batch, last);
        harness h = harness_new(steps_options(v, text, rows, batch));
        check_course(&h, &c, batch, last, where);
        harness_free(&h);
    }
    for (int step = 0; step < STEPS; step++) free(c.values[step]);
    harness_free(&base);
}
