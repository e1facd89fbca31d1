/* figures.c - see figures.h. */
#include "cmd/train/figures.h"

#include <string.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/base/class_list.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "lib/base/output.h"
#include "lib/base/clock.h"

enum {
    DIGITS = 8,
    DIGITS_COLUMNS = 4,
    MISTAKES = 12,
    NICE = 5 /* a drawing waits for the training, but not for minutes; what it may compute is limited anyway */
};

/* Drawing computes for no more than this share of the time, since the training threads wait for that, in spite of nice. Before a
 * drawing is measured, it is expected to cost this many seconds. PAUSE: seconds between two drawings, at least. */
static const double SHARE = 0.01, EXPECTED = 0.02, PAUSE = 2.0;

/* A run that ends within this many seconds has no page before that of its end: it would be read by no one, and its process takes
 * a core from the training for 0.03 s. */
static const double SOON = 2.0;

/* ---- the figures -------------------------------------------------------------------------------------------- */

/* The time from which a figure has data. */
typedef enum figure_time { ALWAYS, AT_END } figure_time;

typedef clenet_status draw_function(const train_figures *figures, figure_format format, const char *path,
                                    clenet_error *error);

/* what: behind "Digits", or "Images" of other classes. */
static clenet_status draw_rows(const train_figures *figures, figure_format format, const char *path, const char *what,
                               const uint32_t *rows, size_t count, clenet_error *error) {
    uint32_t picked[DIGITS];
    char title[64];
    const train_subject *subject = &figures->subject;
    size_t drawn = figure_pick(picked, DIGITS, rows, count, subject->seed);
    if (drawn == 0) return CLENET_OK;
    const class_list classes = class_list_of_dataset(subject->dataset);
    (void)snprintf(title, sizeof title, "%s %s", class_list_word(&classes, "Digits", "Images"), what);
    return figure_digits(path, format, title, subject->dataset, picked, drawn, DIGITS_COLUMNS, error);
}

static clenet_status draw_digits(const train_figures *figures, figure_format format, const char *path,
                                 clenet_error *error) {
    return draw_rows(figures, format, path, "of the data", NULL, clenet_dataset_rows(figures->subject.dataset), error);
}

static clenet_status draw_training_digits(const train_figures *figures, figure_format format, const char *path,
                                          clenet_error *error) {
    return draw_rows(figures, format, path, "for training", figures->subject.training, figures->subject.training_count,
                     error);
}

static clenet_status draw_validation_digits(const train_figures *figures, figure_format format, const char *path,
                                            clenet_error *error) {
    return draw_rows(figures, format, path, "held out", figures->subject.validation, figures->subject.validation_count,
                     error);
}

static clenet_status draw_architecture(const train_figures *figures, figure_format format, const char *path,
                                       clenet_error *error) {
    return figure_architecture(path, format, clenet_model_network(figures->subject.model), error);
}

static clenet_status draw_accuracy(const train_figures *figures, figure_format format, const char *path,
                                   clenet_error *error) {
    const history *run = &figures->epochs;
    return figure_curves(path, format, FIGURE_ACCURACY, &run, 1, error);
}

static clenet_status draw_loss(const train_figures *figures, figure_format format, const char *path,
                               clenet_error *error) {
    const history *run = &figures->epochs;
    return figure_curves(path, format, FIGURE_LOSS, &run, 1, error);
}

static clenet_status draw_confusion(const train_figures *figures, figure_format format, const char *path,
                                    clenet_error *error) {
    const train_subject *subject = &figures->subject;
    if (subject->found == NULL) return CLENET_OK;
    return figure_confusion(path, format, subject->dataset, subject->found, error);
}

static clenet_status draw_mistakes(const train_figures *figures, figure_format format, const char *path,
                                   clenet_error *error) {
    const train_subject *subject = &figures->subject;
    if (subject->found == NULL) return CLENET_OK;
    return figure_mistakes(path, format, subject->dataset, subject->found, MISTAKES, error);
}

static clenet_status draw_filters(const train_figures *figures, figure_format format, const char *path,
                                  clenet_error *error) {
    return figure_filters(path, format, figures->subject.model, error);
}

static const struct figure_entry {
    const char *name;
    figure_time time;
    draw_function *draw;
} entries[] = {{"digits", AT_END, draw_digits},
               {"training-digits", AT_END, draw_training_digits},
               {"validation-digits", AT_END, draw_validation_digits},
               {"architecture", AT_END, draw_architecture},
               {"accuracy", ALWAYS, draw_accuracy},
               {"loss", ALWAYS, draw_loss},
               {"confusion", AT_END, draw_confusion},
               {"mistakes", AT_END, draw_mistakes},
               {"filters", AT_END, draw_filters}};
enum { ENTRIES = sizeof entries / sizeof entries[0] };

/* "FOLDER/NAME.svg"; NULL if out of memory. */
static char *path_of(const train_figures *figures, size_t entry, int format) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s.%s", entries[entry].name, figure_formats[format]);
    return results_path(figures->subject.folder, name);
}

static void for_each_path(const train_figures *figures, void (*act)(const char *path, const train_figures *figures)) {
    for (size_t i = 0; i < ENTRIES; i++) {
        for (int format = FIGURE_SVG; format < FIGURE_NONE; format++) {
            char *path = path_of(figures, i, format);
            if (path != NULL) act(path, figures);
            free(path);
        }
    }
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

static bool is_due(const train_figures *figures, size_t entry) {
    if (figures->off || figures->page_alone) return false;
    return entries[entry].time == ALWAYS || figures->final;
}

/* Draws the figures whose time has come. Reports the first failure, unless one was said; returns whether one is said now. If the
 * format cannot be drawn, it tries no more. */
static bool draw_all(FILE *to, const train_figures *figures, figure_format format, bool said) {
    for (size_t i = 0; i < ENTRIES; i++) {
        clenet_error error = {.message = "out of memory (drawing)"};
        clenet_status status = CLENET_ERROR_MEMORY;
        if (!is_due(figures, i)) continue;
        char *path = path_of(figures, i, (int)format);
        if (path != NULL) status = entries[i].draw(figures, format, path, &error);
        free(path);
        if (status == CLENET_OK) continue;
        if (!said) (void)fprintf(to, "%d %s", status == CLENET_ERROR_DEVICE, error.message);
        said = true;
        if (status == CLENET_ERROR_DEVICE) break;
    }
    return said;
}

/* The page has the figures as SVG, whatever their format. */
static void draw_due(FILE *to, const train_figures *figures) {
    bool said = draw_all(to, figures, FIGURE_SVG, false);
    if (figures->format != FIGURE_SVG && !figures->svg_alone) (void)draw_all(to, figures, figures->format, said);
}

enum { COST_MARK = '\n' /* before the cost, in what the child says */ };

/* Runs in the child. Reports the first failure, and the seconds that it has computed. */
static void draw(FILE *to, const void *context) {
    const train_figures *figures = context;
    double start = clock_cpu_seconds();
    output_own(figures->process);
    if (!figures->final) (void)setpriority(PRIO_PROCESS, 0, NICE);
    draw_due(to, figures);
    if (!figures->final && figures->write_page != NULL) figures->write_page(figures->user);
    (void)fprintf(to, "%c%.6f", COST_MARK, clock_cpu_seconds() - start);
}

/* Takes the cost of the drawing from what the child said; a child that crashed has cost the whole time. */
static void add_cost(train_figures *figures, child_result *result) {
    char *mark = strrchr(result->said, COST_MARK);
    double cost = mark != NULL ? strtod(mark + 1, NULL) : clock_seconds() - figures->started;
    if (mark != NULL) *mark = '\0';
    figures->spent += cost;
    if (!figures->page_alone) figures->cost = cost;
}

static void remove_part(const char *path, const train_figures *figures) {
    output_clean_up(path, figures->process);
}

/* Removes what a child that was killed may have left. */
static void remove_parts(const train_figures *figures) {
    char *page = results_path(figures->subject.folder, "report.html");
    for_each_path(figures, remove_part);
    if (page != NULL) output_clean_up(page, figures->process);
    free(page);
}

static void remove_old(const char *path, const train_figures *figures) {
    (void)figures;
    (void)unlink(path);
}

/* Keeps the first failure; prints it at once if the run continues. */
static void take_failure(train_figures *figures, const char *why) {
    if (figures->why[0] != '\0') return;
    (void)snprintf(figures->why, sizeof figures->why, "%.*s", TRAIN_FIGURES_WHY - 1, why);
    figures->said = figures->quiet && figures->svg_alone;
    if (figures->final || figures->said) return;
    say_line("warning: %s; the run is not affected", why);
    figures->said = true;
}

/* Waits for the current drawing, and keeps its result. */
static void finish(train_figures *figures) {
    child_result result;
    if (!figures->running) return;
    child_end(&figures->drawing, &result);
    figures->running = false;
    add_cost(figures, &result);
    figures->allowed = clock_seconds() + PAUSE;
    if (result.crashed) {
        char why[CHILD_HOW + 64];
        remove_parts(figures);
        (void)snprintf(why, sizeof why, "no figures: drawing failed: %s", result.how);
        take_failure(figures, why);
        figures->off = true;
    } else if (result.said[0] != '\0') {
        figures->svg_alone = result.said[0] == '1';
        take_failure(figures, result.said + 2);
    }
}

static void start(train_figures *figures) {
    figures->started = clock_seconds();
    figures->process = (long)getpid();
    figures->paged = figures->paged || figures->write_page != NULL;
    figures->running = child_begin(&figures->drawing, draw, figures);
    figures->spent += clock_seconds() - figures->started; /* of a fork */
    if (!figures->running) take_failure(figures, "no figures: cannot start the process that draws them");
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

train_figures train_figures_begin(const train_subject *subject, figure_format format, bool quiet) {
    return (train_figures){.subject = *subject,
                           .format = format,
                           .quiet = quiet,
                           .off = format == FIGURE_NONE,
                           .began = clock_seconds(),
                           .cost = EXPECTED};
}

/* A resumed run has earlier epochs, which are in the folder's history. */
static void recall(train_figures *figures) {
    clenet_error error;
    history_free(&figures->epochs);
    char *path = results_path(figures->subject.folder, "history.csv");
    if (path == NULL || history_read(&figures->epochs, path, &error) != CLENET_OK) history_free(&figures->epochs);
    free(path);
}

static void take_down(train_figures *figures, const clenet_epoch *epoch) {
    if (epoch->epoch == 1) for_each_path(figures, remove_old); /* they would look like results of this run */
    if (figures->epochs.count + 1 == (size_t)epoch->epoch)
        (void)history_add(&figures->epochs, epoch);
    else
        recall(figures);
    if (epoch->kept) figures->epochs.kept = epoch->epoch;
}

static bool is_allowed(const train_figures *figures, double now) {
    return now >= figures->allowed && figures->spent + figures->cost <= SHARE * (now - figures->began);
}

static bool ends_soon(const clenet_epoch *epoch) {
    return epoch->seconds * (epoch->epochs - epoch->epoch) < SOON;
}

void train_figures_epoch(train_figures *figures, const clenet_epoch *epoch) {
    take_down(figures, epoch);
    if (figures->running && child_is_done(&figures->drawing)) finish(figures);
    if (figures->running || figures->epochs.count == 0 || (figures->off && figures->write_page == NULL)) return;
    figures->page_alone = !figures->paged && figures->write_page != NULL; /* then it costs little */
    if (figures->page_alone && ends_soon(epoch)) return;
    if (figures->page_alone || is_allowed(figures, clock_seconds())) start(figures);
}

void train_figures_end(train_figures *figures, const clenet_training_result *result, const findings *found) {
    finish(figures);
    if (figures->epochs.count == 0) recall(figures);
    if (figures->off || figures->epochs.count == 0) return;
    figures->epochs.kept = result->kept;
    figures->epochs.stopped_early = result->stop == CLENET_STOP_EARLY;
    figures->subject.found = found;
    figures->final = true, figures->page_alone = false;
    start(figures);
    finish(figures);
}

static void remove_svg(const char *path, const train_figures *figures) {
    size_t length = strlen(path);
    (void)figures;
    if (strcmp(path + length - 4, ".svg") == 0) (void)unlink(path);
}

void train_figures_tidy(const train_figures *figures) {
    if (figures->format == FIGURE_PNG || figures->format == FIGURE_PDF) for_each_path(figures, remove_svg);
}

void train_figures_remove(const char *folder) {
    const train_figures of = {.subject = {.folder = folder}};
    for_each_path(&of, remove_old);
}

void train_figures_stop(train_figures *figures) {
    if (!figures->running) return;
    child_kill(&figures->drawing);
    remove_parts(figures);
    figures->running = false;
}

void train_figures_free(train_figures *figures) {
    train_figures_stop(figures);
    history_free(&figures->epochs);
}
