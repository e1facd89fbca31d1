/* report.c - see report.h. */
#define _XOPEN_SOURCE 700 /* realpath(), open_memstream() */
#include "cmd/train/report.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "cmd/base/interrupt.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/base/versions.h"
#include "cmd/page/draw.h"
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

/* The rows of the test set that the model was not trained on: rows [*count]. The others would make its accuracy too good. */
static clenet_status choose_rows(uint32_t *rows, size_t *count, const clenet_model *model, const clenet_dataset *test,
                                 clenet_error *error) {
    size_t all = clenet_dataset_rows(test), known = 0;
    uint8_t *trained = calloc(all > 0 ? all : 1, 1);
    *count = 0;
    if (trained == NULL) return no_answers_memory(all, error);
    clenet_status status = CLENET_OK;
    if (clenet_model_knows_rows(model)) status = clenet_model_trained_rows(model, test, trained, &known, error);
    for (size_t row = 0; row < all && status == CLENET_OK; row++)
        if (trained[row] == 0) rows[(*count)++] = (uint32_t)row;
    free(trained);
    return status;
}

clenet_status train_test_score(page_score *score, const clenet_model *model, const clenet_device *device,
                               const clenet_dataset *test, clenet_error *error) {
    *score = (page_score){.rows = 0};
    if (test == NULL || clenet_dataset_labels(test) == NULL) return CLENET_OK;
    findings *found = NULL;
    size_t all = clenet_dataset_rows(test), count = 0;
    uint32_t *rows = calloc(all > 0 ? all : 1, sizeof *rows);
    if (rows == NULL) return no_answers_memory(all, error);
    clenet_status status = choose_rows(rows, &count, model, test, error);
    if (status == CLENET_OK) status = train_findings_make(&found, model, device, test, rows, count, error);
    if (status == CLENET_OK) score->left_out = all - count;
    if (found != NULL) score->right = found->right, score->rows = found->rows;
    findings_free(found);
    free(rows);
    return status;
}

void train_test_say(page_score score, const char *path) {
    char share[TEXT_SIZE], right[TEXT_SIZE], rows[TEXT_SIZE], left_out[TEXT_SIZE];
    if (score.rows > 0)
        say_line("test accuracy %s: %s of the %s images of %s", text_percent(share, page_score_share(score)),
                 text_count(right, score.right), text_count(rows, score.rows), path);
    if (score.left_out > 0)
        say_line("%s: %s images are also training images, and are not counted", path,
                 text_count(left_out, score.left_out));
}

/* ---- the page ---- */

/* The settings that are no training options, and how many lines of each kind there are at most. */
enum own_setting { RECIPE, NETWORKS, NUMBER, NETWORK, FROM_MODEL, FROZEN, DROPOUT, DEVICE, OWN_SETTINGS };
enum { SETTINGS = OWN_SETTINGS + TRAINING_OPTIONS, VERSIONS = 4, FILES = 6 };
_Static_assert((int)TEXT_SIZE >= (int)SETTING_TEXT, "the value of an option has room");

/* What the page's texts lie in. */
enum { DATE_SIZE = 64, LEFT_SIZE = TEXT_SIZE + 64 };
typedef struct report_texts {
    char name[256], date[DATE_SIZE], clock[DATE_SIZE], left[LEFT_SIZE];
    page_live live;
    clenet_training_result so_far;
    char settings[SETTINGS][TEXT_SIZE];
    char stop[TRAIN_REPORT_STOP], time[TEXT_SIZE], speed[TEXT_SIZE], system[VERSIONS_SYSTEM],
        no_plots[TRAIN_FIGURES_WHY + 1];
    page_line setting_lines[SETTINGS], version_lines[VERSIONS], file_lines[FILES];
} report_texts;

static const char *signal_name(int number) {
    return number == SIGINT    ? "Ctrl-C (SIGINT)"
           : number == SIGTERM ? "SIGTERM"
           : number == SIGHUP  ? "SIGHUP: the terminal was closed"
                               : "a signal";
}

const char *train_report_stop(char text[TRAIN_REPORT_STOP], const train_arguments *arguments,
                              const clenet_training_result *result) {
    char epochs[TEXT_SIZE];
    int waited = arguments->options.patience > 0 ? arguments->options.patience : 1;
    switch (result->stop) {
    case CLENET_STOP_EPOCHS:
        (void)snprintf(text, TRAIN_REPORT_STOP, "finished: %s",
                       text_counted(epochs, (uint64_t)result->epochs, "epoch"));
        break;
    case CLENET_STOP_EARLY:
        (void)snprintf(text, TRAIN_REPORT_STOP, "stopped early: %s did not improve for %s",
                       training_monitors[arguments->options.monitor], text_counted(epochs, (uint64_t)waited, "epoch"));
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
        texts->setting_lines[(*n)++] = (page_line){"network",
                                                   a->arch != NULL   ? a->arch
                                                   : a->from != NULL ? "the model's"
                                                                     : "LeNet",
                                                   "file of the architecture; LeNet without one"};
        break;
    case FROM_MODEL:
        if (a->from != NULL)
            texts->setting_lines[(*n)++] = (page_line){"from", a->from, "model whose weights the training began with"};
        break;
    case FROZEN:
        if (a->freeze != NULL)
            texts->setting_lines[(*n)++] = (page_line){"frozen", a->freeze, "layers that stayed as they were"};
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

static const page_line drawing_page = {"draw.html", "a page to draw on", "the network answers in the browser"};

static size_t put_files(report_texts *texts, const train_report *report) {
    size_t count = 0;
    texts->file_lines[count++] =
        (page_line){"model.safetensors", "the trained network", "for clenet predict and clenet evaluate"};
    texts->file_lines[count++] = (page_line){"run.json", "settings, data and result", "for programs"};
    texts->file_lines[count++] = (page_line){"history.csv", "one row per epoch", "clenet plot draws it"};
    texts->file_lines[count++] =
        (page_line){"checkpoint.safetensors", "state of the training", "clenet train --resume continues from it"};
    if (report->arguments->test != NULL)
        texts->file_lines[count++] =
            (page_line){"submission.csv", "predictions of the test images", "in Kaggle's format"};
    texts->file_lines[count++] = drawing_page;
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

/* The name of the run: that of its folder. A number, or a network of several, has the folder above it in its name: "runs/3". */
static void name_run(char *name, size_t size, const train_arguments *arguments) {
    char *full = realpath(arguments->out, NULL);
    const char *path = full != NULL ? full : arguments->out, *from = strrchr(path, '/');
    from = from != NULL ? from + 1 : path;
    bool more = from[0] != '\0' && (arguments->member > 0 || from[strspn(from, "0123456789")] == '\0');
    if (more && from > path + 1)
        for (from--; from > path && from[-1] != '/';) from--;
    (void)snprintf(name, size, "%s", from[0] != '\0' ? from : path);
    free(full);
}

/* The local time, as strftime() formats it. */
static void put_time(char text[DATE_SIZE], const char *format) {
    struct tm local;
    time_t now = time(NULL);
    text[0] = '\0';
    if (localtime_r(&now, &local) != NULL) (void)strftime(text, DATE_SIZE, format, &local);
}

/* All except files, command and its note. */
static page_record record_of(report_texts *texts, const train_arguments *arguments, const clenet_device *device) {
    page_record record = {.settings = texts->setting_lines, .versions = texts->version_lines};
    name_run(texts->name, sizeof texts->name, arguments);
    put_time(texts->date, "%Y-%m-%d %H:%M");
    record.name = texts->name, record.date = texts->date;
    record.format = figure_formats[arguments->figures];
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

static void describe_end(report_texts *texts, page_facts *facts, const train_report *report) {
    double images = (double)facts->training_count * report->result->epochs;
    facts->stop = train_report_stop(texts->stop, report->arguments, report->result);
    facts->time = text_duration(texts->time, report->seconds);
    facts->speed = text_count(texts->speed, report->seconds > 0.0 ? (uint64_t)(images / report->seconds) : 0);
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
    if (report->result != NULL) describe_end(texts, &facts, report);
    facts.device = clenet_device_description(report->device);
    facts.lost = report->lost;
    bool later = report->result == NULL && !report->figures->off && report->figures->why[0] == '\0';
    facts.no_plots = later ? "" : no_plots(texts, report->figures->why);
    facts.network = clenet_model_network(report->model);
    facts.record = record_of(texts, report->arguments, report->device);
    facts.record.file_count = put_files(texts, report);
    facts.record.command_note = note_of(report);
    return facts;
}

static const clenet_error no_memory = {.status = CLENET_ERROR_MEMORY, .message = "out of memory (writing the report)"};

/* The result so far of a run in progress, and how long it will still take. */
static void describe_live(report_texts *texts, page_facts *facts, const train_report *report, bool running) {
    enum { RELOAD = 5 }; /* seconds */
    char seconds[TEXT_SIZE];
    const history *run = &report->figures->epochs;
    const clenet_epoch *last = &run->epochs[run->count - 1];
    texts->so_far = (clenet_training_result){.epochs = last->epoch, .kept = last->epoch, .best = *last};
    double sum = 0.0;
    for (size_t i = 0; i < run->count; i++) {
        sum += run->epochs[i].seconds;
        if (run->epochs[i].epoch != run->kept) continue;
        texts->so_far.best = run->epochs[i];
        texts->so_far.kept = run->kept;
    }
    put_time(texts->clock, "%H:%M:%S");
    double left = sum / (double)run->count * (double)(report->arguments->options.epochs - last->epoch);
    (void)snprintf(texts->left, sizeof texts->left, "%s left%s", text_duration(seconds, left),
                   report->arguments->options.patience >= 0 ? ", or less if training stops early" : "");
    texts->live = (page_live){.reload = running ? RELOAD : 0, .epochs = report->arguments->options.epochs};
    texts->live.as_of = texts->clock, texts->live.left = texts->left;
    facts->time = text_duration(texts->time, sum);
    facts->result = &texts->so_far, facts->live = &texts->live;
}

bool train_report_write_live(const train_report *report, bool running) {
    report_texts texts;
    clenet_error error = no_memory;
    struct stat status;
    if (report->figures->epochs.count == 0) return false;
    page_facts facts = facts_of(&texts, report);
    describe_live(&texts, &facts, report, running);
    char *command = train_report_command(report), *path = results_path(report->arguments->out, "report.html");
    facts.record.command = command;
    bool is_file = path != NULL && (lstat(path, &status) != 0 || S_ISREG(status.st_mode));
    if (command != NULL && is_file) (void)page_write(path, &facts, &error);
    free(path);
    free(command);
    return error.status == CLENET_OK;
}

/* Writes the page to draw on, if the model is not too large for one. */
static clenet_status write_drawing_page(const char *folder, const clenet_model *model, clenet_error *error) {
    *error = no_memory;
    char *path = results_path(folder, drawing_page.name);
    if (path == NULL) return error->status;
    if (page_draw_fits(model))
        (void)page_draw_write(path, model, error);
    else
        error->status = CLENET_OK;
    free(path);
    return error->status;
}

void train_report_say_drawing_page(const char *folder) {
    char *path = results_path(folder, drawing_page.name);
    if (path != NULL && access(path, F_OK) == 0) say_line("page to draw on: %s", path);
    free(path);
}

/* A full disk prevents figures and pages alike, and needs one message. undrawn: why figures are missing; "": no message. drawing, report: the errors of the
 * page to draw on and of the report. */
static void say_what_is_missing(const char *undrawn, const clenet_error *drawing, const clenet_error *report) {
    const char *unwritten[] = {undrawn, drawing->status == CLENET_OK ? "" : drawing->message,
                               report->status == CLENET_OK ? "" : report->message};
    char said[sizeof drawing->message];
    int length = 0;
    said[0] = '\0';
    for (size_t i = 0; i < sizeof unwritten / sizeof unwritten[0] && length < (int)sizeof said; i++)
        if (unwritten[i][0] != '\0')
            length +=
                snprintf(said + length, sizeof said - (size_t)length, "%s%s", length > 0 ? "; " : "", unwritten[i]);
    if (length > 0) say_line("warning: %s; the run is not affected", said);
}

bool train_report_write(const train_report *report) {
    report_texts texts;
    clenet_error drawing, error = no_memory;
    (void)write_drawing_page(report->arguments->out, report->model, &drawing);
    page_facts facts = facts_of(&texts, report);
    char *command = train_report_command(report), *path = results_path(report->arguments->out, "report.html");
    facts.record.command = command;
    if (command != NULL && path != NULL) (void)page_write(path, &facts, &error);
    say_what_is_missing(report->figures->said ? "" : report->figures->why, &drawing, &error);
    free(path);
    free(command);
    return error.status == CLENET_OK;
}

static size_t put_models_files(report_texts *texts, const train_arguments *arguments) {
    size_t count = 0;
    texts->file_lines[count++] =
        (page_line){"model.safetensors", "all networks", "for clenet predict and clenet evaluate"};
    texts->file_lines[count++] = (page_line){"run.json", "settings, data and result", "for programs"};
    texts->file_lines[count++] =
        (page_line){"model-1", "a folder for each network", "with its model, history and report"};
    if (arguments->test != NULL)
        texts->file_lines[count++] =
            (page_line){"submission.csv", "predictions of the test images", "in Kaggle's format"};
    texts->file_lines[count++] = drawing_page;
    return count;
}

bool train_report_write_models(const train_models_report *report) {
    report_texts texts;
    clenet_error drawing, error = no_memory;
    const train_arguments *a = report->arguments;
    (void)write_drawing_page(a->out, report->model, &drawing);
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
    say_what_is_missing(report->said ? "" : report->why, &drawing, &error);
    free(path);
    free(command);
    return error.status == CLENET_OK;
}

void train_report_remove(const char *folder) {
    static const char *const names[] = {"report.html", "draw.html"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = results_path(folder, names[i]);
        if (path != NULL) (void)unlink(path);
        free(path);
    }
}
