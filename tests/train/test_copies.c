/* Test-time augmentation: what a predictor says is the mean of what it says of an image and of copies that are moved a little. On
 * the CPU, or on the device that CLENET_TEST_DEVICE names. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/backend.h"
#include "fixture.h"
#include "lib/net/model.h"

enum { COPIES = 4, SEED = 5, ROWS = 5000 /* more than are asked at once */, FEW = 150 };

static clenet_predictor *predictor_with(fixture *f, const clenet_model *model, int copies, uint64_t seed) {
    clenet_predictor *predictor;
    ok(f, clenet_predictor_new(&predictor, model, f->device, &f->error));
    if (copies > 0) ok(f, clenet_predictor_set_copies(predictor, copies, seed, &f->error));
    return predictor;
}

/* probabilities [count][classes] of the fixture's first rows; free() them. copies: 0: none are asked for. */
static float *ask(fixture *f, const clenet_model *model, int copies, uint64_t seed, size_t count) {
    float *probabilities = calloc(count * FIXTURE_CLASSES, sizeof *probabilities);
    cr_assert_not_null(probabilities);
    clenet_predictor *predictor = predictor_with(f, model, copies, seed);
    ok(f, clenet_predictor_run(predictor, clenet_dataset_images(f->digits), count, probabilities, &f->error));
    clenet_predictor_free(predictor);
    return probabilities;
}

static bool same(const float *a, const float *b, size_t count) {
    return memcmp(a, b, count * FIXTURE_CLASSES * sizeof *a) == 0;
}

/* Adds what a model says of each copy by itself, asked of the backend, to sums [count][classes]. */
static void add_copies(fixture *f, const clenet_model *model, float *sums, bool begun, size_t count) {
    plan_options options = {.lanes = f->device->lanes,
                            .batch = 1,
                            .inference_batch = f->device->inference_batch,
                            .seed = SEED,
                            .copies = augmentation_of_copies()};
    plan *p;
    executor *run;
    float *one = calloc(count * FIXTURE_CLASSES, sizeof *one);
    cr_assert_not_null(one);
    ok(f, plan_new(&p, f->network, &options, &f->error));
    ok(f, f->device->backend->prepare(&run, f->device, p, &f->error));
    ok(f, run->functions->write(run, REGION_PARAMETERS, model->values, &f->error));
    ok(f, run->functions->bind(run, clenet_dataset_images(f->digits), NULL, count, &f->error));
    for (uint32_t copy = 0; copy < COPIES; copy++) {
        run->functions->set_copy(run, copy);
        ok(f, run->functions->infer(run, 0, count, NULL, one, &f->error));
        for (size_t i = 0; i < count * FIXTURE_CLASSES; i++) sums[i] = begun || copy > 0 ? sums[i] + one[i] : one[i];
    }
    run->functions->free(run);
    plan_free(p);
    free(one);
}

static float *mean_of(fixture *f, const clenet_model *const *models, int members, size_t count) {
    float *mean = calloc(count * FIXTURE_CLASSES, sizeof *mean);
    cr_assert_not_null(mean);
    for (int m = 0; m < members; m++) add_copies(f, models[m], mean, m > 0, count);
    for (size_t i = 0; i < count * FIXTURE_CLASSES; i++) mean[i] /= (float)(members * COPIES);
    return mean;
}

Test(copies, one_copy_is_the_image_itself_bit_by_bit) {
    fixture f = fixture_small(FEW);
    float *plain = ask(&f, f.model, 0, 0, FEW), *one = ask(&f, f.model, 1, SEED, FEW), back[FEW * FIXTURE_CLASSES];
    cr_expect(same(plain, one, FEW));
    clenet_predictor *predictor = predictor_with(&f, f.model, COPIES, SEED);
    ok(&f, clenet_predictor_run(predictor, clenet_dataset_images(f.digits), FEW, back, &f.error));
    cr_expect(!same(plain, back, FEW), "copies change nothing");
    ok(&f, clenet_predictor_set_copies(predictor, 1, SEED, &f.error));
    ok(&f, clenet_predictor_run(predictor, clenet_dataset_images(f.digits), FEW, back, &f.error));
    cr_expect(same(plain, back, FEW), "copies were set and taken back, and something stays");
    clenet_predictor_free(predictor);
    free(one);
    free(plain);
    fixture_free(&f);
}

Test(copies, probabilities_are_the_mean_of_the_copies_own) {
    fixture f = fixture_small(ROWS);
    const clenet_model *const models[] = {f.model};
    float *wanted = mean_of(&f, models, 1, ROWS), *got = ask(&f, f.model, COPIES, SEED, ROWS);
    cr_expect(same(got, wanted, ROWS));
    free(got);
    free(wanted);
    fixture_free(&f);
}

Test(copies, of_several_networks_all_are_averaged) {
    fixture f = fixture_small(FEW);
    clenet_model *other, *pair;
    ok(&f, clenet_model_new(&other, f.network, 2, &f.error));
    const clenet_model *const models[] = {f.model, other};
    ok(&f, clenet_model_join(&pair, models, 2, &f.error));
    float *wanted = mean_of(&f, models, 2, FEW), *got = ask(&f, pair, COPIES, SEED, FEW);
    cr_expect(same(got, wanted, FEW));
    free(got);
    free(wanted);
    clenet_model_free(pair);
    clenet_model_free(other);
    fixture_free(&f);
}

Test(copies, the_seed_alone_says_how_images_are_moved) {
    fixture f = fixture_small(FEW);
    float *first = ask(&f, f.model, COPIES, SEED, FEW), *again = ask(&f, f.model, COPIES, SEED, FEW);
    float *other = ask(&f, f.model, COPIES, SEED + 1, FEW), one[FIXTURE_CLASSES];
    cr_expect(same(first, again, FEW));
    cr_expect(!same(first, other, FEW));
    clenet_predictor *predictor = predictor_with(&f, f.model, COPIES, SEED);
    ok(&f, clenet_predictor_run(predictor, clenet_dataset_images(f.digits), 1, one, &f.error));
    for (int c = 0; c < FIXTURE_CLASSES; c++) cr_expect(fabsf(one[c] - first[c]) < 1e-6f, "alone, and among others");
    clenet_predictor_free(predictor);
    free(other);
    free(again);
    free(first);
    fixture_free(&f);
}

Test(copies, the_device_says_what_the_cpu_says) {
    fixture f = fixture_small(FEW);
    float *got = ask(&f, f.model, COPIES, SEED, FEW);
    clenet_device *device = f.device;
    clenet_device_options options;
    clenet_device_options_init(&options, sizeof options);
    options.threads = 3;
    ok(&f, clenet_device_open(&f.device, "cpu", &options, &f.error));
    float *wanted = ask(&f, f.model, COPIES, SEED, FEW);
    double worst = 0;
    for (size_t i = 0; i < FEW * FIXTURE_CLASSES; i++) worst = fmax(worst, fabs((double)got[i] - (double)wanted[i]));
    cr_expect(worst < 1e-5, "off by %g", worst);
    free(wanted);
    free(got);
    clenet_device_free(device);
    fixture_free(&f);
}

Test(copies, evaluation_and_classes_are_those_of_the_mean) {
    fixture f = fixture_small(FEW);
    float *mean = ask(&f, f.model, COPIES, SEED, FEW);
    const uint8_t *labels = clenet_dataset_labels(f.digits);
    uint8_t classes[FEW];
    clenet_evaluation evaluation;
    clenet_predictor *predictor = predictor_with(&f, f.model, COPIES, SEED);
    ok(&f, clenet_predictor_classify(predictor, f.digits, classes, &f.error));
    ok(&f, clenet_predictor_evaluate(predictor, f.digits, &evaluation, NULL, &f.error));
    double loss = 0;
    size_t right = 0;
    for (size_t i = 0; i < FEW; i++) {
        const float *row = mean + i * FIXTURE_CLASSES;
        for (int c = 0; c < FIXTURE_CLASSES; c++) cr_assert(row[c] <= row[classes[i]]);
        right += classes[i] == labels[i];
        loss -= log((double)row[labels[i]]);
    }
    cr_expect_eq(evaluation.accuracy, (double)right / FEW);
    cr_expect(fabs(evaluation.loss - loss / FEW) < 1e-9);
    clenet_predictor_free(predictor);
    free(mean);
    fixture_free(&f);
}

Test(copies, a_number_that_may_not_be_is_refused_and_changes_nothing) {
    fixture f = fixture_small(20);
    float *wanted = ask(&f, f.model, COPIES, SEED, 20), got[20 * FIXTURE_CLASSES];
    clenet_predictor *predictor = predictor_with(&f, f.model, COPIES, SEED);
    static const int wrong[] = {0, -1, CLENET_COPIES_MAX + 1};
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(clenet_predictor_set_copies(predictor, wrong[i], 1, &f.error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(f.error.message, "65 copies of an image are out of range 1..64");
    cr_expect_eq(clenet_predictor_set_copies(NULL, 1, 1, NULL), CLENET_ERROR_ARGUMENT);
    ok(&f, clenet_predictor_run(predictor, clenet_dataset_images(f.digits), 20, got, &f.error));
    cr_expect(same(got, wanted, 20));
    clenet_predictor_free(predictor);
    free(wanted);
    fixture_free(&f);
}
