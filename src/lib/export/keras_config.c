/* keras_config.c - see keras_config.h.
 *
 * A layer of Keras is {"module", "class_name", "config", "registered_name"}; in a Functional model it also has "name" and
 * "inbound_nodes", the tensors that it reads. What a config does not say has Keras's default.
 *
 * Keras finds weights by the layer's class in snake_case and its number within the class, counted from 0 and left out for the first:
 * "layers/conv2d/vars", "layers/conv2d_1/vars", and not by its name. */
#include "lib/export/keras_config.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/number.h"

enum {
    NAME_SIZE = 64,      /* bytes of "member_64_conv2d_1000_padding" */
    PROBLEMS_SHOWN = 800 /* bytes */
};

/* The classes that have weights. */
typedef enum weighted_class { CLASS_CONV2D, CLASS_DEPTHWISE, CLASS_BATCHNORM, CLASS_DENSE, CLASS_COUNT } weighted_class;
static const char *const snake_case[] = {"conv2d", "depthwise_conv2d", "batch_normalization", "dense"};
_Static_assert(sizeof snake_case / sizeof snake_case[0] == CLASS_COUNT, "a name for each class");

typedef struct writer {
    keras_config *to;
    const clenet_model *model;
    text_buffer problems; /* "maxpool2d_1: why; ..." */
    bool functional;
    int member;               /* from 0 */
    int numbers[CLASS_COUNT]; /* layers so far */
    char last[NAME_SIZE];     /* the layer before this one, which this one reads */
    clenet_shape shape;       /* of its output */
    bool flat;
} writer;

/* ---- names and shapes ----------------------------------------------------------------------------------- */

/* "conv2d_1", in an ensemble "member_2_conv2d_1". */
static void put_name(char name[NAME_SIZE], const writer *w, const char *layer_name, const char *suffix) {
    if (w->functional)
        (void)snprintf(name, NAME_SIZE, "member_%d_%s%s", w->member + 1, layer_name, suffix);
    else
        (void)snprintf(name, NAME_SIZE, "%s%s", layer_name, suffix);
}

static void add_shape(text_buffer *t, clenet_shape shape, bool flat) {
    if (flat)
        text_add(t, "[null, %d]", shape.channels);
    else
        text_add(t, "[null, %d, %d, %d]", shape.height, shape.width, shape.channels);
}

static void add_float(text_buffer *t, const char *key, float value) {
    char text[NUMBER_FLOAT_SIZE];
    number_print_float(text, value);
    text_add(t, ", \"%s\": %s", key, text);
}

static void add_problem(writer *w, const layer *l, const char *why) {
    text_add(&w->problems, "%s%s: %s", w->problems.count > 0 ? "; " : "", l->name, why);
}

/* ---- a layer of Keras ----------------------------------------------------------------------------------- */

/* The output of a layer, which another one reads. */
static void add_tensor(text_buffer *t, const char *name, clenet_shape shape, bool flat) {
    text_add(t, "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": ");
    add_shape(t, shape, flat);
    text_add(t, ", \"dtype\": \"float32\", \"keras_history\": [\"%s\", 0, 0]}}", name);
}

static void begin_layer(const writer *w, const char *class_name, const char *name) {
    text_add(&w->to->json,
             "%s{\"module\": \"keras.layers\", \"class_name\": \"%s\", \"config\": {\"name\": \"%s\", \"dtype\": "
             "\"float32\"",
             w->last[0] != '\0' ? ", " : "", class_name, name);
}

/* The layer reads the last one, and becomes the last one. */
static void end_layer(writer *w, const char *name, clenet_shape shape, bool flat) {
    text_buffer *t = &w->to->json;
    text_add(t, "}, \"registered_name\": null");
    if (w->functional) {
        text_add(t, ", \"name\": \"%s\", \"inbound_nodes\": [{\"args\": [", name);
        add_tensor(t, w->last, w->shape, w->flat);
        text_add(t, "], \"kwargs\": {}}]");
    }
    text_add(t, "}");
    (void)snprintf(w->last, NAME_SIZE, "%s", name);
    w->shape = shape;
    w->flat = flat;
}

static void add_input(writer *w, clenet_shape shape) {
    text_buffer *t = &w->to->json;
    begin_layer(w, "InputLayer", "pixels");
    text_add(t, ", \"batch_shape\": ");
    add_shape(t, shape, false);
    text_add(t, "}, \"registered_name\": null%s}",
             w->functional ? ", \"name\": \"pixels\", \"inbound_nodes\": []" : "");
    (void)snprintf(w->last, NAME_SIZE, "pixels");
    w->shape = shape;
    begin_layer(w, "Rescaling", "rescaling");
    text_add(t, ", \"scale\": 0.00392156862745098, \"offset\": 0.0"); /* 1/255 */
    end_layer(w, "rescaling", shape, false);
}

/* Zeros at the borders of the image, as a layer. */
static void add_padding(writer *w, const layer *l, const char *name) {
    const clenet_layer *spec = &l->spec;
    clenet_shape out = {l->in.height + spec->pad_top + spec->pad_bottom, l->in.width + spec->pad_left + spec->pad_right,
                        l->in.channels};
    begin_layer(w, "ZeroPadding2D", name);
    text_add(&w->to->json, ", \"padding\": [[%d, %d], [%d, %d]], \"data_format\": \"channels_last\"", spec->pad_top,
             spec->pad_bottom, spec->pad_left, spec->pad_right);
    end_layer(w, name, out, false);
}

/* ---- weights -------------------------------------------------------------------------------------------- */

/* Names the group of the layer's weights, whose arrays are in the order of Keras, which is also clenet's. A depthwise kernel
 * [kh][kw][1][in * m] has the order of Keras's [kh][kw][in][m]. */
static void add_weights(writer *w, const layer *l, weighted_class class, const char *name) {
    hdf5_vars *group = &w->to->weights[w->to->count++];
    int number = w->numbers[class]++;
    if (number == 0)
        (void)snprintf(group->path, sizeof group->path, "layers/%s/vars", snake_case[class]);
    else
        (void)snprintf(group->path, sizeof group->path, "layers/%s_%d/vars", snake_case[class], number);
    (void)snprintf(group->name, sizeof group->name, "%s", name);
    group->count = l->parameter_count;
    for (int i = 0; i < l->parameter_count; i++)
        group->arrays[i] = clenet_model_member_tensor(w->model, w->member, (size_t)l->parameter_first + (size_t)i);
    if (class != CLASS_DEPTHWISE) return;
    group->arrays[0].shape[2] = (size_t)l->in.channels;
    group->arrays[0].shape[3] = (size_t)(l->spec.filters / l->in.channels);
}

/* ---- kinds of layers ------------------------------------------------------------------------------------ */

static void add_activation(text_buffer *t, clenet_activation activation) {
    const char *word = activation == CLENET_ACTIVATION_SOFTMAX ? "softmax" : clenet_activation_word(activation);
    text_add(t, ", \"activation\": \"%s\"", word != NULL ? word : "linear");
}

static void add_bare(writer *w, const layer *l, const char *name) {
    begin_layer(w, clenet_layer_keras_name(l->spec.kind), name);
    end_layer(w, name, l->out, l->flat);
}

/* Activations that are layers of clenet and have no class in Keras. */
static void add_function(writer *w, const layer *l, const char *name) {
    begin_layer(w, "Activation", name);
    text_add(&w->to->json, ", \"activation\": \"%s\"", clenet_layer_word(l->spec.kind));
    end_layer(w, name, l->out, l->flat);
}

static const char *padding_word(clenet_padding padding) {
    return padding == CLENET_SAME ? "same" : "valid";
}

/* TensorFlow has no gradient of grouped convolutions on CPUs, but it has one of depthwise ones. */
static void add_conv2d(writer *w, const layer *l, const char *name) {
    const clenet_layer *spec = &l->spec;
    text_buffer *t = &w->to->json;
    bool depthwise = spec->groups > 1 && spec->groups == l->in.channels;
    if (spec->padding == CLENET_PADDED) {
        char padding[NAME_SIZE];
        put_name(padding, w, l->name, "_padding");
        add_padding(w, l, padding);
    }
    begin_layer(w, depthwise ? "DepthwiseConv2D" : "Conv2D", name);
    if (depthwise)
        text_add(t, ", \"depth_multiplier\": %d", spec->filters / l->in.channels);
    else
        text_add(t, ", \"filters\": %d, \"groups\": %d", spec->filters, spec->groups);
    text_add(t, ", \"kernel_size\": [%d, %d], \"strides\": [%d, %d], \"padding\": \"%s\"", spec->kernel_height,
             spec->kernel_width, spec->stride, spec->stride, padding_word(spec->padding));
    text_add(t, ", \"data_format\": \"channels_last\", \"dilation_rate\": [1, 1], \"use_bias\": true");
    add_activation(t, spec->activation);
    end_layer(w, name, l->out, l->flat);
    add_weights(w, l, depthwise ? CLASS_DEPTHWISE : CLASS_CONV2D, name);
}

static void add_pool(writer *w, const layer *l, const char *name) {
    const clenet_layer *spec = &l->spec;
    if (spec->padding == CLENET_PADDED)
        add_problem(w, l, "pooling in Keras has no padding numbers, only 'valid' and 'same'");
    begin_layer(w, clenet_layer_keras_name(spec->kind), name);
    text_add(
        &w->to->json,
        ", \"pool_size\": [%d, %d], \"strides\": [%d, %d], \"padding\": \"%s\", \"data_format\": \"channels_last\"",
        spec->pool, spec->pool, spec->stride, spec->stride, padding_word(spec->padding));
    end_layer(w, name, l->out, l->flat);
}

static void add_batchnorm(writer *w, const layer *l, const char *name) {
    begin_layer(w, "BatchNormalization", name);
    text_add(&w->to->json, ", \"axis\": -1, \"center\": true, \"scale\": true");
    add_float(&w->to->json, "momentum", l->spec.momentum);
    add_float(&w->to->json, "epsilon", l->spec.epsilon);
    end_layer(w, name, l->out, l->flat);
    add_weights(w, l, CLASS_BATCHNORM, name);
}

static void add_dense(writer *w, const layer *l, const char *name) {
    begin_layer(w, "Dense", name);
    text_add(&w->to->json, ", \"units\": %d, \"use_bias\": true", l->spec.units);
    add_activation(&w->to->json, l->spec.activation);
    end_layer(w, name, l->out, l->flat);
    add_weights(w, l, CLASS_DENSE, name);
}

static void add_number(writer *w, const layer *l, const char *name, const char *key, float value) {
    begin_layer(w, clenet_layer_keras_name(l->spec.kind), name);
    add_float(&w->to->json, key, value);
    end_layer(w, name, l->out, l->flat);
}

static void add_layer(writer *w, const layer *l) {
    char name[NAME_SIZE];
    put_name(name, w, l->name, "");
    switch (l->spec.kind) {
    case CLENET_CONV2D:
        add_conv2d(w, l, name);
        break;
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
        add_pool(w, l, name);
        break;
    case CLENET_BATCHNORM:
        add_batchnorm(w, l, name);
        break;
    case CLENET_DENSE:
        add_dense(w, l, name);
        break;
    case CLENET_DROPOUT:
        add_number(w, l, name, "rate", l->spec.rate);
        break;
    case CLENET_LEAKY_RELU:
        add_number(w, l, name, "negative_slope", l->spec.negative_slope);
        break;
    case CLENET_ZEROPAD2D:
        add_padding(w, l, name);
        break;
    case CLENET_TANH:
    case CLENET_SIGMOID:
        add_function(w, l, name);
        break;
    case CLENET_GLOBALAVGPOOL2D:
    case CLENET_FLATTEN:
    case CLENET_RELU:
    case CLENET_SOFTMAX:
        add_bare(w, l, name);
        break;
    }
}

/* ---- models --------------------------------------------------------------------------------------------- */

static void add_sequential(writer *w) {
    const clenet_network *network = w->model->network;
    text_buffer *t = &w->to->json;
    text_add(
        t, "{\"module\": \"keras\", \"class_name\": \"Sequential\", \"config\": {\"name\": \"clenet\", \"layers\": [");
    add_input(w, network->input);
    for (int i = 0; i < network->layer_count; i++) add_layer(w, &network->layers[i]);
    text_add(t, "], \"build_input_shape\": ");
    add_shape(t, network->input, false);
    text_add(t, "}, \"registered_name\": null, \"build_config\": {\"input_shape\": ");
    add_shape(t, network->input, false);
    text_add(t, "}}\n");
}

/* Layer i of a member reads layer i - 1 of it, or the rescaled pixels. */
static void begin_after(writer *w, int i) {
    const clenet_network *network = w->model->network;
    if (i > 0)
        put_name(w->last, w, network->layers[i - 1].name, "");
    else
        (void)snprintf(w->last, NAME_SIZE, "rescaling");
    w->shape = i > 0 ? network->layers[i - 1].out : network->input;
    w->flat = i > 0 && network->layers[i - 1].flat;
}

/* The layer "average" reads the members. Keras sorts layers by their distance from it, and counts those of a class in this order: so the
 * first layers of all members come first. */
static void add_ensemble(writer *w) {
    const clenet_network *network = w->model->network;
    const layer *last = &network->layers[network->layer_count - 1];
    text_buffer *t = &w->to->json;
    char name[NAME_SIZE];
    text_add(t, "{\"module\": \"keras.src.models.functional\", \"class_name\": \"Functional\", \"config\": "
                "{\"name\": \"clenet\", \"layers\": [");
    add_input(w, network->input);
    for (int i = 0; i < network->layer_count; i++) {
        for (w->member = 0; w->member < w->model->members; w->member++) {
            begin_after(w, i);
            add_layer(w, &network->layers[i]);
        }
    }
    begin_layer(w, "Average", "average");
    text_add(t, "}, \"registered_name\": null, \"name\": \"average\", \"inbound_nodes\": [{\"args\": [[");
    for (w->member = 0; w->member < w->model->members; w->member++) {
        put_name(name, w, last->name, "");
        text_add(t, "%s", w->member > 0 ? ", " : "");
        add_tensor(t, name, last->out, true);
    }
    text_add(
        t, "]], \"kwargs\": {}}]}], \"input_layers\": [[\"pixels\", 0, 0]], \"output_layers\": [[\"average\", 0, 0]]}, "
           "\"registered_name\": \"Functional\"}\n");
}

clenet_status keras_config_new(keras_config *config, const clenet_model *model, clenet_error *error) {
    size_t most = (size_t)model->members * (size_t)model->network->layer_count;
    *config = (keras_config){.weights = memory_new(most, sizeof *config->weights)};
    if (config->weights == NULL) return error_memory(error, most * sizeof *config->weights, "the weights for Keras");
    writer w = {.to = config, .model = model, .functional = model->members > 1};
    if (w.functional)
        add_ensemble(&w);
    else
        add_sequential(&w);
    clenet_status status = CLENET_OK;
    if (config->json.failed || w.problems.failed)
        status = error_memory(error, config->json.capacity, "the description for Keras");
    else if (w.problems.count > 0)
        status =
            error_set(error, CLENET_ERROR_ARGUMENT, "cannot export to Keras: %.*s", PROBLEMS_SHOWN, w.problems.bytes);
    memory_free(w.problems.bytes);
    return status;
}

void keras_config_free(keras_config *config) {
    memory_free(config->json.bytes);
    memory_free(config->weights);
    *config = (keras_config){.count = 0};
}
