/* model.c - a network with the values of its parameters, and their file. */
#include "net/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "net/safetensors.h"

static const char format_key[] = "format", format_text[] = "clenet-model";
static const char version_key[] = "version", version_text[] = "1";
static const char network_key[] = "network";

enum { SHAPE_SIZE = 192 /* bytes of eight sides as text */ };

/* Takes the network, also on failure; values are zero. */
static clenet_status make_model(clenet_model **model, clenet_network *network, clenet_error *error) {
    clenet_model *fresh = memory_new(1, sizeof *fresh);
    size_t bytes = network->packed_size * sizeof(float);
    if (fresh != NULL) fresh->values = memory_new_aligned(bytes);
    if (fresh == NULL || fresh->values == NULL) {
        memory_free(fresh);
        clenet_network_free(network);
        return error_memory(error, bytes, "a model");
    }
    fresh->network = network;
    *model = fresh;
    return CLENET_OK;
}

clenet_status clenet_model_new(clenet_model **model, const clenet_network *network, uint64_t seed,
                               clenet_error *error) {
    clenet_network *copy = NULL;
    clenet_model *fresh = NULL;
    clenet_status status = network_check_complete(network, error);
    if (status == CLENET_OK) status = network_copy(&copy, network, error);
    if (status == CLENET_OK) status = make_model(&fresh, copy, error);
    if (status != CLENET_OK) return status;
    network_initialise(fresh->network, seed, fresh->values);
    *model = fresh;
    return CLENET_OK;
}

void clenet_model_free(clenet_model *model) {
    if (model == NULL) return;
    clenet_network_free(model->network);
    memory_free(model->values);
    memory_free(model);
}

const clenet_network *clenet_model_network(const clenet_model *model) {
    return model->network;
}

size_t clenet_model_tensors(const clenet_model *model) {
    return (size_t)model->network->parameter_count;
}

clenet_tensor clenet_model_tensor(const clenet_model *model, size_t i) {
    clenet_tensor tensor = {0};
    if (i >= clenet_model_tensors(model)) return tensor;
    const parameter *p = &model->network->parameters[i];
    tensor = (clenet_tensor){.name = p->name, .rank = p->rank, .data = model->values + p->offset};
    tensor.trained = p->trained;
    memcpy(tensor.shape, p->shape, sizeof tensor.shape);
    return tensor;
}

/* What is wrong with a parameter's values, or NULL. */
static const char *find_fault(const parameter *p, const float *values /* [p->count] */) {
    bool variance = p->role == PARAMETER_MOVING_VARIANCE;
    for (size_t i = 0; i < p->count; i++) {
        if (!isfinite(values[i])) return "holds a value that is not a finite number";
        if (variance && values[i] < 0.0f) return "holds a variance below 0";
    }
    return NULL;
}

/* ---- saving ------------------------------------------------------------------------------------------- */

clenet_status clenet_model_save(const clenet_model *model, const char *path, clenet_error *error) {
    const clenet_network *network = model->network;
    size_t count = clenet_model_tensors(model);
    clenet_tensor *tensors = memory_new(count, sizeof *tensors);
    if (tensors == NULL) return error_memory(error, count * sizeof *tensors, "a model's header");
    clenet_status status = CLENET_OK;
    for (size_t i = 0; i < count && status == CLENET_OK; i++) {
        tensors[i] = clenet_model_tensor(model, i);
        const char *fault = find_fault(&network->parameters[i], tensors[i].data);
        if (fault == NULL) continue;
        status = error_set(error, CLENET_ERROR_ARGUMENT,
                           "cannot write model '%s': %s %s: the training diverged; use a smaller learning rate", path,
                           tensors[i].name, fault);
    }
    const safetensors_note metadata[] = {
        {format_key, format_text}, {version_key, version_text}, {network_key, network->text}};
    if (status == CLENET_OK) {
        status = safetensors_write(path, tensors, count, metadata, sizeof metadata / sizeof metadata[0], error);
    }
    memory_free(tensors);
    return status;
}

/* ---- loading ------------------------------------------------------------------------------------------ */

/* "5x5x1x6" */
static void shape_text(char text[SHAPE_SIZE], int rank, const size_t *shape /* [rank] */) {
    int length = snprintf(text, SHAPE_SIZE, "%s", rank == 0 ? "a single number" : "");
    for (int i = 0; i < rank; i++) {
        length += snprintf(text + length, SHAPE_SIZE - (size_t)length, "%s%zu", i > 0 ? "x" : "", shape[i]);
    }
}

static clenet_status read_network(clenet_network **network, const safetensors_file *file, const char *path,
                                  clenet_error *error) {
    const char *format = safetensors_metadata(file, format_key);
    const char *version = safetensors_metadata(file, version_key);
    const char *text = safetensors_metadata(file, network_key);
    if (format == NULL || strcmp(format, format_text) != 0 || version == NULL) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "'%s' is a safetensors file, but no clenet model; give one that 'clenet train' wrote", path);
    }
    if (strcmp(version, version_text) != 0) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "model '%s' is of version '%.20s', and this clenet reads version %s; use a newer clenet", path,
                         version, version_text);
    }
    if (text == NULL) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "model '%s' does not say its network; train again or restore a copy", path);
    }
    clenet_error reason;
    clenet_network *fresh = NULL;
    clenet_status status = clenet_network_parse(&fresh, text, "network", &reason);
    if (status == CLENET_OK) status = network_check_complete(fresh, &reason);
    if (status == CLENET_OK) {
        *network = fresh;
        return CLENET_OK;
    }
    clenet_network_free(fresh);
    if (status == CLENET_ERROR_ARGUMENT) status = CLENET_ERROR_FORMAT;
    return error_set(error, status, "model '%s': %s", path, reason.message);
}

static bool same_shape(const parameter *p, const safetensors_tensor *tensor) {
    if (p->rank != tensor->rank) return false;
    for (int i = 0; i < p->rank; i++) {
        if (p->shape[i] != tensor->shape[i]) return false;
    }
    return true;
}

/* Every parameter has its tensor, of its shape. */
static clenet_status check_parameters(const clenet_network *network, const safetensors_file *file, const char *path,
                                      clenet_error *error) {
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        const safetensors_tensor *tensor = safetensors_find(file, p->name);
        if (tensor == NULL) {
            return error_set(error, CLENET_ERROR_FORMAT,
                             "model '%s' has no tensor '%s', which its network needs; train again or restore a "
                             "copy",
                             path, p->name);
        }
        if (same_shape(p, tensor)) continue;
        char has[SHAPE_SIZE], needs[SHAPE_SIZE];
        shape_text(has, tensor->rank, tensor->shape);
        shape_text(needs, p->rank, p->shape);
        return error_set(error, CLENET_ERROR_FORMAT,
                         "model '%s': tensor '%s' is %s, but its network needs %s; train again or restore a copy", path,
                         p->name, has, needs);
    }
    return CLENET_OK;
}

/* There is no tensor but the parameters'. */
static clenet_status check_tensors(const clenet_network *network, const safetensors_file *file, const char *path,
                                   clenet_error *error) {
    if (safetensors_count(file) == (size_t)network->parameter_count) return CLENET_OK;
    for (size_t i = 0; i < safetensors_count(file); i++) { /* ends at the latest behind the parameters' number */
        const char *name = safetensors_get(file, i)->name;
        bool known = false;
        for (int k = 0; k < network->parameter_count && !known; k++) {
            known = strcmp(network->parameters[k].name, name) == 0;
        }
        if (known) continue;
        return error_set(error, CLENET_ERROR_FORMAT,
                         "model '%s' has a tensor '%s', which its network does not have; train again or restore "
                         "a copy",
                         path, name);
    }
    return CLENET_OK;
}

static clenet_status read_values(clenet_model *model, const safetensors_file *file, const char *path,
                                 clenet_error *error) {
    for (int i = 0; i < model->network->parameter_count; i++) {
        const parameter *p = &model->network->parameters[i];
        float *values = model->values + p->offset;
        clenet_status status = safetensors_read(file, safetensors_find(file, p->name), values, error);
        if (status != CLENET_OK) return status;
        const char *fault = find_fault(p, values);
        if (fault == NULL) continue;
        return error_set(error, CLENET_ERROR_FORMAT, "model '%s': tensor '%s' %s; train again or restore a copy", path,
                         p->name, fault);
    }
    return CLENET_OK;
}

static clenet_status read_model(clenet_model **model, const safetensors_file *file, const char *path,
                                clenet_error *error) {
    clenet_network *network = NULL;
    clenet_model *fresh = NULL;
    clenet_status status = read_network(&network, file, path, error);
    if (status != CLENET_OK) return status;
    status = check_parameters(network, file, path, error);
    if (status == CLENET_OK) status = check_tensors(network, file, path, error);
    if (status != CLENET_OK) {
        clenet_network_free(network);
        return status;
    }
    status = make_model(&fresh, network, error);
    if (status != CLENET_OK) return status;
    status = read_values(fresh, file, path, error);
    if (status != CLENET_OK) {
        clenet_model_free(fresh);
        return status;
    }
    *model = fresh;
    return CLENET_OK;
}

clenet_status clenet_model_load(clenet_model **model, const char *path, clenet_error *error) {
    safetensors_file *file = NULL;
    clenet_status status = safetensors_open(&file, path, error);
    if (status == CLENET_OK) status = read_model(model, file, path, error);
    safetensors_close(file);
    return status;
}
