/* export_onnx.c - clenet_export_onnx: a model as ONNX.
 *
 * Images are [N][C][H][W] inside, as ONNX's operators need. clenet's order is [H][W][C]: kernels of convolutions are turned, and the
 * inputs of the first dense layer after a flatten are put into the order of ONNX's Flatten. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/json_print.h"
#include "lib/base/memory.h"
#include "lib/base/number.h"
#include "lib/base/options_sized.h"
#include "lib/export/export.h"
#include "lib/export/onnx_graph.h"
#include "lib/net/layer.h"
#include "lib/net/model.h"

/* Opset 17 with IR version 8 is of ONNX 1.12 (2022). */
enum { IR_VERSION = 8, OPSET = 17, NAME_SIZE = 96 };

/* One network, while it is written. */
typedef struct onnx_writer {
    onnx_graph *g;
    const clenet_model *model;
    const clenet_network *network;
    const float *values; /* packed, of this network */
    char prefix[24];     /* of all its names: "", or "member_1." */
    const char *value;   /* the name of the last value */
    clenet_shape image;  /* flat numbers are in the order [channels][height][width] of this image */
} onnx_writer;

static const float *parameter_of(const onnx_writer *w, const layer *l, int k) {
    return w->values + w->network->parameters[l->parameter_first + k].offset;
}

/* The name of layer l's part, such as "kernel"; NULL: of the layer. */
static const char *name_of(const onnx_writer *w, const layer *l, const char *part) {
    if (part == NULL) return onnx_text(w->g, "%s%s", w->prefix, l->name);
    return onnx_text(w->g, "%s%s.%s", w->prefix, l->name, part);
}

/* Adds an operator that reads the last value and the constants, and makes it the last value. */
static Onnx__NodeProto *add_node(onnx_writer *w, const char *operator_name, const char *name, const char *output,
                                 const char *first, const char *second) {
    const char *inputs[] = {w->value, first, second, NULL};
    w->value = output;
    if (name == NULL || output == NULL || inputs[0] == NULL) return NULL; /* out of memory */
    return onnx_add_node(w->g, operator_name, name, output, inputs);
}

/* ---- the order of numbers ------------------------------------------------------------------------------- */

/* The place in clenet's order, [h][w][c], of a flat number that is place i in ONNX's, [c][h][w]. */
static size_t place_of(const onnx_writer *w, size_t i) {
    size_t positions = (size_t)w->image.height * (size_t)w->image.width;
    return i % positions * (size_t)w->image.channels + i / positions;
}

static const clenet_shape in_order = {1, 1, 1}; /* any number of channels: both orders are the same */

static bool orders_differ(clenet_shape image) {
    return image.channels > 1 && image.height * image.width > 1;
}

static bool dense_follows(const onnx_writer *w, const layer *l) {
    for (const layer *next = l + 1; next < w->network->layers + w->network->layer_count; next++)
        if (next->spec.kind == CLENET_DENSE) return true;
    return false;
}

/* ---- constants ------------------------------------------------------------------------------------------ */

/* One number per channel. */
static const char *add_channels(onnx_writer *w, const layer *l, int k, const char *part) {
    const char *name = name_of(w, l, part);
    const float *from = parameter_of(w, l, k);
    size_t count = (size_t)l->out.channels;
    float *to = name != NULL ? onnx_add_floats(w->g, name, &count, 1) : NULL;
    bool moved = l->flat && orders_differ(w->image) && l->spec.kind == CLENET_BATCHNORM;
    for (size_t i = 0; to != NULL && i < count; i++) to[i] = from[moved ? place_of(w, i) : i];
    return name;
}

/* [kh][kw][in][out] -> [out][in][kh][kw] */
static const char *add_conv2d_kernel(onnx_writer *w, const layer *l) {
    const parameter *kernel = &w->network->parameters[l->parameter_first];
    size_t window = kernel->shape[0] * kernel->shape[1], in = kernel->shape[2], out = kernel->shape[3];
    const size_t dims[] = {out, in, kernel->shape[0], kernel->shape[1]};
    const float *from = parameter_of(w, l, 0);
    const char *name = name_of(w, l, "kernel");
    float *to = name != NULL ? onnx_add_floats(w->g, name, dims, 4) : NULL;
    for (size_t o = 0; to != NULL && o < out; o++)
        for (size_t i = 0; i < in; i++)
            for (size_t k = 0; k < window; k++) *to++ = from[(k * in + i) * out + o];
    return name;
}

/* [in][out], with the inputs in ONNX's order */
static const char *add_dense_kernel(onnx_writer *w, const layer *l) {
    const parameter *kernel = &w->network->parameters[l->parameter_first];
    size_t in = kernel->shape[0], out = kernel->shape[1];
    const float *from = parameter_of(w, l, 0);
    const char *name = name_of(w, l, "kernel");
    float *to = name != NULL ? onnx_add_floats(w->g, name, kernel->shape, 2) : NULL;
    bool moved = orders_differ(w->image);
    for (size_t i = 0; to != NULL && i < in; i++)
        memcpy(to + i * out, from + (moved ? place_of(w, i) : i) * out, out * sizeof *to);
    return name;
}

/* ---- layers --------------------------------------------------------------------------------------------- */

static void add_activation(onnx_writer *w, clenet_activation activation, float slope, const char *name,
                           const char *output) {
    static const char *const operators[] = {[CLENET_ACTIVATION_RELU] = "Relu",
                                            [CLENET_ACTIVATION_TANH] = "Tanh",
                                            [CLENET_ACTIVATION_SIGMOID] = "Sigmoid",
                                            [CLENET_ACTIVATION_LEAKY_RELU] = "LeakyRelu",
                                            [CLENET_ACTIVATION_SOFTMAX] = "Softmax"};
    Onnx__NodeProto *node = add_node(w, operators[activation], name, output, NULL, NULL);
    if (activation == CLENET_ACTIVATION_LEAKY_RELU) onnx_add_float(w->g, node, "alpha", slope);
    if (activation == CLENET_ACTIVATION_SOFTMAX) onnx_add_int(w->g, node, "axis", 1);
}

/* The numbers that a window adds outside the image: what ONNX calls pads. */
static void add_window(onnx_writer *w, Onnx__NodeProto *node, const layer *l, int height, int width) {
    const clenet_layer *spec = &l->spec;
    int below = (l->out.height - 1) * spec->stride + height - l->in.height - l->pad_top;
    int right = (l->out.width - 1) * spec->stride + width - l->in.width - l->pad_left;
    if (spec->padding == CLENET_PADDED) {
        below = spec->pad_bottom;
        right = spec->pad_right;
    }
    const int sides[] = {height, width}, strides[] = {spec->stride, spec->stride};
    const int pads[] = {l->pad_top, l->pad_left, below > 0 ? below : 0, right > 0 ? right : 0};
    onnx_add_ints(w->g, node, "kernel_shape", sides, 2);
    onnx_add_ints(w->g, node, "strides", strides, 2);
    onnx_add_ints(w->g, node, "pads", pads, 4);
}

static void add_conv2d(onnx_writer *w, const layer *l) {
    const char *kernel = add_conv2d_kernel(w, l), *bias = add_channels(w, l, 1, "bias");
    bool activated = l->spec.activation != CLENET_ACTIVATION_NONE;
    const char *output = name_of(w, l, activated ? "linear" : NULL);
    Onnx__NodeProto *node = add_node(w, "Conv", name_of(w, l, NULL), output, kernel, bias);
    add_window(w, node, l, l->spec.kernel_height, l->spec.kernel_width);
    onnx_add_int(w->g, node, "group", l->spec.groups);
    if (activated)
        add_activation(w, l->spec.activation, LAYER_ACTIVATION_SLOPE,
                       name_of(w, l, clenet_activation_word(l->spec.activation)), name_of(w, l, NULL));
}

static void add_pool(onnx_writer *w, const layer *l) {
    bool most = l->spec.kind == CLENET_MAXPOOL2D;
    const char *name = name_of(w, l, NULL);
    Onnx__NodeProto *node = add_node(w, most ? "MaxPool" : "AveragePool", name, name, NULL, NULL);
    add_window(w, node, l, l->spec.pool, l->spec.pool);
    if (!most) onnx_add_int(w->g, node, "count_include_pad", 0);
}

static void add_zeropad2d(onnx_writer *w, const layer *l) {
    const char *name = name_of(w, l, NULL), *pads = name_of(w, l, "pads");
    /* Of the axes N, C, H, W: before the image, then after it. */
    const int64_t sides[] = {0, 0, l->spec.pad_top, l->spec.pad_left, 0, 0, l->spec.pad_bottom, l->spec.pad_right};
    int64_t *to = pads != NULL ? onnx_add_int64s(w->g, pads, sizeof sides / sizeof sides[0]) : NULL;
    if (to != NULL) memcpy(to, sides, sizeof sides);
    (void)add_node(w, "Pad", name, name, pads, NULL);
}

static void add_flatten(onnx_writer *w, const layer *l) {
    if (w->network->layers != l && (l - 1)->flat) return;
    if (orders_differ(l->in) && !dense_follows(w, l)) {
        static const int perm[] = {0, 2, 3, 1};
        Onnx__NodeProto *node = add_node(w, "Transpose", name_of(w, l, "order"), name_of(w, l, "ordered"), NULL, NULL);
        onnx_add_ints(w->g, node, "perm", perm, 4);
    } else {
        w->image = l->in;
    }
    const char *name = name_of(w, l, NULL);
    onnx_add_int(w->g, add_node(w, "Flatten", name, name, NULL, NULL), "axis", 1);
}

static void add_globalavgpool2d(onnx_writer *w, const layer *l) {
    const char *name = name_of(w, l, NULL);
    (void)add_node(w, "GlobalAveragePool", name, name_of(w, l, "mean"), NULL, NULL);
    onnx_add_int(w->g, add_node(w, "Flatten", name_of(w, l, "flatten"), name, NULL, NULL), "axis", 1);
}

static void add_batchnorm(onnx_writer *w, const layer *l) {
    const char *const constants[] = {add_channels(w, l, 0, "gamma"), add_channels(w, l, 1, "beta"),
                                     add_channels(w, l, 2, "moving_mean"), add_channels(w, l, 3, "moving_variance")};
    const char *name = name_of(w, l, NULL);
    const char *inputs[] = {w->value, constants[0], constants[1], constants[2], constants[3], NULL};
    w->value = name;
    for (size_t i = 0; i < 5; i++)
        if (inputs[i] == NULL || name == NULL) return; /* out of memory */
    Onnx__NodeProto *node = onnx_add_node(w->g, "BatchNormalization", name, name, inputs);
    onnx_add_float(w->g, node, "epsilon", l->spec.epsilon);
}

/* The last softmax reads "logits", and makes "probabilities". */
static void add_softmax(onnx_writer *w, const layer *l) {
    const char *name = l->spec.kind == CLENET_SOFTMAX ? name_of(w, l, NULL) : name_of(w, l, "softmax");
    add_activation(w, CLENET_ACTIVATION_SOFTMAX, 0, name, onnx_text(w->g, "%sprobabilities", w->prefix));
}

static void add_dense(onnx_writer *w, const layer *l) {
    clenet_activation activation = l->spec.activation;
    const char *kernel = add_dense_kernel(w, l), *bias = add_channels(w, l, 1, "bias");
    w->image = in_order;
    const char *output = activation == CLENET_ACTIVATION_SOFTMAX ? onnx_text(w->g, "%slogits", w->prefix)
                         : activation != CLENET_ACTIVATION_NONE  ? name_of(w, l, "linear")
                                                                 : name_of(w, l, NULL);
    (void)add_node(w, "Gemm", name_of(w, l, NULL), output, kernel, bias);
    if (activation == CLENET_ACTIVATION_SOFTMAX)
        add_softmax(w, l);
    else if (activation != CLENET_ACTIVATION_NONE)
        add_activation(w, activation, LAYER_ACTIVATION_SLOPE, name_of(w, l, clenet_activation_word(activation)),
                       name_of(w, l, NULL));
}

static void add_layer(onnx_writer *w, const layer *l) {
    switch (l->spec.kind) {
    case CLENET_CONV2D:
        add_conv2d(w, l);
        return;
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
        add_pool(w, l);
        return;
    case CLENET_GLOBALAVGPOOL2D:
        add_globalavgpool2d(w, l);
        return;
    case CLENET_ZEROPAD2D:
        add_zeropad2d(w, l);
        return;
    case CLENET_BATCHNORM:
        add_batchnorm(w, l);
        return;
    case CLENET_DROPOUT: /* predictions are made without it */
        return;
    case CLENET_FLATTEN:
        add_flatten(w, l);
        return;
    case CLENET_DENSE:
        add_dense(w, l);
        return;
    case CLENET_RELU:
    case CLENET_TANH:
    case CLENET_SIGMOID:
    case CLENET_LEAKY_RELU:
        add_activation(w, layer_kind_activation(l->spec.kind), l->spec.negative_slope, name_of(w, l, NULL),
                       name_of(w, l, NULL));
        return;
    case CLENET_SOFTMAX:
        (void)add_node(w, "Identity", onnx_text(w->g, "%slogits", w->prefix), onnx_text(w->g, "%slogits", w->prefix),
                       NULL, NULL);
        add_softmax(w, l);
        return;
    }
}

/* ---- the model ------------------------------------------------------------------------------------------ */

/* Bytes [N][H][W][C] become numbers [N][C][H][W]: x / 255, as a product, which is how clenet divides. */
static const char *add_pixels(onnx_graph *g, clenet_shape in, bool floats) {
    if (floats) {
        const int dims[] = {0, in.channels, in.height, in.width};
        onnx_add_input(g, "images", "[N][channels][height][width], 0 (background) to 1 (ink): a pixel / 255",
                       ONNX_FLOAT, dims, 4);
        return "images";
    }
    static const int perm[] = {0, 3, 1, 2};
    const int dims[] = {0, in.height, in.width, in.channels};
    onnx_add_input(g, "images", "[N][height][width][channels], 0 (background) to 255 (ink)", ONNX_UINT8, dims, 4);
    float *scale = onnx_add_floats(g, "pixels.scale", NULL, 0);
    if (scale != NULL) *scale = 1.0F / 255.0F;
    onnx_writer w = {.g = g, .value = "images"};
    onnx_add_int(g, add_node(&w, "Cast", "pixels.cast", "pixels.float", NULL, NULL), "to", ONNX_FLOAT);
    (void)add_node(&w, "Mul", "pixels.multiply", "pixels.scaled", "pixels.scale", NULL);
    onnx_add_ints(g, add_node(&w, "Transpose", "pixels.transpose", "pixels", NULL, NULL), "perm", perm, 4);
    return "pixels";
}

/* Returns the name of the network's probabilities. */
static const char *add_network(onnx_graph *g, const clenet_model *model, int member, const char *pixels) {
    const clenet_network *network = model->network;
    onnx_writer w = {.g = g,
                     .model = model,
                     .network = network,
                     .values = model_values(model, member),
                     .value = pixels,
                     .image = in_order};
    if (model->members > 1) (void)snprintf(w.prefix, sizeof w.prefix, "member_%d.", member + 1);
    for (int i = 0; i < network->layer_count; i++) add_layer(&w, &network->layers[i]);
    return w.value;
}

static void add_networks(onnx_graph *g, const clenet_model *model, const clenet_export_options *options) {
    const char *names[CLENET_MEMBERS_MAX + 1] = {NULL};
    const char *pixels = add_pixels(g, model->network->input, options->float_pixels);
    bool complete = true;
    for (int member = 0; member < model->members; member++) {
        names[member] = add_network(g, model, member, pixels);
        complete = complete && names[member] != NULL;
    }
    if (model->members > 1 && complete) (void)onnx_add_node(g, "Mean", "mean", "probabilities", names);
    const int dims[] = {0, network_classes(model->network)};
    onnx_add_output(g, "probabilities", "[N][classes]", ONNX_FLOAT, dims, 2);
    if (options->logits) onnx_add_output(g, "logits", "[N][classes]", ONNX_FLOAT, dims, 2);
}

/* The names of the classes, and how the training data were read, if not plainly. False if out of memory. */
static bool add_notes(onnx_graph *g, const clenet_model *model) {
    json_t *names = json_array();
    bool good = names != NULL;
    for (int i = 0; good && i < network_classes(model->network); i++)
        good = json_array_append_new(names, json_string(model->class_names[i])) == 0;
    char *text = good ? json_print(names, JSON_COMPACT) : NULL;
    json_decref(names);
    if (text == NULL) return false;
    onnx_add_note(g, "classes", text);
    free(text);
    const data_form *form = &model->form;
    char scale[NAME_SIZE];
    (void)number_print(scale, sizeof scale, "%.17g", form->scale);
    if (form->scale != 0.0) onnx_add_note(g, "scale", scale);
    if (form->invert) onnx_add_note(g, "invert", "true");
    if (form->transpose) onnx_add_note(g, "transpose", "true");
    return true;
}

static clenet_status check_options(const clenet_model *model, const clenet_export_options *options,
                                   clenet_error *error) {
    if (!options->logits || model->members == 1) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "cannot export logits: the model averages the probabilities of %d networks. Export probabilities",
                     model->members);
}

clenet_status clenet_export_onnx(clenet_export **exported, const clenet_model *model,
                                 const clenet_export_options *options, clenet_error *error) {
    clenet_export_options taken;
    REQUIRE(exported, error);
    REQUIRE(model, error);
    clenet_status status = export_options_take(&taken, options, error);
    if (status == CLENET_OK) status = check_options(model, &taken, error);
    if (status != CLENET_OK) return status;
    onnx_graph g;
    char *bytes = NULL;
    size_t count = 0;
    if (onnx_graph_new(&g, taken.prefix, IR_VERSION, OPSET)) {
        add_networks(&g, model, &taken);
        if (add_notes(&g, model)) bytes = onnx_pack(&g, &count);
    }
    onnx_graph_free(&g);
    return export_new(exported, bytes, count, error);
}
