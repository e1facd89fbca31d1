/* plot.c - clenet plot: draws the curves of one or several runs. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/child.h"
#include "cmd/base/commands.h"
#include "cmd/base/inputs.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/figures/figures.h"
#include "cmd/figures/label_places.h"
#include "cmd/runs/entry.h"

enum { RUNS_MOST = 8 }; /* the number of colours that are easy to tell apart */

typedef struct plot_arguments {
    const char *out;
    int measure; /* a figure_measure */
    int scale;   /* a curve_scale */
    double range[2];
} plot_arguments;

static const char *const measures[] = {"accuracy", "loss", "learning_rate", NULL}; /* figure_measure */
static const char *const scales[] = {"auto", "linear", "log", NULL};               /* curve_scale */

static const option_spec options[] = {
    OPTION_ROW(TEXT, plot_arguments, out, "out", "FILE",
               "file for the figure: .svg, .png or .pdf (default: accuracy.svg, loss.svg or learning_rate.svg)",
               .letter = 'o', .alias = "output"),
    OPTION_ROW(CHOICE, plot_arguments, measure, "show", "MEASURE", "accuracy, loss or learning_rate (default accuracy)",
               .choices = measures),
    OPTION_ROW(
        PAIR, plot_arguments, range, "range", "LOW,HIGH",
        "the values to show, as on the axis: 98,100 for accuracies from 98 % to 100 % (default: found from the values)",
        .range = {FROM(0), TO(1e9)}),
    OPTION_ROW(CHOICE, plot_arguments, scale, "scale", "SCALE",
               "linear, log, or auto: log if losses span more than a factor of 10 (default auto)", .choices = scales),
};

/* The work of the child process. */
typedef struct plot_work {
    const char *path;
    figure_format format;
    curve_view view;
    const history *runs[RUNS_MOST];
    size_t count;
} plot_work;

static void draw(FILE *to, const void *context) {
    const plot_work *work = context;
    clenet_error error;
    if (figure_curves_view(work->path, work->format, &work->view, work->runs, work->count, &error) != CLENET_OK)
        (void)fprintf(to, "%s", error.message);
}

static int draw_plot(const plot_work *work) {
    child_result result;
    if (!child_run(&result, draw, work))
        return say_failed("cannot draw '%s': cannot start the process that draws it", work->path);
    if (result.crashed) return say_failed("cannot draw '%s': drawing failed: %s", work->path, result.how);
    if (result.said[0] != '\0') return say_failed("%s", result.said);
    char runs[TEXT_SIZE];
    say_line("%s: %s", work->path, text_counted(runs, work->count, "run"));
    return EXIT_DONE;
}

/* Takes the kept epoch, and an early stop, from the run.json next to a history.csv. Without it, only the best epoch is known. */
static void read_result(history *run, const char *file) {
    static const char usual[] = "history.csv";
    run_entry entry = {.name = NULL};
    size_t length = strlen(file), end = sizeof usual - 1;
    bool named =
        length >= end && strcmp(file + length - end, usual) == 0 && (length == end || file[length - end - 1] == '/');
    char *folder = named && length > end ? strndup(file, length - end) : strdup(".");
    run->best_only = true;
    if (named && folder != NULL && run_entry_read(&entry, folder, folder)) {
        const char *stopped = run_entry_text(&entry, "result", "stopped");
        double kept = run_entry_number(&entry, "result", "kept");
        if (kept >= 1.0 && kept <= (double)run->count) {
            run->kept = (int)kept;
            run->best_only = false;
        }
        run->stopped_early = stopped != NULL && strcmp(stopped, "early") == 0;
    }
    run_entry_free(&entry);
    free(folder);
}

/* Reads a history, or that in the folder of a run. */
static int read_run(history *run, const char *path) {
    clenet_error error;
    char *file = inputs_of_run(path, "history.csv");
    *run = (history){.name = NULL};
    if (file == NULL) return say_failed("out of memory (the name of the history '%s')", path);
    int status = history_read(run, file, &error) == CLENET_OK ? EXIT_DONE : say_error(&error);
    if (status == EXIT_DONE) read_result(run, file);
    free(file);
    return status;
}

/* Names the runs by what differs between their paths. */
static int name_runs(history *runs, const char *const *paths, size_t count) {
    label_part names[RUNS_MOST];
    label_names(names, paths, count);
    for (size_t i = 0; i < count; i++) {
        runs[i].name = strndup(names[i].start, names[i].length);
        if (runs[i].name == NULL) return say_failed("out of memory (the name of '%s')", paths[i]);
    }
    return EXIT_DONE;
}

static int check_rates(const history *run, const char *path) {
    for (size_t i = 0; i < run->count; i++) {
        if (!isnan(run->rates[i])) return EXIT_DONE;
    }
    return say_failed(
        "'%s' has no learning rates: this history.csv is from an older clenet. Train again, or --show accuracy", path);
}

/* The range of the options in the unit of the values. The axis of accuracies is in percent; but a range up to 1 % has no use, so
 * two numbers up to 1 are shares. */
static int take_range(curve_view *view, const plot_arguments *arguments) {
    double low = arguments->range[0], high = arguments->range[1];
    if (low == 0.0 && high == 0.0) return EXIT_DONE;
    bool percent = view->measure == FIGURE_ACCURACY && high > 1.0;
    if (low >= high)
        return say_wrong_usage("plot", "--range %g,%g is empty: the first number must be lower", low, high);
    if (percent && high > 100.0) return say_wrong_usage("plot", "--range %g,%g: accuracies end at 100 %%", low, high);
    if (view->scale == CURVE_SCALE_LOG && low == 0.0)
        return say_wrong_usage("plot", "--range 0,%g has no log scale: begin above 0, or use --scale linear", high);
    view->low = percent ? low / 100.0 : low;
    view->high = percent ? high / 100.0 : high;
    return EXIT_DONE;
}

static int run_plot(int argc, char **argv) {
    plot_arguments arguments = {.out = NULL};
    const char *operands[RUNS_MOST + OPERANDS_MOST] = {NULL};
    int status = options_read(&plot_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    history runs[RUNS_MOST];
    static const char *const outs[] = {"accuracy.svg", "loss.svg", "learning_rate.svg"}; /* figure_measure */
    plot_work work = {.view = {.measure = (figure_measure)arguments.measure, .scale = (curve_scale)arguments.scale}};
    work.path = arguments.out != NULL ? arguments.out : outs[arguments.measure];
    work.format = figure_format_of(work.path);
    if (work.format == FIGURE_NONE)
        return say_wrong_usage("plot", "unsupported format '%s': use .svg, .png or .pdf", work.path);
    status = take_range(&work.view, &arguments);
    if (status == EXIT_DONE) status = results_check_path(work.path);
    for (; status == EXIT_DONE && work.count < RUNS_MOST && operands[work.count] != NULL; work.count++) {
        work.runs[work.count] = &runs[work.count];
        status = read_run(&runs[work.count], operands[work.count]);
        if (status == EXIT_DONE && work.view.measure == FIGURE_LEARNING_RATE)
            status = check_rates(&runs[work.count], operands[work.count]);
    }
    if (status == EXIT_DONE) status = name_runs(runs, operands, work.count);
    if (status == EXIT_DONE) status = draw_plot(&work);
    for (size_t i = 0; i < work.count; i++) history_free(&runs[i]);
    return status;
}

const command_spec plot_command = {
    .name = "plot",
    .synopsis = "RUN... [--out FILE]",
    .purpose = "draw the training curves of a run, or compare several runs",
    .about = "  RUN  the folder of a run, or its history.csv; up to 8\n\n"
             "Draws accuracy, loss or learning rate by epoch. For one run, the epoch with the\n"
             "best validation accuracy is marked. Several runs differ by colour, dashes and\n"
             "marker, and each has its name at the end of its line.\n\n"
             "If the first epochs are far from all others, they are cut off, so that the rest\n"
             "fills the plot. Arrows and a note say what is not shown; --range shows it.\n",
    .notes = "examples:\n"
             "  clenet plot runs/latest\n"
             "  clenet plot runs/1 runs/2 --show loss --out compare.svg\n"
             "  clenet plot runs/1 --range 0,100\n",
    .operands = {"RUN", "RUN"},
    .operands_least = 1,
    .operands_most = RUNS_MOST,
    OPTION_TABLE(options),
    .run = run_plot,
};
