/* Asking a model, from the outside. */
#include <math.h>
#include <string.h>

#include "fixture.h"

enum { ROWS = 200 };

static clenet_predictor *predictor_of(fixture *f) {
    clenet_predictor *predictor;
    ok(f, clenet_predictor_new(&predictor, f->model, f->device, &f->error));
    return predictor;
}

Test(predictor, probabilities_add_up_to_one_and_do_not_depend_on_company) {
    fixture f = fixture_new(ROWS, 2);
    clenet_predictor *predictor = predictor_of(&f);
    static float all[ROWS * FIXTURE_CLASSES], one[FIXTURE_CLASSES];
    const uint8_t *images = clenet_dataset_images(f.digits);
    ok(&f, clenet_predictor_run(predictor, images, ROWS, all, &f.error));
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (int c = 0; c < FIXTURE_CLASSES; c++) sum += (double)all[i * FIXTURE_CLASSES + (size_t)c];
        cr_expect(fabs(sum - 1) < 1e-5);
        ok(&f, clenet_predictor_run(predictor, images + i * 784, 1, one, &f.error));
        cr_expect(memcmp(one, all + i * FIXTURE_CLASSES, sizeof one) == 0, "image %zu", i);
    }
    clenet_predictor_free(predictor);
    fixture_free(&f);
}

Test(predictor, evaluation_counts_what_classification_says) {
    fixture f = fixture_new(ROWS, 2);
    clenet_predictor *predictor = predictor_of(&f);
    uint8_t classes[ROWS];
    uint64_t confusion[FIXTURE_CLASSES][FIXTURE_CLASSES], counted[FIXTURE_CLASSES][FIXTURE_CLASSES] = {{0}};
    clenet_evaluation evaluation;
    ok(&f, clenet_predictor_classify(predictor, f.digits, classes, &f.error));
    ok(&f, clenet_predictor_evaluate(predictor, f.digits, &evaluation, &confusion[0][0], &f.error));
    size_t right = 0;
    for (size_t i = 0; i < ROWS; i++) {
        counted[clenet_dataset_labels(f.digits)[i]][classes[i]]++;
        right += classes[i] == clenet_dataset_labels(f.digits)[i];
    }
    cr_expect(memcmp(counted, confusion, sizeof counted) == 0);
    cr_expect(evaluation.rows == ROWS && fabs(evaluation.accuracy - (double)right / ROWS) < 1e-12);
    cr_expect(evaluation.loss > 1.5 && evaluation.loss < 4, "an untrained model guesses: loss %g", evaluation.loss);
    clenet_predictor_free(predictor);
    fixture_free(&f);
}

Test(predictor, evaluates_more_rows_than_it_takes_at_once) {
    fixture f = fixture_new(9000, 2);
    clenet_predictor *predictor = predictor_of(&f);
    clenet_evaluation all;
    ok(&f, clenet_predictor_evaluate(predictor, f.digits, &all, NULL, &f.error));
    cr_expect(all.rows == 9000);
    clenet_predictor_free(predictor);
    fixture_free(&f);
}

/* What on_prediction has got. */
typedef struct told {
    size_t rows, end;
    float last[FIXTURE_CLASSES];
    uint8_t classes[9000];
} told;

static int take_prediction(size_t row, int predicted, const float *probabilities, void *user) {
    told *all = user;
    cr_expect_eq(row, all->rows);
    all->classes[all->rows++] = (uint8_t)predicted;
    memcpy(all->last, probabilities, sizeof all->last);
    return all->rows == all->end;
}

Test(predictor, each_row_is_told_once_in_order_with_the_class_and_the_numbers_of_the_other_calls) {
    fixture f = fixture_new(9000, 2);
    clenet_predictor *predictor = predictor_of(&f);
    static told all;
    static uint8_t classes[9000];
    float last[FIXTURE_CLASSES];
    ok(&f, clenet_predictor_set_copies(predictor, 2, 1, &f.error)); /* a copy depends on the row */
    ok(&f, clenet_predictor_classify(predictor, f.digits, classes, &f.error));
    ok(&f, clenet_predictor_each(predictor, f.digits, take_prediction, &all, &f.error));
    cr_expect_eq(all.rows, 9000);
    cr_expect_arr_eq(all.classes, classes, sizeof classes);
    ok(&f, clenet_predictor_set_copies(predictor, 1, 1, &f.error));
    all = (told){.end = 5000};
    ok(&f, clenet_predictor_each(predictor, f.digits, take_prediction, &all, &f.error));
    cr_expect_eq(all.rows, 5000, "a callback ends the call");
    ok(&f, clenet_predictor_run(predictor, clenet_dataset_images(f.digits) + 4999 * 784, 1, last, &f.error));
    cr_expect_arr_eq(all.last, last, sizeof last);
    ok(&f, clenet_predictor_each(predictor, f.digits, NULL, NULL, &f.error));
    clenet_predictor_free(predictor);
    fixture_free(&f);
}

Test(predictor, outlives_its_model) {
    fixture f = fixture_new(ROWS, 1);
    clenet_predictor *predictor = predictor_of(&f);
    float before[FIXTURE_CLASSES], after[FIXTURE_CLASSES];
    ok(&f, clenet_predictor_run(predictor, clenet_dataset_images(f.digits), 1, before, &f.error));
    clenet_model_free(f.model);
    f.model = NULL;
    ok(&f, clenet_predictor_run(predictor, clenet_dataset_images(f.digits), 1, after, &f.error));
    cr_expect(memcmp(before, after, sizeof before) == 0);
    clenet_predictor_free(predictor);
    fixture_free(&f);
}

Test(predictor, no_images_are_no_work) {
    fixture f = fixture_new(1, 2);
    clenet_predictor *predictor = predictor_of(&f);
    ok(&f, clenet_predictor_run(predictor, NULL, 0, NULL, &f.error));
    clenet_predictor_free(predictor);
    fixture_free(&f);
}

Test(predictor, data_that_do_not_fit_are_refused) {
    fixture f = fixture_new(10, 1);
    clenet_predictor *predictor = predictor_of(&f);
    static const uint8_t image[784] = {0}, label[1] = {10};
    uint8_t class;
    clenet_evaluation evaluation;
    clenet_dataset *unlabelled, *small, *unknown;
    ok(&f, clenet_dataset_new(&unlabelled, image, NULL, 1, 28, 28, 1, 10, &f.error));
    ok(&f, clenet_dataset_new(&small, image, NULL, 1, 8, 8, 1, 10, &f.error));
    ok(&f, clenet_dataset_new(&unknown, image, label, 1, 28, 28, 1, 11, &f.error));
    cr_expect(clenet_predictor_evaluate(predictor, unlabelled, &evaluation, NULL, &f.error) == CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(f.error.message, "no labels") != NULL);
    cr_expect(clenet_predictor_classify(predictor, small, &class, &f.error) == CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(f.error.message, "28") != NULL, "%s", f.error.message);
    cr_expect(clenet_predictor_evaluate(predictor, unknown, &evaluation, NULL, &f.error) == CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(f.error.message, "label 10") != NULL, "%s", f.error.message);
    clenet_dataset_free(unlabelled);
    clenet_dataset_free(small);
    clenet_dataset_free(unknown);
    clenet_predictor_free(predictor);
    fixture_free(&f);
}

Test(predictor, null_arguments_are_told_not_followed) {
    clenet_error error;
    cr_expect(clenet_predictor_new(NULL, NULL, NULL, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_predictor_run(NULL, NULL, 1, NULL, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_predictor_classify(NULL, NULL, NULL, NULL) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_predictor_evaluate(NULL, NULL, NULL, NULL, NULL) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_trainer_new(NULL, NULL, NULL, NULL, NULL, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_trainer_run(NULL, NULL, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_device_open(NULL, "cpu", NULL, &error) == CLENET_ERROR_ARGUMENT);
    clenet_predictor_free(NULL);
    clenet_trainer_free(NULL);
    clenet_device_free(NULL);
}
