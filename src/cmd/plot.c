/* plot.c - clenet plot: draws the curves of one or several runs. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/child.h"
#include "cmd/base/commands.h"
#include "cmd/base/inputs.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/figures/figures.h"

enum { RUNS_MOST = 8 }; /* the number of colours that are easy to tell apart */

typedef struct plot_arguments {
    const char *out;
    int measure; /* a figure_measure */
} plot_arguments;

static const char *const measures[] = {"accuracy", "loss", NULL}; /* figure_measure */

static const option_spec options[] = {
    OPTION_ROW(TEXT, plot_arguments, out, "out", "FILE",
               "file for the figure: .svg, .png or .pdf (default accuracy.svg or loss.svg)", .letter = 'o',
               .alias = "output"),
    OPTION_ROW(CHOICE, plot_arguments, measure, "show", "FIGURE", "accuracy or loss (default accuracy)",
               .choices = measures),
};

/* The work of the child process. */
typedef struct plot_work {
    const char *path;
    figure_format format;
    figure_measure measure;
    const history *runs[RUNS_MOST];
    size_t count;
} plot_work;

static void draw(FILE *to, const void *context) {
    const plot_work *work = context;
    clenet_error error;
    if (figure_curves(work->path, work->format, work->measure, work->runs, work->count, &error) != CLENET_OK)
        (void)fprintf(to, "%s", error.message);
}

static int draw_plot(const plot_work *work) {
    child_result result;
    if (!child_run(&result, draw, work)) return say_failed("cannot draw '%s': there is no process for it", work->path);
    if (result.crashed) return say_failed("cannot draw '%s': drawing failed: %s", work->path, result.how);
    if (result.said[0] != '\0') return say_failed("%s", result.said);
    say_line("%s: %zu run%s", work->path, work->count, work->count == 1 ? "" : "s");
    return EXIT_DONE;
}

/* The name of a run is its path without the common file name: "a/history.csv" is "a". */
static char *name_of(const char *path) {
    static const char usual[] = "/history.csv";
    size_t length = strlen(path), end = strlen(usual);
    char *name = strdup(path);
    if (name != NULL && length > end && strcmp(path + length - end, usual) == 0) name[length - end] = '\0';
    return name;
}

/* Reads a history, or that in the folder of a run. */
static int read_run(history *run, const char *path) {
    clenet_error error;
    char *file = inputs_of_run(path, "history.csv");
    *run = (history){.name = NULL};
    if (file == NULL) return say_failed("out of memory (the name of the history '%s')", path);
    int status = history_read(run, file, &error) == CLENET_OK ? EXIT_DONE : say_error(&error);
    if (status == EXIT_DONE) run->name = name_of(file);
    free(file);
    return status;
}

static int run_plot(int argc, char **argv) {
    plot_arguments arguments = {.out = NULL};
    const char *operands[RUNS_MOST + OPERANDS_MOST] = {NULL};
    int status = options_read(&plot_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    history runs[RUNS_MOST];
    plot_work work = {.measure = (figure_measure)arguments.measure};
    work.path = arguments.out != NULL ? arguments.out : arguments.measure == FIGURE_LOSS ? "loss.svg" : "accuracy.svg";
    work.format = figure_format_of(work.path);
    if (work.format == FIGURE_NONE)
        return say_wrong_usage("plot", "'%s' is to end in .svg, .png or .pdf: that says the format", work.path);
    status = results_check_path(work.path);
    for (; status == EXIT_DONE && work.count < RUNS_MOST && operands[work.count] != NULL; work.count++) {
        work.runs[work.count] = &runs[work.count];
        status = read_run(&runs[work.count], operands[work.count]);
    }
    if (status == EXIT_DONE) status = draw_plot(&work);
    for (size_t i = 0; i < work.count; i++) history_free(&runs[i]);
    return status;
}

const command_spec plot_command = {
    .name = "plot",
    .synopsis = "HISTORY... [--out FILE]",
    .purpose = "draw the training curves of a run, or compare several runs",
    .about = "  HISTORY  a history.csv that clenet train wrote, or the folder of a run; up to\n"
             "           eight of them\n\n"
             "Draws training and validation accuracy (or loss) over the epochs. For one run,\n"
             "the epoch with the best validation accuracy is marked.\n",
    .notes = "examples:\n"
             "  clenet plot runs/latest\n"
             "  clenet plot runs/1 runs/2 --show loss --out compare.svg\n",
    .operands = {"HISTORY", "HISTORY"},
    .operands_least = 1,
    .operands_most = RUNS_MOST,
    OPTION_TABLE(options),
    .run = run_plot,
};
