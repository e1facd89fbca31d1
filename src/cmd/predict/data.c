/* data.c - see data.h. */
#include "cmd/predict/data.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/inputs.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/base/tta.h"
#include "cmd/predict/ranking.h"
#include "lib/base/csv_cell.h"
#include "lib/base/output.h"

enum {
    CELL_SIZE = 2 * CLASS_NAME_SIZE + 2, /* bytes of a name in quotes, each letter doubled, with an end */
    JSON_DIGITS = 9                      /* significant digits: all of a float */
};

/* ---- a CSV that is written line by line ---- */

typedef struct csv_file {
    const char *path;  /* NULL: nothing is written */
    output_file *file; /* NULL: standard output */
    clenet_status status;
    clenet_error error;
} csv_file;

static bool is_standard_output(const char *path) {
    return path != NULL && strcmp(path, "-") == 0;
}

static csv_file csv_open(const char *path) {
    csv_file csv = {.path = path};
    if (path != NULL && !is_standard_output(path)) csv.status = output_open(&csv.file, path, &csv.error);
    return csv;
}

static void csv_text(csv_file *csv, const char *text, size_t length) {
    if (csv->path == NULL || csv->status != CLENET_OK) return;
    if (csv->file != NULL) {
        csv->status = output_write(csv->file, text, length, &csv->error);
    } else if (fwrite(text, 1, length, stdout) != length) {
        csv->status = csv->error.status = CLENET_ERROR_IO;
        (void)snprintf(csv->error.message, sizeof csv->error.message, "cannot write to standard output: %s",
                       strerror(errno));
    }
}

static void csv_print(csv_file *csv, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* At most a cell of a name and two numbers. */
static void csv_print(csv_file *csv, const char *format, ...) {
    char text[CELL_SIZE + 64];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    csv_text(csv, text, (size_t)length);
}

/* Returns false, with the error in the file, if it could not be written; then an earlier file stays. */
static bool csv_close(csv_file *csv, bool whole) {
    if (csv->file == NULL) return csv->status == CLENET_OK;
    if (whole && csv->status == CLENET_OK)
        csv->status = output_commit(csv->file, &csv->error);
    else
        output_abandon(csv->file);
    return csv->status == CLENET_OK;
}

/* ---- rows ---- */

typedef struct row_writer {
    const clenet_model *model;
    class_list classes;
    int count, top; /* of the classes; of the listed ones, 1 or more */
    bool listed;    /* --top was given */
    bool json;
    int *order; /* [top]: classes by falling probability */
    csv_file submission, probabilities;
    int status;
} row_writer;

static const char *cell_of(char cell[CELL_SIZE], const row_writer *to, int class) {
    const char *name = clenet_model_class_name(to->model, class);
    (void)csv_cell(cell, strlen(name) < CLASS_NAME_SIZE ? name : "");
    return cell;
}

static void write_heads(row_writer *to) {
    char cell[CELL_SIZE], name[CLASS_NAME_SIZE + 1];
    csv_print(&to->submission, "ImageId,Label%s", to->listed ? ",Probability" : "");
    for (int i = 1; i < to->top; i++) csv_print(&to->submission, ",Label%d,Probability%d", i + 1, i + 1);
    csv_print(&to->submission, "\n");
    csv_print(&to->probabilities, "ImageId,Label");
    for (int i = 0; i < to->count; i++) {
        (void)snprintf(name, sizeof name, "p%s", clenet_model_class_name(to->model, i));
        (void)csv_cell(cell, name);
        csv_print(&to->probabilities, ",%s", cell);
    }
    csv_print(&to->probabilities, "\n");
}

static void print_json(row_writer *to, size_t row, const float *probabilities) {
    json_t *object = json_pack("{s:I, s:o, s:f}", "id", (json_int_t)row + 1, "label",
                               ranking_label(to->model, to->classes.numbers, to->order[0]), "probability",
                               (double)probabilities[to->order[0]]);
    bool whole = true;
    if (to->listed)
        whole =
            json_object_set_new(object, "top",
                                ranking_json(to->model, to->classes.numbers, to->order, to->top, probabilities)) == 0;
    to->status = say_json(object, whole, JSON_REAL_PRECISION(JSON_DIGITS), "prediction");
}

static void write_submission(row_writer *to, size_t row, const float *probabilities) {
    char cell[CELL_SIZE];
    csv_print(&to->submission, "%zu", row + 1);
    for (int k = 0; k < to->top; k++) {
        csv_print(&to->submission, ",%s", cell_of(cell, to, to->order[k]));
        if (to->listed) csv_print(&to->submission, ",%.9g", (double)probabilities[to->order[k]]);
    }
    csv_print(&to->submission, "\n");
}

static void write_probabilities(row_writer *to, size_t row, const float *probabilities) {
    char cell[CELL_SIZE];
    csv_print(&to->probabilities, "%zu,%s", row + 1, cell_of(cell, to, to->order[0]));
    for (int i = 0; i < to->count; i++) csv_print(&to->probabilities, ",%.9g", (double)probabilities[i]);
    csv_print(&to->probabilities, "\n");
}

/* Ends the call after a failure. */
static int on_row(size_t row, int predicted, const float *probabilities, void *user) {
    row_writer *to = user;
    to->order[0] = predicted;
    if (to->top > 1) ranking_fill(to->order, to->top, probabilities, to->count);
    if (to->submission.path != NULL) write_submission(to, row, probabilities);
    if (to->probabilities.path != NULL) write_probabilities(to, row, probabilities);
    if (to->json) print_json(to, row, probabilities);
    return to->submission.status != CLENET_OK || to->probabilities.status != CLENET_OK || to->status != EXIT_DONE ||
           ferror(stdout);
}

/* ---- all ---- */

bool predict_data_prints(const data_answers *answers) {
    return answers->json || is_standard_output(answers->out) || is_standard_output(answers->probabilities);
}

int predict_data_check(const data_answers *answers) {
    int prints = answers->json + is_standard_output(answers->out) + is_standard_output(answers->probabilities);
    if (prints > 1)
        return say_wrong_usage("predict",
                               "only one of --json, --out - and --probabilities - can be on standard output");
    if (prints == 0 && answers->out != NULL && answers->probabilities != NULL &&
        strcmp(answers->out, answers->probabilities) == 0)
        return say_wrong_usage("predict", "--out and --probabilities name one file, '%s': give two", answers->out);
    int status = EXIT_DONE;
    if (answers->out != NULL && !is_standard_output(answers->out)) status = results_check_path(answers->out);
    if (status == EXIT_DONE && answers->probabilities != NULL && !is_standard_output(answers->probabilities))
        status = results_check_path(answers->probabilities);
    return status;
}

/* Closes the larger file first, so that a full disk costs both. Says the first failure; a reader of standard output that has ended needs no message. */
static int close_files(row_writer *to, clenet_status status, const clenet_error *error) {
    bool whole = status == CLENET_OK && to->status == EXIT_DONE && !ferror(stdout);
    whole = whole && to->submission.status == CLENET_OK && to->probabilities.status == CLENET_OK;
    bool listed = csv_close(&to->probabilities, whole), submitted = csv_close(&to->submission, whole && listed);
    if (status != CLENET_OK) return say_error(error);
    if (!submitted || !listed) {
        const csv_file *failed = listed ? &to->submission : &to->probabilities;
        if (is_standard_output(failed->path) && say_reader_gone()) return EXIT_FAILED;
        return say_error(&failed->error);
    }
    return to->status; /* a failure of standard output is found by say_finish() */
}

static clenet_status predict_rows(row_writer *to, const clenet_device *device, const clenet_dataset *dataset,
                                  int copies, clenet_error *error) {
    clenet_predictor *predictor = NULL;
    clenet_status status = tta_predictor_new(&predictor, to->model, device, copies, error);
    if (status == CLENET_OK) {
        write_heads(to);
        status = clenet_predictor_each(predictor, dataset, on_row, to, error);
        say_device_lost(clenet_predictor_device_lost(predictor));
    }
    clenet_predictor_free(predictor);
    return status;
}

int predict_data_rows(const clenet_model *model, const clenet_device *device, const clenet_dataset *dataset,
                      const data_answers *answers, int copies) {
    clenet_error error;
    row_writer to = {.model = model, .classes = class_list_of_model(model), .json = answers->json};
    to.count = inputs_model_classes(model);
    to.listed = answers->top > 0;
    to.top = answers->top < 1 ? 1 : answers->top < to.count ? answers->top : to.count;
    to.order = calloc((size_t)to.top, sizeof *to.order);
    if (to.order == NULL) return say_failed("out of memory (the order of %d classes)", to.count);
    to.submission = csv_open(answers->out);
    to.probabilities = csv_open(answers->probabilities);
    clenet_status status = CLENET_OK;
    if (to.submission.status == CLENET_OK && to.probabilities.status == CLENET_OK)
        status = predict_rows(&to, device, dataset, copies, &error);
    int exit_status = close_files(&to, status, &error);
    free(to.order);
    return exit_status;
}
