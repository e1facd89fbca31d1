/* predict.c - clenet predict: a submission from a model and images. */
#include <stddef.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/device_opening.h"
#include "cli/inputs.h"
#include "cli/profile_table.h"
#include "cli/results.h"
#include "cli/say.h"
#include "cli/text.h"

typedef struct predict_arguments {
    const char *out;
    device_arguments device;
    bool quiet;
} predict_arguments;

static const option_spec options[] = {
    {.name = "out",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .offset = offsetof(predict_arguments, out),
     .value = "FILE",
     .help = "write the submission to FILE, or to standard output\nwhere it is - (default submission.csv)"},
    DEVICE_OPTIONS(predict_arguments),
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_FLAG,
     .offset = offsetof(predict_arguments, quiet),
     .help = "say nothing but errors"},
};

static int predict(const predict_arguments *arguments, const clenet_model *model, const char *data) {
    bool to_file = strcmp(arguments->out, "-") != 0;
    clenet_dataset *dataset = NULL;
    clenet_device *device = NULL;
    device_opening opening;
    int status = to_file ? results_check_path(arguments->out) : EXIT_DONE;
    if (status == EXIT_DONE)
        status =
            device_opening_begin(&opening, &arguments->device, clenet_model_network(model), NULL, arguments->quiet);
    if (status != EXIT_DONE) return status;
    status = inputs_load(&dataset, data, NULL, inputs_model_classes(model), arguments->device.threads);
    status = device_opening_end(&opening, status, &device);
    if (status == EXIT_DONE) status = results_predict(model, device, dataset, arguments->out);
    if (status == EXIT_DONE && !arguments->quiet) {
        char rows[TEXT_SIZE];
        say_line("device: %s", clenet_device_description(device));
        say_line("%s predictions in %s", text_count(rows, clenet_dataset_rows(dataset)),
                 to_file ? arguments->out : "standard output");
    }
    clenet_device_free(device);
    clenet_dataset_free(dataset);
    return profile_table_finish(opening.profile, arguments->device.profile, to_file ? stdout : stderr, status);
}

static int run_predict(int argc, char **argv) {
    predict_arguments arguments = {.out = "submission.csv"};
    const char *operands[OPERANDS_MOST];
    int status = options_read(&predict_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    clenet_model *model = NULL;
    clenet_error error;
    if (clenet_model_load(&model, operands[0], &error) != CLENET_OK) return say_error(&error);
    status = predict(&arguments, model, operands[1]);
    clenet_model_free(model);
    return status;
}

const command_spec predict_command = {
    .name = "predict",
    .synopsis = "MODEL DATA [-o FILE] [OPTION]...",
    .purpose = "Say which digit each image shows.",
    .about = "  MODEL  a model.safetensors that clenet train wrote\n"
             "  DATA   images: CSV with or without labels, or IDX; plain or gzip; - is standard input\n\n"
             "Writes Kaggle's submission: ImageId,Label with ids from 1.\n",
    .notes = "example:\n"
             "  clenet predict run/model.safetensors test.csv -o submission.csv\n",
    .operands = {"MODEL", "DATA"},
    .operands_least = 2,
    .operands_most = 2,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run_predict,
};
