/* evaluate.c - clenet evaluate: measures a model's accuracy. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/class_list.h"
#include "cmd/base/commands.h"
#include "cmd/base/device_opening.h"
#include "cmd/base/data_options.h"
#include "cmd/base/inputs.h"
#include "cmd/base/profile_table.h"
#include "cmd/base/say.h"
#include "cmd/base/terminal.h"
#include "cmd/base/text.h"
#include "cmd/base/tta.h"

enum {
    SCHEMA_VERSION = 1, /* of --json: changes if the output becomes incompatible */
    JSON_DIGITS = 9,    /* significant digits: all of a float */
    FRONT_LEAST = 5,    /* columns of the class in front of a row */
    NAME_COLUMNS = 24,  /* at most; a longer name is cut */
    HEAD_COLUMNS = 6,   /* the same above a column */
    COLUMN_FRESH = sizeof "not trained on" - 1,
    COLUMN_ALL = 10
};

typedef struct evaluate_arguments {
    data_arguments read;
    bool json;
    bool held_out;
    int tta;
    device_arguments device;
    bool quiet;
} evaluate_arguments;

static const option_spec options[] = {
    OPTION_ROW(FLAG, evaluate_arguments, json, "json", NULL, "print one JSON object instead of tables"),
    OPTION_ROW(FLAG, evaluate_arguments, held_out, "held-out", NULL, "evaluate only rows that were not trained on"),
    TTA_OPTION(evaluate_arguments),
    OPTION_ROW(FLAG, evaluate_arguments, quiet, "quiet", NULL, "print nothing but the result and errors",
               .letter = 'q'),
    DATA_OPTIONS(evaluate_arguments),
    DEVICE_OPTIONS(evaluate_arguments),
};

/* The figures of some rows. */
typedef struct evaluation_report {
    const clenet_model *model;
    clenet_evaluation evaluation;
    size_t classes;
    uint64_t *confusion; /* [truth][prediction] */
} evaluation_report;

/* The rows of the data, and those among them that the model was trained on. */
typedef struct data_rows {
    const char *path; /* of the data */
    const clenet_model *model;
    const clenet_dataset *dataset;
    bool known;                 /* which rows the model was trained on */
    uint8_t *trained;           /* [rows] */
    size_t total, trained_rows; /* trained_rows: 0 if not known */
} data_rows;

static bool some_trained(const data_rows *rows) {
    return rows->trained_rows > 0 && rows->trained_rows < rows->total;
}

typedef struct class_figures {
    uint64_t support;         /* images of the class */
    double precision, recall; /* NaN if the class was never predicted, or has no images */
} class_figures;

static class_figures figures_of(const evaluation_report *report, size_t class) {
    uint64_t predicted = 0, support = 0;
    for (size_t other = 0; other < report->classes; other++) {
        predicted += report->confusion[other * report->classes + class];
        support += report->confusion[class * report->classes + other];
    }
    double right = (double)report->confusion[class * report->classes + class];
    return (class_figures){.support = support,
                           .precision = predicted > 0 ? right / (double)predicted : (double)NAN,
                           .recall = support > 0 ? right / (double)support : (double)NAN};
}

static const char *figure_or_dash(char text[TEXT_SIZE], double value) {
    return isnan(value) ? "-" : text_figure(text, value);
}

static const char *name_of(const evaluation_report *report, size_t class) {
    return clenet_model_class_name(report->model, (int)class);
}

/* The columns of the longest name, `least` to `most`. */
static int widest_name(const evaluation_report *report, int least, int most) {
    int width = least;
    for (size_t i = 0; i < report->classes; i++) {
        size_t columns = text_columns(name_of(report, i));
        if (columns > (size_t)width) width = columns < (size_t)most ? (int)columns : most;
    }
    return width;
}

static void print_confusion(const evaluation_report *report) {
    uint64_t largest = 0;
    for (size_t i = 0; i < report->classes * report->classes; i++) {
        if (report->confusion[i] > largest) largest = report->confusion[i];
    }
    int head = widest_name(report, 0, HEAD_COLUMNS), front = widest_name(report, FRONT_LEAST, NAME_COLUMNS);
    int width = snprintf(NULL, 0, "%" PRIu64, largest);
    if (width < head) width = head;
    (void)printf("\nconfusion (a row: what the images show; a column: what was predicted)\n%*s", front, "");
    for (size_t j = 0; j < report->classes; j++) {
        (void)printf("  ");
        text_print(name_of(report, j), width);
    }
    (void)putchar('\n');
    for (size_t i = 0; i < report->classes; i++) {
        text_print(name_of(report, i), front);
        for (size_t j = 0; j < report->classes; j++) {
            (void)printf("  %*" PRIu64, width, report->confusion[i * report->classes + j]);
        }
        (void)putchar('\n');
    }
}

static void print_summary(const evaluation_report *report) {
    char rows[TEXT_SIZE], loss[TEXT_SIZE], accuracy[TEXT_SIZE];
    bool colour = terminal_colour(STDOUT_FILENO);
    (void)printf("images    %s\nloss      %s\naccuracy  %s%s%s\n\n", text_count(rows, report->evaluation.rows),
                 text_figure(loss, report->evaluation.loss), terminal_code(colour, TERMINAL_STRONG),
                 text_percent(accuracy, report->evaluation.accuracy), terminal_code(colour, TERMINAL_NORMAL));
}

/* The figures of the rows that were not trained on, before those of all rows. */
static void print_both(const evaluation_report *fresh, const evaluation_report *all) {
    char one[TEXT_SIZE], other[TEXT_SIZE];
    (void)printf("          %*s  %*s\n", COLUMN_FRESH, "not trained on", COLUMN_ALL, "all rows");
    (void)printf("images    %*s  %*s\n", COLUMN_FRESH, text_count(one, fresh->evaluation.rows), COLUMN_ALL,
                 text_count(other, all->evaluation.rows));
    (void)printf("loss      %*s  %*s\n", COLUMN_FRESH, text_figure(one, fresh->evaluation.loss), COLUMN_ALL,
                 text_figure(other, all->evaluation.loss));
    bool colour = terminal_colour(STDOUT_FILENO);
    (void)printf("accuracy  %s%*s%s  %*s\n\n", terminal_code(colour, TERMINAL_STRONG), COLUMN_FRESH,
                 text_percent(one, fresh->evaluation.accuracy), terminal_code(colour, TERMINAL_NORMAL), COLUMN_ALL,
                 text_percent(other, all->evaluation.accuracy));
    (void)printf("The tables below are about the %s rows that were not trained on.\n\n",
                 text_count(one, fresh->evaluation.rows));
}

/* Says how many rows were trained on, if there are some. */
static void print_trained(const data_rows *rows, bool held_out) {
    char trained[TEXT_SIZE], total[TEXT_SIZE], others[TEXT_SIZE];
    class_list list = class_list_of_model(rows->model);
    const char *things = class_list_word(&list, "digits", "images");
    (void)text_count(trained, rows->trained_rows);
    (void)text_count(total, rows->total);
    (void)text_count(others, rows->total - rows->trained_rows);
    if (rows->trained_rows == 0) return;
    if (held_out)
        (void)printf("%s of these %s rows were trained on, and are left out.\n\n", trained, total);
    else if (rows->trained_rows == rows->total)
        (void)printf(
            "All of these %s rows were trained on: these figures do not tell how good the model is on new %s.\n\n",
            total, things);
    else
        (void)printf("%s of these %s rows were trained on. Only the other %s tell how good the model is on new %s.\n\n",
                     trained, total, others, things);
}

static void print_tables(const evaluation_report *report) {
    char rows[TEXT_SIZE], precision[TEXT_SIZE], recall[TEXT_SIZE];
    class_list list = class_list_of_model(report->model);
    int front = widest_name(report, FRONT_LEAST, NAME_COLUMNS);
    text_print(class_list_word(&list, "digit", "class"), front);
    (void)printf("  precision  recall  support\n");
    for (size_t i = 0; i < report->classes; i++) {
        class_figures figures = figures_of(report, i);
        text_print(name_of(report, i), front);
        (void)printf("  %9s  %6s  %7s\n", figure_or_dash(precision, figures.precision),
                     figure_or_dash(recall, figures.recall), text_count(rows, figures.support));
    }
    print_confusion(report);
}

static json_t *number_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

/* Fills a JSON object with the figures of a report; NULL if out of memory. */
static json_t *report_json(const evaluation_report *report) {
    json_t *classes = json_array(), *confusion = json_array();
    int failures = 0;
    for (size_t i = 0; i < report->classes; i++) {
        class_figures figures = figures_of(report, i);
        json_t *class = json_pack("{s:I, s:o, s:o, s:I, s:o}", "class", (json_int_t)i, "precision",
                                  number_or_null(figures.precision), "recall", number_or_null(figures.recall),
                                  "support", (json_int_t)figures.support, "name", json_text(name_of(report, i)));
        json_t *row = json_array();
        for (size_t j = 0; j < report->classes; j++) {
            uint64_t count = report->confusion[i * report->classes + j];
            failures += json_array_append_new(row, json_integer((json_int_t)count)) != 0;
        }
        failures += json_array_append_new(classes, class) != 0;
        failures += json_array_append_new(confusion, row) != 0;
    }
    json_t *object = json_pack("{s:I, s:o, s:o, s:o, s:o}", "rows", (json_int_t)report->evaluation.rows, "loss",
                               number_or_null(report->evaluation.loss), "accuracy",
                               number_or_null(report->evaluation.accuracy), "classes", classes, "confusion", confusion);
    if (failures == 0) return object;
    json_decref(object);
    return NULL;
}

/* held_out: the figures of the rows that were not trained on; NULL: there are none, or they are not known. */
static int print_json(const data_rows *rows, const evaluation_report *all, const evaluation_report *held_out) {
    json_t *root = json_pack("{s:i}", "schema_version", SCHEMA_VERSION), *figures = report_json(all);
    int failures = json_object_update(root, figures);
    json_t *trained = rows->known ? json_integer((json_int_t)rows->trained_rows) : json_null();
    failures += json_object_set_new(root, "trained_rows", trained);
    failures += json_object_set_new(root, "held_out", held_out != NULL ? report_json(held_out) : json_null());
    json_decref(figures);
    return say_json(root, failures == 0, JSON_REAL_PRECISION(JSON_DIGITS), "evaluation");
}

/* ---- evaluating ---- */

/* The rows whose mark in rows->trained is `trained`; clenet_dataset_free() them. */
static clenet_status select_rows(clenet_dataset **selected, const data_rows *rows, bool trained, clenet_error *error) {
    const clenet_dataset *d = rows->dataset;
    size_t bytes = (size_t)clenet_dataset_height(d) * (size_t)clenet_dataset_width(d);
    bytes *= (size_t)clenet_dataset_channels(d);
    uint8_t *images = malloc(rows->total * bytes), *labels = malloc(rows->total);
    size_t count = 0;
    for (size_t row = 0; images != NULL && labels != NULL && row < rows->total; row++) {
        if ((rows->trained[row] != 0) != trained) continue;
        memcpy(images + count * bytes, clenet_dataset_images(d) + row * bytes, bytes);
        labels[count++] = clenet_dataset_labels(d)[row];
    }
    clenet_status status = CLENET_ERROR_MEMORY;
    if (images != NULL && labels != NULL)
        status = clenet_dataset_new(selected, images, labels, count, clenet_dataset_height(d), clenet_dataset_width(d),
                                    clenet_dataset_channels(d), clenet_dataset_classes(d), error);
    else
        (void)snprintf(error->message, sizeof error->message, "out of memory (selecting rows of '%s')", rows->path);
    free(images);
    free(labels);
    return status;
}

static clenet_status measure_part(evaluation_report *report, clenet_predictor *predictor, const data_rows *rows,
                                  bool trained, clenet_error *error) {
    clenet_dataset *selected = NULL;
    clenet_status status = select_rows(&selected, rows, trained, error);
    if (status == CLENET_OK)
        status = clenet_predictor_evaluate(predictor, selected, &report->evaluation, report->confusion, error);
    clenet_dataset_free(selected);
    return status;
}

/* Adds the figures of other rows. */
static void add_report(evaluation_report *report, const evaluation_report *other) {
    clenet_evaluation *to = &report->evaluation;
    const clenet_evaluation *from = &other->evaluation;
    double rows = (double)(to->rows + from->rows), mine = (double)to->rows / rows, others = (double)from->rows / rows;
    uint64_t right = 0;
    to->loss = to->loss * mine + from->loss * others;
    to->rows += from->rows;
    for (size_t i = 0; i < report->classes * report->classes; i++) report->confusion[i] += other->confusion[i];
    for (size_t i = 0; i < report->classes; i++) right += report->confusion[i * (report->classes + 1)];
    to->accuracy = (double)right / rows;
}

/* The figures of the rows that were not trained on, and of all. Each row is predicted once. */
static clenet_status measure(evaluation_report *held_out, evaluation_report *all, clenet_predictor *predictor,
                             const data_rows *rows, bool only_held_out, clenet_error *error) {
    if (!some_trained(rows))
        return clenet_predictor_evaluate(predictor, rows->dataset, &all->evaluation, all->confusion, error);
    clenet_status status = measure_part(held_out, predictor, rows, false, error);
    if (status != CLENET_OK || only_held_out) return status;
    status = measure_part(all, predictor, rows, true, error);
    if (status == CLENET_OK) add_report(all, held_out);
    return status;
}

static int print_results(const evaluate_arguments *arguments, const data_rows *rows, const evaluation_report *held_out,
                         const evaluation_report *all) {
    bool some = some_trained(rows), both = some && !arguments->held_out;
    const evaluation_report *shown = some ? held_out : all;
    if (arguments->json && !rows->known) return print_json(rows, all, NULL);
    if (arguments->json) return print_json(rows, both ? all : shown, rows->trained_rows < rows->total ? shown : NULL);
    print_trained(rows, arguments->held_out);
    if (both)
        print_both(held_out, all);
    else
        print_summary(shown);
    print_tables(shown);
    return EXIT_DONE;
}

static int evaluate(const evaluate_arguments *arguments, const data_rows *rows, const clenet_device *device) {
    clenet_predictor *predictor = NULL;
    clenet_error error;
    evaluation_report all = {.model = rows->model, .classes = (size_t)inputs_model_classes(rows->model)};
    evaluation_report held_out = all;
    all.confusion = calloc(all.classes * all.classes, sizeof *all.confusion);
    held_out.confusion = calloc(all.classes * all.classes, sizeof *all.confusion);
    clenet_status result = CLENET_ERROR_MEMORY;
    if (all.confusion == NULL || held_out.confusion == NULL)
        (void)snprintf(error.message, sizeof error.message, "out of memory (the confusion matrix)");
    else
        result = tta_predictor_new(&predictor, rows->model, device, arguments->tta, &error);
    if (result == CLENET_OK) result = measure(&held_out, &all, predictor, rows, arguments->held_out, &error);
    if (predictor != NULL) say_device_lost(clenet_predictor_device_lost(predictor));
    if (result == CLENET_OK && !arguments->quiet) say_line("device: %s", clenet_device_description(device));
    int status = result == CLENET_OK ? print_results(arguments, rows, &held_out, &all) : say_error(&error);
    clenet_predictor_free(predictor);
    free(held_out.confusion);
    free(all.confusion);
    return status;
}

/* ---- the rows that were trained on ---- */

/* --held-out leaves no rows. */
static int say_none_left(const data_rows *rows) {
    char total[TEXT_SIZE];
    int networks = clenet_model_members(rows->model);
    (void)text_count(total, rows->total);
    if (networks == 1)
        return say_failed("the model was trained on all %s rows of '%s': no row is left for --held-out; use other data",
                          total, rows->path);
    return say_failed(
        "each of the %s rows of '%s' was trained on by at least one of the model's %d networks: no row is "
        "left for --held-out. Use other data, or the accuracy that clenet train --folds reports: each "
        "row is judged there by networks that were not trained on it",
        total, rows->path, networks);
}

/* Fails before anything is read if --held-out cannot be answered. */
static int check_held_out(const evaluate_arguments *arguments, const clenet_model *model) {
    if (!arguments->held_out || clenet_model_knows_rows(model)) return EXIT_DONE;
    return say_failed("--held-out: the model does not know which rows it was trained on: an older clenet wrote it, "
                      "or it was trained on more than 1,048,576 rows; train again, or use other data");
}

/* Marks the rows that were trained on. If the model does not know them, says so. */
static int find_trained(data_rows *rows, const evaluate_arguments *arguments) {
    clenet_error error;
    rows->total = clenet_dataset_rows(rows->dataset);
    rows->known = clenet_model_knows_rows(rows->model);
    if (!rows->known && !arguments->quiet)
        say_line("note: the model does not know which rows it was trained on; on those, accuracy is too high");
    if (!rows->known) return EXIT_DONE;
    rows->trained = calloc(rows->total, 1);
    if (rows->trained == NULL) return say_failed("out of memory (the rows of '%s')", rows->path);
    clenet_status status =
        clenet_model_trained_rows(rows->model, rows->dataset, rows->trained, &rows->trained_rows, &error);
    if (status != CLENET_OK) return say_error(&error);
    return arguments->held_out && rows->trained_rows == rows->total ? say_none_left(rows) : EXIT_DONE;
}

static int run_evaluate(int argc, char **argv) {
    evaluate_arguments arguments = {.tta = 1};
    const char *operands[OPERANDS_MOST];
    int status = options_read(&evaluate_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    clenet_model *model = NULL;
    clenet_dataset *dataset = NULL;
    clenet_device *device = NULL;
    status = inputs_load_model(&model, operands[0]);
    if (status == EXIT_DONE) status = check_held_out(&arguments, model);
    device_opening opening = {.profile = NULL};
    if (status == EXIT_DONE)
        status = device_opening_begin(&opening, &arguments.device, clenet_model_network(model), NULL, arguments.quiet);
    if (status == EXIT_DONE) {
        clenet_load_options load =
            data_options_make(&arguments.read, model, CLENET_PART_TEST, arguments.device.threads);
        status = inputs_load_labelled(&dataset, operands[1], &load);
        if (status == EXIT_DONE && !arguments.quiet)
            status = data_options_warn(&arguments.read, operands[1], dataset, model, CLENET_PART_TEST);
        status = device_opening_end(&opening, status, &device);
    }
    data_rows rows = {.path = operands[1], .model = model, .dataset = dataset};
    if (status == EXIT_DONE) status = find_trained(&rows, &arguments);
    if (status == EXIT_DONE) status = evaluate(&arguments, &rows, device);
    free(rows.trained);
    clenet_device_free(device);
    clenet_dataset_free(dataset);
    clenet_model_free(model);
    return profile_table_finish(opening.profile, arguments.device.profile, arguments.json ? stderr : stdout, status);
}

const command_spec evaluate_command = {
    .name = "evaluate",
    .aliases = {"eval", "test"},
    .synopsis = "MODEL LABELLED [OPTION]...",
    .purpose = "measure a model's accuracy",
    .about = "  MODEL     a model.safetensors that clenet train wrote, or the folder of a run\n"
             "  LABELLED  labelled images: CSV, IDX, NumPy, zip, or a folder of pictures per\n"
             "            class; - is standard input (see clenet help data)\n\n"
             "Prints loss, accuracy, precision and recall of each class, and the confusion\n"
             "matrix.\n\n"
             "The model knows the rows that it was trained on. If LABELLED has such rows, the\n"
             "figures of the other rows come first, and the tables count only those.\n",
    .notes = "examples:\n"
             "  clenet evaluate runs/latest train.csv --held-out\n"
             "  clenet evaluate runs/latest test.csv --json\n",
    .operands = {"MODEL", "LABELLED"},
    .operands_least = 2,
    .operands_most = 2,
    OPTION_TABLE(options),
    .run = run_evaluate,
};
