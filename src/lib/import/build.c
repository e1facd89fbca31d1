/* build.c - makes the model of an import_network. */
#include "lib/import/import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/import/tensors.h"
#include "lib/net/layer.h"
#include "lib/net/model.h"

enum { MORE_SIZE = 32 }; /* bytes of "; and 1000 more" */

/* ---- the layers ----------------------------------------------------------------------------------------- */

/* The activation of a conv2d or dense that the layer is, if it is one; CLENET_ACTIVATION_NONE: it is not. */
static clenet_activation activation_of(const clenet_layer *spec, clenet_layer_kind before) {
    if (spec->kind == CLENET_SOFTMAX)
        return before == CLENET_DENSE ? CLENET_ACTIVATION_SOFTMAX : CLENET_ACTIVATION_NONE;
    if (spec->kind == CLENET_LEAKY_RELU && spec->negative_slope != LAYER_ACTIVATION_SLOPE)
        return CLENET_ACTIVATION_NONE;
    return layer_kind_activation(spec->kind);
}

/* Joins each activation with the conv2d or dense before it. */
static void join_activations(import_network *network) {
    size_t kept = 0;
    for (size_t i = 0; i < network->layer_count; i++) {
        clenet_layer *before = kept > 0 ? &network->layers[kept - 1].spec : NULL;
        bool open = before != NULL && (before->kind == CLENET_CONV2D || before->kind == CLENET_DENSE) &&
                    before->activation == CLENET_ACTIVATION_NONE;
        clenet_activation own = open ? activation_of(&network->layers[i].spec, before->kind) : CLENET_ACTIVATION_NONE;
        if (own != CLENET_ACTIVATION_NONE)
            before->activation = own; /* an activation has no tensors */
        else
            network->layers[kept++] = network->layers[i];
    }
    network->layer_count = kept;
}

static void end_in_softmax(import_network *network) {
    if (network->layer_count == 0) return;
    import_layer *last = &network->layers[network->layer_count - 1];
    clenet_layer *spec = &last->spec;
    if (spec->kind == CLENET_SOFTMAX || spec->activation == CLENET_ACTIVATION_SOFTMAX) return;
    if (spec->kind == CLENET_SIGMOID || spec->activation == CLENET_ACTIVATION_SIGMOID) {
        import_problem(network,
                       "layer '%s': the network ends in a sigmoid, and clenet needs a softmax over the classes",
                       last->name);
        return;
    }
    import_note(network, "added a softmax behind '%s': the file's network ends in logits", last->name);
    if (spec->kind == CLENET_DENSE && spec->activation == CLENET_ACTIVATION_NONE)
        spec->activation = CLENET_ACTIVATION_SOFTMAX;
    else
        (void)import_add_layer(network, "softmax", CLENET_SOFTMAX);
}

/* Puts a batch norm in front that gives (x - mean) / std. */
static void scale_pixels(import_network *network) {
    size_t channels = (size_t)network->input.channels, given = (size_t)network->pixel_numbers;
    const double *mean = network->pixel_mean, *std = network->pixel_std;
    bool plain = true;
    double smallest = INFINITY; /* variance */
    for (size_t i = 0; i < given; i++) {
        plain = plain && mean[i] == 0.0 && std[i] == 1.0;
        smallest = fmin(smallest, std[i] * std[i]);
    }
    if (plain) return;
    if (given > 1 && given != channels) {
        import_problem(network, "there are %zu means and standard deviations of pixels, but images of %zu channels",
                       given, channels);
        return;
    }
    import_layer *front = import_add_layer(network, "scaling of pixels", CLENET_BATCHNORM);
    if (front == NULL) return;
    /* The variance that is stored must not be below 0. */
    float epsilon = smallest > 2.0 * (double)LAYER_EPSILON ? LAYER_EPSILON : (float)(smallest / 2.0);
    front->spec.epsilon = epsilon;
    float *gamma = import_set_tensor(network, front, PARAMETER_GAMMA, IMPORT_OWN, 1, &channels);
    float *center = import_set_tensor(network, front, PARAMETER_MOVING_MEAN, IMPORT_OWN, 1, &channels);
    float *variance = import_set_tensor(network, front, PARAMETER_MOVING_VARIANCE, IMPORT_OWN, 1, &channels);
    for (size_t i = 0; i < channels && gamma != NULL && center != NULL && variance != NULL; i++) {
        size_t k = given > 1 ? i : 0;
        gamma[i] = std[k] < 0.0 ? -1.0f : 1.0f;
        center[i] = (float)mean[k];
        variance[i] = (float)(std[k] * std[k] - (double)epsilon);
    }
    import_layer moved = *front;
    memmove(network->layers + 1, network->layers, (network->layer_count - 1) * sizeof moved);
    network->layers[0] = moved;
    import_note(network, "put a batchnorm in front, since the network expects pixels with another mean or deviation");
}

/* Appends the layers to own, up to the first that does not fit: that is a problem. */
static clenet_status add_layers(clenet_network *own, import_network *network, clenet_error *error) {
    clenet_error reason;
    for (size_t i = 0; i < network->layer_count; i++) {
        clenet_status status = clenet_network_add(own, &network->layers[i].spec, &reason);
        if (status == CLENET_OK) continue;
        if (status == CLENET_ERROR_MEMORY) return error_set(error, status, "%s", reason.message);
        const char *colon = strstr(reason.message, ": ");
        import_problem(network, "layer '%s' (%s): %s", network->layers[i].name,
                       clenet_layer_word(network->layers[i].spec.kind), colon != NULL ? colon + 2 : reason.message);
        return CLENET_OK;
    }
    if (network_check_complete(own, &reason) != CLENET_OK) import_problem(network, "%s", reason.message);
    return CLENET_OK;
}

static clenet_status make_network(clenet_network **own, import_network *network, clenet_error *error) {
    clenet_shape in = network->input;
    if (in.height == 0 || in.width == 0 || in.channels == 0)
        import_problem(network, "the file does not say the size of its images");
    else
        scale_pixels(network);
    if (network->separate) join_activations(network);
    end_in_softmax(network);
    if (network->problems.count > 0 || network->failed) return CLENET_OK;
    clenet_error reason;
    clenet_status status = clenet_network_new(own, in.height, in.width, in.channels, &reason);
    if (status == CLENET_ERROR_ARGUMENT) {
        import_problem(network, "%s", reason.message);
        return CLENET_OK;
    }
    if (status != CLENET_OK) return error_set(error, status, "%s", reason.message);
    return add_layers(*own, network, error);
}

/* ---- problems and notes --------------------------------------------------------------------------------- */

/* All problems in one line: as many as have room, and the number of the others. */
static clenet_status tell_problems(const import_network *network, const char *name, clenet_error *error) {
    const import_lines *problems = &network->problems;
    char text[sizeof error->message];
    int begin = snprintf(text, sizeof text, "cannot import '%.400s': ", name);
    size_t length = (size_t)begin, told = 0;
    for (; told < problems->count; told++) {
        size_t room = sizeof text - MORE_SIZE, next = strlen(problems->lines[told]) + 2;
        if (told > 0 && length + next >= room) break;
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", told > 0 ? "; " : "", problems->lines[told]);
    }
    size_t rest = problems->count - told + problems->more;
    if (rest > 0) (void)snprintf(text + length, sizeof text - length, "; and %zu more", rest);
    return error_set(error, CLENET_ERROR_FORMAT, "%s", text);
}

static void tell_notes(const import_network *network, const clenet_import_options *options) {
    for (size_t i = 0; options->on_note != NULL && i < network->notes.count; i++)
        options->on_note(network->notes.lines[i], options->user);
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

static clenet_status fill(clenet_model **model, const clenet_network *own, import_network *network,
                          const clenet_import_options *options, clenet_error *error) {
    clenet_model *fresh = NULL;
    clenet_status status = clenet_model_new(&fresh, own, 0, error);
    if (status != CLENET_OK) return status;
    row_set_free(&fresh->trained); /* the file does not say them */
    import_fill_tensors(fresh, network);
    const char *const *names = options->class_names;
    if (names == NULL && network->class_count == (size_t)network_classes(own))
        names = (const char *const *)network->class_names;
    if (names != NULL) status = model_set_class_names(fresh, names, error);
    if (status != CLENET_OK || network->problems.count > 0) {
        clenet_model_free(fresh);
        return status;
    }
    *model = fresh;
    return CLENET_OK;
}

clenet_status import_build(clenet_model **model, import_network *network, const char *name,
                           const clenet_import_options *options, clenet_error *error) {
    clenet_network *own = NULL;
    clenet_model *fresh = NULL;
    if (options->scaling > 0) {
        network->pixel_numbers = options->scaling;
        memcpy(network->pixel_mean, options->mean, sizeof network->pixel_mean);
        memcpy(network->pixel_std, options->std, sizeof network->pixel_std);
    }
    clenet_status status = CLENET_OK;
    if (network->problems.count == 0 && !network->failed) status = make_network(&own, network, error);
    if (status == CLENET_OK && own != NULL) {
        import_check_tensors(own, network);
        if (network->problems.count == 0 && !network->failed) status = fill(&fresh, own, network, options, error);
    }
    clenet_network_free(own);
    if (status == CLENET_OK && network->failed)
        status = error_memory(error, network->layer_count * sizeof(import_layer), "an imported model");
    else if (status == CLENET_OK && network->problems.count > 0)
        status = tell_problems(network, name, error);
    if (status != CLENET_OK) {
        clenet_model_free(fresh);
        return status;
    }
    tell_notes(network, options);
    *model = fresh;
    return CLENET_OK;
}
