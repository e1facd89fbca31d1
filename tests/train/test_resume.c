/* A run that is stopped and goes on comes to the same bits as one that never was. On the CPU, or on the device that
 * CLENET_TEST_DEVICE names. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"
#include "fixture.h"

enum { ROWS = 300, BATCH = 32, EPOCHS = 3, HISTORY = 16 };

TestSuite(resume, .init = scratch_enter, .fini = scratch_leave);

static const char path[] = "checkpoint.safetensors";

/* One run, or one piece of it. */
typedef struct piece {
    fixture f;
    clenet_trainer *trainer;
    clenet_training_result result;
    int batches, stop_after;                 /* of on_progress; 0: never */
    void (*set)(clenet_training_options *o); /* what differs from the defaults; NULL: nothing */
    clenet_epoch history[HISTORY];           /* by epoch */
} piece;

static int on_progress(const clenet_progress *progress, void *user) {
    piece *p = user;
    (void)progress;
    if (++p->batches != p->stop_after) return 0;
    ok(&p->f, clenet_trainer_save(p->trainer, path, "a note", &p->f.error));
    return 1;
}

static int on_epoch(const clenet_epoch *epoch, void *user) {
    ((piece *)user)->history[epoch->epoch] = *epoch;
    return 0;
}

static clenet_training_options options_of(piece *p, int epochs) {
    clenet_training_options o;
    clenet_training_options_init(&o, sizeof o);
    o.epochs = epochs;
    o.batch = BATCH;
    o.monitor = CLENET_MONITOR_LOSS; /* the figure that the last bit of a sum can turn */
    o.on_progress = on_progress;
    o.on_epoch = on_epoch;
    o.user = p;
    if (p->set) p->set(&o);
    return o;
}

static void begin(piece *p, const char *device) {
    p->f = fixture_new(ROWS, 2);
    if (device) {
        clenet_device_free(p->f.device);
        ok(&p->f, clenet_device_open(&p->f.device, device, NULL, &p->f.error));
    }
    clenet_training_options o = options_of(p, EPOCHS);
    ok(&p->f, clenet_trainer_new(&p->trainer, p->f.model, p->f.digits, p->f.device, &o, &p->f.error));
}

static void take_up(piece *p) {
    clenet_checkpoint *checkpoint;
    ok(&p->f, clenet_checkpoint_load(&checkpoint, path, &p->f.error));
    cr_expect_str_eq(clenet_checkpoint_note(checkpoint), "a note");
    ok(&p->f, clenet_trainer_resume(p->trainer, checkpoint, &p->f.error));
    clenet_checkpoint_free(checkpoint);
}

static void end(piece *p) {
    clenet_trainer_free(p->trainer);
    fixture_free(&p->f);
}

static void expect_same_model(const clenet_model *a, const clenet_model *b) {
    for (size_t i = 0; i < clenet_model_tensors(a); i++) {
        clenet_tensor x = clenet_model_tensor(a, i), y = clenet_model_tensor(b, i);
        size_t count = 1;
        for (int k = 0; k < x.rank; k++) count *= x.shape[k];
        cr_expect(memcmp(x.data, y.data, count * sizeof *x.data) == 0, "%s has other bits", x.name);
    }
}

static void expect_same_epoch(const clenet_epoch *a, const clenet_epoch *b) {
    cr_expect(a->loss == b->loss && a->accuracy == b->accuracy && a->kept == b->kept, "epoch %d: %a and %a", a->epoch,
              a->loss, b->loss);
    cr_expect(a->learning_rate == b->learning_rate && a->learning_rate > 0, "epoch %d: rate", a->epoch);
    cr_expect(a->val_loss == b->val_loss && a->val_accuracy == b->val_accuracy, "epoch %d", a->epoch);
}

/* Runs in pieces, stopped after every `step` batches, until it ends; gives the last piece. */
static void run_in_pieces(piece *last, void (*set)(clenet_training_options *o), const char *device, int step) {
    clenet_epoch history[HISTORY] = {{0}};
    for (bool first = true;; first = false) {
        *last = (piece){.stop_after = step, .set = set};
        begin(last, device);
        if (!first) take_up(last);
        ok(&last->f, clenet_trainer_run(last->trainer, &last->result, &last->f.error));
        for (int i = 0; i < HISTORY; i++)
            if (last->history[i].epoch) history[i] = last->history[i];
        if (last->result.stop != CLENET_STOP_CALLBACK) break;
        end(last);
    }
    memcpy(last->history, history, sizeof history);
}

static void expect_same_run_with(void (*set)(clenet_training_options *o), const char *device, int step) {
    piece whole = {.set = set}, last;
    begin(&whole, device);
    ok(&whole.f, clenet_trainer_run(whole.trainer, &whole.result, &whole.f.error));
    run_in_pieces(&last, set, device, step);
    cr_expect(last.result.stop == whole.result.stop && last.result.epochs == whole.result.epochs);
    cr_expect(last.result.kept == whole.result.kept);
    expect_same_model(last.f.model, whole.f.model);
    for (int i = 1; i <= whole.result.epochs; i++) expect_same_epoch(&last.history[i], &whole.history[i]);
    end(&last);
    end(&whole);
}

static void expect_same_run(const char *device, int step) {
    expect_same_run_with(NULL, device, step);
}

Test(resume, a_run_stopped_after_every_batch_is_bit_identical) {
    expect_same_run(getenv("CLENET_TEST_DEVICE"), 1);
}

Test(resume, a_run_stopped_now_and_then_is_bit_identical) {
    expect_same_run(getenv("CLENET_TEST_DEVICE"), 5);
}

Test(resume, a_run_stopped_when_its_last_batch_is_done_still_validates) {
    expect_same_run(getenv("CLENET_TEST_DEVICE"), (ROWS * 4 / 5 + BATCH - 1) / BATCH);
}

/* Each in turn, after so many batches that the last of a piece falls within an epoch. */
static void set_sgd(clenet_training_options *o) {
    o->optimizer = CLENET_OPTIMIZER_SGD;
    o->weight_decay = 0.01F;
}
static void set_adam(clenet_training_options *o) {
    o->optimizer = CLENET_OPTIMIZER_ADAM;
}
static void set_adamw(clenet_training_options *o) {
    o->optimizer = CLENET_OPTIMIZER_ADAMW;
    o->weight_decay = 0.01F;
}
static void set_cosine(clenet_training_options *o) {
    o->schedule = CLENET_SCHEDULE_COSINE;
    o->warmup = 0.7;
}
static void set_one_cycle(clenet_training_options *o) {
    o->optimizer = CLENET_OPTIMIZER_ADAMW;
    o->schedule = CLENET_SCHEDULE_ONE_CYCLE;
}
static void set_smoothing(clenet_training_options *o) {
    o->label_smoothing = 0.1F;
}
static void set_average(clenet_training_options *o) {
    o->weight_average = 0.9F;
}
static void set_part(clenet_training_options *o) {
    o->fold = 4;
    o->own_split_seed = true;
    o->split_seed = UINT64_MAX;
}
static void set_augment(clenet_training_options *o) {
    o->augment = CLENET_AUGMENT_ELASTIC;
    o->augment_strength = 1.5F;
}
Test(resume, a_stopped_run_with_every_setting_is_bit_identical) {
    void (*const settings[])(clenet_training_options *) = {
        set_sgd, set_adam, set_adamw, set_cosine, set_one_cycle, set_smoothing, set_average, set_part, set_augment};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        expect_same_run_with(settings[i], getenv("CLENET_TEST_DEVICE"), 5);
}

/* A run that is stopped after three batches. */
static void stop_early(piece *p) {
    *p = (piece){.stop_after = 3};
    begin(p, NULL);
    ok(&p->f, clenet_trainer_run(p->trainer, &p->result, &p->f.error));
    cr_assert_eq(p->result.stop, CLENET_STOP_CALLBACK);
}

Test(resume, a_checkpoint_has_the_position_of_the_run) {
    piece p;
    clenet_checkpoint *checkpoint;
    size_t images = 0;
    stop_early(&p);
    ok(&p.f, clenet_checkpoint_load(&checkpoint, path, &p.f.error));
    cr_expect_eq(clenet_checkpoint_epoch(checkpoint, &images), 1);
    cr_expect_eq(images, 3 * BATCH);
    clenet_training_options options;
    clenet_checkpoint_options(checkpoint, &options, sizeof options);
    cr_expect(options.batch == BATCH && options.monitor == CLENET_MONITOR_LOSS && options.user == NULL);
    cr_expect_str_eq(clenet_network_text(clenet_checkpoint_network(checkpoint)), clenet_network_text(p.f.network));
    clenet_checkpoint_free(checkpoint);
    end(&p);
}

/* The run is taken up with other options or data: what is said. */
static void expect_refused(const clenet_training_options *options, const clenet_dataset *digits, const char *said) {
    piece p = {0};
    clenet_checkpoint *checkpoint;
    p.f = fixture_new(ROWS, 1);
    ok(&p.f, clenet_trainer_new(&p.trainer, p.f.model, digits ? digits : p.f.digits, p.f.device, options, &p.f.error));
    ok(&p.f, clenet_checkpoint_load(&checkpoint, path, &p.f.error));
    cr_expect_eq(clenet_trainer_resume(p.trainer, checkpoint, &p.f.error), CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(p.f.error.message, said), "said: %s", p.f.error.message);
    clenet_checkpoint_free(checkpoint);
    end(&p);
}

/* One option has another value than in the run that stopped. */
#define REFUSED_WITH(option, value, said)                         \
    do {                                                          \
        clenet_training_options options = options_of(&p, EPOCHS); \
        options.option = value;                                   \
        expect_refused(&options, NULL, said);                     \
    } while (0)

Test(resume, a_setting_that_differs_is_named) {
    piece p;
    stop_early(&p);
    REFUSED_WITH(batch, 64, "batch was 32, now 64");
    REFUSED_WITH(learning_rate, 0.002F, "cannot resume: learning rate was 0.001, now 0.002");
    REFUSED_WITH(seed, UINT64_MAX, "seed was 1, now 18446744073709551615");
    REFUSED_WITH(monitor, CLENET_MONITOR_VAL_ACCURACY, "monitor was loss, now val_accuracy");
    REFUSED_WITH(optimizer, CLENET_OPTIMIZER_ADAMW, "optimizer was rmsprop, now adamw");
    REFUSED_WITH(weight_decay, 0.5F, "weight decay was 0, now 0.5");
    REFUSED_WITH(schedule, CLENET_SCHEDULE_ONE_CYCLE, "schedule was constant, now one-cycle");
    REFUSED_WITH(warmup, 1, "warmup was 0, now 1");
    REFUSED_WITH(label_smoothing, 0.5F, "label smoothing was 0, now 0.5");
    REFUSED_WITH(weight_average, 0.5F, "weight average was 0, now 0.5");
    REFUSED_WITH(fold, 2, "part held out was 0, now 2");
    REFUSED_WITH(own_split_seed, true, "seed of the split was 1, now 0");
    REFUSED_WITH(augment, CLENET_AUGMENT_SHIFT, "augment was none, now shift");
    REFUSED_WITH(augment_strength, 2, "augment strength was 1, now 2");
    end(&p);
}

Test(resume, a_schedule_that_goes_by_the_epochs_does_not_take_more_of_them) {
    piece p = {.stop_after = 3, .set = set_cosine};
    begin(&p, NULL);
    ok(&p.f, clenet_trainer_run(p.trainer, &p.result, &p.f.error));
    clenet_training_options o = options_of(&p, EPOCHS + 1);
    expect_refused(&o, NULL, "epochs was 3, now 4");
    end(&p);
}

Test(resume, rows_that_differ_are_named) {
    piece p;
    clenet_dataset *other;
    stop_early(&p);
    clenet_training_options o = options_of(&p, EPOCHS);
    size_t bytes = (size_t)ROWS * FIXTURE_SIDE * FIXTURE_SIDE;
    uint8_t *images = malloc(bytes), labels[ROWS];
    cr_assert_not_null(images);
    memcpy(images, clenet_dataset_images(p.f.digits), bytes);
    memcpy(labels, clenet_dataset_labels(p.f.digits), sizeof labels);
    images[bytes - 1] ^= 1;
    ok(&p.f, clenet_dataset_new(&other, images, labels, ROWS, FIXTURE_SIDE, FIXTURE_SIDE, 1, 10, &p.f.error));
    expect_refused(&o, other, "the images differ");
    clenet_dataset_free(other);
    ok(&p.f, clenet_dataset_new(&other, images, labels, ROWS - 1, FIXTURE_SIDE, FIXTURE_SIDE, 1, 10, &p.f.error));
    expect_refused(&o, other, "the number of rows was 300, now 299");
    clenet_dataset_free(other);
    free(images);
    end(&p);
}

Test(resume, a_finished_run_ends_at_once_and_continues_with_more_epochs) {
    piece p = {0}, more = {0}, whole = {0};
    begin(&p, NULL);
    ok(&p.f, clenet_trainer_run(p.trainer, &p.result, &p.f.error));
    ok(&p.f, clenet_trainer_save(p.trainer, path, "a note", &p.f.error));
    end(&p);

    begin(&more, NULL);
    take_up(&more);
    ok(&more.f, clenet_trainer_run(more.trainer, &more.result, &more.f.error));
    cr_expect(more.result.stop == CLENET_STOP_EPOCHS && more.result.epochs == EPOCHS && more.batches == 0);
    end(&more);

    for (int i = 0; i < 2; i++) { /* one epoch more, and the same in one go */
        piece *at = i ? &whole : &more;
        *at = (piece){.f = fixture_new(ROWS, 2)};
        clenet_training_options o = options_of(at, EPOCHS + 1);
        ok(&at->f, clenet_trainer_new(&at->trainer, at->f.model, at->f.digits, at->f.device, &o, &at->f.error));
        if (at == &more) take_up(at);
        ok(&at->f, clenet_trainer_run(at->trainer, &at->result, &at->f.error));
        cr_expect_eq(at->result.epochs, EPOCHS + 1);
    }
    expect_same_model(more.f.model, whole.f.model);
    end(&more);
    end(&whole);
}

Test(resume, another_device_continues_with_the_sums_of_the_epoch_so_far) {
    piece p, other = {0};
    stop_early(&p);
    end(&p);
    other.f = fixture_new(ROWS, 1);
    clenet_device_options baseline;
    clenet_device_options_init(&baseline, sizeof baseline);
    baseline.isa = "baseline"; /* lays the images out by fours, where others take eight or sixteen */
    clenet_device_free(other.f.device);
    ok(&other.f, clenet_device_open(&other.f.device, "cpu", &baseline, &other.f.error));
    clenet_training_options o = options_of(&other, EPOCHS);
    ok(&other.f, clenet_trainer_new(&other.trainer, other.f.model, other.f.digits, other.f.device, &o, &other.f.error));
    take_up(&other);
    ok(&other.f, clenet_trainer_run(other.trainer, &other.result, &other.f.error));
    piece whole = {0};
    begin(&whole, NULL);
    ok(&whole.f, clenet_trainer_run(whole.trainer, &whole.result, &whole.f.error));
    cr_expect_float_eq(other.history[1].loss, whole.history[1].loss, 1e-3);
    cr_expect_float_eq(other.history[1].accuracy, whole.history[1].accuracy, 0.01);
    end(&whole);
    end(&other);
}

Test(resume, a_file_that_is_cut_or_is_no_checkpoint_is_refused) {
    piece p;
    clenet_checkpoint *checkpoint = NULL;
    size_t size;
    stop_early(&p);
    char *bytes = scratch_read(path, &size);
    for (size_t cut = 0; cut < size; cut += 997) {
        scratch_write("cut", bytes, cut);
        cr_expect_neq(clenet_checkpoint_load(&checkpoint, "cut", &p.f.error), CLENET_OK, "%zu bytes", cut);
        cr_expect_null(checkpoint);
    }
    ok(&p.f, clenet_model_save(p.f.model, "model", &p.f.error));
    cr_expect_eq(clenet_checkpoint_load(&checkpoint, "model", &p.f.error), CLENET_ERROR_FORMAT);
    cr_expect(strstr(p.f.error.message, "is not a checkpoint"), "said: %s", p.f.error.message);
    char *epoch = strstr(bytes, "\\\"epoch\\\":1,");
    for (size_t i = 0; epoch == NULL && i + 13 < size; i++)
        if (memcmp(bytes + i, "\\\"epoch\\\":1,", 12) == 0) epoch = bytes + i;
    cr_assert_not_null(epoch);
    epoch[10] = '0';
    scratch_write("wrong", bytes, size);
    cr_expect_eq(clenet_checkpoint_load(&checkpoint, "wrong", &p.f.error), CLENET_ERROR_FORMAT);
    cr_expect(strstr(p.f.error.message, "'epoch' is missing or out of range"), "said: %s", p.f.error.message);
    free(bytes);
    end(&p);
}

Test(resume, a_checkpoint_of_an_earlier_version_is_refused_in_one_clear_line) {
    piece p;
    clenet_checkpoint *checkpoint = NULL;
    size_t size, at = 0;
    static const char version[] = "\"version\":\"4\"";
    stop_early(&p);
    char *bytes = scratch_read(path, &size);
    while (at + sizeof version < size && memcmp(bytes + at, version, sizeof version - 1) != 0) at++;
    bytes[at + sizeof version - 3] = '3';
    scratch_write("old", bytes, size);
    cr_expect_eq(clenet_checkpoint_load(&checkpoint, "old", &p.f.error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(p.f.error.message,
                     "checkpoint 'old' has version '3', and this clenet reads version 4; resume with "
                     "the clenet that wrote it");
    free(bytes);
    end(&p);
}

Test(resume, a_setting_out_of_its_range_in_a_file_is_named) {
    piece p;
    clenet_checkpoint *checkpoint = NULL;
    size_t size, at = 0;
    static const char monitor[] = "\\\"monitor\\\":\\\"loss\\\"";
    stop_early(&p);
    char *bytes = scratch_read(path, &size);
    while (at + sizeof monitor < size && memcmp(bytes + at, monitor, sizeof monitor - 1) != 0) at++;
    bytes[at + sizeof monitor - 4] = 't'; /* "lost" */
    scratch_write("wrong", bytes, size);
    cr_expect_eq(clenet_checkpoint_load(&checkpoint, "wrong", &p.f.error), CLENET_ERROR_FORMAT);
    cr_expect(strstr(p.f.error.message, "'monitor' is missing or out of range"), "said: %s", p.f.error.message);
    free(bytes);
    end(&p);
}
