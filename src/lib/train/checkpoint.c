/* checkpoint.c - the file of a checkpoint.
 *
 * Nothing in a file is trusted: safetensors.c checks its layout, and this file compares every number that decides a size or a
 * position with the others. */
#include "lib/train/checkpoint.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json_print.h"
#include "lib/base/json_read.h"
#include "lib/base/memory.h"
#include "lib/base/options_sized.h"
#include "lib/net/model.h"
#include "lib/net/safetensors.h"
#include "lib/train/options.h"

static const char format_text[] = "clenet-checkpoint", version_text[] = "4";

enum { KEPT, KINDS = 1 + REGIONS, TENSOR_NAME = NETWORK_NAME_SIZE + 16, EXACT_DIGITS = 17 /* of a double */ };
/* The kept weights, and after them the regions of the state. */
static const char *const kind_names[KINDS] = {"kept", "now", NULL, "squares", "moments", "averages"};

/* The packed values of a kind. */
static float *values_of(const clenet_checkpoint *c, int kind) {
    return kind == KEPT ? c->kept : c->now.of[kind - 1];
}

/* Optimizers have means of trained parameters only. */
static bool has_tensor(const clenet_checkpoint *c, int kind, const parameter *p) {
    if (kind == KEPT) return true;
    plan_region region = (plan_region)(kind - 1);
    bool of_all = region == REGION_PARAMETERS || region == REGION_AVERAGES;
    return state_has(&c->options, region) && (of_all || p->trained);
}

static void tensor_name(char name[TENSOR_NAME], int kind, const parameter *p) {
    (void)snprintf(name, TENSOR_NAME, "%s.%s", kind_names[kind], p->name);
}

/* ---- writing --------------------------------------------------------------------------------------------------------- */

/* JSON has no NaN: a number that is not finite becomes null. */
static json_t *real(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *make_data(const data_identity *d) {
    return json_pack("{s:I, s:i, s:i, s:i, s:i, s:I, s:I}", "rows", (json_int_t)d->rows, "height", d->height, "width",
                     d->width, "channels", d->channels, "classes", d->classes, "images", (json_int_t)d->images,
                     "labels", (json_int_t)d->labels);
}

static json_t *make_result(const clenet_training_result *r) {
    return json_pack("{s:i, s:i, s:o}", "epochs", r->epochs, "kept", r->kept, "seconds", real(r->seconds));
}

static json_t *make_epoch(const clenet_epoch *e) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "accuracy", real(e->accuracy), "loss", real(e->loss),
                     "val_accuracy", real(e->val_accuracy), "val_loss", real(e->val_loss), "seconds", real(e->seconds),
                     "learning_rate", real(e->learning_rate), "kept", e->kept);
}

/* Appends the item to the list. If out of memory, releases both and returns NULL. */
static json_t *append(json_t *list, json_t *item) {
    if (json_array_append_new(list, item) == 0) return list;
    json_decref(list);
    return NULL;
}

static json_t *make_history(const run_position *at) {
    json_t *list = json_array();
    for (int i = 0; i < at->epoch - 1; i++) list = append(list, make_epoch(&at->history[i]));
    return list;
}

static json_t *make_position(const run_position *at) {
    return json_pack("{s:i, s:I, s:I, s:b, s:o, s:i}", "epoch", at->epoch, "images", (json_int_t)at->images, "step",
                     (json_int_t)at->step, "begun", at->stopping.begun, "best", real(at->stopping.best), "waited",
                     at->stopping.waited);
}

static json_t *make_scores(const clenet_checkpoint *c) {
    json_t *list = json_array();
    for (size_t i = 0; i < c->score_count; i++) list = append(list, real(c->scores[i]));
    return list;
}

/* The metadata "run"; free() it; NULL if out of memory. */
static char *make_run(const clenet_checkpoint *c) {
    json_t *run = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o}", "backend", c->backend, "data", make_data(&c->data),
        "settings", training_options_write(&c->options), "position", make_position(&c->at), "result",
        make_result(&c->at.result), "history", make_history(&c->at), "loss", real(c->metrics.loss), "correct",
        (json_int_t)c->metrics.correct, "images", (json_int_t)c->metrics.images, "scores", make_scores(c));
    char *text = json_print(run, JSON_COMPACT | JSON_REAL_PRECISION(EXACT_DIGITS));
    json_decref(run);
    return text;
}

static clenet_status write_tensors(const clenet_checkpoint *c, const char *path, const char *run, clenet_error *error) {
    const clenet_network *network = c->network;
    size_t most = KINDS * (size_t)network->parameter_count, count = 0;
    clenet_tensor *tensors = memory_new(most, sizeof *tensors);
    char(*names)[TENSOR_NAME] = memory_new(most, sizeof *names);
    clenet_status status = CLENET_OK;
    if (!tensors || !names) status = error_memory(error, most * sizeof *names, "a checkpoint's header");
    for (int kind = 0; kind < KINDS && status == CLENET_OK; kind++)
        for (int i = 0; i < network->parameter_count; i++) {
            const parameter *p = &network->parameters[i];
            if (!has_tensor(c, kind, p)) continue;
            tensor_name(names[count], kind, p);
            tensors[count] =
                (clenet_tensor){.name = names[count], .rank = p->rank, .data = values_of(c, kind) + p->offset};
            memcpy(tensors[count++].shape, p->shape, sizeof p->shape);
        }
    const safetensors_note notes[] = {{"format", format_text},
                                      {"version", version_text},
                                      {"network", network->text},
                                      {"run", run},
                                      {"note", c->note ? c->note : ""}};
    safetensors_bytes bytes;
    const safetensors_bytes *rows = model_rows_tensor(&bytes, &c->trained);
    if (status == CLENET_OK)
        status = safetensors_write(path, tensors, count, rows, notes, sizeof notes / sizeof notes[0], error);
    memory_free(names);
    memory_free(tensors);
    return status;
}

clenet_status checkpoint_write(const clenet_checkpoint *c, const char *path, clenet_error *error) {
    char *run = make_run(c);
    if (!run) return error_memory(error, c->score_count * sizeof *c->scores, "a checkpoint's text");
    clenet_status status = write_tensors(c, path, run, error);
    free(run);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------------- */

/* A file that is being read: `wrong` is the first missing or wrong item. */
typedef struct reading {
    const json_t *object;
    const char *wrong; /* its name; NULL: everything so far is right */
} reading;

static void enter(reading *r, const json_t *run, const char *name) {
    r->object = json_object_get(run, name);
    if (!json_is_object(r->object) && !r->wrong) r->wrong = name;
}

/* Reads a whole number from low to high. */
static json_int_t whole(reading *r, const char *name, json_int_t low, json_int_t high) {
    const json_t *value = json_object_get(r->object, name);
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= low && number <= high) return number;
    if (!r->wrong) r->wrong = name;
    return low;
}

/* Reads a number; null is NaN. */
static double number(reading *r, const char *name) {
    const json_t *value = json_object_get(r->object, name);
    if (json_is_null(value)) return (double)NAN;
    if (!json_is_number(value) && !r->wrong) r->wrong = name;
    return json_number_value(value);
}

/* The same for a member that older files do not have: NaN if it is missing. */
static double optional_number(reading *r, const char *name) {
    return json_object_get(r->object, name) ? number(r, name) : (double)NAN;
}

static void read_data(reading *r, data_identity *d) {
    d->rows = (size_t)whole(r, "rows", 1, UINT32_MAX);
    d->height = (int)whole(r, "height", 1, INT32_MAX);
    d->width = (int)whole(r, "width", 1, INT32_MAX);
    d->channels = (int)whole(r, "channels", 1, INT32_MAX);
    d->classes = (int)whole(r, "classes", 1, INT32_MAX);
    d->images = (uint32_t)whole(r, "images", 0, UINT32_MAX);
    d->labels = (uint32_t)whole(r, "labels", 0, UINT32_MAX);
}

static void read_position(reading *r, run_position *at, const clenet_training_options *o, size_t rows) {
    at->epoch = (int)whole(r, "epoch", 1, INT32_MAX - 1);
    at->images = (size_t)whole(r, "images", 0, (json_int_t)rows);
    at->step = (uint32_t)whole(r, "step", 0, UINT32_MAX);
    at->stopping = (early_stopping){.monitor = o->monitor,
                                    .patience = o->patience,
                                    .begun = json_is_true(json_object_get(r->object, "begun")),
                                    .best = number(r, "best"),
                                    .waited = (int)whole(r, "waited", 0, INT32_MAX - 1)};
}

static void read_result(reading *r, run_position *at) {
    clenet_training_result *result = &at->result;
    result->epochs = (int)whole(r, "epochs", at->epoch - 1, at->epoch - 1);
    result->kept = (int)whole(r, "kept", 0, at->epoch - 1);
    result->seconds = number(r, "seconds");
}

/* Reads the finished epochs; the kept one of them is the result's best. */
static clenet_status read_history(clenet_checkpoint *c, reading *r, const json_t *list, clenet_error *error) {
    size_t count = json_array_size(list); /* limited by the header's size */
    c->at.history = memory_new(count + 1, sizeof *c->at.history);
    if (!c->at.history) return error_memory(error, count * sizeof *c->at.history, "a checkpoint");
    if ((!json_is_array(list) || count != (size_t)c->at.epoch - 1) && !r->wrong) r->wrong = "history";
    for (size_t i = 0; i < count; i++) {
        r->object = json_array_get(list, i);
        c->at.history[i] = (clenet_epoch){.epoch = (int)i + 1,
                                          .epochs = c->options.epochs,
                                          .accuracy = number(r, "accuracy"),
                                          .loss = number(r, "loss"),
                                          .val_accuracy = number(r, "val_accuracy"),
                                          .val_loss = number(r, "val_loss"),
                                          .seconds = number(r, "seconds"),
                                          .learning_rate = optional_number(r, "learning_rate"),
                                          .kept = json_is_true(json_object_get(r->object, "kept"))};
    }
    if (!r->wrong && c->at.result.kept > 0) c->at.result.best = c->at.history[c->at.result.kept - 1];
    return CLENET_OK;
}

static void read_metrics(reading *r, run_metrics *metrics) {
    metrics->images = (size_t)whole(r, "images", 0, UINT32_MAX);
    metrics->correct = (size_t)whole(r, "correct", 0, (json_int_t)metrics->images);
    metrics->loss = number(r, "loss");
}

static clenet_status read_scores(clenet_checkpoint *c, reading *r, const json_t *list, clenet_error *error) {
    if (!json_is_array(list) && !r->wrong) r->wrong = "scores";
    c->score_count = json_array_size(list); /* limited by the header's size */
    c->scores = memory_new(c->score_count + 1, sizeof *c->scores);
    if (!c->scores) return error_memory(error, c->score_count * sizeof *c->scores, "a checkpoint");
    for (size_t i = 0; i < c->score_count; i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_number(value) && !r->wrong) r->wrong = "scores";
        c->scores[i] = json_number_value(value);
        /* Backends cast these to counts. */
        if (!(fabs(c->scores[i]) <= UINT32_MAX) && !r->wrong) r->wrong = "scores";
    }
    return CLENET_OK;
}

static clenet_status read_run(clenet_checkpoint *c, const json_t *run, const char *path, clenet_error *error) {
    reading r = {.object = run};
    const char *name = json_string_value(json_object_get(run, "backend"));
    if (!name) r.wrong = "backend";
    (void)snprintf(c->backend, sizeof c->backend, "%s", name ? name : "");
    read_metrics(&r, &c->metrics);
    enter(&r, run, "settings");
    const char *wrong = training_options_read(&c->options, r.object);
    if (!r.wrong) r.wrong = wrong;
    enter(&r, run, "data");
    read_data(&r, &c->data);
    enter(&r, run, "position");
    read_position(&r, &c->at, &c->options, c->data.rows);
    enter(&r, run, "result");
    read_result(&r, &c->at);
    clenet_status status = read_scores(c, &r, json_object_get(run, "scores"), error);
    if (status == CLENET_OK) status = read_history(c, &r, json_object_get(run, "history"), error);
    if (status != CLENET_OK || !r.wrong) return status;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "checkpoint '%s': '%s' is missing or out of range; start a new run, or restore a copy", path,
                     r.wrong);
}

/* Checks that every parameter has its tensors with the right sizes, before memory is allocated. */
static clenet_status check_tensors(const clenet_checkpoint *c, const safetensors_file *file, const char *path,
                                   clenet_error *error) {
    for (int kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < c->network->parameter_count; i++) {
            const parameter *p = &c->network->parameters[i];
            char name[TENSOR_NAME];
            if (!has_tensor(c, kind, p)) continue;
            tensor_name(name, kind, p);
            const safetensors_tensor *tensor = safetensors_find(file, name);
            if (tensor && tensor->count == p->count) continue;
            return error_set(error, CLENET_ERROR_FORMAT,
                             "checkpoint '%s': tensor '%s' is missing or does not have the size that its network "
                             "needs; start a new run, or restore a copy",
                             path, name);
        }
    return CLENET_OK;
}

static clenet_status read_kind(clenet_checkpoint *c, int kind, const safetensors_file *file, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (int i = 0; i < c->network->parameter_count && status == CLENET_OK; i++) {
        const parameter *p = &c->network->parameters[i];
        char name[TENSOR_NAME];
        if (!has_tensor(c, kind, p)) continue;
        tensor_name(name, kind, p);
        status = safetensors_read(file, safetensors_find(file, name), values_of(c, kind) + p->offset, error);
    }
    return status;
}

static clenet_status read_values(clenet_checkpoint *c, const safetensors_file *file, const char *path,
                                 clenet_error *error) {
    size_t packed = c->network->packed_size;
    clenet_status status = check_tensors(c, file, path, error);
    if (status != CLENET_OK) return status;
    c->kept = memory_new(packed, sizeof *c->kept);
    if (!c->kept) return error_memory(error, packed * sizeof *c->kept, "a checkpoint");
    status = state_new(&c->now, &c->options, packed, error);
    for (int kind = 0; kind < KINDS && status == CLENET_OK; kind++) status = read_kind(c, kind, file, error);
    return status == CLENET_OK ? model_rows_read(&c->trained, file, "checkpoint", path, error) : status;
}

/* Reads the checkpoint's network, and compares it with the tensors before memory is allocated for them. */
static clenet_status read_network(clenet_checkpoint *c, const safetensors_file *file, const char *path,
                                  clenet_error *error) {
    const char *format = safetensors_metadata(file, "format"), *version = safetensors_metadata(file, "version");
    const char *text = safetensors_metadata(file, "network");
    if (!format || strcmp(format, format_text) != 0 || !version || !text)
        return error_set(error, CLENET_ERROR_FORMAT,
                         "'%s' is not a checkpoint of clenet; give the folder of a run that was stopped", path);
    if (strcmp(version, version_text) != 0)
        return error_set(
            error, CLENET_ERROR_FORMAT,
            "checkpoint '%s' has version '%.20s', and this clenet reads version %s; resume with the clenet "
            "that wrote it",
            path, version, version_text);
    clenet_error reason;
    clenet_status status = clenet_network_parse(&c->network, text, "network", &reason);
    if (status == CLENET_OK) status = network_check_complete(c->network, &reason);
    if (status == CLENET_OK) return CLENET_OK;
    return error_set(error, status == CLENET_ERROR_MEMORY ? status : CLENET_ERROR_FORMAT, "checkpoint '%s': %s", path,
                     reason.message);
}

static clenet_status read_file(clenet_checkpoint *c, const safetensors_file *file, const char *path,
                               clenet_error *error) {
    const char *run = safetensors_metadata(file, "run"), *note = safetensors_metadata(file, "note");
    clenet_status status = read_network(c, file, path, error);
    if (status != CLENET_OK) return status;
    c->note = memory_copy_string(note ? note : "");
    if (!c->note) return error_memory(error, strlen(note ? note : "") + 1, "a checkpoint");
    json_error_t reason;
    json_t *object = run ? json_read(run, strlen(run), JSON_REJECT_DUPLICATES, &reason) : NULL;
    if (run && !object && json_error_code(&reason) == json_error_out_of_memory)
        return error_memory(error, strlen(run), "a checkpoint");
    status = read_run(c, object, path, error);
    json_decref(object);
    return status == CLENET_OK ? read_values(c, file, path, error) : status;
}

clenet_status clenet_checkpoint_load(clenet_checkpoint **checkpoint, const char *path, clenet_error *error) {
    REQUIRE(checkpoint, error);
    REQUIRE(path, error);
    safetensors_file *file = NULL;
    clenet_checkpoint *c = memory_new(1, sizeof *c);
    if (!c) return error_memory(error, sizeof *c, "a checkpoint");
    clenet_status status = safetensors_open(&file, path, error);
    if (status == CLENET_OK) status = read_file(c, file, path, error);
    safetensors_close(file);
    if (status != CLENET_OK) {
        clenet_checkpoint_free(c);
        return status;
    }
    *checkpoint = c;
    return CLENET_OK;
}

void clenet_checkpoint_free(clenet_checkpoint *c) {
    if (!c) return;
    clenet_network_free(c->network);
    memory_free(c->kept);
    row_set_free(&c->trained);
    state_free(&c->now);
    memory_free(c->scores);
    memory_free(c->at.history);
    memory_free(c->note);
    memory_free(c);
}

/* ---- getters --------------------------------------------------------------------------------------------------------- */

const clenet_network *clenet_checkpoint_network(const clenet_checkpoint *c) {
    return c ? c->network : NULL;
}

void clenet_checkpoint_options(const clenet_checkpoint *c, clenet_training_options *options, size_t size) {
    static const clenet_training_options none;
    options_sized_init(options, size, c ? &c->options : &none, sizeof none);
}

const char *clenet_checkpoint_note(const clenet_checkpoint *c) {
    return c ? c->note : NULL;
}

const clenet_epoch *clenet_checkpoint_history(const clenet_checkpoint *c, size_t *count) {
    if (count) *count = c ? (size_t)c->at.epoch - 1 : 0;
    return c ? c->at.history : NULL;
}

int clenet_checkpoint_epoch(const clenet_checkpoint *c, size_t *images) {
    if (images) *images = c ? c->at.images : 0;
    return c ? c->at.epoch : 0;
}
