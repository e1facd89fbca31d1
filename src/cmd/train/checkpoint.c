/* checkpoint.c - see checkpoint.h. The note in the file is JSON: the absolute paths, and the device of the command that started
 * the run. Every number of it is in the checkpoint's options. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "cmd/train/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cmd/base/text.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "lib/base/json_print.h"
#include "lib/base/json_read.h"
#include "cmd/figures/canvas.h"
#include "lib/base/clock.h"

static const double SCALE_MOST = 1e9;
enum { SIDE_MOST = 4096 };
static const char file_name[] = "checkpoint.safetensors", first_network[] = "model-1/checkpoint.safetensors";

train_checkpoint train_checkpoint_none(void) {
    return (train_checkpoint){.folder = -1};
}

/* ---- a resumed run ------------------------------------------------------------------------------------------------- */

/* NULL if there was none, or if it was standard input, which cannot be read again. */
static const char *word(const train_checkpoint *c, const char *name) {
    const char *text = json_string_value(json_object_get(c->said, name));
    return text != NULL && strcmp(text, "-") == 0 ? NULL : text;
}

static int choice(const char *const *choices, const char *name) {
    for (int i = 0; name != NULL && choices[i] != NULL; i++)
        if (strcmp(choices[i], name) == 0) return i;
    return 0; /* auto */
}

/* A whole number of the note; 0 if it is missing, or not within 0 and most. */
static int count_of(const json_t *said, const char *name, int most) {
    json_int_t number = json_integer_value(json_object_get(said, name));
    return number > 0 && number <= most ? (int)number : 0;
}

/* Sets the dropout rates, each 0 to below 1, unless the network is not LeNet. */
static void take_dropout(const train_checkpoint *c, train_arguments *arguments) {
    const json_t *rates = json_object_get(c->said, "dropout");
    arguments->dropout[0] = arguments->dropout[1] = -1.0;
    for (size_t i = 0; i < 2 && json_array_size(rates) == 2; i++) {
        double rate = json_number_value(json_array_get(rates, i));
        arguments->dropout[i] = rate >= 0.0 && rate < 1.0 ? rate : 0.0;
    }
}

/* How the run's data were read. */
static void take_reading(const train_checkpoint *c, data_arguments *read) {
    double scale = json_number_value(json_object_get(c->said, "scale"));
    *read = (data_arguments){.labels = word(c, "labels"),
                             .label = word(c, "label"),
                             .skip = word(c, "skip"),
                             .member = word(c, "read_member"),
                             .scale = scale > 0.0 && scale <= SCALE_MOST ? scale : 0.0,
                             .invert = json_is_true(json_object_get(c->said, "invert")),
                             .transpose = json_is_true(json_object_get(c->said, "transpose")),
                             .color = json_is_true(json_object_get(c->said, "color")),
                             .no_warnings = read->no_warnings,
                             .side = count_of(c->said, "size", SIDE_MOST)};
}

static void take_words(const train_checkpoint *c, train_arguments *arguments) {
    arguments->recipe = choice(train_recipes, word(c, "recipe"));
    take_dropout(c, arguments);
    take_reading(c, &arguments->read);
    arguments->test = word(c, "test");
    arguments->arch = word(c, "arch");
    arguments->from = word(c, "from");
    arguments->freeze = word(c, "freeze");
    arguments->new_head = json_is_true(json_object_get(c->said, "new_head"));
    arguments->device.spec = word(c, "device");
    arguments->device.isa = word(c, "isa");
    arguments->device.tiles = choice(device_tiles, word(c, "tiles"));
    arguments->device.gemm = choice(device_gemms, word(c, "gemm"));
    arguments->figures = choice(figure_formats, word(c, "figures")); /* svg if it is missing */
    const json_t *seconds = json_object_get(c->said, "checkpoint_seconds");
    if (json_is_integer(seconds) && json_integer_value(seconds) >= 0 &&
        json_integer_value(seconds) <= CHECKPOINT_SECONDS_MOST)
        arguments->checkpoint_seconds = (int)json_integer_value(seconds);
}

/* Those of the run: of several networks, what is another one's own is left out. */
static void take_options(const train_checkpoint *c, clenet_training_options *options) {
    clenet_checkpoint_options(c->resume_from, options, sizeof *options);
    if (options->own_split_seed) options->seed = options->split_seed;
    options->own_split_seed = false;
    options->fold = 0;
}

/* The checkpoint's note; json_decref() it; NULL if it is not an object, or if out of memory. */
static json_t *read_note(const clenet_checkpoint *checkpoint) {
    json_error_t reason;
    const char *note = clenet_checkpoint_note(checkpoint);
    return json_read(note, strlen(note), JSON_REJECT_DUPLICATES, &reason);
}

/* Reads a checkpoint and its note. */
static int load(train_checkpoint *c, const char *path) {
    clenet_error error;
    clenet_status status = clenet_checkpoint_load(&c->resume_from, path, &error);
    if (status != CLENET_OK) return say_error(&error);
    c->said = read_note(c->resume_from);
    if (c->said == NULL) return say_failed("out of memory (the options in '%s')", path);
    return EXIT_DONE;
}

/* Reads the checkpoint of the folder, or that of its first network, if it is a run of several; *networks is set then. */
static int find(train_checkpoint *c, const char *folder, bool *networks) {
    char *path = results_path(folder, file_name), *first = results_path(folder, first_network);
    int status = EXIT_DONE;
    *networks = false;
    if (path == NULL || first == NULL)
        status = say_failed("out of memory (the name of the checkpoint in '%s')", folder);
    else if (access(path, F_OK) == 0)
        status = load(c, path);
    else if ((*networks = access(first, F_OK) == 0))
        status = load(c, first);
    else
        status = say_failed("cannot resume '%s': it has no %s. Start a new run with --out", folder, file_name);
    free(first);
    free(path);
    return status;
}

static int models_of(const train_checkpoint *c) {
    return count_of(c->said, "models", MODELS_MOST);
}

static int member_of(const train_checkpoint *c) {
    return count_of(c->said, "member", MODELS_MOST);
}

int train_checkpoint_resume(train_checkpoint *c, const char *folder, train_arguments *arguments) {
    bool networks;
    int status = find(c, folder, &networks);
    if (status != EXIT_DONE) return status;
    if (!networks && member_of(c) > 0)
        return say_failed("'%s' is one of the %d networks of a run: resume the folder above it", folder, models_of(c));
    if (networks && member_of(c) != 1)
        return say_failed("cannot resume '%s': it has no %s. Start a new run with --out", folder, file_name);
    take_options(c, &arguments->options);
    take_words(c, arguments);
    arguments->models = networks ? models_of(c) : 1;
    arguments->folds = count_of(c->said, "folds", MODELS_MOST);
    arguments->out = folder;
    return EXIT_DONE;
}

int train_checkpoint_continue(train_checkpoint *c, const train_arguments *arguments) {
    int status = EXIT_DONE;
    char *path = results_path(arguments->out, file_name);
    if (path == NULL) return say_failed("out of memory (the name of the checkpoint in '%s')", arguments->out);
    if (access(path, F_OK) == 0) status = load(c, path);
    free(path);
    if (member_of(c) == arguments->member && models_of(c) == arguments->models) return status;
    clenet_checkpoint_free(c->resume_from); /* of another run, which this one replaces */
    c->resume_from = NULL;
    return status;
}

bool train_checkpoint_is_member(const char *folder) {
    train_checkpoint c = train_checkpoint_none();
    clenet_error error;
    char *path = results_path(folder, file_name);
    if (path != NULL && access(path, F_OK) == 0 && clenet_checkpoint_load(&c.resume_from, path, &error) == CLENET_OK)
        c.said = read_note(c.resume_from);
    bool is = member_of(&c) > 0;
    free(path);
    train_checkpoint_free(&c);
    return is;
}

const char *train_checkpoint_data(const train_checkpoint *c) {
    return word(c, "data");
}

const clenet_network *train_checkpoint_network(const train_checkpoint *c) {
    return c->resume_from != NULL ? clenet_checkpoint_network(c->resume_from) : NULL;
}

/* ---- writing a checkpoint ------------------------------------------------------------------------------------------ */

/* A JSON string; null for NULL. In a name that is not UTF-8, '?' replaces bytes: the next --resume does not find it, and reports
 * it. */
static json_t *spoken(const char *text) {
    return text != NULL ? json_text(text) : json_null();
}

/* The absolute path, so that a run can be resumed from any folder. */
static json_t *absolute(const char *path) {
    char *full = path != NULL && strcmp(path, "-") != 0 ? realpath(path, NULL) : NULL;
    json_t *text = spoken(full != NULL ? full : path);
    free(full);
    return text;
}

static json_t *rates(const double dropout[2]) {
    return dropout[0] >= 0.0 ? json_pack("[f, f]", dropout[0], dropout[1]) : json_null();
}

static char *make_note(const train_arguments *arguments, const char *data) {
    const device_arguments *device = &arguments->device;
    const data_arguments *read = &arguments->read;
    json_t *reading = json_pack("{s:o, s:o, s:o, s:f, s:b, s:b, s:b, s:i}", "label", spoken(read->label), "skip",
                                spoken(read->skip), "read_member", spoken(read->member), "scale", read->scale, "invert",
                                read->invert, "transpose", read->transpose, "color", read->color, "size", read->side);
    json_t *said = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:i, s:s, s:o, s:i, s:i, s:i}", "data", absolute(data), "test",
        absolute(arguments->test), "labels", absolute(read->labels), "arch", absolute(arguments->arch), "device",
        spoken(device->spec), "isa", spoken(device->isa), "tiles", device_tiles[device->tiles], "gemm",
        device_gemms[device->gemm], "figures", figure_formats[arguments->figures], "checkpoint_seconds",
        arguments->checkpoint_seconds, "recipe", train_recipes[arguments->recipe], "dropout", rates(arguments->dropout),
        "models", arguments->models, "member", arguments->member, "folds", arguments->folds);
    json_t *from = json_pack("{s:o, s:o, s:b}", "from", absolute(arguments->from), "freeze", spoken(arguments->freeze),
                             "new_head", (int)arguments->new_head);
    bool whole = reading != NULL && from != NULL && json_object_update(said, reading) == 0 &&
                 json_object_update(said, from) == 0;
    json_decref(from);
    char *text = whole ? json_print(said, JSON_COMPACT) : NULL;
    json_decref(reading);
    json_decref(said);
    return text;
}

/* The lock is on the folder itself, so no file is left; a file system without locks has none. */
int train_checkpoint_lock(int *descriptor, const char *folder) {
    *descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*descriptor < 0 || flock(*descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return EXIT_DONE;
    return say_failed("another run is writing into '%s': wait for it to end, or choose another folder with --out",
                      folder);
}

int train_checkpoint_begin(train_checkpoint *c, const train_arguments *arguments, const char *data) {
    int status = train_checkpoint_lock(&c->folder, arguments->out);
    if (status != EXIT_DONE) return status;
    results_sweep(arguments->out);
    c->path = results_path(arguments->out, file_name);
    c->note = make_note(arguments, data);
    c->saved = clock_seconds();
    if (c->path == NULL || c->note == NULL) return say_failed("out of memory (the checkpoint in '%s')", arguments->out);
    return results_check_path(c->path);
}

bool train_checkpoint_due(const train_checkpoint *c, const train_arguments *arguments) {
    return clock_seconds() - c->saved >= (double)arguments->checkpoint_seconds;
}

clenet_status train_checkpoint_save(train_checkpoint *c, clenet_trainer *trainer, clenet_error *error) {
    clenet_status status = clenet_trainer_save(trainer, c->path, c->note, error);
    c->saved = clock_seconds();
    return status;
}

void train_checkpoint_free(train_checkpoint *c) {
    if (c->folder >= 0) (void)close(c->folder);
    clenet_checkpoint_free(c->resume_from);
    json_decref(c->said);
    free(c->path);
    free(c->note);
}
