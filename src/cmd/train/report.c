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

/* The settings that are no training options, and how many lines of each kind there are at most. */
enum own_setting { RECIPE, NETWORKS, NUMBER, NETWORK, DROPOUT, DEVICE, OWN_SETTINGS };
enum { SETTINGS = OWN_SETTINGS + TRAINING_OPTIONS, VERSIONS = 4, FILES = 4 };
_Static_assert((int)TEXT_SIZE >= (int)SETTING_TEXT, "the value of an option has room");

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
    bool falls =
        arguments->options.monitor == CLENET_MONITOR_LOSS || arguments->options.monitor == CLENET_MONITOR_VAL_LOSS;
    switch (result->stop) {
    case CLENET_STOP_EPOCHS:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped: all %d epochs are done", result->epochs);
        break;
    case CLENET_STOP_EARLY:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped early: %s has not %s for %d epochs",
                       training_monitors[arguments->options.monitor], falls ? "fallen" : "risen",
                       arguments->options.patience);
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

/* One of the command's own settings: each is put once at most. */
static void put_own(report_texts *texts, size_t *n, enum own_setting setting, const train_arguments *a) {
    const char *asked = a->device.spec, *wish = getenv("CLENET_DEVICE");
    switch (setting) {
    case RECIPE:
        (void)snprintf(put_setting(texts, n, "recipe", "preset for the options that were not given"), TEXT_SIZE, "%s",
                       train_recipes[a->recipe]);
        break;
    case NETWORKS:
        (void)snprintf(put_setting(texts, n, "networks", "from seeds that follow each other"), TEXT_SIZE, "%d",
                       a->models);
        break;
    case NUMBER:
        if (a->member > 0)
            (void)snprintf(put_setting(texts, n, "number", "of this network among them"), TEXT_SIZE, "%d", a->member);
        break;
    case NETWORK:
        texts->setting_lines[(*n)++] =
            (page_line){"network", a->arch != NULL ? a->arch : "LeNet", "a file, or the network without one"};
        break;
    case DROPOUT:
        if (a->dropout[0] >= 0.0)
            (void)snprintf(put_setting(texts, n, "dropout", "rates of the two layers"), TEXT_SIZE, "%g, %g",
                           a->dropout[0], a->dropout[1]);
        break;
    case DEVICE:
        if (asked == NULL) asked = wish != NULL && wish[0] != '\0' ? wish : "auto";
        (void)snprintf(put_setting(texts, n, "device", "as it was asked for"), TEXT_SIZE, "%.40s", asked);
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
    facts.parts = clenet_validation_parts(a->options.validation);
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
