/* report.c - see report.h. */
#include "cmd/train/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/base/interrupt.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/train/report_command.h"
#include "cmd/page/page.h"

enum { SETTINGS = 24 /* at most */, VERSIONS = 4, FILES = 4 };

#ifdef __clang__
#define COMPILER __VERSION__ /* begins with its name */
#else
#define COMPILER "gcc " __VERSION__
#endif

/* What the page's texts lie in. */
typedef struct report_texts {
    char settings[SETTINGS][TEXT_SIZE];
    char stop[TRAIN_REPORT_STOP], time[TEXT_SIZE], speed[TEXT_SIZE], system[256], no_plots[TRAIN_FIGURES_WHY + 1];
    page_line setting_lines[SETTINGS], version_lines[VERSIONS], file_lines[FILES];
} report_texts;

const char *train_report_stop(char text[TRAIN_REPORT_STOP], const train_arguments *arguments,
                              const clenet_training_result *result) {
    bool falls = arguments->monitor == CLENET_MONITOR_LOSS || arguments->monitor == CLENET_MONITOR_VAL_LOSS;
    switch (result->stop) {
    case CLENET_STOP_EPOCHS:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped: all %d epochs are done", result->epochs);
        break;
    case CLENET_STOP_EARLY:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped early: %s has not %s for %d epochs",
                       train_monitors[arguments->monitor], falls ? "fallen" : "risen", arguments->patience);
        break;
    case CLENET_STOP_CALLBACK:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped by signal %d", interrupt_signal());
        break;
    }
    return text;
}

/* The next setting; gives where its value goes, TEXT_SIZE bytes. */
static char *put_setting(report_texts *texts, size_t *count, const char *name, const char *about) {
    char *value = texts->settings[*count];
    texts->setting_lines[(*count)++] = (page_line){name, value, about};
    return value;
}

static size_t put_settings(report_texts *texts, const train_arguments *a) {
    const char *asked = a->device.spec, *wish = getenv("CLENET_DEVICE");
    if (asked == NULL) asked = wish != NULL && wish[0] != '\0' ? wish : "auto";
    size_t n = 0;
    (void)snprintf(put_setting(texts, &n, "recipe", "what is set where nothing else is said"), TEXT_SIZE, "%s",
                   train_recipes[a->recipe]);
    (void)snprintf(put_setting(texts, &n, "networks", "from seeds that follow each other"), TEXT_SIZE, "%d", a->models);
    if (a->member > 0)
        (void)snprintf(put_setting(texts, &n, "number", "of this network among them"), TEXT_SIZE, "%d", a->member);
    texts->setting_lines[n++] =
        (page_line){"network", a->arch != NULL ? a->arch : "LeNet", "a file, or what is trained without one"};
    (void)snprintf(put_setting(texts, &n, "epochs", "at most; in each every training image is seen once"), TEXT_SIZE,
                   "%d", a->epochs);
    (void)snprintf(put_setting(texts, &n, "batch", "images a step"), TEXT_SIZE, "%d", a->batch);
    (void)snprintf(put_setting(texts, &n, "optimizer", "how a step goes"), TEXT_SIZE, "%s",
                   train_optimizers[a->optimizer]);
    (void)snprintf(put_setting(texts, &n, "learning rate", "how far a step goes"), TEXT_SIZE, "%g", a->learning_rate);
    (void)snprintf(put_setting(texts, &n, "weight decay", "how weights shrink"), TEXT_SIZE, "%g", a->weight_decay);
    (void)snprintf(put_setting(texts, &n, "schedule", "how the learning rate goes over the epochs"), TEXT_SIZE, "%s",
                   train_schedules[a->schedule]);
    (void)snprintf(put_setting(texts, &n, "warmup", "epochs in which it rises first"), TEXT_SIZE, "%g", a->warmup);
    (void)snprintf(put_setting(texts, &n, "label smoothing", "share of a label that goes to all classes"), TEXT_SIZE,
                   "%g", a->label_smoothing);
    (void)snprintf(put_setting(texts, &n, "weight average", "what it keeps of itself a step; 0: none"), TEXT_SIZE, "%g",
                   a->weight_average);
    (void)snprintf(put_setting(texts, &n, "augment", "how images are moved, each in each epoch"), TEXT_SIZE, "%s",
                   train_augments[a->augment]);
    (void)snprintf(put_setting(texts, &n, "augment strength", "how far, as a multiple of the usual"), TEXT_SIZE, "%g",
                   a->augment_strength);
    if (a->dropout[0] >= 0.0)
        (void)snprintf(put_setting(texts, &n, "dropout", "rates of the two layers"), TEXT_SIZE, "%g, %g", a->dropout[0],
                       a->dropout[1]);
    (void)snprintf(put_setting(texts, &n, "validation", "share of the images held out"), TEXT_SIZE, "%g",
                   a->validation);
    (void)snprintf(put_setting(texts, &n, "monitor", "what must get better for the run to go on"), TEXT_SIZE, "%s",
                   train_monitors[a->monitor]);
    (void)snprintf(put_setting(texts, &n, "patience", "epochs without that before it stops; -1: never"), TEXT_SIZE,
                   "%d", a->patience);
    (void)snprintf(put_setting(texts, &n, "keep", "which epoch's weights stay"), TEXT_SIZE, "%s",
                   a->keep == CLENET_KEEP_BEST ? "best" : "last");
    (void)snprintf(put_setting(texts, &n, "seed", "of everything random"), TEXT_SIZE, "%" PRIu64, a->seed);
    (void)snprintf(put_setting(texts, &n, "device", "what was asked for"), TEXT_SIZE, "%.40s", asked);
    return n;
}

static size_t put_versions(report_texts *texts, const clenet_device *device) {
    size_t count = 0;
    struct utsname system;
    texts->version_lines[count++] = (page_line){"clenet", clenet_version(), "the library"};
    texts->version_lines[count++] = (page_line){"compiler", COMPILER, "that built the command"};
    if (uname(&system) >= 0) {
        (void)snprintf(texts->system, sizeof texts->system, "%.80s %.80s, %.80s", system.sysname, system.release,
                       system.machine);
        texts->version_lines[count++] = (page_line){"system", texts->system, ""};
    }
    texts->version_lines[count++] = (page_line){"device", clenet_device_description(device), ""};
    return count;
}

static size_t put_files(report_texts *texts, const train_report *report) {
    size_t count = 0;
    texts->file_lines[count++] =
        (page_line){"model.safetensors", "the trained network", "clenet predict and clenet evaluate take it"};
    texts->file_lines[count++] = (page_line){"history.csv", "every epoch", "clenet plot draws it"};
    texts->file_lines[count++] =
        (page_line){"checkpoint.safetensors", "where the run stands", "clenet train --resume goes on from it"};
    if (report->arguments->test != NULL)
        texts->file_lines[count++] = (page_line){"submission.csv", "what it reads in the test images", "for Kaggle"};
    return count;
}

static const char *note_of(const train_report *report) {
    if (report->arguments->models > 1)
        return "It trains all networks of the run that this one is of, into a folder of their own; nothing of this run "
               "is "
               "replaced.";
    if (report->lost[0] != '\0')
        return "The device failed on the way and the CPU went on: a run without that comes to other last digits.";
    if (strcmp(report->data, "-") == 0) return "The images came through standard input: give the same ones again.";
    return "It writes into a folder of its own; nothing of this run is replaced.";
}

/* All but files, command and its note. */
static page_record record_of(report_texts *texts, const train_arguments *arguments, const clenet_device *device) {
    page_record record = {.settings = texts->setting_lines, .versions = texts->version_lines};
    record.files = texts->file_lines;
    record.setting_count = put_settings(texts, arguments);
    record.version_count = put_versions(texts, device);
    return record;
}

/* A sentence; why: of the figures. */
static const char *no_plots(report_texts *texts, const char *why) {
    static const char head[] = "no figures: "; /* which the page has said */
    if (why[0] == '\0') return "a page shows what --figures svg or png draws.";
    if (strncmp(why, head, sizeof head - 1) == 0) why += sizeof head - 1;
    (void)snprintf(texts->no_plots, sizeof texts->no_plots, "%s.", why);
    return texts->no_plots;
}

static page_facts facts_of(report_texts *texts, const train_report *report) {
    page_facts facts = {.folder = report->arguments->out, .data = report->data, .dataset = report->dataset};
    facts.training = clenet_trainer_training_rows(report->trainer, &facts.training_count);
    facts.validation = clenet_trainer_validation_rows(report->trainer, &facts.validation_count);
    facts.found = report->found;
    facts.epochs = &report->figures->epochs;
    facts.result = report->result;
    facts.best = report->arguments->keep == CLENET_KEEP_BEST && facts.validation_count > 0;
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

/* A full disk takes figures and page alike, and is one thing to say. undrawn: why figures are missing; "": nothing is to be said. */
static void say_what_is_missing(const char *undrawn, const clenet_error *error) {
    const char *unwritten = error->status == CLENET_OK ? "" : error->message;
    if (undrawn[0] == '\0' && unwritten[0] == '\0') return;
    say_line("warning: %s%s%s; the run is not affected", undrawn,
             undrawn[0] != '\0' && unwritten[0] != '\0' ? "; " : "", unwritten);
}

static const clenet_error no_memory = {.status = CLENET_ERROR_MEMORY,
                                       .message = "cannot have memory for the report: free memory"};

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
        (page_line){"model.safetensors", "all networks", "clenet predict and clenet evaluate take it"};
    texts->file_lines[count++] = (page_line){"model-1, ...", "a folder for each network", "what a run of one leaves"};
    if (arguments->test != NULL)
        texts->file_lines[count++] = (page_line){"submission.csv", "what they read in the test images", "for Kaggle"};
    return count;
}

bool train_report_write_models(const train_models_report *report) {
    report_texts texts;
    clenet_error error = no_memory;
    const train_arguments *a = report->arguments;
    page_models_facts facts = {
        .folder = a->out, .data = report->data, .dataset = report->dataset, .found = report->found};
    facts.networks = report->networks, facts.count = (size_t)a->models;
    facts.parts = clenet_validation_parts(a->validation);
    facts.no_plots = no_plots(&texts, report->why);
    facts.mean = report->mean, facts.spread = report->spread;
    facts.time = text_duration(texts.time, report->seconds);
    facts.device = clenet_device_description(report->device);
    facts.record = record_of(&texts, a, report->device);
    facts.record.file_count = put_models_files(&texts, a);
    train_report of = {.arguments = a, .data = report->data, .device = report->device, .lost = ""};
    facts.record.command_note = "It writes into a folder of its own; nothing of this run is replaced.";
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
