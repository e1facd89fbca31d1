/* models_figures.c - see models_figures.h. */
#include "cmd/train/models_figures.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/results.h"
#include "cmd/train/options.h"
#include "lib/base/output.h"

enum { MEASURES = 2 };

static const char *const names[MEASURES] = {"accuracy", "loss"}; /* by figure_measure */

typedef struct models_drawing {
    history runs[MODELS_MOST];
    const history *lent[MODELS_MOST];
    size_t count;
    char *paths[MEASURES]; /* NULL if out of memory */
    figure_format format;
    long process; /* the process that waits for the drawing */
} models_drawing;

/* Runs in a child process. Reports the first failure. */
static void draw(FILE *to, const void *context) {
    const models_drawing *work = context;
    clenet_error error = {.message = "memory is short"};
    output_own(work->process);
    for (int i = 0; i < MEASURES; i++) {
        clenet_status status = CLENET_ERROR_MEMORY;
        if (work->paths[i] != NULL)
            status = figure_curves(work->paths[i], work->format, (figure_measure)i, work->lent, work->count, &error);
        if (status == CLENET_OK) continue;
        (void)fprintf(to, "%d %s", status == CLENET_ERROR_DEVICE, error.message);
        return;
    }
}

/* Reads the history of one network; its name is that of the network. */
static clenet_status read_history(history *run, const char *folder, const char *name, clenet_error *error) {
    char file[TRAIN_MEMBER_NAME + sizeof "/history.csv"];
    (void)snprintf(file, sizeof file, "%s/history.csv", name);
    char *path = results_path(folder, file);
    clenet_status status = path != NULL ? history_read(run, path, error) : CLENET_ERROR_MEMORY;
    free(path);
    if (status == CLENET_OK) run->name = strdup(name);
    return status;
}

static clenet_status read_histories(models_drawing *work, const char *folder, const page_network *networks,
                                    size_t count, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (work->count = 0; work->count < count && status == CLENET_OK; work->count++) {
        work->lent[work->count] = &work->runs[work->count];
        status = read_history(&work->runs[work->count], folder, networks[work->count].name, error);
    }
    return status;
}

static bool run_drawing(char why[TRAIN_FIGURES_WHY], const models_drawing *work) {
    child_result result;
    if (!child_run(&result, draw, work)) {
        (void)snprintf(why, TRAIN_FIGURES_WHY, "no figures: there is no process to draw them");
        return true;
    }
    if (!result.crashed && result.said[0] == '\0') return true;
    if (!result.crashed) {
        (void)snprintf(why, TRAIN_FIGURES_WHY, "%.*s", TRAIN_FIGURES_WHY - 1, result.said + 2);
        return result.said[0] != '1';
    }
    (void)snprintf(why, TRAIN_FIGURES_WHY, "no figures: drawing failed: %s", result.how);
    for (int i = 0; i < MEASURES; i++)
        if (work->paths[i] != NULL) output_clean_up(work->paths[i], work->process);
    return true;
}

bool train_models_figures_draw(char why[TRAIN_FIGURES_WHY], const char *folder, figure_format format,
                               const page_network *networks, size_t count) {
    models_drawing work = {.format = format, .process = (long)getpid()};
    clenet_error error = {.message = "cannot have memory for the figures: free memory"};
    why[0] = '\0';
    if (format == FIGURE_NONE) return true;
    for (int i = 0; i < MEASURES; i++) {
        char file[32];
        (void)snprintf(file, sizeof file, "%s.%s", names[i], figure_formats[format]);
        work.paths[i] = results_path(folder, file);
    }
    bool can = true;
    if (read_histories(&work, folder, networks, count, &error) == CLENET_OK)
        can = run_drawing(why, &work);
    else
        (void)snprintf(why, TRAIN_FIGURES_WHY, "no figures: %.*s", TRAIN_FIGURES_WHY - 16, error.message);
    for (size_t i = 0; i < MODELS_MOST; i++) history_free(&work.runs[i]);
    for (int i = 0; i < MEASURES; i++) free(work.paths[i]);
    return can;
}
