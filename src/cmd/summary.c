/* summary.c - clenet summary: prints the table of layers.
 *
 * It has output shapes and parameters, as in Keras's summary(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/commands.h"
#include "cmd/base/inputs.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "clenet/clenet.h"

enum {
    NAME_SIZE = 96,
    GAP = 2 /* blanks between columns */
};

/* The network that is shown if no model is named. */
enum { LENET_HEIGHT = 28, LENET_WIDTH = 28, LENET_CHANNELS = 1, LENET_CLASSES = 10 };

/* One line of the table, as text. */
typedef struct table_row {
    char layer[NAME_SIZE], shape[TEXT_SIZE], parameters[TEXT_SIZE];
} table_row;

static void put_shape(char text[TEXT_SIZE], clenet_shape shape, bool flat) {
    if (flat) {
        (void)snprintf(text, TEXT_SIZE, "(None, %d)", shape.channels);
    } else {
        (void)snprintf(text, TEXT_SIZE, "(None, %d, %d, %d)", shape.height, shape.width, shape.channels);
    }
}

static table_row layer_row(const clenet_network *network, size_t i) {
    table_row row;
    const clenet_layer *layer = clenet_network_layer(network, i);
    const char *activation = clenet_activation_word(layer->activation);
    (void)snprintf(row.layer, sizeof row.layer, "%s (%s%s%s%s)", clenet_network_layer_name(network, i),
                   clenet_layer_keras_name(layer->kind), activation ? ", " : "", activation ? activation : "",
                   layer->frozen ? ", frozen" : "");
    put_shape(row.shape, clenet_network_output(network, i), clenet_network_flat(network, i));
    (void)text_count(row.parameters, clenet_network_trained(network, i) + clenet_network_moving(network, i));
    return row;
}

static int larger(int a, size_t b) {
    return (size_t)a > b ? a : (int)b;
}

static void print_rule(int columns, char with) {
    for (int i = 0; i < columns; i++) (void)putchar(with);
    (void)putchar('\n');
}

static void print_rows(const table_row *rows, size_t count) {
    int layer = 0, shape = 0, parameters = 0; /* columns */
    for (size_t i = 0; i < count; i++) {
        layer = larger(layer, strlen(rows[i].layer));
        shape = larger(shape, strlen(rows[i].shape));
        parameters = larger(parameters, strlen(rows[i].parameters));
    }
    for (size_t i = 0; i < count; i++) {
        (void)printf("%-*s%*s%-*s%*s%*s\n", layer, rows[i].layer, GAP, "", shape, rows[i].shape, GAP, "", parameters,
                     rows[i].parameters);
        if (i == 0 || i + 1 == count) print_rule(layer + shape + parameters + 2 * GAP, i == 0 ? '=' : '-');
    }
}

static void print_total(const char *what, uint64_t parameters) {
    char count[TEXT_SIZE], bytes[TEXT_SIZE];
    (void)printf("%s params: %s (%s)\n", what, text_count(count, parameters),
                 text_bytes(bytes, parameters * sizeof(float)));
}

/* members: the number of networks in the model, which all have these layers. */
static int print_summary(const clenet_network *network, int members, const char *name) {
    size_t layers = clenet_network_layers(network), count = layers + 2;
    table_row *rows = calloc(count, sizeof *rows);
    if (rows == NULL) return say_failed("out of memory (summary of '%s')", name);
    rows[0] = (table_row){"Layer (type)", "Output Shape", "Param #"};
    rows[1] = (table_row){.layer = "input (InputLayer)", .parameters = "0"};
    put_shape(rows[1].shape, clenet_network_input(network), false);
    uint64_t trained = 0, moving = 0;
    for (size_t i = 0; i < layers; i++) {
        rows[i + 2] = layer_row(network, i);
        trained += clenet_network_trained(network, i);
        moving += clenet_network_moving(network, i);
    }
    (void)printf("Model: %s\n", name);
    if (members > 1)
        (void)printf("Networks: %d, whose predictions are averaged; the table shows one of them\n", members);
    (void)putchar('\n');
    print_rows(rows, count);
    free(rows);
    print_total("Total", trained + moving);
    print_total("Trainable", trained);
    print_total("Non-trainable", moving);
    return EXIT_DONE;
}

/* Prints the names of the classes, if they are not those of digits. */
static void print_classes(const clenet_model *model) {
    enum { COLUMNS = 80, NAME_COLUMNS = 40 };
    char name[CLASS_NAME_SIZE];
    class_list list = class_list_of_model(model);
    if (list.digits) return;
    int column = printf("Classes: %d:", list.count);
    for (int i = 0; i < list.count; i++) {
        int length = (int)text_columns(text_cut(name, list.names[i], NAME_COLUMNS)) + (i + 1 < list.count);
        bool wrap = column + 1 + length > COLUMNS;
        (void)printf("%s%s%s", wrap ? "\n  " : " ", name, i + 1 < list.count ? "," : "\n");
        column = (wrap ? 1 : column) + 1 + length;
    }
}

static int run_summary(int argc, char **argv) {
    const char *operands[OPERANDS_MOST];
    int status = options_read(&summary_command, argc, argv, NULL, operands);
    if (status != OPTIONS_GO_ON) return status;

    clenet_error error;
    clenet_model *model = NULL;
    clenet_network *network = NULL;
    if (operands[0] != NULL && network_file_is_text(operands[0])) {
        status = network_file_read(&network, operands[0]);
        if (status == EXIT_DONE) status = print_summary(network, 1, operands[0]);
    } else if (operands[0] != NULL) {
        status = inputs_load_model(&model, operands[0]);
        if (status == EXIT_DONE)
            status = print_summary(clenet_model_network(model), clenet_model_members(model), operands[0]);
        if (status == EXIT_DONE) print_classes(model);
    } else {
        if (clenet_network_lenet(&network, LENET_HEIGHT, LENET_WIDTH, LENET_CHANNELS, LENET_CLASSES, &error) !=
            CLENET_OK) {
            return say_error(&error);
        }
        status = print_summary(network, 1, "LeNet");
    }
    clenet_model_free(model);
    clenet_network_free(network);
    return status;
}

const command_spec summary_command = {
    .name = "summary",
    .synopsis = "[MODEL]",
    .purpose = "show a network's layers, shapes and parameters",
    .about = "  MODEL  a model.safetensors that clenet train wrote, the folder of a run, or a\n"
             "         network file (FILE.txt); if omitted: LeNet for 28x28 digits\n\n"
             "None is the number of images. Non-trainable parameters are the moving averages\n"
             "of batch normalization, and the parameters of frozen layers.\n",
    .notes = "examples:\n"
             "  clenet summary\n"
             "  clenet summary runs/latest\n",
    .operands = {"MODEL"},
    .operands_least = 0,
    .operands_most = 1,
    .run = run_summary,
};
