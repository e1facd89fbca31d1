/* Training runs from the outside, through the public header. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"
#include "fixture.h"

enum { ROWS = 1500, MAX_EPOCHS = 64 };

/* What the callbacks saw. */
typedef struct witness {
    clenet_epoch epochs[MAX_EPOCHS];
    int epoch_count, progress_count;
    int stop_after_epoch, stop_after_progress; /* 0: never */
    clenet_progress last;
    float *weights[MAX_EPOCHS]; /* of the first tensor, when the epoch's callback was called */
    const clenet_model *model;
} witness;

static int on_epoch(const clenet_epoch *epoch, void *user) {
    witness *w = user;
    w->epochs[w->epoch_count++] = *epoch;
    return epoch->epoch == w->stop_after_epoch;
}

static int on_progress(const clenet_progress *progress, void *user) {
    witness *w = user;
    cr_expect(progress->images > w->last.images || progress->epoch > w->last.epoch, "progress goes forward");
    cr_expect(progress->images <= progress->images_total && progress->seconds >= 0);
    w->last = *progress;
    return ++w->progress_count == w->stop_after_progress;
}

static clenet_training_options options_for(witness *w, int epochs) {
    clenet_training_options o;
    clenet_training_options_init(&o, sizeof o);
    o.epochs = epochs;
    o.on_epoch = on_epoch;
    o.user = w;
    return o;
}

/* All numbers of a model, one tensor after another. */
static size_t weights_of(const clenet_model *model, float *to, size_t room) {
    size_t used = 0;
    for (size_t i = 0; i < clenet_model_tensors(model); i++) {
        clenet_tensor t = clenet_model_tensor(model, i);
        size_t count = 1;
        for (int k = 0; k < t.rank; k++) count *= t.shape[k];
        cr_assert(used + count <= room);
        memcpy(to + used, t.data, count * sizeof *to);
        used += count;
    }
    return used;
}

enum { PARAMETERS = 61794 };
static float weights[3][PARAMETERS];

Test(trainer, learns_the_digits) {
    fixture f = fixture_new(4000, 2);
    witness w = {0};
    clenet_training_result result = fixture_train(&f, options_for(&w, 6));
    cr_expect(result.best.val_accuracy > 0.93, "validation accuracy %g", result.best.val_accuracy);
    cr_expect(w.epochs[0].loss > w.epochs[5].loss);
    cr_expect(w.epochs[5].accuracy > 0.9);
    cr_expect(result.epochs == 6 && result.stop == CLENET_STOP_EPOCHS && result.seconds > 0);
    fixture_free(&f);
}

Test(trainer, keeps_the_epoch_with_the_best_validation_accuracy) {
    fixture f = fixture_new(ROWS, 2);
    witness w = {0};
    clenet_training_result result = fixture_train(&f, options_for(&w, 8));
    double best = 0;
    int at = 0;
    for (int i = 0; i < w.epoch_count; i++) {
        bool better = w.epochs[i].val_accuracy > best;
        cr_expect(w.epochs[i].kept == better, "epoch %d", i + 1);
        if (better) best = w.epochs[i].val_accuracy, at = i + 1;
    }
    cr_expect(result.kept == at && result.best.val_accuracy == best);
    fixture_free(&f);
}

Test(trainer, the_kept_model_scores_on_the_validation_rows_what_the_history_says) {
    fixture f = fixture_new(ROWS, 2);
    clenet_training_options o;
    clenet_training_options_init(&o, sizeof o);
    o.epochs = 3;
    clenet_trainer *trainer;
    clenet_training_result result;
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &o, &f.error));
    ok(&f, clenet_trainer_run(trainer, &result, &f.error));
    size_t count, training;
    const uint32_t *rows = clenet_trainer_validation_rows(trainer, &count);
    clenet_trainer_training_rows(trainer, &training);
    cr_expect(count == 300 && training == 1200);
    size_t right = 0;
    clenet_predictor *predictor;
    ok(&f, clenet_predictor_new(&predictor, f.model, f.device, &f.error));
    static uint8_t classes[ROWS];
    ok(&f, clenet_predictor_classify(predictor, f.digits, classes, &f.error));
    for (size_t i = 0; i < count; i++) right += classes[rows[i]] == clenet_dataset_labels(f.digits)[rows[i]];
    cr_expect(fabs((double)right / (double)count - result.best.val_accuracy) < 1e-12);
    clenet_predictor_free(predictor);
    clenet_trainer_free(trainer);
    fixture_free(&f);
}

Test(trainer, any_number_of_threads_gives_the_same_model_and_figures) {
    clenet_training_result results[3];
    for (int threads = 1; threads <= 3; threads++) {
        fixture f = fixture_new(ROWS, threads);
        witness w = {0};
        results[threads - 1] = fixture_train(&f, options_for(&w, 2));
        weights_of(f.model, weights[threads - 1], PARAMETERS);
        fixture_free(&f);
    }
    for (int i = 1; i < 3; i++) {
        cr_expect(memcmp(weights[0], weights[i], sizeof weights[0]) == 0, "%d threads", i + 1);
        cr_expect(results[0].best.loss == results[i].best.loss && results[0].best.val_loss == results[i].best.val_loss);
    }
}

Test(trainer, another_seed_gives_another_split_and_another_model) {
    for (uint64_t seed = 1; seed <= 2; seed++) {
        fixture f = fixture_new(ROWS, 2);
        clenet_training_options o;
        clenet_training_options_init(&o, sizeof o);
        o.epochs = 1;
        o.seed = seed;
        fixture_train(&f, o);
        weights_of(f.model, weights[seed], PARAMETERS);
        fixture_free(&f);
    }
    cr_expect(memcmp(weights[1], weights[2], sizeof weights[1]) != 0);
}

/* The rows that a trainer with these options holds out [*count]; free() them. */
static uint32_t *rows_held_out(fixture *f, const clenet_training_options *o, size_t *count) {
    clenet_trainer *trainer;
    ok(f, clenet_trainer_new(&trainer, f->model, f->digits, f->device, o, &f->error));
    const uint32_t *rows = clenet_trainer_validation_rows(trainer, count);
    uint32_t *copy = malloc(*count * sizeof *copy);
    cr_assert_not_null(copy);
    memcpy(copy, rows, *count * sizeof *copy);
    clenet_trainer_free(trainer);
    return copy;
}

Test(trainer, networks_of_other_seeds_hold_out_parts_of_one_split) {
    fixture f = fixture_new(103, 1);
    clenet_training_options o;
    clenet_training_options_init(&o, sizeof o);
    int held[103] = {0};
    size_t count;
    o.seed = 5;
    uint32_t *plain = rows_held_out(&f, &o, &count);
    cr_expect_eq(count, 21);
    o.seed = 77;
    o.own_split_seed = true;
    o.split_seed = 5;
    for (o.fold = 0; o.fold < clenet_validation_parts(o.validation); o.fold++) {
        uint32_t *rows = rows_held_out(&f, &o, &count);
        if (o.fold == 0) cr_expect(count == 21 && memcmp(rows, plain, count * sizeof *rows) == 0);
        for (size_t i = 0; i < count; i++) held[rows[i]]++;
        free(rows);
    }
    for (int row = 0; row < 103; row++) cr_expect_eq(held[row], 1, "row %d", row);
    free(plain);
    fixture_free(&f);
}

Test(trainer, progress_is_told_after_each_batch_and_does_not_change_the_outcome) {
    for (int told = 0; told < 2; told++) {
        fixture f = fixture_new(ROWS, 2);
        witness w = {0};
        clenet_training_options o = options_for(&w, 1);
        if (told) o.on_progress = on_progress;
        fixture_train(&f, o);
        weights_of(f.model, weights[told], PARAMETERS);
        cr_expect(w.progress_count == (told ? 38 : 0), "%d calls", w.progress_count); /* 1,200 rows: 37 and a half */
        if (told) cr_expect(w.last.images == 1200 && w.last.images_total == 1200 && w.last.loss == w.epochs[0].loss);
        fixture_free(&f);
    }
    cr_expect(memcmp(weights[0], weights[1], sizeof weights[0]) == 0);
}

Test(trainer, an_interval_makes_progress_rarer) {
    fixture f = fixture_new(ROWS, 2);
    witness w = {0};
    clenet_training_options o = options_for(&w, 1);
    o.on_progress = on_progress;
    o.progress_seconds = 1000;
    fixture_train(&f, o);
    cr_expect(w.progress_count == 1 && w.last.images == 1200);
    fixture_free(&f);
}

Test(trainer, a_callback_can_stop_after_an_epoch) {
    fixture f = fixture_new(ROWS, 2);
    witness w = {.stop_after_epoch = 2};
    clenet_training_result result = fixture_train(&f, options_for(&w, 20));
    cr_expect(result.stop == CLENET_STOP_CALLBACK && result.epochs == 2 && w.epoch_count == 2);
    fixture_free(&f);
}

Test(trainer, a_run_stopped_in_its_first_epoch_leaves_what_was_learned) {
    fixture f = fixture_new(ROWS, 2);
    weights_of(f.model, weights[0], PARAMETERS);
    witness w = {.stop_after_progress = 5};
    clenet_training_options o = options_for(&w, 20);
    o.on_progress = on_progress;
    clenet_training_result result = fixture_train(&f, o);
    weights_of(f.model, weights[1], PARAMETERS);
    cr_expect(result.stop == CLENET_STOP_CALLBACK && result.epochs == 0 && result.kept == 0);
    cr_expect(memcmp(weights[0], weights[1], sizeof weights[0]) != 0);
    fixture_free(&f);
}

Test(trainer, a_run_stopped_later_leaves_the_kept_epoch) {
    fixture f = fixture_new(ROWS, 2);
    witness w = {.stop_after_progress = 50};
    clenet_training_options o = options_for(&w, 20);
    o.on_progress = on_progress;
    clenet_training_result result = fixture_train(&f, o);
    cr_expect(result.epochs == 1 && result.kept == 1);
    fixture_free(&f);
}

Test(trainer, stops_early_by_the_monitor) {
    fixture f = fixture_new(200, 1);
    witness w = {0};
    clenet_training_options o = options_for(&w, MAX_EPOCHS);
    o.patience = 1;
    o.monitor = CLENET_MONITOR_VAL_ACCURACY;
    clenet_training_result result = fixture_train(&f, o);
    cr_expect(result.stop == CLENET_STOP_EARLY && result.epochs == w.epoch_count && result.epochs < MAX_EPOCHS);
    cr_expect(w.epochs[w.epoch_count - 1].val_accuracy <= w.epochs[w.epoch_count - 2].val_accuracy);
    fixture_free(&f);
}

Test(trainer, without_validation_the_last_epoch_is_kept) {
    fixture f = fixture_new(300, 1);
    witness w = {0};
    clenet_training_options o = options_for(&w, 3);
    o.validation = 0;
    clenet_training_result result = fixture_train(&f, o);
    cr_expect(result.kept == 3 && isnan(w.epochs[2].val_accuracy) && isnan(w.epochs[2].val_loss));
    fixture_free(&f);
}

Test(trainer, a_batch_larger_than_the_data_is_one_step) {
    fixture f = fixture_new(90, 2);
    witness w = {0};
    clenet_training_options o = options_for(&w, 2);
    o.batch = 1000;
    o.on_progress = on_progress;
    fixture_train(&f, o);
    cr_expect(w.progress_count == 2);
    fixture_free(&f);
}

Test(trainer, a_learning_rate_that_blows_up_is_told_and_the_model_stays_whole) {
    fixture f = fixture_new(300, 1);
    weights_of(f.model, weights[0], PARAMETERS);
    clenet_training_options o;
    clenet_training_options_init(&o, sizeof o);
    o.optimizer = CLENET_OPTIMIZER_SGD;
    o.learning_rate = 1000;
    clenet_trainer *trainer;
    clenet_training_result result = {.epochs = -1};
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &o, &f.error));
    cr_expect(clenet_trainer_run(trainer, &result, &f.error) == CLENET_ERROR_NUMERIC);
    cr_expect(strstr(f.error.message, "epoch 1") && strstr(f.error.message, "smaller learning rate"));
    weights_of(f.model, weights[1], PARAMETERS);
    cr_expect(memcmp(weights[0], weights[1], sizeof weights[0]) == 0 && result.epochs == -1);
    clenet_trainer_free(trainer);
    fixture_free(&f);
}

Test(trainer, every_optimizer_learns_the_digits) {
    static const struct {
        clenet_optimizer optimizer;
        float learning_rate, weight_decay;
    } settings[] = {{CLENET_OPTIMIZER_SGD, 0.05F, 1e-4F},
                    {CLENET_OPTIMIZER_ADAM, 2e-3F, 0},
                    {CLENET_OPTIMIZER_ADAMW, 2e-3F, 0.05F}};
    for (int i = 0; i < 3; i++) {
        fixture f = fixture_new(ROWS, 2);
        clenet_training_options o;
        clenet_training_options_init(&o, sizeof o);
        o.epochs = 8;
        o.optimizer = settings[i].optimizer;
        o.learning_rate = settings[i].learning_rate;
        o.weight_decay = settings[i].weight_decay;
        clenet_training_result result = fixture_train(&f, o);
        cr_expect(result.best.accuracy > 0.9, "%d: %g", (int)o.optimizer, result.best.accuracy);
        fixture_free(&f);
    }
}

/* An epoch of one step; the first of two that warm up has half the rate. */
Test(trainer, the_schedule_sets_the_rate_of_each_step) {
    for (int constant = 0; constant < 2; constant++) {
        fixture f = fixture_new(64, 1);
        witness w = {.stop_after_epoch = 1};
        clenet_training_options o = options_for(&w, 2);
        o.batch = 64;
        o.keep = CLENET_KEEP_LAST;
        o.learning_rate = constant ? 0.05F : 0.1F;
        o.warmup = constant ? 0 : 2;
        (void)fixture_train(&f, o);
        weights_of(f.model, weights[constant], PARAMETERS);
        fixture_free(&f);
    }
    cr_expect(memcmp(weights[0], weights[1], sizeof weights[0]) == 0);
}

static int go_on(const clenet_progress *progress, void *user) {
    (void)progress, (void)user;
    return 0;
}

/* Batch by batch, since every one is told, or an epoch at once: each step has its own rate. */
Test(trainer, an_epoch_has_the_learning_rate_of_its_last_step) {
    fixture f = fixture_new(1000, 1);
    const double pi = acos(-1.0), top = 0.01;
    for (int warmup = 0; warmup <= 1; warmup++) {
        witness w = {0};
        clenet_training_options o = options_for(&w, 4);
        o.schedule = CLENET_SCHEDULE_COSINE;
        o.learning_rate = (float)top;
        o.warmup = warmup; /* epochs */
        o.batch = 100;     /* of 800 images: 8 steps per epoch */
        o.patience = -1;
        (void)fixture_train(&f, o);
        for (int i = 0; i < 4; i++) {
            double step = 8 * (i + 1) - 1, first = 8 * warmup;
            double expected = step < first ? top : top * (1 + cos(pi * (step - first) / (32 - first))) / 2;
            cr_expect(fabs(w.epochs[i].learning_rate - expected) < 1e-9, "epoch %d: %g, not %g", i + 1,
                      w.epochs[i].learning_rate, expected);
        }
    }
    fixture_free(&f);
}

Test(trainer, with_a_schedule_batches_that_are_queued_at_once_train_to_the_same_bits) {
    for (int told = 0; told < 2; told++) {
        fixture f = fixture_new(300, 1);
        clenet_training_options o;
        clenet_training_options_init(&o, sizeof o);
        o.epochs = 2;
        o.schedule = CLENET_SCHEDULE_COSINE;
        o.warmup = 0.5;
        o.keep = CLENET_KEEP_LAST;
        o.on_progress = told ? go_on : NULL;
        (void)fixture_train(&f, o);
        weights_of(f.model, weights[told], PARAMETERS);
        fixture_free(&f);
    }
    cr_expect(memcmp(weights[0], weights[1], sizeof weights[0]) == 0);
}

/* What a predictor says of the images held out is what validation said: the model has the weights that were tried. */
Test(trainer, the_model_takes_the_averaged_weights_that_validation_tried) {
    for (int averaged = 0; averaged < 2; averaged++) {
        fixture f = fixture_new(ROWS, 2);
        clenet_training_options o;
        clenet_training_options_init(&o, sizeof o);
        clenet_trainer *trainer;
        clenet_training_result result;
        size_t count, wrong = 0;
        o.epochs = 4;
        o.weight_average = averaged ? 0.9F : 0;
        ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &o, &f.error));
        ok(&f, clenet_trainer_run(trainer, &result, &f.error));
        const uint32_t *held_out = clenet_trainer_validation_rows(trainer, &count);
        clenet_predictor *predictor;
        uint8_t classes[ROWS];
        ok(&f, clenet_predictor_new(&predictor, f.model, f.device, &f.error));
        ok(&f, clenet_predictor_classify(predictor, f.digits, classes, &f.error));
        for (size_t i = 0; i < count; i++)
            wrong += classes[held_out[i]] != clenet_dataset_labels(f.digits)[held_out[i]];
        cr_expect(fabs(1 - (double)wrong / (double)count - result.best.val_accuracy) < 1e-12);
        weights_of(f.model, weights[averaged], PARAMETERS);
        clenet_predictor_free(predictor);
        clenet_trainer_free(trainer);
        fixture_free(&f);
    }
    cr_expect(memcmp(weights[0], weights[1], sizeof weights[0]) != 0);
}

Test(trainer, runs_once) {
    fixture f = fixture_new(64, 1);
    clenet_training_options o;
    clenet_training_options_init(&o, sizeof o);
    o.epochs = 1;
    clenet_trainer *trainer;
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &o, &f.error));
    ok(&f, clenet_trainer_run(trainer, NULL, &f.error));
    cr_expect(clenet_trainer_run(trainer, NULL, &f.error) == CLENET_ERROR_ARGUMENT);
    clenet_trainer_free(trainer);
    fixture_free(&f);
}

/* A trainer with these options is refused, and what is said begins so. */
static void expect_refused(const fixture *f, const clenet_training_options *options, const char *said) {
    clenet_trainer *trainer = NULL;
    clenet_error error = {.message = ""};
    cr_expect_eq(clenet_trainer_new(&trainer, f->model, f->digits, f->device, options, &error), CLENET_ERROR_ARGUMENT,
                 "%s", said);
    cr_expect(strncmp(error.message, said, strlen(said)) == 0, "%s: %s", said, error.message);
    cr_expect_null(trainer);
}

/* One field that is out of its range. */
#define EXPECT_REFUSED(field, value, said)                                        \
    do {                                                                          \
        clenet_training_options wrong;                                            \
        clenet_training_options_init(&wrong, sizeof wrong);                       \
        wrong.field = value;                                                      \
        expect_refused(&f, &wrong, "training options: " #field " must be " said); \
    } while (0)

Test(trainer, each_option_out_of_its_range_is_refused_by_name_range_and_value) {
    fixture f = fixture_new(64, 1);
    EXPECT_REFUSED(epochs, 0, "a whole number 1..1000000, not 0");
    EXPECT_REFUSED(batch, 0, "a whole number 1..65536, not 0");
    EXPECT_REFUSED(batch, 65537, "a whole number 1..65536, not 65537");
    EXPECT_REFUSED(learning_rate, 0, "a number above 0, at most 1000, not 0");
    EXPECT_REFUSED(learning_rate, INFINITY, "a number above 0, at most 1000, not inf");
    EXPECT_REFUSED(optimizer, (clenet_optimizer)4, "one of rmsprop, sgd, adam, adamw, not 4");
    EXPECT_REFUSED(momentum, 1, "a number at least 0 and below 1, not 1");
    EXPECT_REFUSED(rho, 1, "a number at least 0 and below 1, not 1");
    EXPECT_REFUSED(beta_1, -0.5F, "a number at least 0 and below 1, not -0.5");
    EXPECT_REFUSED(beta_2, 1, "a number at least 0 and below 1, not 1");
    EXPECT_REFUSED(epsilon, 0, "a number above 0, at most 1, not 0");
    EXPECT_REFUSED(weight_decay, -1, "a number 0..1, not -1");
    EXPECT_REFUSED(schedule, (clenet_schedule)-1, "one of constant, cosine, one-cycle, not -1");
    EXPECT_REFUSED(warmup, -1, "a number 0..100000, not -1");
    EXPECT_REFUSED(label_smoothing, 1, "a number at least 0 and below 1, not 1");
    EXPECT_REFUSED(weight_average, -0.5F, "a number at least 0 and below 1, not -0.5");
    EXPECT_REFUSED(augment, (clenet_augment)4, "one of none, shift, affine, elastic, not 4");
    EXPECT_REFUSED(augment_strength, 0, "a number above 0, at most 3, not 0");
    EXPECT_REFUSED(augment_strength, 3.5F, "a number above 0, at most 3, not 3.5");
    EXPECT_REFUSED(validation, 1, "a number at least 0 and below 1, not 1");
    EXPECT_REFUSED(fold, -1, "a whole number 0..65536, not -1");
    EXPECT_REFUSED(monitor, (clenet_monitor)42, "one of accuracy, loss, val_accuracy, val_loss, not 42");
    EXPECT_REFUSED(monitor, (clenet_monitor)100000, "one of accuracy, loss, val_accuracy, val_loss, not 100000");
    EXPECT_REFUSED(patience, -2, "a whole number -1..1000000, not -2");
    EXPECT_REFUSED(keep, (clenet_keep)2, "one of best, last, not 2");
    EXPECT_REFUSED(progress_seconds, -1, "a number 0..1e+09, not -1");
    fixture_free(&f);
}

Test(trainer, an_option_that_is_not_a_number_is_refused) {
    fixture f = fixture_new(64, 1);
    EXPECT_REFUSED(learning_rate, NAN, "a number above 0, at most 1000, not nan");
    EXPECT_REFUSED(momentum, NAN, "a number at least 0 and below 1, not nan");
    EXPECT_REFUSED(rho, NAN, "a number at least 0 and below 1, not nan");
    EXPECT_REFUSED(beta_1, NAN, "a number at least 0 and below 1, not nan");
    EXPECT_REFUSED(beta_2, NAN, "a number at least 0 and below 1, not nan");
    EXPECT_REFUSED(epsilon, NAN, "a number above 0, at most 1, not nan");
    EXPECT_REFUSED(weight_decay, NAN, "a number 0..1, not nan");
    EXPECT_REFUSED(warmup, NAN, "a number 0..100000, not nan");
    EXPECT_REFUSED(label_smoothing, NAN, "a number at least 0 and below 1, not nan");
    EXPECT_REFUSED(weight_average, NAN, "a number at least 0 and below 1, not nan");
    EXPECT_REFUSED(augment_strength, NAN, "a number above 0, at most 3, not nan");
    EXPECT_REFUSED(validation, NAN, "a number at least 0 and below 1, not nan");
    EXPECT_REFUSED(progress_seconds, NAN, "a number 0..1e+09, not nan");
    fixture_free(&f);
}

Test(trainer, options_that_do_not_go_together_are_refused) {
    fixture f = fixture_new(64, 1);
    clenet_training_options o;
    EXPECT_REFUSED(warmup, 51, "at most epochs, which is 50, not 51");
    EXPECT_REFUSED(fold, 5, "below clenet_validation_parts(validation), which is 5, not 5");
    clenet_training_options_init(&o, sizeof o);
    o.validation = 0;
    o.fold = 1;
    expect_refused(&f, &o, "training options: fold must be below clenet_validation_parts(validation), which is 0");
    o.fold = 0;
    o.monitor = CLENET_MONITOR_VAL_LOSS;
    expect_refused(&f, &o, "training options: validation must be above 0 with the monitor val_loss");
    clenet_training_options_init(&o, sizeof o);
    o.warmup = 1;
    o.schedule = CLENET_SCHEDULE_ONE_CYCLE;
    expect_refused(&f, &o, "training options: warmup must be 0 with a one-cycle schedule, not 1");
    fixture_free(&f);
}

Test(trainer, options_of_an_older_program_train_as_the_defaults_do) {
    fixture f = fixture_new(64, 1);
    struct {
        clenet_training_options known;
        double new_field;
    } newer = {.new_field = 0};
    clenet_training_options old;
    clenet_training_options_init(NULL, sizeof old);
    memset(&old, 0xAA, sizeof old);
    clenet_training_options_init(&old, offsetof(clenet_training_options, optimizer));
    cr_expect_eq(old.batch, 32);
    clenet_trainer *trainer = NULL;
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &old, &f.error));
    clenet_trainer_free(trainer);
    old.size = 0;
    expect_refused(&f, &old, "clenet_training_options.size is 0");

    clenet_training_options_init(&newer.known, sizeof newer);
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &newer.known, &f.error));
    clenet_trainer_free(trainer);
    newer.new_field = 1;
    expect_refused(&f, &newer.known, "clenet_training_options has fields that clenet");
    fixture_free(&f);
}

Test(trainer, data_that_do_not_fit_the_network_are_refused) {
    fixture f = fixture_new(64, 1);
    static const uint8_t bytes[8 * 8 * 20] = {0};
    clenet_dataset *unlabelled, *small, *wide;
    ok(&f, clenet_dataset_new(&unlabelled, bytes, NULL, 1, 28, 28, 1, 10, &f.error));
    ok(&f, clenet_dataset_new(&small, bytes, bytes, 20, 8, 8, 1, 10, &f.error));
    ok(&f, clenet_dataset_new(&wide, bytes, bytes, 1, 28, 28, 1, 11, &f.error));
    const clenet_dataset *bad[] = {unlabelled, small, wide};
    static const char *const words[] = {"label", "28", "11 classes"};
    for (int i = 0; i < 3; i++) {
        clenet_trainer *trainer = NULL;
        cr_expect(clenet_trainer_new(&trainer, f.model, bad[i], f.device, NULL, &f.error) == CLENET_ERROR_ARGUMENT);
        cr_expect(strstr(f.error.message, words[i]) != NULL, "%s", f.error.message);
    }
    clenet_dataset_free(unlabelled);
    clenet_dataset_free(small);
    clenet_dataset_free(wide);
    fixture_free(&f);
}

Test(trainer, a_network_whose_layers_are_all_frozen_is_refused) {
    static const char text[] = "input 28x28x1\nbatchnorm frozen\nflatten\ndense 10 softmax frozen\n";
    fixture f = fixture_small(60);
    clenet_trainer *trainer = NULL;
    clenet_network_free(f.network);
    clenet_model_free(f.model);
    ok(&f, clenet_network_parse(&f.network, text, "network", &f.error));
    ok(&f, clenet_model_new(&f.model, f.network, 1, &f.error));
    cr_expect_eq(clenet_trainer_new(&trainer, f.model, f.digits, f.device, NULL, &f.error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(f.error.message,
                     "every layer with parameters is frozen, so training would change nothing; leave one "
                     "to train");
    cr_expect_null(trainer);
    fixture_free(&f);
}

/* Frozen tensors have the bits of the beginning, also with the moving average of the weights, and in a checkpoint. */
Test(trainer, frozen_layers_keep_their_bits_through_a_run_and_its_resumption, .init = scratch_enter,
     .fini = scratch_leave) {
    static const char text[] = "input 28x28x1\nconv2d 3 3x3 relu frozen\nmaxpool2d 3x3\nbatchnorm frozen\nflatten\n"
                               "dense 10 softmax\n";
    enum { TENSORS_FROZEN = 6 };
    fixture f = fixture_small(200);
    clenet_model *initial, *whole;
    clenet_checkpoint *checkpoint;
    clenet_trainer *trainer;
    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    options.epochs = 1;
    options.weight_average = 0.9F;
    options.weight_decay = 0.1F;
    clenet_network_free(f.network);
    ok(&f, clenet_network_parse(&f.network, text, "network", &f.error));
    clenet_model_free(f.model);
    ok(&f, clenet_model_new(&f.model, f.network, 3, &f.error));
    ok(&f, clenet_model_new(&initial, f.network, 3, &f.error));
    ok(&f, clenet_model_new(&whole, f.network, 3, &f.error));
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &options, &f.error));
    ok(&f, clenet_trainer_run(trainer, NULL, &f.error));
    ok(&f, clenet_trainer_save(trainer, "frozen.checkpoint", NULL, &f.error));
    clenet_trainer_free(trainer);
    options.epochs = 2;
    ok(&f, clenet_checkpoint_load(&checkpoint, "frozen.checkpoint", &f.error));
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, f.device, &options, &f.error));
    ok(&f, clenet_trainer_resume(trainer, checkpoint, &f.error));
    ok(&f, clenet_trainer_run(trainer, NULL, &f.error));
    clenet_trainer_free(trainer);
    ok(&f, clenet_trainer_new(&trainer, whole, f.digits, f.device, &options, &f.error));
    ok(&f, clenet_trainer_run(trainer, NULL, &f.error));
    clenet_trainer_free(trainer);
    for (size_t i = 0; i < clenet_model_tensors(whole); i++) {
        clenet_tensor a = clenet_model_tensor(whole, i), b = clenet_model_tensor(f.model, i);
        clenet_tensor first = clenet_model_tensor(initial, i);
        size_t count = 1;
        for (int k = 0; k < a.rank; k++) count *= a.shape[k];
        cr_expect_arr_eq(a.data, b.data, count * sizeof *a.data, "%s, resumed", a.name);
        bool same = memcmp(a.data, first.data, count * sizeof *a.data) == 0;
        cr_expect_eq(same, i < TENSORS_FROZEN, "%s", a.name);
    }
    clenet_checkpoint_free(checkpoint);
    clenet_model_free(initial);
    clenet_model_free(whole);
    fixture_free(&f);
}
