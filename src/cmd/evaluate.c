/* evaluate.c - clenet evaluate: measures a model's accuracy. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/base/class_list.h"
#include "cmd/base/commands.h"
#include "cmd/base/device_opening.h"
#include "cmd/base/data_options.h"
#include "cmd/base/inputs.h"
#include "cmd/base/profile_table.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/base/tta.h"

enum {
    SCHEMA_VERSION = 1, /* of --json: changes if the output becomes incompatible */
    JSON_DIGITS = 9,    /* significant digits: all of a float */
    FRONT_LEAST = 5,    /* columns of the class in front of a row */
    NAME_COLUMNS = 24,  /* at most; a longer name is cut */
    HEAD_COLUMNS = 6    /* the same above a column */
};

typedef struct evaluate_arguments {
    data_arguments read;
    bool json;
    int tta;
    device_arguments device;
    bool quiet;
} evaluate_arguments;

static const option_spec options[] = {
    OPTION_ROW(FLAG, evaluate_arguments, json, "json", NULL, "print one JSON object instead of tables"),
    TTA_OPTION(evaluate_arguments),
    OPTION_ROW(FLAG, evaluate_arguments, quiet, "quiet", NULL, "print nothing but the result and errors",
               .letter = 'q'),
    DATA_OPTIONS(evaluate_arguments),
    DEVICE_OPTIONS(evaluate_arguments),
};

typedef struct evaluation_report {
    const clenet_model *model;
    clenet_evaluation evaluation;
    size_t classes;
    uint64_t *confusion; /* [truth][prediction] */
} evaluation_report;

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

static void print_tables(const evaluation_report *report) {
    char rows[TEXT_SIZE], loss[TEXT_SIZE], accuracy[TEXT_SIZE], precision[TEXT_SIZE], recall[TEXT_SIZE];
    class_list list = class_list_of_model(report->model);
    int front = widest_name(report, FRONT_LEAST, NAME_COLUMNS);
    (void)printf("images    %s\nloss      %s\naccuracy  %s\n\n", text_count(rows, report->evaluation.rows),
                 text_figure(loss, report->evaluation.loss), text_percent(accuracy, report->evaluation.accuracy));
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

static int print_json(const evaluation_report *report) {
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
    json_t *root =
        json_pack("{s:i, s:I, s:o, s:o, s:o, s:o}", "schema_version", SCHEMA_VERSION, "rows",
                  (json_int_t)report->evaluation.rows, "loss", number_or_null(report->evaluation.loss), "accuracy",
                  number_or_null(report->evaluation.accuracy), "classes", classes, "confusion", confusion);
    return say_json(root, failures == 0, JSON_REAL_PRECISION(JSON_DIGITS), "evaluation");
}

static int evaluate(const evaluate_arguments *arguments, const clenet_model *model, const clenet_dataset *dataset,
                    const clenet_device *device) {
    clenet_predictor *predictor = NULL;
    clenet_error error;
    evaluation_report report = {.model = model, .classes = (size_t)inputs_model_classes(model)};
    report.confusion = calloc(report.classes * report.classes, sizeof *report.confusion);
    if (report.confusion == NULL) return say_failed("cannot have memory for the confusion matrix: free memory");
    clenet_status result = tta_predictor_new(&predictor, model, device, arguments->tta, &error);
    if (result == CLENET_OK) {
        result = clenet_predictor_evaluate(predictor, dataset, &report.evaluation, report.confusion, &error);
    }
    int status = EXIT_DONE;
    if (predictor != NULL) say_device_lost(clenet_predictor_device_lost(predictor));
    if (result == CLENET_OK && !arguments->quiet) say_line("device: %s", clenet_device_description(device));
    if (result != CLENET_OK) {
        status = say_error(&error);
    } else if (arguments->json) {
        status = print_json(&report);
    } else {
        print_tables(&report);
    }
    clenet_predictor_free(predictor);
    free(report.confusion);
    return status;
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
    if (status != EXIT_DONE) return status;
    device_opening opening = {.profile = NULL};
    status = device_opening_begin(&opening, &arguments.device, clenet_model_network(model), NULL, arguments.quiet);
    if (status == EXIT_DONE) {
        clenet_load_options load =
            data_options_make(&arguments.read, model, CLENET_PART_TEST, arguments.device.threads);
        status = inputs_load_labelled(&dataset, operands[1], &load);
        if (status == EXIT_DONE && !arguments.quiet)
            status = data_options_warn(&arguments.read, operands[1], dataset, model, CLENET_PART_TEST);
        status = device_opening_end(&opening, status, &device);
    }
    if (status == EXIT_DONE) status = evaluate(&arguments, model, dataset, device);
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
             "matrix.\n",
    .notes = "examples:\n"
             "  clenet evaluate runs/latest test.csv\n"
             "  clenet evaluate runs/latest test.csv --json\n",
    .operands = {"MODEL", "LABELLED"},
    .operands_least = 2,
    .operands_most = 2,
    OPTION_TABLE(options),
    .run = run_evaluate,
};
