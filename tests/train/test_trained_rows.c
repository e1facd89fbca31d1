/* test_trained_rows.c - a model knows the rows that it was trained on, also after it was saved, joined and trained again. */
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"
#include "fixture.h"

enum { ROWS = 300 };

TestSuite(trained_rows, .init = scratch_enter, .fini = scratch_leave);

static clenet_training_options options_for(int fold) {
    clenet_training_options o;
    clenet_training_options_init(&o, sizeof o);
    o.epochs = 1;
    o.fold = fold;
    o.seed = 3;
    return o;
}

/* Trains the model; marks [ROWS] gets 1 for each row that it trained on. */
static void train(const fixture *f, clenet_model *model, int fold, uint8_t *marks) {
    clenet_trainer *trainer;
    clenet_error error;
    size_t count;
    clenet_training_options o = options_for(fold);
    cr_assert_eq(clenet_trainer_new(&trainer, model, f->digits, f->device, &o, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_trainer_run(trainer, NULL, &error), CLENET_OK, "%s", error.message);
    const uint32_t *rows = clenet_trainer_training_rows(trainer, &count);
    for (size_t i = 0; i < count; i++) marks[rows[i]] = 1;
    clenet_trainer_free(trainer);
}

static void expect_marks(const clenet_model *model, const clenet_dataset *dataset, const uint8_t *marks) {
    uint8_t trained[ROWS];
    size_t count = 0, wanted = 0;
    clenet_error error;
    cr_assert(clenet_model_knows_rows(model));
    cr_assert_eq(clenet_model_trained_rows(model, dataset, trained, &count, &error), CLENET_OK, "%s", error.message);
    for (size_t i = 0; i < ROWS; i++) wanted += marks[i];
    cr_expect_eq(count, wanted);
    cr_expect_arr_eq(trained, marks, ROWS);
}

static clenet_model *saved_and_loaded(const clenet_model *model) {
    clenet_model *back = NULL;
    clenet_error error;
    cr_assert_eq(clenet_model_save(model, "m", &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_model_load(&back, "m", &error), CLENET_OK, "%s", error.message);
    return back;
}

Test(trained_rows, begin_empty_and_become_those_of_the_split) {
    uint8_t marks[ROWS] = {0};
    fixture f = fixture_small(ROWS);
    expect_marks(f.model, f.digits, marks);
    train(&f, f.model, 0, marks);
    expect_marks(f.model, f.digits, marks);
    clenet_model *back = saved_and_loaded(f.model);
    expect_marks(back, f.digits, marks);
    train(&f, back, 1, marks); /* a model that is trained further adds rows */
    expect_marks(back, f.digits, marks);
    clenet_model_free(back);
    fixture_free(&f);
}

Test(trained_rows, are_found_in_another_order_with_other_labels) {
    uint8_t marks[ROWS] = {0}, turned_marks[ROWS], labels[ROWS];
    fixture f = fixture_small(ROWS);
    train(&f, f.model, 0, marks);
    enum { BYTES = FIXTURE_SIDE * FIXTURE_SIDE };
    uint8_t *images = malloc((size_t)ROWS * BYTES);
    cr_assert_not_null(images);
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(images + i * BYTES, clenet_dataset_images(f.digits) + (ROWS - 1 - i) * BYTES, BYTES);
        turned_marks[i] = marks[ROWS - 1 - i];
        labels[i] = (uint8_t)(i % FIXTURE_CLASSES);
    }
    clenet_dataset *turned = NULL;
    ok(&f, clenet_dataset_new(&turned, images, labels, ROWS, FIXTURE_SIDE, FIXTURE_SIDE, 1, FIXTURE_CLASSES, &f.error));
    expect_marks(f.model, turned, turned_marks);
    clenet_dataset_free(turned);
    free(images);
    fixture_free(&f);
}

Test(trained_rows, of_several_networks_are_those_of_any_of_them) {
    uint8_t marks[ROWS] = {0};
    fixture f = fixture_small(ROWS);
    clenet_model *other = NULL, *both = NULL, *back;
    ok(&f, clenet_model_new(&other, f.network, 2, &f.error));
    train(&f, f.model, 0, marks);
    train(&f, other, 1, marks);
    ok(&f, clenet_model_join(&both, (const clenet_model *const[]){f.model, other}, 2, &f.error));
    expect_marks(both, f.digits, marks);
    back = saved_and_loaded(both);
    expect_marks(back, f.digits, marks);
    clenet_model_free(back);
    clenet_model_free(both);
    clenet_model_free(other);
    fixture_free(&f);
}

Test(trained_rows, of_a_model_that_was_loaded_before_training_are_in_its_checkpoint) {
    uint8_t marks[ROWS] = {0};
    fixture f = fixture_small(ROWS);
    train(&f, f.model, 0, marks);
    clenet_trainer *trainer;
    clenet_checkpoint *checkpoint;
    clenet_model *fresh = NULL;
    clenet_training_options o = options_for(1);
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &o, &f.error));
    ok(&f, clenet_trainer_save(trainer, "c", NULL, &f.error));
    clenet_trainer_free(trainer);

    ok(&f, clenet_model_new(&fresh, f.network, 2, &f.error));
    ok(&f, clenet_trainer_new(&trainer, fresh, f.digits, f.device, &o, &f.error));
    ok(&f, clenet_checkpoint_load(&checkpoint, "c", &f.error));
    ok(&f, clenet_trainer_resume(trainer, checkpoint, &f.error));
    expect_marks(fresh, f.digits, marks);
    clenet_checkpoint_free(checkpoint);
    clenet_trainer_free(trainer);
    train(&f, f.model, 1, marks);
    clenet_model_free(fresh);
    fixture_free(&f);
}

Test(trained_rows, are_an_error_if_images_do_not_fit_or_nothing_is_known) {
    fixture f = fixture_small(ROWS);
    uint8_t trained[ROWS], pixel = 0;
    size_t count = 7;
    clenet_dataset *other = NULL;
    clenet_model *old = NULL;
    ok(&f, clenet_dataset_new(&other, &pixel, NULL, 1, 1, 1, 1, FIXTURE_CLASSES, &f.error));
    cr_expect_eq(clenet_model_trained_rows(f.model, other, trained, &count, &f.error), CLENET_ERROR_ARGUMENT);
    ok(&f, clenet_model_load(&old, CLENET_SOURCE_DIR "/tests/fuzz/seeds/model/dense", &f.error));
    cr_expect_not(clenet_model_knows_rows(old));
    cr_expect_eq(clenet_model_trained_rows(old, f.digits, trained, &count, &f.error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(f.error.message, "the model does not know which rows it was trained on");
    cr_expect_eq(count, 7);
    clenet_model_free(old);
    clenet_dataset_free(other);
    fixture_free(&f);
}
