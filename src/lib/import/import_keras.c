/* import_keras.c - models of Keras: .keras archives, .h5 files of whole models, and files of weights alone. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/json_read.h"
#include "lib/import/import.h"
#include "lib/import/keras_archive.h"
#include "lib/import/keras_layers.h"
#include "lib/import/keras_weights.h"

enum { LAYERS_MOST = 4 * IMPORT_LAYERS_MAX /* of a config: some of them are no layers of clenet */ };

/* ---- the list of layers --------------------------------------------------------------------------------- */

/* Counts the layers that a layer of a Functional model reads, and lends the name of the last. Keras 3 has objects with a
 * "keras_history": [NAME, 0, 0], and Keras 2 lists [NAME, 0, 0, {}]. */
static int count_inbound(const json_t *nodes, const char **name) {
    int count = 0;
    size_t i;
    const char *key;
    json_t *value;
    const json_t *history = json_is_array(nodes) ? nodes : json_object_get(nodes, "keras_history");
    const char *read = json_string_value(json_array_get(history, 0));
    if (read != NULL && json_is_integer(json_array_get(history, 1))) {
        *name = read;
        return 1;
    }
    if (json_is_array(nodes)) {
        json_array_foreach(nodes, i, value) count += count_inbound(value, name);
    } else if (json_is_object(nodes)) {
        /* jansson iterates with a pointer that is not const */
        json_object_foreach((json_t *)(uintptr_t)nodes, key, value) count += count_inbound(value, name);
    }
    return count;
}

/* A chain: each layer reads the one before it. */
static void check_chain(const keras_reader *r, const keras_layer *l, const json_t *entry, const char *before) {
    const char *name = "";
    int count = count_inbound(json_object_get(entry, "inbound_nodes"), &name);
    if (count > 1)
        keras_problem(r, l, "it reads %d layers; clenet's networks are chains", count);
    else if (count == 0 && before != NULL)
        keras_problem(r, l, "it is a second input; clenet's networks have one");
    else if (count == 1 && (before == NULL || strcmp(name, before) != 0))
        keras_problem(r, l, "it reads '%.64s', not the layer before it; clenet's networks are chains", name);
}

static void read_layers(keras_reader *r, const json_t *layers, bool is_sequential) {
    size_t i;
    json_t *entry;
    const char *before = NULL;
    if (json_array_size(layers) > LAYERS_MOST)
        import_problem(r->to, "the network has more than %d layers", (int)IMPORT_LAYERS_MAX);
    json_array_foreach(layers, i, entry) {
        keras_layer l = {.class = json_string_value(json_object_get(entry, "class_name")),
                         .config = json_object_get(entry, "config")};
        if (i == LAYERS_MOST) break;
        l.name = json_string_value(json_object_get(l.config, "name"));
        if (l.name == NULL) l.name = json_string_value(json_object_get(entry, "name"));
        if (l.name == NULL) l.name = "?";
        if (l.class == NULL || !json_is_object(l.config)) {
            import_problem(r->to, "layer %zu of the file has no class_name or no config", i + 1);
            continue;
        }
        if (!is_sequential) check_chain(r, &l, entry, before);
        keras_read_layer(r, &l);
        before = l.name;
    }
}

/* pixel -> scale * pixel / 255 + offset is (pixel / 255 - mean) / std. */
static void set_scaling(const keras_reader *r) {
    const double rounding = 1e-6; /* 255 times 1/255 in decimal, or as a float */
    bool usual = true;
    for (int i = 0; i < r->scales; i++) {
        usual = usual && fabs(r->scale[i] - 1) < rounding && fabs(r->offset[i]) < rounding;
        r->to->pixel_std[i] = 1 / r->scale[i];
        r->to->pixel_mean[i] = -r->offset[i] / r->scale[i];
    }
    r->to->pixel_numbers = usual ? 0 : r->scales;
}

clenet_status keras_read_config(import_network *to, const char *text, size_t size, const keras_weights *weights,
                                const char *name, clenet_error *error) {
    json_error_t reason;
    keras_reader r = {.to = to, .weights = weights};
    json_t *root = json_read(text, size, 0, &reason);
    if (root == NULL) {
        if (json_error_code(&reason) == json_error_out_of_memory)
            return error_memory(error, size, "the description of a Keras model");
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: its description of the layers is not JSON: %s; save the "
                         "model again",
                         name, reason.text);
    }
    const char *class = json_string_value(json_object_get(root, "class_name"));
    const json_t *config = json_object_get(root, "config");
    bool sequential = class != NULL && strcmp(class, "Sequential") == 0;
    if (sequential || (class != NULL && (strcmp(class, "Functional") == 0 || strcmp(class, "Model") == 0)))
        read_layers(&r, json_is_array(config) ? config : json_object_get(config, "layers"), sequential);
    else
        import_problem(to, "the model is of class '%.64s'; clenet reads Sequential and Functional",
                       class != NULL ? class : "?");
    set_scaling(&r);
    json_decref(root);
    return CLENET_OK;
}

/* ---- weights alone -------------------------------------------------------------------------------------- */

static const char *class_of(clenet_layer_kind kind) {
    const char *class = clenet_layer_keras_name(kind);
    return class != NULL ? class : "?";
}

/* The words of a layer's arrays, in Keras's order, which is that of clenet's roles. */
static const struct {
    clenet_layer_kind kind;
    parameter_role role;
    const char *word;
} arrays[] = {
    {CLENET_CONV2D, PARAMETER_KERNEL, "kernel"},
    {CLENET_CONV2D, PARAMETER_BIAS, "bias"},
    {CLENET_DENSE, PARAMETER_KERNEL, "kernel"},
    {CLENET_DENSE, PARAMETER_BIAS, "bias"},
    {CLENET_BATCHNORM, PARAMETER_GAMMA, "gamma"},
    {CLENET_BATCHNORM, PARAMETER_BETA, "beta"},
    {CLENET_BATCHNORM, PARAMETER_MOVING_MEAN, "moving_mean"},
    {CLENET_BATCHNORM, PARAMETER_MOVING_VARIANCE, "moving_variance"},
};
enum { ARRAYS = sizeof arrays / sizeof arrays[0] };

static bool has_arrays(clenet_layer_kind kind) {
    return kind == CLENET_CONV2D || kind == CLENET_DENSE || kind == CLENET_BATCHNORM;
}

/* Takes the arrays of a layer of the caller's network. */
static void take_arrays(const keras_reader *r, const keras_layer *l, import_layer *to, bool depthwise) {
    int number = 0;
    for (int i = 0; i < ARRAYS; i++) {
        if (arrays[i].kind != to->spec.kind) continue;
        bool kernel = arrays[i].role == PARAMETER_KERNEL;
        keras_take(r, l, to, arrays[i].role, number++, kernel && depthwise ? "depthwise_kernel" : arrays[i].word,
                   kernel);
        if (kernel && depthwise) to->tensors[PARAMETER_KERNEL].layout = IMPORT_HWCM;
    }
}

/* Keras 3: by class and number. A depthwise convolution may also be a Conv2D with groups. */
static void take_numbered(const keras_reader *r) {
    int conv2d = 0, depthwise = 0, dense = 0, batchnorm = 0;
    for (size_t i = 0; i < r->to->layer_count; i++) {
        import_layer *to = &r->to->layers[i];
        keras_layer l = {.name = to->name, .class = class_of(to->spec.kind)};
        bool is_depthwise = false;
        if (!has_arrays(to->spec.kind)) continue;
        if (to->spec.kind == CLENET_CONV2D) {
            keras_put_group(l.group, "depthwise_conv2d", depthwise);
            is_depthwise = to->spec.groups > 1 && keras_weights_has(r->weights, l.group);
            if (is_depthwise)
                depthwise++;
            else
                keras_put_group(l.group, "conv2d", conv2d++);
        } else if (to->spec.kind == CLENET_DENSE) {
            keras_put_group(l.group, "dense", dense++);
        } else {
            keras_put_group(l.group, "batch_normalization", batchnorm++);
        }
        take_arrays(r, &l, to, is_depthwise);
    }
}

/* Before Keras 3: in the order of the list "layer_names", of which those count that have a kernel or a moving mean. */
static void take_named(const keras_reader *r, const char *attribute_path) {
    static const char *const first_words[] = {"kernel", "depthwise_kernel", "moving_mean"};
    const hdf5_content *content = r->weights->content;
    size_t next = 0;
    for (size_t i = 0; i < r->to->layer_count; i++) {
        import_layer *to = &r->to->layers[i];
        keras_layer l = {.name = NULL, .class = class_of(to->spec.kind)};
        int word = -1;
        if (!has_arrays(to->spec.kind)) continue;
        for (; next < content->count && word < 0; next++) {
            const hdf5_entry *entry = &content->entries[next];
            if (entry->name == NULL || strcmp(entry->name, "layer_names") != 0 ||
                strcmp(entry->path, attribute_path) != 0)
                continue;
            l.name = entry->text;
            for (int k = 0; k < 3 && word < 0; k++)
                if (keras_weights_find(r->weights, "", l.name, 0, first_words[k]) != NULL) word = k;
        }
        if (word < 0) {
            import_problem(r->to, "the file has no weights for the layer '%s' of --arch", to->name);
            continue;
        }
        take_arrays(r, &l, to, word == 1);
    }
}

static clenet_status read_weights_alone(import_network *to, const keras_weights *weights, const import_source *from,
                                        clenet_error *error) {
    keras_reader r = {.to = to, .weights = weights};
    if (from->network == NULL)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: has the weights of Keras and no layers: add --arch FILE with the layers, or save the "
                         "whole model in Keras: model.save('model.keras')",
                         from->name);
    import_add_network(to, from->network);
    if (weights->numbered)
        take_numbered(&r);
    else
        take_named(&r, weights->folder[0] != '\0' ? "model_weights" : "");
    return CLENET_OK;
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static clenet_status read_archive(import_network *to, const import_source *from, clenet_error *error) {
    keras_archive archive = {.config.bytes = NULL};
    hdf5_content content = {.count = 0};
    keras_weights weights;
    clenet_status status = keras_archive_open(&archive, from, error);
    if (status == CLENET_OK)
        status = hdf5_read(&content, archive.weights.bytes, archive.weights.count, from->name, error);
    if (status == CLENET_OK) {
        (void)keras_weights_open(&weights, &content); /* a model may have no weights */
        status = keras_read_config(to, (const char *)archive.config.bytes, archive.config.count, &weights, from->name,
                                   error);
    }
    hdf5_free(&content);
    keras_archive_free(&archive);
    return status;
}

static clenet_status read_hdf5(import_network *to, const import_source *from, clenet_error *error) {
    hdf5_content content = {.count = 0};
    keras_weights weights;
    clenet_status status = hdf5_read(&content, from->bytes, from->size, from->name, error);
    if (status == CLENET_OK) {
        bool found = keras_weights_open(&weights, &content);
        const char *config = hdf5_find_text(&content, "", "model_config");
        if (config != NULL)
            status = keras_read_config(to, config, strlen(config), &weights, from->name, error);
        else if (found)
            status = read_weights_alone(to, &weights, from, error);
        else
            status = error_set(error, CLENET_ERROR_FORMAT,
                               "%s: is an HDF5 file, but has no model or weights of Keras; save the model in Keras: "
                               "model.save('model.keras')",
                               from->name);
    }
    hdf5_free(&content);
    return status;
}

clenet_status import_read_keras(import_network *to, const import_source *from, clenet_error *error) {
    bool zip = from->size >= 2 && from->bytes[0] == 'P' && from->bytes[1] == 'K';
    return zip ? read_archive(to, from, error) : read_hdf5(to, from, error);
}
