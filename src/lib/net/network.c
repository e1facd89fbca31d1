/* network.c - see network.h; clenet.h describes each layer. */
#include "lib/net/network.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/philox.h"
#include "lib/net/layer.h"

enum { SIDE_MAX = 4096, CLASSES_MIN = 2, CLASSES_MAX = 256, FIRST_CAPACITY = 16, INPUT_LINE_SIZE = 64 };

_Static_assert((int)NETWORK_LAYERS_MAX *(int)LAYER_PARAMETERS_MAX <= PHILOX_LAYER - PHILOX_WEIGHTS,
               "each parameter has its own stream of random numbers");

/* ---- making ------------------------------------------------------------------------------------------- */

static clenet_status check_input(int height, int width, int channels, clenet_error *error) {
    const char *names[] = {"height", "width", "channels"};
    const int sides[] = {height, width, channels};
    uint64_t numbers = 1;
    for (int i = 0; i < 3; i++) {
        if (sides[i] < 1 || sides[i] > SIDE_MAX) {
            return error_set(error, CLENET_ERROR_ARGUMENT, "input: %s %d is out of range 1..%d", names[i], sides[i],
                             (int)SIDE_MAX);
        }
        numbers *= (uint64_t)sides[i];
    }
    if (numbers <= NETWORK_NUMBERS_MAX) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "input: %dx%dx%d is more than %d numbers; use smaller images",
                     height, width, channels, (int)NETWORK_NUMBERS_MAX);
}

clenet_status clenet_network_new(clenet_network **network, int height, int width, int channels, clenet_error *error) {
    REQUIRE(network, error);
    clenet_status status = check_input(height, width, channels, error);
    if (status != CLENET_OK) return status;
    clenet_network *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "a network");
    fresh->input = (clenet_shape){height, width, channels};
    char line[INPUT_LINE_SIZE];
    (void)snprintf(line, sizeof line, "input %dx%dx%d\n", height, width, channels);
    fresh->text = memory_copy_string(line);
    if (fresh->text == NULL) {
        clenet_network_free(fresh);
        return error_memory(error, sizeof line, "a network");
    }
    *network = fresh;
    return CLENET_OK;
}

void clenet_network_free(clenet_network *network) {
    if (network == NULL) return;
    memory_free(network->layers);
    memory_free(network->parameters);
    memory_free(network->text);
    memory_free(network);
}

static clenet_status add_all(clenet_network *network, const clenet_layer *layers, size_t count, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (size_t i = 0; i < count && status == CLENET_OK; i++) {
        status = clenet_network_add(network, &layers[i], error);
    }
    return status;
}

clenet_status clenet_network_lenet(clenet_network **network, int height, int width, int channels, int classes,
                                   clenet_error *error) {
    REQUIRE(network, error);
    const clenet_layer layers[] = {
        {.kind = CLENET_CONV2D,
         .filters = 6,
         .kernel_height = 5,
         .padding = CLENET_SAME,
         .activation = CLENET_ACTIVATION_RELU},
        {.kind = CLENET_MAXPOOL2D, .pool = 2},
        {.kind = CLENET_BATCHNORM},
        {.kind = CLENET_DROPOUT, .rate = 0.1f},
        {.kind = CLENET_CONV2D, .filters = 16, .kernel_height = 5, .activation = CLENET_ACTIVATION_RELU},
        {.kind = CLENET_MAXPOOL2D, .pool = 2},
        {.kind = CLENET_BATCHNORM},
        {.kind = CLENET_DROPOUT, .rate = 0.3f},
        {.kind = CLENET_FLATTEN},
        {.kind = CLENET_DENSE, .units = 120, .activation = CLENET_ACTIVATION_RELU},
        {.kind = CLENET_DENSE, .units = 84, .activation = CLENET_ACTIVATION_RELU},
        {.kind = CLENET_DENSE, .units = classes, .activation = CLENET_ACTIVATION_SOFTMAX},
    };
    clenet_network *fresh = NULL;
    clenet_status status = clenet_network_new(&fresh, height, width, channels, error);
    if (status == CLENET_OK) status = add_all(fresh, layers, sizeof layers / sizeof layers[0], error);
    if (status == CLENET_OK) status = network_check_complete(fresh, error);
    if (status != CLENET_OK) {
        clenet_network_free(fresh);
        return status;
    }
    *network = fresh;
    return CLENET_OK;
}

clenet_status network_copy(clenet_network **copy, const clenet_network *network, clenet_error *error) {
    clenet_network *fresh = NULL;
    clenet_shape input = network->input;
    clenet_status status = clenet_network_new(&fresh, input.height, input.width, input.channels, error);
    for (int i = 0; i < network->layer_count && status == CLENET_OK; i++) {
        status = clenet_network_add(fresh, &network->layers[i].spec, error);
    }
    if (status != CLENET_OK) {
        clenet_network_free(fresh);
        return status;
    }
    *copy = fresh;
    return CLENET_OK;
}

/* ---- adding a layer ----------------------------------------------------------------------------------- */

/* "conv2d_3" for the third of its kind. */
static void name_layer(layer *fresh, const clenet_network *network, clenet_layer_kind kind) {
    int number = 1;
    for (int i = 0; i < network->layer_count; i++) number += network->layers[i].spec.kind == kind;
    (void)snprintf(fresh->name, sizeof fresh->name, "%s_%d", clenet_layer_word(kind), number);
}

static clenet_status check_room(const clenet_network *network, const layer *fresh, clenet_error *error) {
    if (network->layer_count >= NETWORK_LAYERS_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "%s: a network has at most %d layers", fresh->name,
                         (int)NETWORK_LAYERS_MAX);
    }
    if (network->layer_count > 0 && layer_is_softmax(&network->layers[network->layer_count - 1])) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: nothing may follow the softmax of %s; put it before, or take the softmax away",
                         fresh->name, network->layers[network->layer_count - 1].name);
    }
    return CLENET_OK;
}

static clenet_status check_total(const clenet_network *network, const layer *fresh, const parameter *parameters,
                                 int count, clenet_error *error) {
    uint64_t numbers = network->packed_size;
    for (int i = 0; i < count; i++) numbers += (uint64_t)parameters[i].count + PARAMETER_ALIGNMENT;
    if (numbers <= NETWORK_NUMBERS_MAX) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: the network would have more than %d parameters; make its layers smaller", fresh->name,
                     (int)NETWORK_NUMBERS_MAX);
}

/* Makes room for more items in *items of *capacity. */
static clenet_status reserve(void **items, int *capacity, int needed, size_t size, clenet_error *error) {
    if (needed <= *capacity) return CLENET_OK;
    int larger = *capacity > 0 ? *capacity : FIRST_CAPACITY;
    while (larger < needed) larger *= 2;
    void *resized = memory_resize(*items, (size_t)larger, size);
    if (resized == NULL) return error_memory(error, (size_t)larger * size, "a network");
    *items = resized;
    *capacity = larger;
    return CLENET_OK;
}

static clenet_status reserve_all(clenet_network *network, int parameters, size_t text_size, clenet_error *error) {
    void *layers = network->layers, *list = network->parameters;
    clenet_status status = reserve(&layers, &network->layer_capacity, network->layer_count + 1, sizeof(layer), error);
    network->layers = layers;
    if (status != CLENET_OK) return status;
    status =
        reserve(&list, &network->parameter_capacity, network->parameter_count + parameters, sizeof(parameter), error);
    network->parameters = list;
    if (status != CLENET_OK) return status;
    char *text = memory_resize(network->text, text_size, 1);
    if (text == NULL) return error_memory(error, text_size, "a network");
    network->text = text;
    return CLENET_OK;
}

/* Places the parameters that are of this kind behind the others. Returns the end. */
static size_t pack_kind(clenet_network *network, size_t offset, bool trained, bool frozen) {
    for (int i = 0; i < network->parameter_count; i++) {
        parameter *p = &network->parameters[i];
        if (p->trained != trained || p->frozen != frozen) continue;
        p->offset = offset;
        offset += parameter_room(p);
    }
    return offset;
}

/* Places the parameters: the trained ones first, so that one loop can update them all. */
static void pack(clenet_network *network) {
    network->trained_size = pack_kind(network, 0, true, false);
    network->changed_size = pack_kind(network, network->trained_size, false, false);
    network->packed_size = pack_kind(network, network->changed_size, false, true);
}

clenet_status clenet_network_add(clenet_network *network, const clenet_layer *spec, clenet_error *error) {
    REQUIRE(network, error);
    REQUIRE_AS(spec, "layer", error);
    if (clenet_layer_word(spec->kind) == NULL) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "layer %d: kind %d is not known; use a CLENET_ kind",
                         network->layer_count + 1, (int)spec->kind);
    }
    int last = network->layer_count - 1;
    clenet_shape in = last >= 0 ? network->layers[last].out : network->input;
    bool flat = last >= 0 && network->layers[last].flat;
    layer fresh = {.parameter_first = network->parameter_count};
    parameter parameters[LAYER_PARAMETERS_MAX];
    char line[LAYER_LINE_SIZE];

    name_layer(&fresh, network, spec->kind);
    clenet_status status = check_room(network, &fresh, error);
    if (status == CLENET_OK) status = layer_fit(&fresh, spec, in, flat, error);
    if (status == CLENET_OK) status = layer_parameters(parameters, &fresh.parameter_count, &fresh, error);
    if (status == CLENET_OK) status = check_total(network, &fresh, parameters, fresh.parameter_count, error);
    if (status != CLENET_OK) return status;

    layer_line(line, &fresh.spec);
    size_t text_length = strlen(network->text);
    status = reserve_all(network, fresh.parameter_count, text_length + strlen(line) + 1, error);
    if (status != CLENET_OK) return status;

    memcpy(network->text + text_length, line, strlen(line) + 1);
    for (int i = 0; i < fresh.parameter_count; i++) {
        parameters[i].layer = network->layer_count;
        network->parameters[network->parameter_count++] = parameters[i];
    }
    network->layers[network->layer_count++] = fresh;
    pack(network);
    return CLENET_OK;
}

/* ---- checking ----------------------------------------------------------------------------------------- */

int network_classes(const clenet_network *network) {
    return network->layer_count > 0 ? network->layers[network->layer_count - 1].out.channels : network->input.channels;
}

clenet_status network_check_complete(const clenet_network *network, clenet_error *error) {
    if (network->layer_count == 0) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "the network has no layers; add some, the last with a softmax");
    }
    const layer *last = &network->layers[network->layer_count - 1];
    if (!layer_is_softmax(last)) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "the network ends in %s; end it with a softmax over the classes",
                         last->name);
    }
    int classes = network_classes(network);
    if (classes >= CLASSES_MIN && classes <= CLASSES_MAX) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "the network ends in a softmax over %d classes; it can be trained for %d to %d", classes,
                     (int)CLASSES_MIN, (int)CLASSES_MAX);
}

clenet_status network_check_images(const clenet_network *network, int height, int width, int channels,
                                   clenet_error *error) {
    clenet_shape input = network->input;
    if (height == input.height && width == input.width && channels == input.channels) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "the images are %dx%dx%d, but the network takes %dx%dx%d; use images or a network of the "
                     "other's size",
                     height, width, channels, input.height, input.width, input.channels);
}

/* ---- getters ------------------------------------------------------------------------------------------ */

/* Layer i, or NULL if there is none. */
static const layer *layer_at(const clenet_network *network, size_t i) {
    return network != NULL && i < (size_t)network->layer_count ? &network->layers[i] : NULL;
}

const char *clenet_network_text(const clenet_network *network) {
    return network != NULL ? network->text : NULL;
}

size_t clenet_network_layers(const clenet_network *network) {
    return network != NULL ? (size_t)network->layer_count : 0;
}

const clenet_layer *clenet_network_layer(const clenet_network *network, size_t i) {
    const layer *l = layer_at(network, i);
    return l != NULL ? &l->spec : NULL;
}

const char *clenet_network_layer_name(const clenet_network *network, size_t i) {
    const layer *l = layer_at(network, i);
    return l != NULL ? l->name : NULL;
}

clenet_shape clenet_network_input(const clenet_network *network) {
    return network != NULL ? network->input : (clenet_shape){0, 0, 0};
}

clenet_shape clenet_network_output(const clenet_network *network, size_t i) {
    const layer *l = layer_at(network, i);
    return l != NULL ? l->out : (clenet_shape){0, 0, 0};
}

bool clenet_network_flat(const clenet_network *network, size_t i) {
    const layer *l = layer_at(network, i);
    return l != NULL && l->flat;
}

static size_t count_parameters(const clenet_network *network, size_t i, bool trained) {
    const layer *l = layer_at(network, i);
    size_t count = 0;
    for (int k = 0; l != NULL && k < l->parameter_count; k++) {
        const parameter *p = &network->parameters[l->parameter_first + k];
        if (p->trained == trained) count += p->count;
    }
    return count;
}

size_t clenet_network_trained(const clenet_network *network, size_t i) {
    return count_parameters(network, i, true);
}

size_t clenet_network_moving(const clenet_network *network, size_t i) {
    return count_parameters(network, i, false);
}
