/* import.c - clenet import: makes a model of a file that another program wrote. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/base/commands.h"
#include "cmd/base/inputs.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "clenet/clenet.h"

typedef struct import_arguments {
    const char *out, *arch, *mean, *std;
} import_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, import_arguments, out, "out", "FILE", "file to write, such as model.safetensors", .letter = 'o',
               .alias = "output"),
    OPTION_ROW(TEXT, import_arguments, arch, "arch", "FILE",
               "network as text, one layer per line, for a file that has only weights", .alias = "architecture"),
    OPTION_ROW(TEXT, import_arguments, mean, "mean", "M",
               "mean of the pixels (0 to 1) that the network expects subtracted; or one per channel: R,G,B"),
    OPTION_ROW(TEXT, import_arguments, std, "std", "S",
               "standard deviation that it expects them divided by; or one per channel"),
};

/* ---- options -------------------------------------------------------------------------------------------- */

/* Reads "0.5" or "0.4,0.5,0.6"; returns the number of numbers, 0 if the text is something else. */
static int read_list(const char *text, double numbers[CLENET_IMPORT_CHANNELS]) {
    for (int count = 0; count < CLENET_IMPORT_CHANNELS; count++) {
        char *end;
        numbers[count] = strtod(text, &end);
        if (end == text || !isfinite(numbers[count])) return 0;
        if (*end == '\0') return count + 1;
        if (*end != ',') return 0;
        text = end + 1;
    }
    return 0;
}

/* Mean and std are both lists, or one of them is left at 0 or 1. */
static int take_scaling(clenet_import_options *to, const import_arguments *arguments) {
    int means = 0, stds = 0;
    if (arguments->mean == NULL && arguments->std == NULL) return EXIT_DONE;
    if (arguments->mean != NULL) means = read_list(arguments->mean, to->mean);
    if (arguments->mean != NULL && means == 0)
        return say_wrong_usage("import", "--mean must be 1 to %d comma-separated numbers, but is '%s'",
                               (int)CLENET_IMPORT_CHANNELS, arguments->mean);
    if (arguments->std != NULL) stds = read_list(arguments->std, to->std);
    for (int i = 0; i < stds; i++)
        if (to->std[i] == 0.0) stds = 0;
    if (arguments->std != NULL && stds == 0)
        return say_wrong_usage("import", "--std must be 1 to %d comma-separated numbers other than 0, but is '%s'",
                               (int)CLENET_IMPORT_CHANNELS, arguments->std);
    to->scaling = means > stds ? means : stds;
    for (int i = 0; i < to->scaling; i++) {
        if (i >= means) to->mean[i] = means > 0 ? to->mean[0] : 0.0;
        if (i >= stds) to->std[i] = stds > 0 ? to->std[0] : 1.0;
    }
    if (means <= 1 || stds <= 1 || means == stds) return EXIT_DONE;
    return say_wrong_usage("import", "--mean has %d numbers and --std %d: give as many", means, stds);
}

/* The file that is read must not be replaced. */
static int check_out(const char *in, const char *out) {
    struct stat one, other;
    bool same =
        stat(in, &one) == 0 && stat(out, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    if (same) return say_failed("'%s' would replace the file that is imported: give --out another name", out);
    return results_check_path(out);
}

/* ---- the command ---------------------------------------------------------------------------------------- */

static void print_note(const char *note, void *user) {
    (void)user;
    say_line("note: %s", note);
}

static void print_model(const clenet_model *model, const char *out) {
    const clenet_network *network = clenet_model_network(model);
    size_t parameters = 0;
    char layers[TEXT_SIZE], count[TEXT_SIZE];
    for (size_t i = 0; i < clenet_network_layers(network); i++)
        parameters += clenet_network_trained(network, i) + clenet_network_moving(network, i);
    (void)printf("%s: %s, %s, %d classes\n", out, text_counted(layers, clenet_network_layers(network), "layer"),
                 text_counted(count, parameters, "parameter"), inputs_model_classes(model));
    for (const char *line = clenet_network_text(network); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        (void)printf("  %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    (void)printf("\nNext:\n"
                 "  clenet evaluate %s DATA.csv\n"
                 "  clenet train DATA.csv --from %s\n"
                 "  clenet export %s --out digits.c\n",
                 out, out, out);
}

static int import(const char *file, const char *out, const clenet_import_options *options_given) {
    clenet_error error;
    clenet_model *model = NULL;
    clenet_status status = clenet_import(&model, file, options_given, &error);
    if (status == CLENET_OK) status = clenet_model_save(model, out, &error);
    if (status == CLENET_OK) print_model(model, out);
    clenet_model_free(model);
    return status == CLENET_OK ? EXIT_DONE : say_error(&error);
}

static int run_import(int argc, char **argv) {
    import_arguments arguments = {.out = NULL};
    const char *operands[OPERANDS_MOST];
    int status = options_read(&import_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;
    if (arguments.out == NULL) return say_wrong_usage("import", "no file to write: add --out model.safetensors");
    clenet_import_options to;
    clenet_network *network = NULL;
    clenet_import_options_init(&to, sizeof to);
    to.on_note = print_note;
    status = take_scaling(&to, &arguments);
    if (status == EXIT_DONE) status = check_out(operands[0], arguments.out);
    if (status == EXIT_DONE && arguments.arch != NULL) status = network_file_read(&network, arguments.arch);
    to.network = network;
    if (status == EXIT_DONE) status = import(operands[0], arguments.out, &to);
    clenet_network_free(network);
    return status;
}

const command_spec import_command = {
    .name = "import",
    .synopsis = "FILE --out MODEL [--arch NETWORK.txt]",
    .purpose = "make a model of a file from Keras, PyTorch or ONNX",
    .about = "  FILE  .keras or .h5 of Keras; .onnx; or .safetensors of PyTorch, a state dict,\n"
             "        which needs --arch. The format is detected from the content.\n\n"
             "Weights are turned into clenet's layouts. A network that ends in logits gets a\n"
             "softmax. The error names all misfits, and all layers that clenet does not have.\n",
    .notes = "examples:\n"
             "  clenet import lenet.keras --out model.safetensors\n"
             "  clenet import lenet.onnx --mean 0.1307 --std 0.3081 --out model.safetensors\n"
             "  clenet import state.safetensors --arch lenet.txt --out model.safetensors\n",
    .operands = {"FILE"},
    .operands_least = 1,
    .operands_most = 1,
    OPTION_TABLE(options),
    .run = run_import,
};
