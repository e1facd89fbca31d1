/* train_checkpoint.c - see train_checkpoint.h. The note in the file is JSON: the paths, absolute, and the device of the command
 * that began the run; every number of it is in the checkpoint's own options. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "cli/train_checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cli/json_text.h"
#include "cli/results.h"
#include "cli/say.h"
#include "report/canvas.h"

static const char file_name[] = "checkpoint.safetensors";

static double clock_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

train_checkpoint train_checkpoint_none(void) {
    return (train_checkpoint){.folder = -1};
}

/* ---- a run that is taken up ---------------------------------------------------------------------------------------- */

/* NULL where there was none, or it was standard input, which cannot be read again. */
static const char *word(const train_checkpoint *c, const char *name) {
    const char *text = json_string_value(json_object_get(c->said, name));
    return text != NULL && strcmp(text, "-") == 0 ? NULL : text;
}

static int choice(const char *const *choices, const char *name) {
    for (int i = 0; name != NULL && choices[i] != NULL; i++)
        if (strcmp(choices[i], name) == 0) return i;
    return 0; /* auto */
}

static void take_words(const train_checkpoint *c, train_arguments *arguments) {
    arguments->labels = word(c, "labels");
    arguments->test = word(c, "test");
    arguments->arch = word(c, "arch");
    arguments->device.spec = word(c, "device");
    arguments->device.isa = word(c, "isa");
    arguments->device.tiles = choice(device_tiles, word(c, "tiles"));
    arguments->device.gemm = choice(device_gemms, word(c, "gemm"));
    arguments->figures = choice(figure_formats, word(c, "figures")); /* svg where nothing is said */
    const json_t *seconds = json_object_get(c->said, "checkpoint_seconds");
    if (json_is_integer(seconds) && json_integer_value(seconds) >= 0 &&
        json_integer_value(seconds) <= CHECKPOINT_SECONDS_MOST)
        arguments->checkpoint_seconds = (int)json_integer_value(seconds);
}

static void take_options(const clenet_training_options *options, train_arguments *arguments) {
    arguments->epochs = options->epochs;
    arguments->batch = options->batch;
    arguments->patience = options->patience;
    arguments->monitor = (int)options->monitor;
    arguments->keep = (int)options->keep;
    arguments->learning_rate = (double)options->learning_rate;
    arguments->optimizer = (int)options->optimizer;
    arguments->weight_decay = (double)options->weight_decay;
    arguments->schedule = (int)options->schedule;
    arguments->warmup = options->warmup;
    arguments->label_smoothing = (double)options->label_smoothing;
    arguments->weight_average = (double)options->weight_average;
    arguments->augment = (int)options->augment;
    arguments->augment_strength = (double)options->augment_strength;
    arguments->validation = options->validation;
    arguments->seed = options->seed;
}

int train_checkpoint_take_up(train_checkpoint *c, const char *folder, train_arguments *arguments) {
    clenet_error error;
    char *path = results_path(folder, file_name);
    if (path == NULL) return say_failed("cannot have memory for the name of the checkpoint in '%s'", folder);
    if (access(path, F_OK) != 0) {
        int status = say_failed("cannot go on with '%s': it has no %s (%s); begin the run anew with --out", folder,
                                file_name, strerror(errno));
        free(path);
        return status;
    }
    clenet_status status = clenet_checkpoint_load(&c->taken_up, path, &error);
    free(path);
    if (status != CLENET_OK) return say_error(&error);
    c->said = json_loads(clenet_checkpoint_note(c->taken_up), JSON_REJECT_DUPLICATES, NULL);
    if (c->said == NULL) return say_failed("cannot have memory for what the run in '%s' was begun with", folder);
    clenet_training_options options = clenet_checkpoint_options(c->taken_up);
    take_options(&options, arguments);
    take_words(c, arguments);
    arguments->out = folder;
    return EXIT_DONE;
}

const char *train_checkpoint_data(const train_checkpoint *c) {
    return word(c, "data");
}

bool train_checkpoint_holds_network(const train_checkpoint *c, const train_arguments *arguments) {
    return c->taken_up != NULL && arguments->arch == word(c, "arch");
}

/* ---- what the next one finds --------------------------------------------------------------------------------------- */

/* A word; null for none. A name that is not UTF-8 comes out with '?': the next --resume does not find it, and is to be told. */
static json_t *spoken(const char *text) {
    return text != NULL ? json_text(text) : json_null();
}

/* The path from the root, so that a run can be taken up from any folder. */
static json_t *absolute(const char *path) {
    char *full = path != NULL && strcmp(path, "-") != 0 ? realpath(path, NULL) : NULL;
    json_t *text = spoken(full != NULL ? full : path);
    free(full);
    return text;
}

static char *make_note(const train_arguments *arguments, const char *data) {
    const device_arguments *device = &arguments->device;
    json_t *said = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:i}", "data", absolute(data), "test",
                             absolute(arguments->test), "labels", absolute(arguments->labels), "arch",
                             absolute(arguments->arch), "device", spoken(device->spec), "isa", spoken(device->isa),
                             "tiles", device_tiles[device->tiles], "gemm", device_gemms[device->gemm], "figures",
                             figure_formats[arguments->figures], "checkpoint_seconds", arguments->checkpoint_seconds);
    char *text = json_line(said);
    json_decref(said);
    return text;
}

/* The lock is on the folder itself, so nothing is left behind; a file system that has no locks goes without. */
static int lock(train_checkpoint *c, const char *folder) {
    c->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->folder < 0 || flock(c->folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return EXIT_DONE;
    return say_failed("another run is writing into '%s': wait for its end, or name another folder with --out", folder);
}

int train_checkpoint_begin(train_checkpoint *c, const train_arguments *arguments, const char *data) {
    int status = lock(c, arguments->out);
    if (status != EXIT_DONE) return status;
    results_sweep(arguments->out);
    c->path = results_path(arguments->out, file_name);
    c->note = make_note(arguments, data);
    c->saved = clock_now();
    if (c->path == NULL || c->note == NULL)
        return say_failed("cannot have memory for the checkpoint in '%s': free memory", arguments->out);
    return results_check_path(c->path);
}

bool train_checkpoint_due(const train_checkpoint *c, const train_arguments *arguments) {
    return clock_now() - c->saved >= (double)arguments->checkpoint_seconds;
}

clenet_status train_checkpoint_save(train_checkpoint *c, clenet_trainer *trainer, clenet_error *error) {
    clenet_status status = clenet_trainer_save(trainer, c->path, c->note, error);
    c->saved = clock_now();
    return status;
}

void train_checkpoint_free(train_checkpoint *c) {
    if (c->folder >= 0) (void)close(c->folder);
    clenet_checkpoint_free(c->taken_up);
    json_decref(c->said);
    free(c->path);
    free(c->note);
}
