/* resume.c - saves the state of a run and resumes it.
 *
 * What decides the numbers must be the same: the rows, the network, and every option whose row in training_options.def says so. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/net/model.h"
#include "lib/train/checkpoint.h"
#include "lib/train/options.h"

/* The checksums of the trainer's rows: computed once, since a data set does not change. */
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

/* The name of the backend and its image layout: with another one the results are not bit-identical. */
static void name_backend(char text[CHECKPOINT_BACKEND], const clenet_trainer *t) {
    const clenet_device *device = t->replacement ? t->replacement : t->device;
    (void)snprintf(text, CHECKPOINT_BACKEND, "%s %d", device->backend->name, device->lanes);
}

/* ---- saving ----------------------------------------------------------------------------------------------------------- */

/* Reads the executor's values into memory of c. */
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
    c.network = t->model->network; /* lent, like the next three */
    c.kept = t->model->values;
    c.trained = t->model->trained;
    c.note = (char *)(uintptr_t)note;
    name_backend(c.backend, t);
    if (t->used) c.at.result.seconds += clock_seconds() - t->began;
    clenet_status status = read_executor(&c, t, error);
    if (c.at.images == 0) c.score_count = 0; /* between two epochs there are no sums */
    c.metrics.loss += t->before.loss;
    c.metrics.correct += t->before.correct;
    c.metrics.images += t->before.images;
    if (status == CLENET_OK) status = checkpoint_write(&c, path, error);
    state_free(&c.now);
    memory_free(c.scores);
    return status;
}

/* ---- resuming ------------------------------------------------------------------------------------------------------ */

/* Notes "what was 300, now 299" in text, if these differ and nothing is noted yet. */
static void differ(char text[TRAINING_DIFFERENCE], const char *what, size_t then, size_t now) {
    if (then == now || text[0] != '\0') return;
    (void)snprintf(text, TRAINING_DIFFERENCE, "%s was %zu, now %zu", what, then, now);
}

/* The same of what has no number. */
static void differ_whole(char text[TRAINING_DIFFERENCE], const char *what, bool same) {
    if (same || text[0] != '\0') return;
    (void)snprintf(text, TRAINING_DIFFERENCE, "%s differ from those it began with", what);
}

static void differ_data(char text[TRAINING_DIFFERENCE], const data_identity *then, const data_identity *now) {
    differ(text, "the number of rows", then->rows, now->rows);
    differ(text, "the height of the images", (size_t)then->height, (size_t)now->height);
    differ(text, "the width of the images", (size_t)then->width, (size_t)now->width);
    differ(text, "the number of channels", (size_t)then->channels, (size_t)now->channels);
    differ(text, "the number of classes", (size_t)then->classes, (size_t)now->classes);
    differ_whole(text, "the images", then->images == now->images);
    differ_whole(text, "the labels", then->labels == now->labels);
}

static clenet_status check_same(clenet_trainer *t, const clenet_checkpoint *c, clenet_error *error) {
    char text[TRAINING_DIFFERENCE] = "";
    differ_whole(text, "the layers of the network", strcmp(c->network->text, t->model->network->text) == 0);
    differ_data(text, &c->data, identify(t));
    if (text[0] == '\0') (void)training_options_differ(text, &c->options, &t->options);
    if (text[0] != '\0')
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "cannot resume: %s; use what the run began with, or start a new run", text);
    if (c->at.images <= t->split.training_count) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "cannot resume: the checkpoint is past the end of an epoch; start a new run");
}

/* The sums of the current epoch: from the same backend, bit by bit; from another backend, as loss and counts. */
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
    if (t->used)
        return error_set(error, CLENET_ERROR_ARGUMENT, "this trainer has already run: make a new one to resume");
    clenet_status status = check_same(t, c, error);
    if (status == CLENET_OK) status = trainer_grow_history(t, (size_t)c->at.epoch, error);
    if (status == CLENET_OK) status = take_scores(t, c, error);
    if (status == CLENET_OK) status = state_write(&c->now, t->run, error);
    if (status == CLENET_OK) status = row_set_copy(&t->model->trained, &c->trained, error);
    if (status != CLENET_OK) return status;
    size_t bytes = t->model->network->packed_size * sizeof(float);
    memcpy(t->model->values, c->kept, bytes);
    clenet_epoch *history = t->at.history;
    t->at = c->at;
    t->at.history = history;
    memcpy(history, c->at.history, ((size_t)c->at.epoch - 1) * sizeof *history);
    t->at.result.best.epochs = t->options.epochs;
    if (t->device->replaceable && c->at.images == 0) { /* the state that replace_device returns to */
        t->last.epoch = c->at.epoch - 1;
        t->last.step = c->at.step;
        state_copy(&t->last.state, &c->now, t->model->network->packed_size);
    }
    return CLENET_OK;
}
