/* figure.c - see show.h. */
#include "cmd/show/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/child.h"
#include "cmd/base/class_list.h"
#include "cmd/base/options.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/figures/figures.h"

/* The work of the child process. */
typedef struct show_work {
    const char *path, *title;
    const clenet_dataset *dataset;
    const figure_tile *tiles; /* [count] */
    size_t count;
    int columns;
} show_work;

static void draw(FILE *to, const void *context) {
    const show_work *work = context;
    clenet_error error;
    if (figure_tiles(work->path, figure_format_of(work->path), work->title, work->dataset, work->tiles, work->count,
                     work->columns, &error) != CLENET_OK)
        (void)fputs(error.message, to);
}

static int draw_work(const show_work *work) {
    child_result result;
    if (!child_run(&result, draw, work)) return say_failed("cannot draw '%s': there is no process for it", work->path);
    if (result.crashed) return say_failed("cannot draw '%s': drawing failed: %s", work->path, result.how);
    if (result.said[0] != '\0') return say_failed("%s", result.said);
    say_line("%s: %zu image%s", work->path, work->count, work->count == 1 ? "" : "s");
    return EXIT_DONE;
}

static void fill_tiles(figure_tile *tiles, const clenet_dataset *dataset, const uint32_t *rows, size_t count) {
    const uint8_t *labels = clenet_dataset_labels(dataset);
    for (size_t i = 0; i < count; i++) {
        tiles[i].row = rows[i];
        if (labels != NULL)
            (void)text_cut(tiles[i].caption, clenet_dataset_class_name(dataset, labels[rows[i]]),
                           FIGURE_CAPTION_COLUMNS);
        (void)snprintf(tiles[i].note, sizeof tiles[i].note, "row %lu", (unsigned long)rows[i] + 1);
    }
}

int show_figure_check(const char *path) {
    if (figure_format_of(path) == FIGURE_NONE)
        return say_wrong_usage("show", "'%s' is to end in .svg, .png or .pdf: that says the format", path);
    int status = results_check_path(path);
    return status == EXIT_DONE ? OPTIONS_GO_ON : status;
}

int show_figure(const char *path, const clenet_dataset *dataset, const char *data, const uint32_t *rows, size_t count,
                int columns) {
    figure_tile *tiles = calloc(count, sizeof *tiles);
    if (tiles == NULL) return say_failed("cannot have memory for the figure '%s': free memory", path);
    fill_tiles(tiles, dataset, rows, count);
    const char *slash = strrchr(data, '/');
    const char *name = slash != NULL ? slash + 1 : strcmp(data, "-") == 0 ? "standard input" : data;
    const show_work work = {.path = path,
                            .title = name,
                            .dataset = dataset,
                            .tiles = tiles,
                            .count = count,
                            .columns = (size_t)columns < count ? columns : (int)count};
    int status = draw_work(&work);
    free(tiles);
    return status;
}
