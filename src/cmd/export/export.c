/* export.c - clenet export: writes a model in another format. */
#include "cmd/export/export.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/inputs.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"

enum { ENDINGS_MOST = 2, LIST_SIZE = 128 };

/* A format, in the order of the words. */
typedef struct export_format {
    const char *word;
    const char *endings[ENDINGS_MOST]; /* of its files; NULL: no more */
    option_group group;                /* of the options that this format alone has; GROUP_GENERAL: there are none */
    export_function *write;
    bool logits; /* it has --logits */
} export_format;

static const export_format formats[] = {
    {"c", {".c"}, GROUP_EXPORT_C, export_to_c, true},
    {"onnx", {".onnx"}, GROUP_EXPORT_ONNX, export_to_onnx, true},
    {"html", {".html"}, GROUP_GENERAL, export_to_html, false},
    {"keras", {".keras", ".weights.h5"}, GROUP_GENERAL, export_to_keras, false},
    {"torch", {".safetensors"}, GROUP_GENERAL, export_to_torch, true},
};
static const char *const words[] = {"c", "onnx", "html", "keras", "torch", NULL};
static_assert(sizeof words / sizeof words[0] == sizeof formats / sizeof formats[0] + 1, "a word for each format");
enum { FORMATS = sizeof formats / sizeof formats[0] };

static const char *const pixels[] = {"bytes", "floats", NULL};

static const option_spec options[] = {
    OPTION_ROW(TEXT, export_arguments, out, "out", "FILE",
               "file to write; the ending says the format: .c, .onnx, .html, .keras, .safetensors", .letter = 'o',
               .alias = "output"),
    OPTION_ROW(CHOICE, export_arguments, format, "format", "FORMAT",
               "c, onnx, html, keras, torch (default: by the ending of FILE)", .choices = words),
    OPTION_ROW(TEXT, export_arguments, prefix, "prefix", "NAME",
               "prefix of all public names in the code (default: FILE)", .group = GROUP_EXPORT_C),
    OPTION_ROW(FLAG, export_arguments, logits, "logits", NULL,
               "output the numbers in front of the softmax: in C and PyTorch instead of probabilities, so that C "
               "needs no expf(); in ONNX in addition"),
    OPTION_ROW(CHOICE, export_arguments, pixels, "pixels", "TYPE",
               "input of the network: bytes, uint8 [N, height, width, channels], 0 to 255; or floats, float "
               "[N, channels, height, width], 0 to 1 (default bytes)",
               .choices = pixels, .group = GROUP_EXPORT_ONNX),
    OPTION_ROW(FLAG, export_arguments, int8, "int8", NULL,
               "weights and numbers of 8 bits: a quarter of flash and RAM, and no floating point",
               .group = GROUP_EXPORT_C),
    OPTION_ROW(TEXT, export_arguments, calibrate, "calibrate", "DATA",
               "labelled images for --int8, such as the training data: the ranges of the network's numbers, and the "
               "accuracy before and after",
               .group = GROUP_EXPORT_C),
    OPTION_ROW(FLAG, export_arguments, accept_loss, "accept-loss", NULL,
               "write the files although --int8 loses more than 0.1 points of accuracy", .group = GROUP_EXPORT_C),
    DATA_OPTIONS(export_arguments),
};

/* ---- the format ----------------------------------------------------------------------------------------- */

static bool ends_in(const char *path, const char *ending) {
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    size_t length = strlen(name), end = strlen(ending);
    return length > end && strcmp(name + length - end, ending) == 0;
}

static bool is_of(const char *path, const export_format *format) {
    for (int i = 0; i < ENDINGS_MOST && format->endings[i] != NULL; i++)
        if (ends_in(path, format->endings[i])) return true;
    return false;
}

/* ".keras or .weights.h5" of the formats first .. end. */
static void put_endings(char list[LIST_SIZE], int first, int end) {
    const char *all[FORMATS * ENDINGS_MOST];
    int count = 0, at = 0;
    for (int i = first; i < end; i++)
        for (int k = 0; k < ENDINGS_MOST && formats[i].endings[k] != NULL; k++) all[count++] = formats[i].endings[k];
    for (int i = 0; i < count; i++) {
        const char *between = i == 0 ? "" : i + 1 < count ? ", " : " or ";
        at += snprintf(list + at, LIST_SIZE - (size_t)at, "%s%s", between, all[i]);
    }
}

/* Finds the format by the ending of the file, unless it was given. */
static int find_format(export_arguments *arguments, bool given) {
    char list[LIST_SIZE];
    for (int i = 0; i < FORMATS && !given; i++) {
        if (!is_of(arguments->out, &formats[i])) continue;
        arguments->format = i;
        return EXIT_DONE;
    }
    const export_format *format = &formats[arguments->format];
    if (given && is_of(arguments->out, format)) return EXIT_DONE;
    put_endings(list, given ? arguments->format : 0, given ? arguments->format + 1 : FORMATS);
    if (!given) return say_wrong_usage("export", "unsupported name '%s': --out must end in %s", arguments->out, list);
    return say_wrong_usage("export", "unsupported name '%s': --format %s writes a file that ends in %s", arguments->out,
                           format->word, list);
}

/* Refuses options that the format does not use. */
static int check_options(const export_arguments *arguments, const bool *given) {
    const export_format *format = &formats[arguments->format];
    if (arguments->logits && !format->logits)
        return say_wrong_usage("export", "--format %s does not use --logits", format->word);
    for (size_t i = 0; i < OPTION_COUNT(options); i++) {
        option_group group = options[i].group;
        if (!given[i] || group == GROUP_GENERAL || group == format->group) continue;
        if (group == GROUP_DATA && arguments->calibrate != NULL) continue;
        if (group == GROUP_DATA)
            return say_wrong_usage("export", "--%s says how to read images: add --calibrate DATA", options[i].name);
        for (int k = 0; k < FORMATS; k++)
            if (formats[k].group == group)
                return say_wrong_usage("export", "--%s is for --format %s: --format %s does not use it",
                                       options[i].name, formats[k].word, format->word);
    }
    if (arguments->int8 && arguments->calibrate == NULL)
        return say_wrong_usage("export", "--int8 needs labelled images: add --calibrate train.csv");
    if (!arguments->int8 && (arguments->calibrate != NULL || arguments->accept_loss))
        return say_wrong_usage("export", "--%s is for --int8: add it",
                               arguments->calibrate != NULL ? "calibrate" : "accept-loss");
    return EXIT_DONE;
}

/* ---- the command ---------------------------------------------------------------------------------------- */

static int run_export(int argc, char **argv) {
    export_arguments arguments = {.out = NULL};
    bool given[OPTIONS_MOST];
    const char *operands[OPERANDS_MOST];
    int status = options_read_given(&export_command, argc, argv, &arguments, given, operands);
    if (status != OPTIONS_GO_ON) return status;
    if (arguments.out == NULL) return say_wrong_usage("export", "no file to write: add --out digits.c");
    status = find_format(&arguments, options_given(&export_command, given, "format"));
    if (status == EXIT_DONE) status = check_options(&arguments, given);
    if (status == EXIT_DONE) status = results_check_path(arguments.out);
    clenet_model *model = NULL;
    if (status == EXIT_DONE) status = inputs_load_model(&model, operands[0]);
    if (status == EXIT_DONE) status = formats[arguments.format].write(model, &arguments);
    clenet_model_free(model);
    return status;
}

const command_spec export_command = {
    .name = "export",
    .synopsis = "MODEL --out FILE [OPTION]...",
    .purpose = "write a model as C source code, ONNX, or a page to draw on",
    .about = "  MODEL  a model.safetensors that clenet train wrote, or the folder of a run\n\n"
             "  .c     C99 source code and its header, which predict without clenet: they\n"
             "         allocate no memory and call no library function but expf(). Prints the\n"
             "         flash and RAM that the network needs, and the boards that have enough.\n"
             "         With --int8 no floating point is used, and the accuracy is measured.\n"
             "  .onnx  ONNX, for onnxruntime and other programs: opset 17, float32, any number\n"
             "         of images.\n"
             "  .html  a page to draw on: the network answers in a browser while you draw, and\n"
             "         shows what its layers see. It is one file, and works offline.\n"
             "  .keras, .weights.h5\n"
             "         a model of Keras 3, which divides pixels by 255 itself; or the weights\n"
             "         alone, for a model of the same layers.\n"
             "  .safetensors\n"
             "         a state dict of PyTorch; the nn.Module that loads it is printed.\n",
    .notes = "examples:\n"
             "  clenet export runs/latest --out digits.c\n"
             "  clenet export runs/latest --out digits.c --int8 --calibrate train.csv\n"
             "  arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -c digits.c\n"
             "  clenet export runs/latest --out draw.html\n",
    .operands = {"MODEL"},
    .operands_least = 1,
    .operands_most = 1,
    OPTION_TABLE(options),
    .run = run_export,
};
