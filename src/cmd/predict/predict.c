/* predict.c - clenet predict: predicts the digits of a data file or of pictures. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_opening.h"
#include "cmd/base/data_options.h"
#include "cmd/base/inputs.h"
#include "cmd/predict/inputs.h"
#include "cmd/predict/pictures.h"
#include "cmd/base/profile_table.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/base/tta.h"

typedef struct predict_arguments {
    const char *out; /* NULL: the default */
    picture_answers pictures;
    int tta;
    data_arguments read;
    device_arguments device;
    bool quiet;
} predict_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, predict_arguments, out, "out", "FILE",
               "write the submission to FILE, or to standard output\nwhere it is - (default submission.csv)",
               .letter = 'o'),
    OPTION_ROW(FLAG, predict_arguments, pictures.json, "json", NULL,
               "of pictures: print one JSON object in place of lines"),
    OPTION_ROW(FLAG, predict_arguments, pictures.show, "show", NULL, "of pictures: draw what the network sees of each"),
    TTA_OPTION(predict_arguments),
    DATA_OPTIONS(predict_arguments),
    DEVICE_OPTIONS(predict_arguments),
    OPTION_ROW(FLAG, predict_arguments, quiet, "quiet", NULL, "say nothing but errors", .letter = 'q'),
};

static int predict_data(const predict_arguments *arguments, const clenet_model *model, const char *data) {
    const char *out = arguments->out != NULL ? arguments->out : "submission.csv";
    bool to_file = strcmp(out, "-") != 0;
    clenet_dataset *dataset = NULL;
    clenet_device *device = NULL;
    device_opening opening;
    int status = to_file ? results_check_path(out) : EXIT_DONE;
    if (status == EXIT_DONE)
        status =
            device_opening_begin(&opening, &arguments->device, clenet_model_network(model), NULL, arguments->quiet);
    if (status != EXIT_DONE) return status;
    clenet_load_options load = data_options_make(&arguments->read, model, CLENET_PART_TEST, arguments->device.threads);
    status = inputs_load(&dataset, data, &load);
    status = device_opening_end(&opening, status, &device);
    if (status == EXIT_DONE) status = results_predict(model, device, dataset, arguments->tta, out);
    if (status == EXIT_DONE && !arguments->quiet) {
        char rows[TEXT_SIZE];
        say_line("device: %s", clenet_device_description(device));
        say_line("%s predictions in %s", text_count(rows, clenet_dataset_rows(dataset)),
                 to_file ? out : "standard output");
    }
    clenet_device_free(device);
    clenet_dataset_free(dataset);
    return profile_table_finish(opening.profile, arguments->device.profile, to_file ? stdout : stderr, status);
}

static int predict_seen(const predict_arguments *arguments, const clenet_model *model, const predict_inputs *inputs) {
    clenet_device *device = NULL;
    device_opening opening;
    int status = predict_pictures_check(model);
    if (status == EXIT_DONE)
        status =
            device_opening_begin(&opening, &arguments->device, clenet_model_network(model), NULL, arguments->quiet);
    if (status != EXIT_DONE) return status;
    status = device_opening_end(&opening, status, &device);
    if (status == EXIT_DONE) {
        if (!arguments->quiet) say_line("device: %s", clenet_device_description(device));
        status = predict_pictures(model, device, inputs, &arguments->pictures, arguments->tta);
    }
    clenet_device_free(device);
    return profile_table_finish(opening.profile, arguments->device.profile, stderr, status);
}

/* Refuses an option of the one kind of input with the other. */
static int check_arguments(const predict_arguments *arguments, const predict_inputs *inputs) {
    const picture_answers *how = &arguments->pictures;
    if (inputs->data == NULL && arguments->out != NULL) {
        return say_wrong_usage("predict", "--out is for a submission: what is on pictures goes to standard output");
    }
    if (inputs->data != NULL && (how->json || how->show)) {
        return say_wrong_usage("predict", "--%s is for pictures, and '%s' is none", how->json ? "json" : "show",
                               inputs->data);
    }
    if (how->json && how->show) return say_wrong_usage("predict", "--json and --show do not go together: give one");
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
    if (operands == NULL) return say_failed("cannot have memory for the operands: free memory");
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
    .synopsis = "MODEL {DATA [-o FILE] | PICTURE...} [OPTION]...",
    .purpose = "Say which digit each image shows.",
    .about = "  MODEL  a model.safetensors that clenet train wrote, or its folder\n"
             "  DATA   images: CSV with or without labels, or IDX; plain or gzip; - is standard input\n\n"
             "Writes Kaggle's submission: ImageId,Label with ids from 1.\n\n"
             "  PICTURE  a photograph or scan of one digit, dark on light or light on dark: PNG, JPEG or PGM;\n"
             "           or a folder of such files; - is standard input\n\n"
             "Prints the digit, how likely it is, and the next likely, a line a picture.\n",
    .notes = "examples:\n"
             "  clenet predict run/model.safetensors test.csv -o submission.csv\n"
             "  clenet predict run/model.safetensors seven.png --show\n",
    .operands = {"MODEL", "DATA"},
    .operands_least = 2,
    .operands_most = OPERANDS_MANY,
    OPTION_TABLE(options),
    .run = run_predict,
};
