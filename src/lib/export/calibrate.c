/* calibrate.c - see calibrate.h. */
#include "lib/export/calibrate.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>

#include "lib/base/cores.h"
#include "lib/base/memory.h"
#include "lib/export/int8_run.h"
#include "lib/data/labels.h"

enum {
    HELD_OUT_LEAST = 1000, /* with fewer rows that were not trained on, all rows are compared */
    ROWS_PER_THREAD = 64,  /* at least: a thread takes longer to start than a row */
    THREADS_AT_MOST = 64
};

/* What all threads read, and the classes that they write, each for its rows. */
typedef struct comparison {
    const stage_list *list;
    const int8_network *network; /* NULL: only ranges are wanted */
    const stage_weights *weights, *integers;
    const clenet_dataset *dataset;
    const uint32_t *rows;    /* [count] */
    uint8_t *before, *after; /* [count]: classes */
    size_t count;
    int threads;
} comparison;

typedef struct worker {
    const comparison *of;
    int number; /* it takes each row whose index is number modulo the threads */
    stage_arrays arrays;
    double *ranges; /* [2 * points] */
    pthread_t handle;
    bool started;
} worker;

/* ---- threads -------------------------------------------------------------------------------------------- */

static void work(worker *w) {
    const comparison *of = w->of;
    double logits[CLASSES_AT_MOST];
    int8_t bytes[CLASSES_AT_MOST];
    size_t pixels = shape_size(of->list->model->network->input);
    int classes = network_classes(of->list->model->network);
    for (size_t k = (size_t)w->number; k < of->count; k += (size_t)of->threads) {
        const uint8_t *image = of->dataset->images + (size_t)of->rows[k] * pixels;
        stage_run(logits, of->list, of->weights, &w->arrays, image, w->ranges);
        if (of->network == NULL) continue;
        of->before[k] = (uint8_t)stage_largest(logits, classes);
        int8_run(bytes, of->network, of->integers, &w->arrays, image);
        for (int c = 0; c < classes; c++) logits[c] = bytes[c];
        of->after[k] = (uint8_t)stage_largest(logits, classes);
    }
}

static void *thread_main(void *argument) {
    work(argument);
    return NULL;
}

/* Signals are blocked in these threads: the host's own threads handle them. A thread that does not start is run here. */
static void run_workers(worker *workers, int threads) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int t = 1; t < threads; t++)
        workers[t].started = pthread_create(&workers[t].handle, NULL, thread_main, &workers[t]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (int t = 0; t < threads; t++)
        if (!workers[t].started) work(&workers[t]);
    for (int t = 1; t < threads; t++)
        if (workers[t].started) (void)pthread_join(workers[t].handle, NULL);
}

static clenet_status new_worker(worker *w, const comparison *of, int number, bool observes, clenet_error *error) {
    size_t points = stage_points(of->list);
    w->of = of;
    w->number = number;
    clenet_status status = stage_arrays_new(&w->arrays, of->list, error);
    if (status != CLENET_OK || !observes) return status;
    w->ranges = memory_new(2 * points, sizeof *w->ranges);
    if (w->ranges == NULL) return error_memory(error, 2 * points * sizeof *w->ranges, "the ranges of a network");
    for (size_t p = 0; p < points; p++) {
        w->ranges[2 * p] = INFINITY;
        w->ranges[2 * p + 1] = -INFINITY;
    }
    return CLENET_OK;
}

/* Runs the rows. ranges: NULL, or filled. */
static clenet_status compare(comparison *of, double *ranges, clenet_error *error) {
    size_t wanted = of->count / ROWS_PER_THREAD + 1, points = stage_points(of->list);
    int cores = cores_for_reading();
    of->threads = cores < THREADS_AT_MOST ? cores : THREADS_AT_MOST;
    if ((size_t)of->threads > wanted) of->threads = (int)wanted;
    worker *workers = memory_new((size_t)of->threads, sizeof *workers);
    if (workers == NULL) return error_memory(error, (size_t)of->threads * sizeof *workers, "the threads of an export");
    clenet_status status = CLENET_OK;
    for (int t = 0; t < of->threads && status == CLENET_OK; t++)
        status = new_worker(&workers[t], of, t, ranges != NULL, error);
    if (status == CLENET_OK) run_workers(workers, of->threads);
    for (size_t p = 0; p < points && ranges != NULL && status == CLENET_OK; p++) {
        ranges[2 * p] = INFINITY;
        ranges[2 * p + 1] = -INFINITY;
        for (int t = 0; t < of->threads; t++) {
            ranges[2 * p] = fmin(ranges[2 * p], workers[t].ranges[2 * p]);
            ranges[2 * p + 1] = fmax(ranges[2 * p + 1], workers[t].ranges[2 * p + 1]);
        }
    }
    for (int t = 0; t < of->threads; t++) {
        stage_arrays_free(&workers[t].arrays);
        memory_free(workers[t].ranges);
    }
    memory_free(workers);
    return status;
}

/* ---- rows ----------------------------------------------------------------------------------------------- */

/* The rows to choose from. */
typedef struct row_choice {
    uint8_t *trained; /* [rows of the data]: 1 if a row is left out; NULL: none is */
    size_t count;     /* rows that are not left out */
    bool held_out;
} row_choice;

/* Leaves out the rows that the model was trained on, if it knows them and enough others are there. */
static clenet_status choose_rows(row_choice *choice, const clenet_model *model, const clenet_dataset *dataset,
                                 clenet_error *error) {
    size_t trained = 0;
    *choice = (row_choice){.count = dataset->rows};
    if (!clenet_model_knows_rows(model)) return CLENET_OK;
    choice->trained = memory_new(dataset->rows, 1);
    if (choice->trained == NULL) return error_memory(error, dataset->rows, "the rows of the calibration data");
    clenet_status status = clenet_model_trained_rows(model, dataset, choice->trained, &trained, error);
    choice->held_out = status == CLENET_OK && (trained == 0 || dataset->rows - trained >= HELD_OUT_LEAST);
    if (choice->held_out) {
        choice->count = dataset->rows - trained;
        return CLENET_OK;
    }
    memory_free(choice->trained);
    choice->trained = NULL;
    return status;
}

/* Up to `most` rows at equal distances. memory_free() them; NULL: out of memory. */
static uint32_t *spread_rows(size_t *count, const row_choice *choice, const clenet_dataset *dataset, size_t most) {
    *count = choice->count < most ? choice->count : most;
    uint32_t *rows = memory_new(*count + 1, sizeof *rows);
    size_t at = 0, taken = 0;
    for (size_t row = 0; row < dataset->rows && rows != NULL; row++) {
        if (choice->trained != NULL && choice->trained[row] != 0) continue;
        if (taken < *count && at++ == taken * choice->count / *count) rows[taken++] = (uint32_t)row;
    }
    return rows;
}

/* ---- figures -------------------------------------------------------------------------------------------- */

static clenet_status count_changes(calibration *found, const comparison *of, clenet_error *error) {
    const uint8_t *labels = of->dataset->labels;
    size_t right_before = 0, right_after = 0, at = 0;
    for (size_t k = 0; k < of->count; k++) {
        right_before += of->before[k] == labels[of->rows[k]];
        right_after += of->after[k] == labels[of->rows[k]];
        found->check.changed += of->before[k] != of->after[k];
    }
    found->check.rows = of->count;
    found->check.before = (double)right_before / (double)of->count;
    found->check.after = (double)right_after / (double)of->count;
    found->changes = memory_new(found->check.changed + 1, sizeof *found->changes);
    if (found->changes == NULL)
        return error_memory(error, found->check.changed * sizeof *found->changes, "the changed rows");
    for (size_t k = 0; k < of->count; k++)
        if (of->before[k] != of->after[k])
            found->changes[at++] = (clenet_export_change){
                .row = of->rows[k], .label = labels[of->rows[k]], .before = of->before[k], .after = of->after[k]};
    return CLENET_OK;
}

/* Compares both networks on rows that are new to them, if there are enough. */
static clenet_status check_network(calibration *found, comparison *of, const int8_network *network,
                                   clenet_error *error) {
    row_choice choice;
    stage_weights integers = {.kernels = NULL};
    clenet_status status = choose_rows(&choice, of->list->model, of->dataset, error);
    if (status != CLENET_OK) return status;
    uint32_t *rows = spread_rows(&of->count, &choice, of->dataset, CLENET_EXPORT_CHECK_ROWS);
    uint8_t *classes = memory_new(2 * of->count, 1);
    if (rows == NULL || classes == NULL)
        status = error_memory(error, of->count * (sizeof *rows + 2), "the rows of the calibration data");
    if (status == CLENET_OK) status = int8_weights_take(&integers, network, error);
    if (status == CLENET_OK) {
        of->rows = rows;
        of->before = classes;
        of->after = classes + of->count;
        of->network = network;
        of->integers = &integers;
        status = compare(of, NULL, error);
    }
    found->check.held_out = choice.held_out;
    if (status == CLENET_OK) status = count_changes(found, of, error);
    of->integers = NULL;
    stage_weights_free(&integers, of->list);
    memory_free(classes);
    memory_free(rows);
    memory_free(choice.trained);
    return status;
}

/* The network of the ranges of some rows. */
static clenet_status make_network(int8_network *network, calibration *found, comparison *of, clenet_error *error) {
    row_choice all = {.count = of->dataset->rows};
    size_t points = stage_points(of->list);
    double *ranges = memory_new(2 * points, sizeof *ranges);
    uint32_t *rows = spread_rows(&of->count, &all, of->dataset, CLENET_EXPORT_RANGE_ROWS);
    clenet_status status = CLENET_OK;
    if (ranges == NULL || rows == NULL)
        status = error_memory(error, 2 * points * sizeof *ranges + of->count * sizeof *rows, "the ranges of a network");
    of->rows = rows;
    found->check.range_rows = of->count;
    if (status == CLENET_OK) status = compare(of, ranges, error);
    if (status == CLENET_OK) status = int8_network_new(network, of->list, ranges, error);
    memory_free(ranges);
    memory_free(rows);
    return status;
}

clenet_status calibrate(int8_network *network, calibration *found, const stage_list *list,
                        const clenet_dataset *dataset, clenet_error *error) {
    stage_weights weights = {.kernels = NULL};
    *found = (calibration){.changes = NULL};
    clenet_status status =
        network_check_images(list->model->network, dataset->height, dataset->width, dataset->channels, error);
    if (status == CLENET_OK && dataset->labels == NULL)
        status = error_set(error, CLENET_ERROR_ARGUMENT, "the calibration data have no labels; give labelled images");
    if (status == CLENET_OK) status = stage_weights_take(&weights, list, error);
    if (status != CLENET_OK) return status;
    comparison of = {.list = list, .weights = &weights, .dataset = dataset};
    status = make_network(network, found, &of, error);
    if (status == CLENET_OK) {
        status = check_network(found, &of, network, error);
        if (status != CLENET_OK) {
            memory_free(found->changes);
            found->changes = NULL;
            int8_network_free(network);
        }
    }
    stage_weights_free(&weights, list);
    return status;
}
