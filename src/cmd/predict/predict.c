/* predict.c - clenet predict: predicts the digits of a data file or of pictures. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/commands.h"
#include "cmd/base/device_opening.h"
#include "cmd/base/data_options.h"
#include "cmd/base/inputs.h"
#include "cmd/predict/data.h"
#include "cmd/predict/inputs.h"
#include "cmd/predict/pictures.h"
#include "cmd/predict/scaled.h"
#include "cmd/base/profile_table.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/base/tta.h"

typedef struct predict_arguments {
    const char *out; /* NULL: the default */
    const char *probabilities;
    int top;
    picture_answers pictures;
    int tta;
    data_arguments read;
    device_arguments device;
    bool quiet;
} predict_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, predict_arguments, out, "out", "FILE",
               "file for the submission; - is standard output (default submission.csv; none with --json)",
               .letter = 'o', .alias = "output"),
    OPTION_ROW(TEXT, predict_arguments, probabilities, "probabilities", "FILE",
               "for data: also write the probability of every class to FILE; - is standard output"),
    OPTION_ROW(INTEGER, predict_arguments, top, "top", "K",
               "give the K most probable classes of each image, with their probabilities",
               .range = {FROM(1), TO(CLASSES_MOST)}),
    OPTION_ROW(FLAG, predict_arguments, pictures.json, "json", NULL,
               "print JSON: one object per row of data, or one object for all pictures"),
    TTA_OPTION(predict_arguments),
    OPTION_ROW(FLAG, predict_arguments, quiet, "quiet", NULL, "print nothing but errors", .letter = 'q'),
    OPTION_ROW(FLAG, predict_arguments, pictures.show, "show", NULL, "draw each digit as the network sees it",
               .group = GROUP_PICTURES),
    OPTION_ROW(INTEGER, predict_arguments, pictures.digits, "digits", "N",
               "each picture has N digits; 1 makes all ink one digit (default: as many as are found)",
               .range = {FROM(1), TO(1000)}, .group = GROUP_PICTURES),
    DATA_OPTIONS(predict_arguments),
    DEVICE_OPTIONS(predict_arguments),
};

static void say_written(const predict_arguments *arguments, const data_answers *answers, size_t count) {
    char predictions[TEXT_SIZE];
    const char *const places[] = {answers->out, answers->probabilities, answers->json ? "-" : NULL};
    if (arguments->quiet) return;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i] != NULL)
            say_line("wrote %s to %s", text_counted(predictions, count, "prediction"),
                     strcmp(places[i], "-") != 0 ? places[i] : "standard output");
}

/* The plain submission is written by what train uses, too. */
static int write_predictions(const predict_arguments *arguments, const data_answers *answers, const clenet_model *model,
                             const clenet_device *device, const clenet_dataset *dataset) {
    if (answers->json || answers->probabilities != NULL || answers->top > 0)
        return predict_data_rows(model, device, dataset, answers, arguments->tta);
    return results_predict(model, device, dataset, arguments->tta, answers->out);
}

static int predict_data(const predict_arguments *arguments, const clenet_model *model, const char *data) {
    const char *usual = arguments->pictures.json ? NULL : "submission.csv";
    const data_answers answers = {.out = arguments->out != NULL ? arguments->out : usual,
                                  .probabilities = arguments->probabilities,
                                  .json = arguments->pictures.json,
                                  .top = arguments->top};
    bool prints = predict_data_prints(&answers);
    clenet_dataset *dataset = NULL;
    clenet_device *device = NULL;
    device_opening opening;
    int status = predict_data_check(&answers);
    if (status == EXIT_DONE)
        status =
            device_opening_begin(&opening, &arguments->device, clenet_model_network(model), NULL, arguments->quiet);
    if (status != EXIT_DONE) return status;
    clenet_load_options load = data_options_make(&arguments->read, model, CLENET_PART_TEST, arguments->device.threads);
    status = inputs_load(&dataset, data, &load);
    if (status == EXIT_DONE && !arguments->quiet)
        status = data_options_warn(&arguments->read, data, dataset, model, CLENET_PART_TEST);
    status = device_opening_end(&opening, status, &device);
    if (status == EXIT_DONE) status = write_predictions(arguments, &answers, model, device, dataset);
    if (status == EXIT_DONE && !arguments->quiet) say_line("device: %s", clenet_device_description(device));
    if (status == EXIT_DONE) say_written(arguments, &answers, clenet_dataset_rows(dataset));
    clenet_device_free(device);
    clenet_dataset_free(dataset);
    return profile_table_finish(opening.profile, arguments->device.profile, prints ? stderr : stdout, status);
}

static int predict_seen(const predict_arguments *arguments, const clenet_model *model, const predict_inputs *inputs) {
    clenet_device *device = NULL;
    device_opening opening;
    bool scaled = clenet_model_scales_pictures(model);
    int status = scaled ? EXIT_DONE : predict_pictures_check(model);
    if (status == EXIT_DONE)
        status =
            device_opening_begin(&opening, &arguments->device, clenet_model_network(model), NULL, arguments->quiet);
    if (status != EXIT_DONE) return status;
    status = device_opening_end(&opening, status, &device);
    if (status == EXIT_DONE) {
        if (!arguments->quiet) say_line("device: %s", clenet_device_description(device));
        picture_answers how = arguments->pictures;
        how.top = arguments->top;
        status = (scaled ? predict_scaled : predict_pictures)(model, device, inputs, &how, arguments->tta);
    }
    clenet_device_free(device);
    return profile_table_finish(opening.profile, arguments->device.profile, stderr, status);
}

/* Refuses an option of the one kind of input with the other. */
static int check_arguments(const predict_arguments *arguments, const predict_inputs *inputs) {
    const picture_answers *how = &arguments->pictures;
    if (inputs->data == NULL && (arguments->out != NULL || arguments->probabilities != NULL)) {
        return say_wrong_usage("predict", "--%s is only for data: predictions of pictures go to standard output",
                               arguments->out != NULL ? "out" : "probabilities");
    }
    if (inputs->data != NULL && (how->show || how->digits > 0))
        return say_wrong_usage("predict", "--%s is only for pictures, and '%s' is not a picture",
                               how->show ? "show" : "digits", inputs->data);
    if (how->json && how->show) return say_wrong_usage("predict", "--json cannot be combined with --show: remove one");
    return PREDICT_READY;
}

static int predict(const predict_arguments *arguments, const char *path, const predict_inputs *inputs) {
    clenet_model *model = NULL;
    int status = inputs_load_model(&model, path);
    if (status == EXIT_DONE)
        status = inputs->data != NULL ? predict_data(arguments, model, inputs->data)
                                      : predict_seen(arguments, model, inputs);
    clenet_model_free(model);
    return status;
}

static int run_predict(int argc, char **argv) {
    predict_arguments arguments = {.tta = 1};
    predict_inputs inputs = {0};
    const char **operands = calloc((size_t)argc + OPERANDS_MOST, sizeof *operands);
    if (operands == NULL) return say_failed("out of memory (the operands)");
    int status = options_read(&predict_command, argc, argv, &arguments, operands), count = 0;
    while (operands[count] != NULL) count++;
    if (status == OPTIONS_GO_ON) {
        status = predict_inputs_find(&inputs, operands + 1, count - 1);
        if (status == PREDICT_READY) status = check_arguments(&arguments, &inputs);
        if (status == PREDICT_READY) status = predict(&arguments, operands[0], &inputs);
    }
    predict_inputs_free(&inputs);
    free(operands);
    return status;
}

const command_spec predict_command = {
    .name = "predict",
    .synopsis = "MODEL {DATA | PICTURE...} [OPTION]...",
    .purpose = "predict the digit in each image",
    .about = "  MODEL    a model.safetensors that clenet train wrote, or the folder of a run\n"
             "  DATA     images, with or without labels: CSV, IDX, NumPy, zip, or a folder of\n"
             "           pictures per class; - is standard input (see clenet help data)\n"
             "  PICTURE  a photo or scan of digits, dark on light or light on dark: PNG, JPEG,\n"
             "           HEIC, ...; or a folder of pictures; - is standard input\n\n"
             "For DATA, clenet writes submission.csv for Kaggle: ImageId,Label, with ids from\n"
             "1. For each PICTURE, it prints one line: the digit, its probability, and the\n"
             "second choice. Several digits are printed in reading order. \"unsure:\" marks\n"
             "ink that may not be a digit.\n",
    .notes = "examples:\n"
             "  clenet predict runs/latest test.csv\n"
             "  clenet predict runs/latest test.csv -o - --top 3\n"
             "  clenet predict runs/latest test.csv --probabilities probabilities.csv\n"
             "  clenet predict runs/latest photo.jpg --show\n"
             "  clenet predict runs/latest scans/ --json\n",
    .operands = {"MODEL", "DATA"},
    .operands_least = 2,
    .operands_most = OPERANDS_MANY,
    OPTION_TABLE(options),
    .run = run_predict,
};
