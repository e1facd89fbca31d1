/* report.c - see report.h. */
#define _XOPEN_SOURCE 700 /* realpath(), open_memstream() */
#include "cmd/train/report.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/base/interrupt.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/base/versions.h"
#include "cmd/page/page.h"

/* ---- what the kept model answers on the images held out ---- */

/* Images predicted at once: enough to be fast on every device, few enough to need little memory. */
enum { IMAGES_AT_ONCE = 1024 };

static size_t image_bytes_of(const clenet_dataset *dataset) {
    return (size_t)clenet_dataset_height(dataset) * (size_t)clenet_dataset_width(dataset) *
           (size_t)clenet_dataset_channels(dataset);
}

static clenet_status no_answers_memory(size_t count, clenet_error *error) {
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message, "out of memory (predicting %zu images)", count);
    return error->status;
}

/* images [IMAGES_AT_ONCE][height][width][channels]: the next images to predict. */
static clenet_status ask(float *probabilities, uint8_t *images, clenet_predictor *predictor,
                         const clenet_dataset *dataset, const uint32_t *rows, size_t count, clenet_error *error) {
    size_t bytes = image_bytes_of(dataset), classes = (size_t)clenet_dataset_classes(dataset);
    clenet_status status = CLENET_OK;
    for (size_t first = 0; first < count && status == CLENET_OK; first += IMAGES_AT_ONCE) {
        size_t now = count - first < IMAGES_AT_ONCE ? count - first : IMAGES_AT_ONCE;
        for (size_t i = 0; i < now; i++)
            memcpy(images + i * bytes, clenet_dataset_images(dataset) + rows[first + i] * bytes, bytes);
        status = clenet_predictor_run(predictor, images, now, probabilities + first * classes, error);
    }
    return status;
}

clenet_status train_findings_ask(float *probabilities, const clenet_model *model, const clenet_device *device,
                                 const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                 clenet_error *error) {
    clenet_predictor *predictor = NULL;
    uint8_t *images = malloc(IMAGES_AT_ONCE * image_bytes_of(dataset));
    if (images == NULL) return no_answers_memory(count, error);
    clenet_status status = clenet_predictor_new(&predictor, model, device, error);
    if (status == CLENET_OK) status = ask(probabilities, images, predictor, dataset, rows, count, error);
    clenet_predictor_free(predictor);
    free(images);
    return status;
}

clenet_status train_findings_of(findings **found, const float *probabilities, const clenet_dataset *dataset,
                                const uint32_t *rows, size_t count, clenet_error *error) {
    uint8_t *labels = malloc(count);
    if (labels == NULL) return no_answers_memory(count, error);
    for (size_t i = 0; i < count; i++) labels[i] = clenet_dataset_labels(dataset)[rows[i]];
    clenet_status status =
        findings_new(found, labels, probabilities, rows, count, clenet_dataset_classes(dataset), error);
    free(labels);
    return status;
}

clenet_status train_findings_make(findings **found, const clenet_model *model, const clenet_device *device,
                                  const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                  clenet_error *error) {
    *found = NULL;
    if (count == 0) return CLENET_OK;
    float *probabilities = calloc(count, (size_t)clenet_dataset_classes(dataset) * sizeof *probabilities);
    if (probabilities == NULL) return no_answers_memory(count, error);
    clenet_status status = train_findings_ask(probabilities, model, device, dataset, rows, count, error);
    if (status == CLENET_OK) status = train_findings_of(found, probabilities, dataset, rows, count, error);
    free(probabilities);
    return status;
}

clenet_status train_test_score(page_score *score, const clenet_model *model, const clenet_device *device,
                               const clenet_dataset *test, clenet_error *error) {
    *score = (page_score){.rows = 0};
    if (test == NULL || clenet_dataset_labels(test) == NULL) return CLENET_OK;
    clenet_evaluation evaluation;
    clenet_predictor *predictor = NULL;
    clenet_status status = clenet_predictor_new(&predictor, model, device, error);
    if (status == CLENET_OK) status = clenet_predictor_evaluate(predictor, test, &evaluation, NULL, error);
    clenet_predictor_free(predictor);
    if (status != CLENET_OK) return status;
    score->rows = evaluation.rows;
    score->right = (uint64_t)llround(evaluation.accuracy * (double)evaluation.rows);
    return CLENET_OK;
}

void train_test_say(page_score score, const char *path) {
    char share[TEXT_SIZE], right[TEXT_SIZE], rows[TEXT_SIZE];
    if (score.rows == 0) return;
    say_line("test accuracy %s: %s of the %s images of %s", text_percent(share, page_score_share(score)),
             text_count(right, score.right), text_count(rows, score.rows), path);
}

/* ---- the command that repeats a run; it has the defaults, too, since a later version may have others ---- */

void train_report_quote(FILE *to, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:@%+";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        (void)fputs(word, to);
        return;
    }
    (void)putc('\'', to);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            (void)fputs("'\\''", to);
        else
            (void)putc(*word, to);
    }
    (void)putc('\'', to);
}

/* A file with its absolute path, so that the command works in any folder; anything else (a pipe, "-") unchanged. */
static void put_path(FILE *to, const char *path) {
    struct stat status;
    char *full = stat(path, &status) == 0 && !S_ISFIFO(status.st_mode) && strncmp(path, "/dev/", 5) != 0
                     ? realpath(path, NULL)
                     : NULL;
    train_report_quote(to, full != NULL ? full : path);
    free(full);
}

static void put_file(FILE *to, const char *option, const char *path) {
    if (path == NULL) return;
    (void)fprintf(to, " --%s ", option);
    put_path(to, path);
}

static void put_dropout(FILE *to, const double dropout[2]) {
    char text[2][SETTING_TEXT];
    if (dropout[0] < 0.0) return;
    for (int i = 0; i < 2; i++) (void)setting_text(text[i], SETTING_REAL, NULL, &dropout[i], SETTING_DIGITS);
    (void)fprintf(to, " --dropout %s,%s", text[0], text[1]);
}

/* Every training option of the command, but for --validation beside --folds. */
static void put_options(FILE *to, const clenet_training_options *options, bool folds) {
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        char text[SETTING_TEXT];
        if (row->name == NULL || (folds && row->offset == offsetof(clenet_training_options, validation))) continue;
        (void)fprintf(to, " --%s %s", row->name, training_option_text(text, row, options, SETTING_DIGITS));
    }
}

/* "auto" and a part of a name may choose another device later; the description begins with the chosen one. */
void train_report_device(FILE *to, const char *description, const device_arguments *arguments) {
    int platform, device;
    if (sscanf(description, "opencl %d.%d,", &platform, &device) == 2) {
        (void)fprintf(to, " --device %d.%d --gemm %s", platform, device,
                      strstr(description, ", with CLBlast") != NULL ? "clblast" : "own");
        if (arguments->tiles != 0) (void)fprintf(to, " --tiles %s", device_tiles[arguments->tiles]);
        return;
    }
    char isa[32];
    (void)fputs(" --device cpu", to);
    if (sscanf(description, "cpu, %*d %*[a-z], %31[a-z0-9]", isa) == 1) (void)fprintf(to, " --isa %s", isa);
    if (arguments->threads > 0) (void)fprintf(to, " --threads %d", arguments->threads);
}

/* A new folder next to that of this run, so that nothing is replaced. */
static void put_folder(FILE *to, const char *folder) {
    char *full = realpath(folder, NULL);
    char *again = malloc(strlen(full != NULL ? full : folder) + sizeof "-again");
    if (again != NULL) {
        (void)sprintf(again, "%s-again", full != NULL ? full : folder);
        (void)fputs(" --out ", to);
        train_report_quote(to, again);
    }
    free(again);
    free(full);
}

static void put_command(FILE *to, const train_report *report) {
    const train_arguments *a = report->arguments;
    clenet_training_options options = a->options;
    bool alone = a->models == 1; /* several networks are repeated together, also from the page of one */
    bool stopped = alone && report->result != NULL && report->result->stop == CLENET_STOP_CALLBACK;
    if (stopped && options.schedule == CLENET_SCHEDULE_CONSTANT) options.epochs = report->result->epochs;
    if (options.own_split_seed) options.seed = options.split_seed;
    (void)fputs("clenet train ", to);
    put_path(to, report->data);
    put_file(to, "labels", a->read.labels);
    put_file(to, "test", a->test);
    put_file(to, "arch", a->arch);
    put_folder(to, a->whole != NULL ? a->whole : a->out);
    (void)fprintf(to, " --recipe %s", train_recipes[a->recipe]);
    put_dropout(to, a->dropout);
    (void)fprintf(to, a->folds > 0 ? " --folds %d" : " --models %d", a->models);
    put_options(to, &options, a->folds > 0);
    train_report_device(to, clenet_device_description(report->device), &a->device);
}

char *train_report_command(const train_report *report) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) return NULL;
    put_command(to, report);
    bool whole = ferror(to) == 0;
    if (fclose(to) == 0 && whole) return text;
    free(text);
    return NULL;
}

/* ---- the page ---- */

/* The settings that are no training options, and how many lines of each kind there are at most. */
enum own_setting { RECIPE, NETWORKS, NUMBER, NETWORK, DROPOUT, DEVICE, OWN_SETTINGS };
enum { SETTINGS = OWN_SETTINGS + TRAINING_OPTIONS, VERSIONS = 4, FILES = 4 };
_Static_assert((int)TEXT_SIZE >= (int)SETTING_TEXT, "the value of an option has room");

/* What the page's texts lie in. */
typedef struct report_texts {
    char settings[SETTINGS][TEXT_SIZE];
    char stop[TRAIN_REPORT_STOP], time[TEXT_SIZE], speed[TEXT_SIZE], system[VERSIONS_SYSTEM],
        no_plots[TRAIN_FIGURES_WHY + 1];
    page_line setting_lines[SETTINGS], version_lines[VERSIONS], file_lines[FILES];
} report_texts;

static const char *plural(int count) {
    return count == 1 ? "" : "s";
}

static const char *signal_name(int number) {
    return number == SIGINT    ? "Ctrl-C (SIGINT)"
           : number == SIGTERM ? "SIGTERM"
           : number == SIGHUP  ? "SIGHUP: the terminal was closed"
                               : "a signal";
}

const char *train_report_stop(char text[TRAIN_REPORT_STOP], const train_arguments *arguments,
                              const clenet_training_result *result) {
    int waited = arguments->options.patience > 0 ? arguments->options.patience : 1;
    switch (result->stop) {
    case CLENET_STOP_EPOCHS:
        (void)snprintf(text, TRAIN_REPORT_STOP, "finished: %d epoch%s", result->epochs, plural(result->epochs));
        break;
    case CLENET_STOP_EARLY:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped early: %s did not improve for %d epoch%s",
                       training_monitors[arguments->options.monitor], waited, plural(waited));
        break;
    case CLENET_STOP_CALLBACK:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped by %s", signal_name(interrupt_signal()));
        break;
    }
    return text;
}

/* Adds a setting; returns the place for its value, TEXT_SIZE bytes. */
static char *put_setting(report_texts *texts, size_t *count, const char *name, const char *about) {
    char *value = texts->settings[*count];
    texts->setting_lines[(*count)++] = (page_line){name, value, about};
    return value;
}

/* One of the command's own settings: each is put once at most. */
static void put_own(report_texts *texts, size_t *n, enum own_setting setting, const train_arguments *a) {
    const char *asked = a->device.spec, *wish = getenv("CLENET_DEVICE");
    switch (setting) {
    case RECIPE:
        (void)snprintf(put_setting(texts, n, "recipe", "preset for the options that were not given"), TEXT_SIZE, "%s",
                       train_recipes[a->recipe]);
        break;
    case NETWORKS:
        (void)snprintf(put_setting(texts, n, "networks", "with consecutive seeds"), TEXT_SIZE, "%d", a->models);
        break;
    case NUMBER:
        if (a->member > 0)
            (void)snprintf(put_setting(texts, n, "number", "of this network in the run"), TEXT_SIZE, "%d", a->member);
        break;
    case NETWORK:
        texts->setting_lines[(*n)++] =
            (page_line){"network", a->arch != NULL ? a->arch : "LeNet", "file of the architecture; LeNet without one"};
        break;
    case DROPOUT:
        if (a->dropout[0] >= 0.0)
            (void)snprintf(put_setting(texts, n, "dropout", "rates of the two layers"), TEXT_SIZE, "%g, %g",
                           a->dropout[0], a->dropout[1]);
        break;
    case DEVICE:
        if (asked == NULL) asked = wish != NULL && wish[0] != '\0' ? wish : "auto";
        (void)snprintf(put_setting(texts, n, "device", "as requested"), TEXT_SIZE, "%.40s", asked);
        break;
    case OWN_SETTINGS:
        break;
    }
}

static size_t put_settings(report_texts *texts, const train_arguments *a) {
    enum { DIGITS = 6 }; /* the command has all of them */
    size_t n = 0;
    for (int own = 0; own < OWN_SETTINGS; own++) {
        put_own(texts, &n, (enum own_setting)own, a);
    }
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        if (row->name == NULL) continue;
        (void)training_option_text(put_setting(texts, &n, row->label, row->help), row, &a->options, DIGITS);
    }
    return n;
}

static size_t put_versions(report_texts *texts, const clenet_device *device) {
    size_t count = 0;
    texts->version_lines[count++] = (page_line){"clenet", clenet_version(), "the library"};
    texts->version_lines[count++] = (page_line){"compiler", versions_compiler(), "that built the command"};
    if (versions_system(texts->system)[0] != '\0')
        texts->version_lines[count++] = (page_line){"system", texts->system, ""};
    texts->version_lines[count++] = (page_line){"device", clenet_device_description(device), ""};
    return count;
}

static size_t put_files(report_texts *texts, const train_report *report) {
    size_t count = 0;
    texts->file_lines[count++] =
        (page_line){"model.safetensors", "the trained network", "for clenet predict and clenet evaluate"};
    texts->file_lines[count++] = (page_line){"history.csv", "one row per epoch", "clenet plot draws it"};
    texts->file_lines[count++] =
        (page_line){"checkpoint.safetensors", "state of the training", "clenet train --resume continues from it"};
    if (report->arguments->test != NULL)
        texts->file_lines[count++] =
            (page_line){"submission.csv", "predictions of the test images", "in Kaggle's format"};
    return count;
}

static const char *note_of(const train_report *report) {
    if (report->arguments->models > 1)
        return "It trains all networks of this run, not this one alone, in a new folder. It replaces nothing.";
    if (report->lost[0] != '\0')
        return "The device failed during the run and the CPU continued. A run without that failure differs in the last "
               "digits.";
    if (strcmp(report->data, "-") == 0) return "The images came through standard input: give the same ones again.";
    return "It writes into a new folder and replaces nothing.";
}

/* All except files, command and its note. */
static page_record record_of(report_texts *texts, const train_arguments *arguments, const clenet_device *device) {
    page_record record = {.settings = texts->setting_lines, .versions = texts->version_lines};
    record.files = texts->file_lines;
    record.setting_count = put_settings(texts, arguments);
    record.version_count = put_versions(texts, device);
    return record;
}

/* A sentence; why: the error of the figures. */
static const char *no_plots(report_texts *texts, const char *why) {
    static const char head[] = "no figures: "; /* which is on the page already */
    if (why[0] == '\0') return "--figures none was given.";
    if (strncmp(why, head, sizeof head - 1) == 0) why += sizeof head - 1;
    (void)snprintf(texts->no_plots, sizeof texts->no_plots, "%s.", why);
    return texts->no_plots;
}

static page_facts facts_of(report_texts *texts, const train_report *report) {
    page_facts facts = {.folder = report->arguments->out, .data = report->data, .dataset = report->dataset};
    facts.training = clenet_trainer_training_rows(report->trainer, &facts.training_count);
    facts.validation = clenet_trainer_validation_rows(report->trainer, &facts.validation_count);
    facts.found = report->found;
    facts.test = report->arguments->test;
    facts.tested = report->tested;
    facts.epochs = &report->figures->epochs;
    facts.result = report->result;
    facts.best = report->arguments->options.keep == CLENET_KEEP_BEST && facts.validation_count > 0;
    facts.stop = train_report_stop(texts->stop, report->arguments, report->result);
    double images = (double)facts.training_count * report->result->epochs;
    facts.time = text_duration(texts->time, report->seconds);
    facts.speed = text_count(texts->speed, report->seconds > 0.0 ? (uint64_t)(images / report->seconds) : 0);
    facts.device = clenet_device_description(report->device);
    facts.lost = report->lost;
    facts.no_plots = no_plots(texts, report->figures->why);
    facts.network = report->network;
    facts.record = record_of(texts, report->arguments, report->device);
    facts.record.file_count = put_files(texts, report);
    facts.record.command_note = note_of(report);
    return facts;
}

/* A full disk prevents figures and page alike, and needs one message. undrawn: why figures are missing; "": no message. */
static void say_what_is_missing(const char *undrawn, const clenet_error *error) {
    const char *unwritten = error->status == CLENET_OK ? "" : error->message;
    if (undrawn[0] == '\0' && unwritten[0] == '\0') return;
    say_line("warning: %s%s%s; the run is not affected", undrawn,
             undrawn[0] != '\0' && unwritten[0] != '\0' ? "; " : "", unwritten);
}

static const clenet_error no_memory = {.status = CLENET_ERROR_MEMORY, .message = "out of memory (writing the report)"};

bool train_report_write(const train_report *report) {
    report_texts texts;
    clenet_error error = no_memory;
    page_facts facts = facts_of(&texts, report);
    char *command = train_report_command(report), *path = results_path(report->arguments->out, "report.html");
    facts.record.command = command;
    if (command != NULL && path != NULL) (void)page_write(path, &facts, &error);
    say_what_is_missing(report->figures->said ? "" : report->figures->why, &error);
    free(path);
    free(command);
    return error.status == CLENET_OK;
}

static size_t put_models_files(report_texts *texts, const train_arguments *arguments) {
    size_t count = 0;
    texts->file_lines[count++] =
        (page_line){"model.safetensors", "all networks", "for clenet predict and clenet evaluate"};
    texts->file_lines[count++] =
        (page_line){"model-1, ...", "a folder for each network", "with its model, history and report"};
    if (arguments->test != NULL)
        texts->file_lines[count++] =
            (page_line){"submission.csv", "predictions of the test images", "in Kaggle's format"};
    return count;
}

bool train_report_write_models(const train_models_report *report) {
    report_texts texts;
    clenet_error error = no_memory;
    const train_arguments *a = report->arguments;
    page_models_facts facts = {
        .folder = a->out, .data = report->data, .dataset = report->dataset, .found = report->found};
    facts.best = a->options.keep == CLENET_KEEP_BEST, facts.last = report->last;
    facts.test = a->test, facts.tested = report->tested;
    facts.networks = report->networks, facts.count = (size_t)a->models;
    facts.parts = clenet_validation_parts(a->options.validation);
    facts.no_plots = no_plots(&texts, report->why);
    facts.mean = report->mean, facts.spread = report->spread;
    facts.time = text_duration(texts.time, report->seconds);
    facts.device = clenet_device_description(report->device);
    facts.record = record_of(&texts, a, report->device);
    facts.record.file_count = put_models_files(&texts, a);
    train_report of = {.arguments = a, .data = report->data, .device = report->device, .lost = ""};
    facts.record.command_note = "It writes into a new folder and replaces nothing.";
    char *command = train_report_command(&of), *path = results_path(a->out, "report.html");
    facts.record.command = command;
    if (command != NULL && path != NULL) (void)page_models_write(path, &facts, &error);
    say_what_is_missing(report->said ? "" : report->why, &error);
    free(path);
    free(command);
    return error.status == CLENET_OK;
}

void train_report_remove(const char *folder) {
    char *path = results_path(folder, "report.html");
    if (path != NULL) (void)unlink(path);
    free(path);
}
