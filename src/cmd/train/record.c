/* record.c - see record.h. */
#define _XOPEN_SOURCE 700 /* realpath(), open_memstream() */
#include "cmd/train/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/base/versions.h"
#include "cmd/train/report.h"
#include "lib/base/json_print.h"
#include "lib/base/output.h"

/* Doubles keep this many decimal digits: then 0.1 is written as 0.1. */
enum { DIGITS = 15 };

/* Adds a member, which it takes. *complete becomes false if out of memory. */
static void put(json_t *object, bool *complete, const char *name, json_t *value) {
    if (json_object_set_new(object, name, value) != 0) *complete = false;
}

/* JSON has no NaN: a number that is missing is null. */
static json_t *real(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *text_or_null(const char *text) {
    return text != NULL && text[0] != '\0' ? json_text(text) : json_null();
}

/* JSON's integers have a sign: a larger seed is a string. */
static json_t *seed(uint64_t value) {
    char text[24];
    if (value <= INT64_MAX) return json_integer((json_int_t)value);
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

/* ---- the start -------------------------------------------------------------------------------------------------------- */

char *train_record_command(int argc, char **argv) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) return NULL;
    (void)fputs("clenet", to);
    for (int i = 0; i < argc; i++) {
        (void)fputc(' ', to);
        train_report_quote(to, argv[i]);
    }
    bool whole = ferror(to) == 0;
    if (fclose(to) == 0 && whole) return text;
    free(text);
    return NULL;
}

static json_t *date_of_now(void) {
    char text[32] = "";
    struct tm date;
    time_t now = time(NULL);
    if (gmtime_r(&now, &date) != NULL) (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &date);
    return json_string(text);
}

static json_t *absolute(const char *path) {
    char *full = path != NULL && strcmp(path, "-") != 0 ? realpath(path, NULL) : NULL;
    json_t *text = text_or_null(full != NULL ? full : path);
    free(full);
    return text;
}

/* The CRC-32 of bytes as eight hexadecimal digits, as zlib and gzip have it. */
static json_t *checksum(const uint8_t *bytes, size_t count) {
    char text[16];
    (void)snprintf(text, sizeof text, "%08lx", (unsigned long)crc32_z(0, bytes, count));
    return json_string(text);
}

static json_t *data_of(const train_record_start *start, bool *complete) {
    const clenet_dataset *d = start->dataset;
    size_t rows = clenet_dataset_rows(d), training, validation;
    int height = clenet_dataset_height(d), width = clenet_dataset_width(d), channels = clenet_dataset_channels(d);
    json_t *data = json_object();
    put(data, complete, "path", absolute(start->data));
    put(data, complete, "test", absolute(start->arguments->test));
    put(data, complete, "rows", json_integer((json_int_t)rows));
    put(data, complete, "height", json_integer(height));
    put(data, complete, "width", json_integer(width));
    put(data, complete, "channels", json_integer(channels));
    put(data, complete, "classes", json_integer(clenet_dataset_classes(d)));
    put(data, complete, "crc32_images",
        checksum(clenet_dataset_images(d), rows * (size_t)height * (size_t)width * (size_t)channels));
    put(data, complete, "crc32_labels", checksum(clenet_dataset_labels(d), rows));
    if (start->trainer == NULL) return data;
    (void)clenet_trainer_training_rows(start->trainer, &training);
    (void)clenet_trainer_validation_rows(start->trainer, &validation);
    put(data, complete, "training_rows", json_integer((json_int_t)training));
    put(data, complete, "validation_rows", json_integer((json_int_t)validation));
    return data;
}

static json_t *setting_of(const training_option *option, const clenet_training_options *options) {
    char text[SETTING_TEXT];
    const char *at = (const char *)options + option->offset;
    switch (option->kind) {
    case SETTING_FLAG:
        return json_boolean(*(const bool *)at);
    case SETTING_INTEGER:
        return json_integer(*(const int *)at);
    case SETTING_SEED:
        return seed(*(const uint64_t *)at);
    case SETTING_FLOAT: /* the shortest decimal of a float has fewer digits than that of its double */
    case SETTING_REAL:
        return real(strtod(training_option_text(text, option, options, DIGITS), NULL));
    case SETTING_CHOICE:
    case SETTING_KINDS:
        break;
    }
    return json_string(training_option_text(text, option, options, DIGITS));
}

/* The options that say how the data are read, each if it was given. */
static void put_reading(json_t *settings, bool *complete, const data_arguments *read) {
    if (read->labels != NULL) put(settings, complete, "labels", absolute(read->labels));
    if (read->label != NULL) put(settings, complete, "label", json_text(read->label));
    if (read->skip != NULL) put(settings, complete, "skip", json_text(read->skip));
    if (read->member != NULL) put(settings, complete, "member", json_text(read->member));
    if (read->scale > 0) put(settings, complete, "scale", real(read->scale));
    if (read->side > 0) put(settings, complete, "size", json_integer(read->side));
    if (read->invert) put(settings, complete, "invert", json_true());
    if (read->transpose) put(settings, complete, "transpose", json_true());
    if (read->color) put(settings, complete, "color", json_true());
}

/* By the names of the command's options. */
static json_t *settings_of(const train_arguments *a, bool *complete) {
    json_t *settings = json_object();
    put(settings, complete, "recipe", json_string(train_recipes[a->recipe]));
    put(settings, complete, "arch", absolute(a->arch));
    put(settings, complete, "from", absolute(a->from));
    put(settings, complete, "freeze", text_or_null(a->freeze));
    if (a->from != NULL) put(settings, complete, "new-head", json_boolean(a->new_head));
    put(settings, complete, "dropout",
        a->dropout[0] >= 0.0 ? json_pack("[f, f]", a->dropout[0], a->dropout[1]) : json_null());
    put(settings, complete, "models", json_integer(a->models));
    put(settings, complete, "folds", a->folds > 0 ? json_integer(a->folds) : json_null());
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        if (row->name != NULL) put(settings, complete, row->name, setting_of(row, &a->options));
    }
    put_reading(settings, complete, &a->read);
    return settings;
}

static json_t *make(const train_record_start *start) {
    bool complete = true;
    char system[VERSIONS_SYSTEM];
    const train_arguments *a = start->arguments;
    json_t *record = json_object();
    put(record, &complete, "schema_version", json_integer(TRAIN_RECORD_SCHEMA));
    put(record, &complete, "clenet", json_string(clenet_version()));
    put(record, &complete, "started", date_of_now());
    put(record, &complete, "command", text_or_null(start->command));
    if (a->member > 0) put(record, &complete, "network", json_integer(a->member));
    put(record, &complete, "data", data_of(start, &complete));
    put(record, &complete, "settings", settings_of(a, &complete));
    put(record, &complete, "seed", seed(a->options.seed));
    put(record, &complete, "device", json_text(clenet_device_description(start->device)));
    put(record, &complete, "system", text_or_null(versions_system(system)));
    put(record, &complete, "compiler", json_string(versions_compiler()));
    put(record, &complete, "result", json_null());
    if (complete) return record;
    json_decref(record);
    return NULL;
}

/* ---- the file ----------------------------------------------------------------------------------------------------------- */

static void write_file(train_record *record) {
    clenet_error error = {.message = "out of memory (run.json)"};
    char *text = json_print(record->object, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
    size_t length = text != NULL ? strlen(text) : 0;
    clenet_status status = CLENET_ERROR_MEMORY;
    if (text != NULL) {
        text[length] = '\n'; /* in place of the zero byte */
        status = output_write_whole(record->path, text, length + 1, &error);
    }
    free(text);
    record->written = true; /* or said to be missing */
    if (status != CLENET_OK) say_line("warning: %s; the run is not affected", error.message);
}

void train_record_begin(train_record *record, const train_record_start *start) {
    record->path = results_path(start->arguments->out, "run.json");
    if (record->path != NULL) record->object = make(start);
    if (record->path == NULL || record->object == NULL) {
        say_line("warning: out of memory (run.json); the run is not affected");
        return;
    }
    if (access(record->path, F_OK) == 0) return;
    record->created = true;
    write_file(record);
}

void train_record_replace(train_record *record) {
    if (record->object != NULL && !record->written) write_file(record);
}

/* ---- the result ----------------------------------------------------------------------------------------------------------- */

json_t *train_record_result(const clenet_training_result *result, const clenet_epoch *last, size_t images,
                            double seconds) {
    static const char *const stops[] = {
        [CLENET_STOP_EPOCHS] = "epochs", [CLENET_STOP_EARLY] = "early", [CLENET_STOP_CALLBACK] = "signal"};
    bool complete = true;
    const clenet_epoch *kept = &result->best;
    json_t *object = json_object();
    put(object, &complete, "stopped", json_string(stops[result->stop]));
    put(object, &complete, "epochs", json_integer(result->epochs));
    put(object, &complete, "kept", json_integer(result->kept));
    put(object, &complete, "accuracy", real(kept->accuracy));
    put(object, &complete, "loss", real(kept->loss));
    put(object, &complete, "val_accuracy", real(kept->val_accuracy));
    put(object, &complete, "val_loss", real(kept->val_loss));
    put(object, &complete, "last_val_accuracy", real(last->val_accuracy));
    put(object, &complete, "seconds", real(seconds));
    put(object, &complete, "images_per_second",
        seconds > 0.0 ? json_integer((json_int_t)((double)images * result->epochs / seconds)) : json_null());
    if (complete) return object;
    json_decref(object);
    return NULL;
}

/* The results that the folder has, by name; figures are left out. */
static json_t *files_of(const char *folder, bool *complete) {
    static const char *const names[] = {
        "model.safetensors", "checkpoint.safetensors", "history.csv", "submission.csv", "report.html", "draw.html"};
    json_t *files = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = results_path(folder, names[i]);
        if (path == NULL || (access(path, F_OK) == 0 && json_array_append_new(files, json_string(names[i])) != 0))
            *complete = false;
        free(path);
    }
    return files;
}

void train_record_end(train_record *record, const char *folder, json_t *result) {
    bool complete = result != NULL;
    if (record->object == NULL) {
        json_decref(result);
        return;
    }
    put(result, &complete, "files", files_of(folder, &complete));
    record->created = false; /* the file stays, also if a run that had ended was resumed and nothing else was saved */
    if (complete && json_object_set(record->object, "result", result) == 0)
        write_file(record);
    else
        say_line("warning: out of memory (run.json); the run is not affected");
    json_decref(result);
}

int train_record_print(const train_record *record) {
    return say_json(json_incref(record->object), true, JSON_REAL_PRECISION(DIGITS), "run");
}

void train_record_free(train_record *record, bool saved) {
    if (record->created && !saved) (void)unlink(record->path);
    json_decref(record->object);
    free(record->path);
    *record = (train_record){.path = NULL};
}
