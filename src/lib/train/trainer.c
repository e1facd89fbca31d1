/* trainer.c - trains a model.
 *
 * Epochs of training steps, validation, early stopping, and which weights are kept. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/base/philox.h"
#include "lib/data/dataset.h"
#include "lib/net/model.h"
#include "lib/train/options.h"
#include "lib/train/trainer.h"

enum { HISTORY_ROOM = 64 /* epochs, at first */ };

/* ---- making ready ------------------------------------------------------------------------------------------- */

static clenet_status check_data(const clenet_network *network, const clenet_dataset *dataset, clenet_error *error) {
    if (!dataset->labels)
        return error_set(error, CLENET_ERROR_ARGUMENT, "the data have no labels; training needs a label column");
    if (dataset->classes > network_classes(network))
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "the data have %d classes, the network %d; use a network with as many classes as the data",
                         dataset->classes, network_classes(network));
    return network_check_images(network, dataset->height, dataset->width, dataset->channels, error);
}

static clenet_status check_model(const clenet_model *model, clenet_error *error) {
    if (model->network->trained_size == 0 && model->network->parameter_count > 0)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "every layer with parameters is frozen, so training would change nothing; leave one to train");
    if (model->members == 1) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "the model has %d networks, but training needs one; train each separately, then join them",
                     model->members);
}

/* Makes the executor, which continues from the state; regions that the state does not have are zero. */
static clenet_status make_executor(clenet_trainer *t, const clenet_device *device, const training_state *state,
                                   clenet_error *error) {
    const clenet_training_options *o = &t->options;
    size_t rows = t->split.training_count, batch = (size_t)o->batch < rows ? (size_t)o->batch : rows;
    plan_options lowering = training_lowering(o);
    lowering.lanes = device->lanes;
    lowering.batch = batch;
    lowering.inference_batch = device->inference_batch;
    clenet_status status = plan_new(&t->p, t->model->network, &lowering, error);
    if (status == CLENET_OK) status = device->backend->prepare(&t->run, device, t->p, error);
    if (status != CLENET_OK) return status;
    if (t->run->training_threads > 0)
        (void)snprintf(t->note, sizeof t->note,
                       "%d threads of %d cores train: at batch %zu more would not be faster (--threads N)",
                       t->run->training_threads, t->run->cores, batch);
    status = state_write(state, t->run, error);
    if (status != CLENET_OK) return status;
    return t->run->functions->bind(t->run, t->dataset->images, t->dataset->labels, t->dataset->rows, error);
}

static void free_executor(clenet_trainer *t) {
    if (t->run) t->run->functions->free(t->run);
    plan_free(t->p);
    t->run = NULL;
    t->p = NULL;
}

/* If the device is replaceable, replaces it with the CPU, at the end of the last finished epoch. The device has failed with
 * *error. */
static clenet_status replace_device(clenet_trainer *t, clenet_status failed, clenet_error *error) {
    if (failed != CLENET_ERROR_DEVICE || !t->device->replaceable || t->replacement) return failed;
    if (t->options.on_device_lost)
        t->options.on_device_lost(error ? error->message : "the device failed", t->last.epoch, t->options.user);
    free_executor(t);
    clenet_status status = device_replacement(&t->replacement, t->device, error);
    if (status == CLENET_OK) status = make_executor(t, t->replacement, &t->last.state, error);
    t->at.step = t->last.step;
    t->at.epoch = t->last.epoch + 1;
    t->at.images = 0;
    return status;
}

static clenet_status get_memory(clenet_trainer *t, clenet_error *error) {
    size_t rows = t->split.training_count, packed = t->model->network->packed_size;
    size_t batch = (size_t)t->options.batch, batches = (rows + batch - 1) / batch;
    t->learning = (schedule){.kind = t->options.schedule,
                             .rate = (double)t->options.learning_rate,
                             .warmup = t->options.warmup * (double)batches,
                             .steps = (double)t->options.epochs * (double)batches};
    t->rates = memory_new(batches, sizeof *t->rates);
    t->order = memory_new(rows, sizeof *t->order);
    t->values = memory_new(packed, sizeof *t->values);
    if (!t->order || !t->values || !t->rates)
        return error_memory(error, rows * sizeof *t->order, "the order of the rows");
    if (!t->device->replaceable) return CLENET_OK;
    clenet_status status = state_new(&t->last.state, &t->options, packed, error);
    if (status == CLENET_OK) status = state_new(&t->now, &t->options, packed, error);
    return status;
}

static clenet_status prepare(clenet_trainer *t, clenet_error *error) {
    const clenet_training_options *o = &t->options;
    clenet_error local = {.status = CLENET_OK};
    if (!error) error = &local; /* the reason in replace_device */
    clenet_status status = row_split_new(&t->split, t->dataset->rows, o->validation, o->fold, o->split_seed, error);
    if (status == CLENET_OK) status = get_memory(t, error);
    if (status != CLENET_OK) return status;
    training_state initial = {.of = {[REGION_PARAMETERS] = t->model->values}};
    if (state_has(o, REGION_AVERAGES)) initial.of[REGION_AVERAGES] = t->model->values;
    if (t->device->replaceable) state_copy(&t->last.state, &initial, t->model->network->packed_size);
    status = make_executor(t, t->device, &initial, error);
    return status == CLENET_OK ? status : replace_device(t, status, error);
}

clenet_status clenet_trainer_new(clenet_trainer **trainer, clenet_model *model, const clenet_dataset *dataset,
                                 const clenet_device *device, const clenet_training_options *options,
                                 clenet_error *error) {
    REQUIRE(trainer, error);
    REQUIRE(model, error);
    REQUIRE(dataset, error);
    REQUIRE(device, error);
    REQUIRE_OWNER(device, "device", error);
    clenet_trainer *t = memory_new(1, sizeof *t);
    if (!t) return error_memory(error, sizeof *t, "a trainer");
    t->owner = getpid();
    t->model = model;
    t->dataset = dataset;
    t->device = device;
    clenet_status status = training_options_take(&t->options, options, error);
    t->at = (run_position){.epoch = 1, .stopping = {.monitor = t->options.monitor, .patience = t->options.patience}};
    if (status == CLENET_OK) status = check_model(model, error);
    if (status == CLENET_OK) status = check_data(model->network, dataset, error);
    if (status == CLENET_OK) status = prepare(t, error);
    if (status == CLENET_OK) status = model_keep_data(model, dataset, error);
    if (status != CLENET_OK) {
        clenet_trainer_free(t);
        return status;
    }
    *trainer = t;
    return CLENET_OK;
}

const char *clenet_trainer_note(const clenet_trainer *t) {
    return t ? t->note : NULL;
}

void clenet_trainer_free(clenet_trainer *t) {
    if (!t || !owner_is_here(t->owner)) return;
    free_executor(t);
    clenet_device_free(t->replacement);
    row_split_free(&t->split);
    state_free(&t->last.state);
    state_free(&t->now);
    memory_free(t->scores);
    memory_free(t->at.history);
    memory_free(t->order);
    memory_free(t->rates);
    memory_free(t->values);
    memory_free(t);
}

const uint32_t *clenet_trainer_training_rows(const clenet_trainer *t, size_t *count) {
    if (count) *count = t ? t->split.training_count : 0;
    return t ? t->split.training : NULL;
}

const uint32_t *clenet_trainer_validation_rows(const clenet_trainer *t, size_t *count) {
    if (count) *count = t ? t->split.validation_count : 0;
    return t ? t->split.validation : NULL;
}

/* ---- one epoch ---------------------------------------------------------------------------------------------- */

/* The state of a run while it runs. */
typedef struct training_run {
    clenet_trainer *t;
    clenet_error *error;
    clenet_epoch epoch; /* the current one */
    double epoch_began;
    double reported; /* when on_progress was last called */
    bool stop;       /* a callback asked for it */
} training_run;

static size_t batches_of(const clenet_trainer *t) {
    return (t->split.training_count + t->p->options.batch - 1) / t->p->options.batch;
}

/* Loss and accuracy since the last reset. */
static clenet_status read_metrics(clenet_trainer *t, double *loss, double *accuracy, clenet_error *error) {
    run_metrics sums;
    clenet_status status = t->run->functions->metrics(t->run, &sums, error);
    if (status != CLENET_OK) return status;
    double images = (double)(sums.images + t->before.images);
    *loss = (sums.loss + t->before.loss) / images;
    *accuracy = (double)(sums.correct + t->before.correct) / images;
    return CLENET_OK;
}

static clenet_status tell_progress(training_run *r) {
    clenet_trainer *t = r->t;
    clenet_progress progress = {.epoch = r->epoch.epoch,
                                .epochs = r->epoch.epochs,
                                .images = t->at.images,
                                .images_total = t->split.training_count};
    clenet_status status = read_metrics(t, &progress.loss, &progress.accuracy, r->error);
    if (status != CLENET_OK) return status;
    r->reported = clock_seconds();
    progress.seconds = r->reported - r->epoch_began;
    r->stop = t->options.on_progress(&progress, t->options.user) != 0;
    return CLENET_OK;
}

/* The number of batches to queue next, after `batches` took `seconds`: about four times per interval of on_progress, so that the
 * calls come in time; one by one if every batch is reported. */
static size_t next_batches(const clenet_trainer *t, size_t batches, double seconds) {
    double interval = t->options.progress_seconds;
    if (interval == 0) return 1;
    if (seconds < interval / 8) return batches * 2;
    return seconds > interval / 2 && batches > 1 ? batches / 2 : batches;
}

/* Trains on the remaining rows of the order, with calls of on_progress; stops early if r->stop is set. */
static clenet_status train_rows(training_run *r) {
    clenet_trainer *t = r->t;
    size_t rows = t->split.training_count, batch = t->p->options.batch;
    size_t batches = t->options.on_progress ? 1 : batches_of(t);
    while (t->at.images < rows && !r->stop) {
        double began = clock_seconds();
        size_t left = rows - t->at.images, count = left < batches * batch ? left : batches * batch;
        uint32_t steps = (uint32_t)((count + batch - 1) / batch);
        for (uint32_t i = 0; i < steps; i++) t->rates[i] = (float)schedule_rate(&t->learning, t->at.step + i);
        training_range range = {.first = t->at.images,
                                .count = count,
                                .step = t->at.step,
                                .epoch = (uint32_t)r->epoch.epoch,
                                .learning_rates = t->rates};
        clenet_status status = t->run->functions->train(t->run, &range, r->error);
        if (status != CLENET_OK) return status;
        t->at.step += steps;
        t->at.images += count;
        if (!t->options.on_progress) continue;
        double now = clock_seconds();
        if (now - r->reported >= t->options.progress_seconds || t->at.images == rows) status = tell_progress(r);
        if (status != CLENET_OK) return status;
        batches = next_batches(t, batches, now - began);
    }
    return CLENET_OK;
}

/* Sets the metrics to zero, or to their earlier values in an epoch that was resumed. */
static clenet_status begin_metrics(training_run *r) {
    clenet_trainer *t = r->t;
    clenet_status status = t->run->functions->metrics_reset(t->run, r->error);
    if (status == CLENET_OK && t->scores) status = t->run->functions->scores_write(t->run, t->scores, r->error);
    memory_free(t->scores);
    t->scores = NULL;
    return status;
}

static clenet_status validate(training_run *r) {
    clenet_trainer *t = r->t;
    t->before = (run_metrics){0};
    r->epoch.val_loss = r->epoch.val_accuracy = (double)NAN;
    if (t->split.validation_count == 0) return CLENET_OK;
    const executor_functions *f = t->run->functions;
    clenet_status status = f->set_order(t->run, t->split.validation, t->split.validation_count, r->error);
    if (status == CLENET_OK) status = f->metrics_reset(t->run, r->error);
    if (status == CLENET_OK) status = f->infer(t->run, 0, t->split.validation_count, NULL, NULL, r->error);
    if (status == CLENET_OK) status = read_metrics(t, &r->epoch.val_loss, &r->epoch.val_accuracy, r->error);
    return status;
}

/* Trains and validates; fills r->epoch except kept. */
static clenet_status run_epoch(training_run *r) {
    clenet_trainer *t = r->t;
    const executor_functions *f = t->run->functions;
    r->epoch_began = r->reported = clock_seconds();
    memcpy(t->order, t->split.training, t->split.training_count * sizeof *t->order);
    philox_shuffle(t->options.seed, PHILOX_ORDER, (uint32_t)r->epoch.epoch, t->order, t->split.training_count);
    clenet_status status = f->set_order(t->run, t->order, t->split.training_count, r->error);
    if (status == CLENET_OK) status = begin_metrics(r);
    if (status == CLENET_OK) status = train_rows(r);
    if (status != CLENET_OK || r->stop) return status;
    status = read_metrics(t, &r->epoch.loss, &r->epoch.accuracy, r->error);
    if (status == CLENET_OK) status = validate(r);
    r->epoch.learning_rate = (double)(float)schedule_rate(&t->learning, t->at.step - 1); /* that of the last step */
    r->epoch.seconds = clock_seconds() - r->epoch_began;
    return status;
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

/* Reads the current parameters, or their averages. It is an error if one is not finite, since training cannot recover. */
static clenet_status read_values(training_run *r) {
    clenet_trainer *t = r->t;
    const clenet_network *network = t->model->network;
    clenet_status status = t->run->functions->read(t->run, plan_inferred(&t->p->options), t->values, r->error);
    if (status != CLENET_OK) return status;
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *of = &network->parameters[i];
        for (size_t k = 0; k < of->count; k++)
            if (!isfinite(t->values[of->offset + k]))
                return error_set(r->error, CLENET_ERROR_NUMERIC,
                                 "epoch %d: '%s' has numbers that are not finite; use a smaller learning rate",
                                 r->epoch.epoch, of->name);
    }
    if (isfinite(r->epoch.loss)) return CLENET_OK;
    return error_set(r->error, CLENET_ERROR_NUMERIC, "epoch %d: the loss is not finite; use a smaller learning rate",
                     r->epoch.epoch);
}

static bool worth_keeping(const training_run *r) {
    if (r->t->options.keep == CLENET_KEEP_LAST || r->t->split.validation_count == 0) return true;
    const clenet_training_result *so_far = &r->t->at.result;
    return so_far->kept == 0 || r->epoch.val_accuracy > so_far->best.val_accuracy;
}

/* Copies the values that were read to the model. */
static void keep_values(training_run *r) {
    memcpy(r->t->model->values, r->t->values, r->t->model->network->packed_size * sizeof(float));
}

/* Remembers the state of a finished epoch, for replace_device. */
static clenet_status remember(training_run *r) {
    clenet_trainer *t = r->t;
    if (!t->device->replaceable || t->replacement) return CLENET_OK;
    clenet_status status = state_read(&t->now, t->run, r->error);
    if (status != CLENET_OK) return status;
    training_state before = t->last.state; /* if a read fails, the remembered state stays complete */
    t->last.state = t->now;
    t->now = before;
    t->last.epoch = r->epoch.epoch;
    t->last.step = t->at.step;
    return CLENET_OK;
}

clenet_status trainer_grow_history(clenet_trainer *t, size_t epochs, clenet_error *error) {
    size_t room = t->history_room > 0 ? t->history_room : HISTORY_ROOM;
    if (epochs <= t->history_room) return CLENET_OK;
    while (room < epochs) room *= 2;
    clenet_epoch *history = memory_resize(t->at.history, room, sizeof *history);
    if (!history) return error_memory(error, room * sizeof *history, "the history of the run");
    t->at.history = history;
    t->history_room = room;
    return CLENET_OK;
}

/* The end of an epoch: model, result, callback. *ended is the reason why the run is over, if it is. */
static clenet_status finish_epoch(training_run *r, bool *ended) {
    clenet_trainer *t = r->t;
    clenet_status status = read_values(r);
    if (status == CLENET_OK) status = remember(r);
    if (status == CLENET_OK) status = trainer_grow_history(t, (size_t)r->epoch.epoch, r->error);
    if (status != CLENET_OK) return status;
    clenet_training_result *result = &t->at.result;
    r->epoch.kept = worth_keeping(r);
    result->epochs = r->epoch.epoch;
    t->at.history[r->epoch.epoch - 1] = r->epoch;
    if (r->epoch.kept) {
        keep_values(r);
        result->kept = r->epoch.epoch;
        result->best = r->epoch;
    }
    bool early = early_stopping_after(&t->at.stopping, &r->epoch);
    t->at.epoch++; /* a checkpoint of the callback continues with the next epoch */
    t->at.images = 0;
    r->stop = t->options.on_epoch && t->options.on_epoch(&r->epoch, t->options.user) != 0;
    *ended = r->stop || early || r->epoch.epoch == t->options.epochs;
    result->stop = r->stop ? CLENET_STOP_CALLBACK : early ? CLENET_STOP_EARLY : CLENET_STOP_EPOCHS;
    return CLENET_OK;
}

/* A callback stopped the run within an epoch. Within the first epoch, the model takes the current weights; later it keeps those
 * of the last kept epoch. */
static clenet_status finish_interrupted(training_run *r) {
    r->t->at.result.stop = CLENET_STOP_CALLBACK;
    if (r->t->at.result.kept > 0) return CLENET_OK;
    clenet_status status = read_values(r);
    if (status == CLENET_OK) keep_values(r);
    return status;
}

/* True if a resumed run has nothing left to do. */
static bool is_over(clenet_trainer *t) {
    bool early = early_stopping_said(&t->at.stopping, t->at.epoch - 1), all = t->at.epoch > t->options.epochs;
    if (early || all) t->at.result.stop = early ? CLENET_STOP_EARLY : CLENET_STOP_EPOCHS;
    return early || all;
}

static clenet_status run_epochs(training_run *r) {
    for (bool ended = is_over(r->t); !ended;) {
        r->epoch = (clenet_epoch){.epoch = r->t->at.epoch, .epochs = r->t->options.epochs};
        clenet_status status = run_epoch(r);
        if (status == CLENET_OK && r->stop) return finish_interrupted(r);
        if (status == CLENET_OK) status = finish_epoch(r, &ended);
        if (status == CLENET_OK) continue;
        status = replace_device(r->t, status, r->error);
        if (status != CLENET_OK) return status;
    }
    return CLENET_OK;
}

clenet_status clenet_trainer_run(clenet_trainer *t, clenet_training_result *result, clenet_error *error) {
    REQUIRE_AS(t, "trainer", error);
    REQUIRE_OWNER(t, "trainer", error);
    if (t->used) return error_set(error, CLENET_ERROR_ARGUMENT, "this trainer has already run; make a new one");
    t->used = true;
    t->began = clock_seconds();
    clenet_error local = {.status = CLENET_OK};
    training_run run = {.t = t, .error = error ? error : &local};
    clenet_status status =
        row_set_add(&t->model->trained, t->dataset, t->split.training, t->split.training_count, run.error);
    if (status == CLENET_OK) status = run_epochs(&run);
    if (status != CLENET_OK) return status;
    t->at.result.seconds += clock_seconds() - t->began;
    if (result) *result = t->at.result;
    return CLENET_OK;
}
