/* A model of several networks: what it says is the mean of what they say. On the CPU, or on the device that CLENET_TEST_DEVICE
 * names. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "lib/net/model.h"

enum { MEMBERS = 3, ROWS = 5000 /* more than are asked at once */ };

/* The fixture, three models of the network and one of all three, and what each says of the rows. */
typedef struct trio {
    fixture f;
    clenet_model *each[MEMBERS], *all;
} trio;

static trio trio_new(size_t rows) {
    trio t = {.f = fixture_small(rows)};
    fixture *f = &t.f;
    for (int i = 0; i < MEMBERS; i++) ok(f, clenet_model_new(&t.each[i], f->network, (uint64_t)i + 1, &f->error));
    ok(f, clenet_model_join(&t.all, (const clenet_model *const *)t.each, MEMBERS, &f->error));
    return t;
}

static void trio_free(trio *t) {
    for (int i = 0; i < MEMBERS; i++) clenet_model_free(t->each[i]);
    clenet_model_free(t->all);
    fixture_free(&t->f);
}

/* probabilities [count][classes] of the fixture's first rows; free() them. */
static float *ask(const fixture *f, const clenet_model *model, const clenet_device *device, size_t count) {
    clenet_error error;
    clenet_predictor *predictor;
    float *probabilities = calloc(count * FIXTURE_CLASSES, sizeof *probabilities);
    cr_assert_not_null(probabilities);
    cr_assert_eq(clenet_predictor_new(&predictor, model, device, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_predictor_run(predictor, clenet_dataset_images(f->digits), count, probabilities, &error),
                 CLENET_OK, "%s", error.message);
    clenet_predictor_free(predictor);
    return probabilities;
}

/* The mean of what the models say, made here. */
static float *mean_of(const trio *t, size_t count) {
    float *mean = ask(&t->f, t->each[0], t->f.device, count);
    for (int m = 1; m < MEMBERS; m++) {
        float *one = ask(&t->f, t->each[m], t->f.device, count);
        for (size_t i = 0; i < count * FIXTURE_CLASSES; i++) mean[i] += one[i];
        free(one);
    }
    for (size_t i = 0; i < count * FIXTURE_CLASSES; i++) mean[i] /= (float)MEMBERS;
    return mean;
}

static int likeliest(const float *probabilities) {
    int best = 0;
    for (int c = 1; c < FIXTURE_CLASSES; c++)
        if (probabilities[c] > probabilities[best]) best = c;
    return best;
}

Test(members, probabilities_are_the_mean_of_the_networks_own) {
    trio t = trio_new(ROWS);
    float *wanted = mean_of(&t, ROWS), *got = ask(&t.f, t.all, t.f.device, ROWS),
          *first = ask(&t.f, t.each[0], t.f.device, 1);
    cr_expect(memcmp(got, wanted, ROWS * FIXTURE_CLASSES * sizeof *got) == 0);
    cr_expect(memcmp(got, first, FIXTURE_CLASSES * sizeof *got) != 0, "the networks differ, and so does their mean");
    free(first);
    free(got);
    free(wanted);
    trio_free(&t);
}

Test(members, the_device_says_what_the_cpu_says) {
    if (!getenv("CLENET_TEST_DEVICE")) cr_skip_test("CLENET_TEST_DEVICE names no device");
    trio t = trio_new(200);
    clenet_device *cpu;
    ok(&t.f, clenet_device_open(&cpu, "cpu", NULL, &t.f.error));
    float *wanted = ask(&t.f, t.all, cpu, 200), *got = ask(&t.f, t.all, t.f.device, 200);
    double worst = 0;
    for (size_t i = 0; i < 200 * FIXTURE_CLASSES; i++) worst = fmax(worst, fabs((double)got[i] - (double)wanted[i]));
    cr_expect(worst < 1e-5, "off by %g", worst);
    free(got);
    free(wanted);
    clenet_device_free(cpu);
    trio_free(&t);
}

Test(members, one_image_is_told_as_among_many_and_twice_alike) {
    trio t = trio_new(40);
    float *all = ask(&t.f, t.all, t.f.device, 40), one[FIXTURE_CLASSES];
    clenet_predictor *predictor;
    ok(&t.f, clenet_predictor_new(&predictor, t.all, t.f.device, &t.f.error));
    for (size_t i = 0; i < 80; i++) {
        size_t row = i % 40;
        ok(&t.f, clenet_predictor_run(predictor, clenet_dataset_images(t.f.digits) + row * 784, 1, one, &t.f.error));
        for (int c = 0; c < FIXTURE_CLASSES; c++)
            cr_expect(fabsf(one[c] - all[row * FIXTURE_CLASSES + (size_t)c]) < 1e-6f, "image %zu", row);
    }
    clenet_predictor_free(predictor);
    free(all);
    trio_free(&t);
}

Test(members, evaluation_and_classes_are_those_of_the_averaged_probabilities) {
    trio t = trio_new(ROWS);
    fixture *f = &t.f;
    static uint8_t classes[ROWS];
    const uint8_t *labels = clenet_dataset_labels(f->digits);
    uint64_t confusion[FIXTURE_CLASSES][FIXTURE_CLASSES], counted[FIXTURE_CLASSES][FIXTURE_CLASSES] = {{0}};
    float *mean = mean_of(&t, ROWS);
    clenet_evaluation evaluation;
    clenet_predictor *predictor;
    ok(f, clenet_predictor_new(&predictor, t.all, f->device, &f->error));
    double loss = 0;
    size_t right = 0;
    ok(f, clenet_predictor_classify(predictor, f->digits, classes, &f->error));
    for (size_t i = 0; i < ROWS; i++) {
        const float *row = mean + i * FIXTURE_CLASSES;
        cr_assert_eq(classes[i], likeliest(row), "image %zu", i);
        counted[labels[i]][likeliest(row)]++;
        right += likeliest(row) == labels[i];
        loss -= log((double)row[labels[i]]);
    }
    for (int again = 0; again < 2; again++) {
        ok(f, clenet_predictor_evaluate(predictor, f->digits, &evaluation, &confusion[0][0], &f->error));
        cr_expect(memcmp(counted, confusion, sizeof counted) == 0);
        cr_expect_eq(evaluation.rows, ROWS);
        cr_expect_eq(evaluation.accuracy, (double)right / ROWS);
        cr_expect(fabs(evaluation.loss - loss / ROWS) < 1e-9, "%.12g and %.12g", evaluation.loss, loss / ROWS);
    }
    clenet_predictor_free(predictor);
    free(mean);
    trio_free(&t);
}

Test(members, a_network_joined_with_itself_says_what_it_says_alone) {
    trio t = trio_new(300);
    fixture *f = &t.f;
    clenet_model *pair;
    clenet_predictor *predictor;
    clenet_evaluation two, one;
    ok(f, clenet_model_join(&pair, (const clenet_model *const[]){t.each[1], t.each[1]}, 2, &f->error));
    float *alone = ask(f, t.each[1], f->device, 300), *both = ask(f, pair, f->device, 300);
    cr_expect(memcmp(alone, both, 300 * FIXTURE_CLASSES * sizeof *alone) == 0);
    ok(f, clenet_predictor_new(&predictor, pair, f->device, &f->error));
    ok(f, clenet_predictor_evaluate(predictor, f->digits, &two, NULL, &f->error));
    clenet_predictor_free(predictor);
    ok(f, clenet_predictor_new(&predictor, t.each[1], f->device, &f->error));
    ok(f, clenet_predictor_evaluate(predictor, f->digits, &one, NULL, &f->error));
    clenet_predictor_free(predictor);
    cr_expect_eq(one.accuracy, two.accuracy);
    cr_expect(fabs(one.loss - two.loss) < 1e-5, "%g and %g", one.loss, two.loss);
    free(both);
    free(alone);
    clenet_model_free(pair);
    trio_free(&t);
}

Test(members, the_predictor_outlives_its_model) {
    trio t = trio_new(20);
    fixture *f = &t.f;
    float *before = ask(f, t.all, f->device, 20), after[20 * FIXTURE_CLASSES];
    clenet_predictor *predictor;
    ok(f, clenet_predictor_new(&predictor, t.all, f->device, &f->error));
    clenet_model_free(t.all);
    t.all = NULL;
    ok(f, clenet_predictor_run(predictor, clenet_dataset_images(f->digits), 20, after, &f->error));
    cr_expect(memcmp(before, after, sizeof after) == 0);
    clenet_predictor_free(predictor);
    free(before);
    trio_free(&t);
}

Test(members, the_loss_is_finite_if_no_network_predicts_the_right_class) {
    trio t = trio_new(300);
    fixture *f = &t.f;
    const clenet_network *network = clenet_model_network(t.all);
    const parameter *bias = &network->parameters[network->parameter_count - 1];
    for (int m = 0; m < MEMBERS; m++) model_values(t.all, m)[bias->offset] = 1e4f; /* class 0, for certain */
    clenet_predictor *predictor;
    clenet_evaluation evaluation;
    ok(f, clenet_predictor_new(&predictor, t.all, f->device, &f->error));
    ok(f, clenet_predictor_evaluate(predictor, f->digits, &evaluation, NULL, &f->error));
    cr_expect(fabs(evaluation.loss - (1 - evaluation.accuracy) * -log((double)FLT_MIN)) < 1e-6, "loss %g, accuracy %g",
              evaluation.loss, evaluation.accuracy);
    cr_expect(evaluation.accuracy > 0 && evaluation.accuracy < 0.2);
    clenet_predictor_free(predictor);
    trio_free(&t);
}

Test(members, several_networks_are_not_trained) {
    trio t = trio_new(20);
    clenet_trainer *trainer = NULL;
    cr_expect_eq(clenet_trainer_new(&trainer, t.all, t.f.digits, t.f.device, NULL, &t.f.error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(t.f.error.message,
                     "the model has 3 networks, but training needs one; train each separately, then join "
                     "them");
    cr_expect_null(trainer);
    trio_free(&t);
}
