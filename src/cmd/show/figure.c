/* figure.c - see show.h. */
#include "cmd/show/show.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/child.h"
#include "cmd/base/options.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/figures/figures.h"

/* The work of the child process. */
typedef struct show_work {
    const char *path, *title;
    const clenet_dataset *dataset;
    const uint32_t *rows; /* [count] */
    size_t count;
    int columns;
} show_work;

static void draw(FILE *to, const void *context) {
    const show_work *work = context;
    clenet_error error;
    if (figure_digits(work->path, figure_format_of(work->path), work->title, work->dataset, work->rows, work->count,
                      work->columns, &error) != CLENET_OK)
        (void)fputs(error.message, to);
}

static int draw_work(const show_work *work) {
    child_result result;
    if (!child_run(&result, draw, work))
        return say_failed("cannot draw '%s': cannot start the process that draws it", work->path);
    if (result.crashed) return say_failed("cannot draw '%s': drawing failed: %s", work->path, result.how);
    if (result.said[0] != '\0') return say_failed("%s", result.said);
    char images[TEXT_SIZE];
    say_line("%s: %s", work->path, text_counted(images, work->count, "image"));
    return EXIT_DONE;
}

int show_figure_check(const char *path) {
    figure_format format = figure_format_of(path);
    clenet_error error;
    if (format == FIGURE_NONE) return say_wrong_usage("show", "unsupported format '%s': use .svg, .png or .pdf", path);
    if (canvas_check(format, &error) != CLENET_OK) return say_failed("%s", error.message);
    int status = results_check_path(path);
    return status == EXIT_DONE ? OPTIONS_GO_ON : status;
}

int show_figure(const char *path, const clenet_dataset *dataset, const char *data, const uint32_t *rows, size_t count,
                int columns) {
    const char *slash = strrchr(data, '/');
    const show_work work = {.path = path,
                            .title = slash != NULL            ? slash + 1
                                     : strcmp(data, "-") == 0 ? "standard input"
                                                              : data,
                            .dataset = dataset,
                            .rows = rows,
                            .count = count,
                            .columns = (size_t)columns < count ? columns : (int)count};
    return draw_work(&work);
}
