/* resume.c - a run that goes on: a trainer writes down where it stands, and another one takes that up. What may not differ between
 * the two is what decides the numbers: the rows, the network, and every setting but the number of epochs,
 * and that, too, where the learning rate goes by it. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/net/model.h"
#include "lib/train/checkpoint.h"

/* The rows that the trainer was given: summed up once, since nothing changes a data set. */
static const data_identity *identify(clenet_trainer *t) {
    const clenet_dataset *d = t->dataset;
    if (t->data.rows > 0) return &t->data;
    size_t pixels = d->rows * (size_t)d->height * (size_t)d->width * (size_t)d->channels;
    t->data = (data_identity){.rows = d->rows,
                              .height = d->height,
                              .width = d->width,
                              .channels = d->channels,
                              .classes = d->classes,
                              .images = (uint32_t)crc32_z(0, d->images, pixels),
                              .labels = (uint32_t)crc32_z(0, d->labels, d->rows)};
    return &t->data;
}

/* On what the bits are the same again: the backend, and how it lays out the images. */
static void name_backend(char text[CHECKPOINT_BACKEND], const clenet_trainer *t) {
    const clenet_device *device = t->replacement ? t->replacement : t->device;
    (void)snprintf(text, CHECKPOINT_BACKEND, "%s %d", device->backend->name, device->lanes);
}

/* ---- writing down ------------------------------------------------------------------------------------------------- */

/* Reads what the executor holds into c's own memory. */
static clenet_status read_executor(clenet_checkpoint *c, const clenet_trainer *t, clenet_error *error) {
    const executor_functions *f = t->run->functions;
    c->score_count = f->scores(t->run);
    c->scores = memory_new(c->score_count, sizeof *c->scores);
    if (!c->scores) return error_memory(error, c->score_count * sizeof *c->scores, "a checkpoint");
    clenet_status status = state_new(&c->now, &t->options, t->model->network->packed_size, error);
    if (status == CLENET_OK) status = state_read(&c->now, t->run, error);
    if (status == CLENET_OK) status = f->scores_read(t->run, c->scores, error);
    if (status == CLENET_OK) status = f->metrics(t->run, &c->metrics, error);
    return status;
}

clenet_status clenet_trainer_save(clenet_trainer *t, const char *path, const char *note, clenet_error *error) {
    REQUIRE_AS(t, "trainer", error);
    REQUIRE(path, error);
    REQUIRE_OWNER(t, "trainer", error);
    clenet_checkpoint c = {.options = t->options, .data = *identify(t), .at = t->at};
    c.network = t->model->network; /* lent, like the next two */
    c.kept = t->model->values;
    c.note = (char *)(uintptr_t)note;
    name_backend(c.backend, t);
    if (t->used) c.at.result.seconds += clock_seconds() - t->began;
    clenet_status status = read_executor(&c, t, error);
    if (c.at.images == 0) c.score_count = 0; /* between two epochs nothing is added up */
    c.metrics.loss += t->before.loss;
    c.metrics.correct += t->before.correct;
    c.metrics.images += t->before.images;
    if (status == CLENET_OK) status = checkpoint_write(&c, path, error);
    state_free(&c.now);
    memory_free(c.scores);
    return status;
}

/* ---- taking up ---------------------------------------------------------------------------------------------------- */

/* What differs, as "batch: 32 then, 64 now"; "" where nothing does. */
typedef struct difference {
    char text[256];
} difference;

static void differ_count(difference *d, const char *what, uint64_t then, uint64_t now) {
    if (then == now || d->text[0] != '\0') return;
    (void)snprintf(d->text, sizeof d->text, "%s: %llu then, %llu now", what, (unsigned long long)then,
                   (unsigned long long)now);
}

static void differ_number(difference *d, const char *what, double then, double now) {
    if (then == now || d->text[0] != '\0') return;
    (void)snprintf(d->text, sizeof d->text, "%s: %.9g then, %.9g now", what, then, now);
}

static void differ_word(difference *d, const char *what, const char *then, const char *now) {
    if (strcmp(then, now) == 0 || d->text[0] != '\0') return;
    (void)snprintf(d->text, sizeof d->text, "%s: %s then, %s now", what, then, now);
}

static void differ(difference *d, const char *what, bool same) {
    if (same || d->text[0] != '\0') return;
    (void)snprintf(d->text, sizeof d->text, "%s", what);
}

static void differ_data(difference *d, const data_identity *then, const data_identity *now) {
    differ_count(d, "rows", then->rows, now->rows);
    differ_count(d, "height of the images", (uint64_t)then->height, (uint64_t)now->height);
    differ_count(d, "width of the images", (uint64_t)then->width, (uint64_t)now->width);
    differ_count(d, "channels of the images", (uint64_t)then->channels, (uint64_t)now->channels);
    differ_count(d, "classes", (uint64_t)then->classes, (uint64_t)now->classes);
    differ(d, "the images are others", then->images == now->images);
    differ(d, "the labels are others", then->labels == now->labels);
}

static void differ_settings(difference *d, const clenet_training_options *then, const clenet_training_options *now) {
    static const char *const monitors[] = {"accuracy", "loss", "val_accuracy", "val_loss"};
    static const char *const schedules[] = {"constant", "cosine", "one-cycle"};
    static const char *const optimizers[] = {"rmsprop", "sgd", "adam", "adamw"};
    static const char *const augments[] = {"none", "shift", "affine", "elastic"};
    differ_count(d, "batch", (uint64_t)then->batch, (uint64_t)now->batch);
    differ_number(d, "learning rate", (double)then->learning_rate, (double)now->learning_rate);
    differ_number(d, "rho", (double)then->rho, (double)now->rho);
    differ_number(d, "epsilon", (double)then->epsilon, (double)now->epsilon);
    differ_number(d, "validation", then->validation, now->validation);
    differ_count(d, "seed", then->seed, now->seed);
    differ_number(d, "patience", then->patience, now->patience);
    differ_word(d, "monitor", monitors[then->monitor], monitors[now->monitor]);
    differ_word(d, "optimizer", optimizers[then->optimizer], optimizers[now->optimizer]);
    differ_number(d, "momentum", (double)then->momentum, (double)now->momentum);
    differ_number(d, "beta_1", (double)then->beta_1, (double)now->beta_1);
    differ_number(d, "beta_2", (double)then->beta_2, (double)now->beta_2);
    differ_number(d, "weight decay", (double)then->weight_decay, (double)now->weight_decay);
    differ_word(d, "schedule", schedules[then->schedule], schedules[now->schedule]);
    differ_number(d, "warmup", then->warmup, now->warmup);
    differ_number(d, "label smoothing", (double)then->label_smoothing, (double)now->label_smoothing);
    differ_number(d, "weight average", (double)then->weight_average, (double)now->weight_average);
    differ_count(d, "part held out", (uint64_t)then->fold, (uint64_t)now->fold);
    differ_count(d, "seed of the split", then->own_split_seed ? then->split_seed : then->seed,
                 now->own_split_seed ? now->split_seed : now->seed);
    differ_word(d, "augment", augments[then->augment], augments[now->augment]);
    differ_number(d, "augment strength", (double)then->augment_strength, (double)now->augment_strength);
    if (now->schedule != CLENET_SCHEDULE_CONSTANT) /* which goes by them */
        differ_count(d, "epochs", (uint64_t)then->epochs, (uint64_t)now->epochs);
    differ(d, "which weights are kept", then->keep == now->keep);
}

static clenet_status check_same(clenet_trainer *t, const clenet_checkpoint *c, clenet_error *error) {
    difference d = {""};
    differ(&d, "the network is another", strcmp(c->network->text, t->model->network->text) == 0);
    differ_data(&d, &c->data, identify(t));
    differ_settings(&d, &c->options, &t->options);
    if (d.text[0] != '\0')
        return error_set(
            error, CLENET_ERROR_ARGUMENT,
            "the run cannot go on with what differs from before: %s; give what it began with, or begin anew", d.text);
    if (c->at.images <= t->split.training_count) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "the checkpoint stands behind the end of an epoch; begin the run anew");
}

/* The sums of an epoch under way: as its backend has them, to the bit; from another backend, as loss and counts. */
static clenet_status take_scores(clenet_trainer *t, const clenet_checkpoint *c, clenet_error *error) {
    char name[CHECKPOINT_BACKEND];
    name_backend(name, t);
    t->before = (run_metrics){0};
    memory_free(t->scores);
    t->scores = NULL;
    if (c->at.images == 0) return CLENET_OK;
    if (strcmp(name, c->backend) != 0 || c->score_count != t->run->functions->scores(t->run)) {
        t->before = c->metrics;
        return CLENET_OK;
    }
    t->scores = memory_new(c->score_count, sizeof *t->scores);
    if (!t->scores) return error_memory(error, c->score_count * sizeof *t->scores, "a checkpoint");
    memcpy(t->scores, c->scores, c->score_count * sizeof *t->scores);
    return CLENET_OK;
}

clenet_status clenet_trainer_resume(clenet_trainer *t, const clenet_checkpoint *c, clenet_error *error) {
    REQUIRE_AS(t, "trainer", error);
    REQUIRE_AS(c, "checkpoint", error);
    REQUIRE_OWNER(t, "trainer", error);
    if (t->used) return error_set(error, CLENET_ERROR_ARGUMENT, "a trainer that has run cannot take up another run");
    clenet_status status = check_same(t, c, error);
    if (status == CLENET_OK) status = trainer_grow_history(t, (size_t)c->at.epoch, error);
    if (status == CLENET_OK) status = take_scores(t, c, error);
    if (status == CLENET_OK) status = state_write(&c->now, t->run, error);
    if (status != CLENET_OK) return status;
    size_t bytes = t->model->network->packed_size * sizeof(float);
    memcpy(t->model->values, c->kept, bytes);
    clenet_epoch *history = t->at.history;
    t->at = c->at;
    t->at.history = history;
    memcpy(history, c->at.history, ((size_t)c->at.epoch - 1) * sizeof *history);
    t->at.result.best.epochs = t->options.epochs;
    if (t->device->replaceable && c->at.images == 0) { /* what replace_device goes back to */
        t->last.epoch = c->at.epoch - 1;
        t->last.step = c->at.step;
        state_copy(&t->last.state, &c->now, t->model->network->packed_size);
    }
    return CLENET_OK;
}
