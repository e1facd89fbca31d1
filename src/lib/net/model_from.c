/* model_from.c - a model that begins with the weights of another one. */
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/net/layer.h"
#include "lib/net/model.h"

/* The last layer whose size is the number of classes; the network has one, or no parameters. */
static int head_of(const clenet_network *network) {
    int i = network->layer_count - 1;
    while (i > 0 && network->layers[i].spec.kind != CLENET_DENSE && network->layers[i].spec.kind != CLENET_CONV2D) i--;
    return i;
}

/* The layer's line of text, without its newline and all that may differ. */
static void line_of(char line[LAYER_LINE_SIZE], const layer *l, bool head) {
    clenet_layer spec = l->spec;
    spec.frozen = false;
    spec.rate = 0;
    if (head) spec.units = spec.filters = 0;
    layer_line(line, &spec);
    line[strcspn(line, "\n")] = '\0';
}

static bool same_shape(clenet_shape a, clenet_shape b) {
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

static clenet_status check_layers(const clenet_network *network, const clenet_network *from, clenet_error *error) {
    clenet_shape a = network->input, b = from->input;
    int layers = network->layer_count;
    if (!same_shape(a, b))
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "the network takes images of %dx%dx%d, and the one whose weights it begins with %dx%dx%d; use "
                         "the same size",
                         a.height, a.width, a.channels, b.height, b.width, b.channels);
    for (int i = 0; i < layers && i < from->layer_count; i++) {
        char own[LAYER_LINE_SIZE], other[LAYER_LINE_SIZE];
        bool head = i == head_of(network) && i == head_of(from);
        line_of(own, &network->layers[i], head);
        line_of(other, &from->layers[i], head);
        if (strcmp(own, other) == 0) continue;
        layer_line(own, &network->layers[i].spec);
        layer_line(other, &from->layers[i].spec);
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s is '%.*s', and '%.*s' in the network whose weights it begins with; use the same layers",
                         network->layers[i].name, (int)strcspn(own, "\n"), own, (int)strcspn(other, "\n"), other);
    }
    if (layers == from->layer_count) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "the network has %d layers, and the one whose weights it begins with %d; use the same layers",
                     layers, from->layer_count);
}

/* Copies the values of the layers before `end`. */
static void copy_values(clenet_model *to, const clenet_model *from, int member, int end) {
    for (int i = 0; i < to->network->parameter_count; i++) {
        const parameter *p = &to->network->parameters[i], *q = &from->network->parameters[i];
        if (p->layer < end)
            memcpy(to->values + p->offset, model_values(from, member) + q->offset, p->count * sizeof(float));
    }
}

/* The names of the classes, and the form of the data. */
static clenet_status copy_data(clenet_model *to, const clenet_model *from, clenet_error *error) {
    data_form form;
    clenet_status status = data_form_copy(&form, &from->form, error);
    if (status != CLENET_OK) return status;
    return model_keep(to, (const char *const *)from->class_names, (size_t)network_classes(from->network), &form, error);
}

clenet_status clenet_model_new_from(clenet_model **model, const clenet_network *network, uint64_t seed,
                                    const clenet_model *from, int member, bool new_head, clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(network, error);
    REQUIRE(from, error);
    clenet_model *fresh = NULL;
    if (member < 0 || member >= from->members)
        return error_set(error, CLENET_ERROR_ARGUMENT, "member %d is out of range: the model has %d networks", member,
                         from->members);
    clenet_status status = network_check_complete(network, error);
    if (status == CLENET_OK) status = check_layers(network, from->network, error);
    if (status == CLENET_OK) status = clenet_model_new(&fresh, network, seed, error);
    if (status != CLENET_OK) return status;
    bool fresh_head = new_head || network_classes(network) != network_classes(from->network);
    copy_values(fresh, from, member, fresh_head ? head_of(network) : network->layer_count);
    status = row_set_copy(&fresh->trained, &from->trained, error);
    if (status == CLENET_OK && !fresh_head) status = copy_data(fresh, from, error);
    if (status != CLENET_OK) {
        clenet_model_free(fresh);
        return status;
    }
    *model = fresh;
    return CLENET_OK;
}
