/* model_file.c - the file of a model, on disk or in memory.
 *
 * The networks of an ensemble have the same layers. The file is safetensors; its metadata has "format", "version" and "network",
 * the network's text. Version 1 has one network, whose tensors have the names of the parameters: "conv2d_1.kernel". Version 2 has
 * several: "members" in the metadata is their number in decimal, 2 to CLENET_MEMBERS_MAX, and the tensor names of the first
 * network begin with "member_1.", those of the second with "member_2.", and so on. A parameter's name has one dot, so names are
 * unique. The tensor "trained_rows" of bytes has the rows that the networks were trained on (src/lib/data/row_set.h); files of
 * earlier versions lack it. */
#include "lib/net/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json_print.h"
#include "lib/base/json_read.h"
#include "lib/base/memory.h"
#include "lib/data/class_names.h"
#include "lib/data/labels.h"
#include "lib/net/safetensors.h"

static const char format_key[] = "format", format_text[] = "clenet-model";
static const char version_key[] = "version", version_one[] = "1", version_several[] = "2";
static const char members_key[] = "members", data_key[] = "data";
static const char network_key[] = "network";
static const char memory_name[] = "<memory>"; /* of a file that is in memory, for messages */

enum {
    TENSOR_NAME_SIZE = 24 + NETWORK_NAME_SIZE, /* bytes of "member_64.conv2d_1.kernel" */
    MEMBERS_SIZE = 16                          /* bytes of "64" */
};

/* ---- saving ------------------------------------------------------------------------------------------- */

/* The name in the file of a parameter of network `member`, counted from 0, of `members`. */
static void put_tensor_name(char name[TENSOR_NAME_SIZE], int member, int members, const parameter *p) {
    if (members == 1) {
        (void)snprintf(name, TENSOR_NAME_SIZE, "%s", p->name);
    } else {
        (void)snprintf(name, TENSOR_NAME_SIZE, "member_%d.%s", member + 1, p->name);
    }
}

/* The model's data as JSON text; free() it. NULL if out of memory. */
static char *data_text(const clenet_model *model) {
    json_t *object = data_form_json(&model->form), *names = json_array();
    for (int i = 0; names != NULL && i < network_classes(model->network); i++) {
        if (json_array_append_new(names, json_string(model->class_names[i])) == 0) continue;
        json_decref(names);
        names = NULL;
    }
    char *text = NULL;
    if (object != NULL && json_object_set_new(object, "classes", names) == 0) text = json_print(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

/* To a file, or to memory if path is NULL. */
typedef struct saving {
    const char *path;
    uint8_t *bytes; /* [size] in memory; memory_free() it */
    size_t size;
} saving;

static clenet_status write_model(const clenet_model *model, saving *to, const clenet_tensor *tensors,
                                 clenet_error *error) {
    char members[MEMBERS_SIZE];
    char *data = data_text(model);
    if (data == NULL) return error_memory(error, MEMBERS_SIZE, "what a model keeps of its data");
    (void)snprintf(members, sizeof members, "%d", model->members);
    const safetensors_note metadata[] = {{data_key, data},
                                         {format_key, format_text},
                                         {version_key, model->members == 1 ? version_one : version_several},
                                         {network_key, model->network->text},
                                         {members_key, members}};
    size_t notes = sizeof metadata / sizeof metadata[0] - (model->members == 1 ? 1 : 0);
    size_t count = (size_t)model->members * clenet_model_tensors(model);
    safetensors_bytes rows;
    const safetensors_bytes *tensor = model_rows_tensor(&rows, &model->trained);
    clenet_status status =
        to->path != NULL
            ? safetensors_write(to->path, tensors, count, tensor, metadata, notes, error)
            : safetensors_write_memory(&to->bytes, &to->size, tensors, count, tensor, metadata, notes, error);
    free(data);
    return status;
}

static clenet_status save(const clenet_model *model, saving *to, clenet_error *error) {
    size_t each = clenet_model_tensors(model), count = (size_t)model->members * each;
    clenet_tensor *tensors = memory_new(count, sizeof *tensors);
    char(*names)[TENSOR_NAME_SIZE] = memory_new(count, sizeof *names);
    clenet_status status = CLENET_OK;
    if (tensors == NULL || names == NULL)
        status = error_memory(error, count * (sizeof *tensors + sizeof *names), "a model's header");
    for (size_t i = 0; i < count && status == CLENET_OK; i++) {
        int member = (int)(i / each);
        const parameter *p = &model->network->parameters[i % each];
        tensors[i] = clenet_model_member_tensor(model, member, i % each);
        put_tensor_name(names[i], member, model->members, p);
        tensors[i].name = names[i];
        const char *fault = model_find_fault(p, tensors[i].data);
        if (fault == NULL) continue;
        status = error_set(error, CLENET_ERROR_ARGUMENT,
                           "cannot write model '%s': %s %s: the training diverged; use a smaller learning rate",
                           to->path != NULL ? to->path : memory_name, names[i], fault);
    }
    if (status == CLENET_OK) status = write_model(model, to, tensors, error);
    memory_free(tensors);
    memory_free(names);
    return status;
}

clenet_status clenet_model_save(const clenet_model *model, const char *path, clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(path, error);
    return save(model, &(saving){.path = path}, error);
}

clenet_status clenet_model_save_memory(const clenet_model *model, void *bytes, size_t room, size_t *size,
                                       clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(size, error);
    saving to = {.path = NULL};
    clenet_status status = save(model, &to, error);
    if (status != CLENET_OK) return status;
    if (bytes != NULL && room < to.size)
        status =
            error_set(error, CLENET_ERROR_ARGUMENT,
                      "clenet_model_save_memory: the model takes %zu bytes, but there is room for %zu", to.size, room);
    if (bytes != NULL && status == CLENET_OK) memcpy(bytes, to.bytes, to.size);
    if (status == CLENET_OK) *size = to.size;
    memory_free(to.bytes);
    return status;
}

/* ---- loading ------------------------------------------------------------------------------------------ */

/* Reads the number of networks in a file of several: 2 to the maximum, in decimal as clenet writes it. */
static clenet_status read_members(int *members, const safetensors_file *file, const char *path, clenet_error *error) {
    const char *text = safetensors_metadata(file, members_key);
    char wanted[MEMBERS_SIZE];
    for (int count = 2; text != NULL && count <= CLENET_MEMBERS_MAX; count++) {
        (void)snprintf(wanted, sizeof wanted, "%d", count);
        if (strcmp(text, wanted) != 0) continue;
        *members = count;
        return CLENET_OK;
    }
    return error_set(error, CLENET_ERROR_FORMAT,
                     "model '%s' has '%.20s' networks, which is not 2 to %d; train again or restore a copy", path,
                     text != NULL ? text : "", (int)CLENET_MEMBERS_MAX);
}

static clenet_status read_format(int *members, const safetensors_file *file, const char *path, clenet_error *error) {
    const char *format = safetensors_metadata(file, format_key);
    const char *version = safetensors_metadata(file, version_key);
    if (format == NULL || strcmp(format, format_text) != 0 || version == NULL) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "'%s' is a safetensors file, but no clenet model; give one that 'clenet train' wrote", path);
    }
    if (strcmp(version, version_several) == 0) return read_members(members, file, path, error);
    if (strcmp(version, version_one) != 0) {
        return error_set(
            error, CLENET_ERROR_FORMAT,
            "model '%s' is of version '%.20s', and this clenet reads versions %s and %s; use a newer clenet", path,
            version, version_one, version_several);
    }
    *members = 1;
    return CLENET_OK;
}

static clenet_status read_network(clenet_network **network, const safetensors_file *file, const char *path,
                                  clenet_error *error) {
    const char *text = safetensors_metadata(file, network_key);
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

/* Checks that every parameter has its tensor, of its shape, in network `member` of `members`. */
static clenet_status check_parameters(const clenet_network *network, int member, int members,
                                      const safetensors_file *file, const char *path, clenet_error *error) {
    char name[TENSOR_NAME_SIZE];
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        put_tensor_name(name, member, members, p);
        const safetensors_tensor *tensor = safetensors_find(file, name);
        if (tensor == NULL) {
            return error_set(error, CLENET_ERROR_FORMAT,
                             "model '%s' has no tensor '%s', which its network needs; train again or restore a "
                             "copy",
                             path, name);
        }
        if (model_same_shape(p, tensor->rank, tensor->shape)) continue;
        char has[MODEL_SHAPE_SIZE], needs[MODEL_SHAPE_SIZE];
        model_shape_text(has, tensor->rank, tensor->shape);
        model_shape_text(needs, p->rank, p->shape);
        return error_set(error, CLENET_ERROR_FORMAT,
                         "model '%s': tensor '%s' is %s, but its network needs %s; train again or restore a copy", path,
                         name, has, needs);
    }
    return CLENET_OK;
}

/* The part of the name after "member_3.", or all of it if there is one network; NULL if the member's number is invalid. */
static const char *own_name(const char *name, int members) {
    if (members == 1) return name;
    for (int member = 1; member <= members; member++) {
        char front[TENSOR_NAME_SIZE];
        int length = snprintf(front, sizeof front, "member_%d.", member);
        if (strncmp(name, front, (size_t)length) == 0) return name + length;
    }
    return NULL;
}

/* Checks that there are no tensors except one for each parameter. */
static clenet_status check_tensors(const clenet_network *network, int members, const safetensors_file *file,
                                   const char *path, clenet_error *error) {
    size_t rows = safetensors_find_bytes(file, MODEL_ROWS_NAME) != NULL ? 1 : 0;
    if (safetensors_count(file) == (size_t)members * (size_t)network->parameter_count + rows) return CLENET_OK;
    for (size_t i = 0; i < safetensors_count(file); i++) { /* ends at the number of tensors at the latest */
        const safetensors_tensor *tensor = safetensors_get(file, i);
        bool is_bytes = tensor->type == SAFETENSORS_U8;
        const char *name = tensor->name, *own = is_bytes ? NULL : own_name(name, members);
        bool known = is_bytes && strcmp(name, MODEL_ROWS_NAME) == 0;
        for (int k = 0; own != NULL && k < network->parameter_count && !known; k++) {
            known = strcmp(network->parameters[k].name, own) == 0;
        }
        if (known) continue;
        return error_set(error, CLENET_ERROR_FORMAT,
                         "model '%s' has a tensor '%s', which its network does not have; train again or restore "
                         "a copy",
                         path, name);
    }
    return CLENET_OK;
}

static clenet_status read_values(clenet_model *model, int member, const safetensors_file *file, const char *path,
                                 clenet_error *error) {
    char name[TENSOR_NAME_SIZE];
    for (int i = 0; i < model->network->parameter_count; i++) {
        const parameter *p = &model->network->parameters[i];
        float *values = model_values(model, member) + p->offset;
        put_tensor_name(name, member, model->members, p);
        clenet_status status = safetensors_read(file, safetensors_find(file, name), values, error);
        if (status != CLENET_OK) return status;
        const char *fault = model_find_fault(p, values);
        if (fault == NULL) continue;
        return error_set(error, CLENET_ERROR_FORMAT, "model '%s': tensor '%s' %s; train again or restore a copy", path,
                         name, fault);
    }
    return CLENET_OK;
}

/* What the model keeps of its data. Files of earlier versions have none. */
static clenet_status read_data(clenet_model *model, const safetensors_file *file, const char *path,
                               clenet_error *error) {
    const char *text = safetensors_metadata(file, data_key), *names[CLASSES_AT_MOST];
    size_t classes = (size_t)network_classes(model->network), count = 0;
    json_error_t reason;
    data_form form;
    if (text == NULL) return CLENET_OK;
    json_t *object = json_read(text, strlen(text), JSON_REJECT_DUPLICATES, &reason), *list, *value;
    if (object == NULL)
        return error_set(error, CLENET_ERROR_FORMAT, "model '%s': its data are not a JSON object: %.100s", path,
                         reason.text);
    list = json_object_get(object, "classes");
    clenet_status status = CLENET_OK;
    json_array_foreach(list, count, value) {
        const char *name = json_string_value(value);
        if (name == NULL || strlen(name) >= LABEL_BYTES || count >= CLASSES_AT_MOST || count >= classes) break;
        if (!class_name_is_printable(name)) break;
        names[count] = name;
    }
    if (count != json_array_size(list))
        status = error_set(error, CLENET_ERROR_FORMAT,
                           "model '%s': the name of class %zu is not text; train again or restore a copy", path, count);
    else if (!data_form_read(&form, object))
        status = error_memory(error, strlen(text), "what a model keeps of its data");
    else
        status = model_keep(model, names, count, &form, error);
    json_decref(object);
    return status;
}

static clenet_status read_model(clenet_model **model, const safetensors_file *file, const char *path,
                                clenet_error *error) {
    clenet_network *network = NULL;
    clenet_model *fresh = NULL;
    int members = 0;
    clenet_status status = read_format(&members, file, path, error);
    if (status == CLENET_OK) status = read_network(&network, file, path, error);
    for (int member = 0; member < members && status == CLENET_OK; member++)
        status = check_parameters(network, member, members, file, path, error);
    if (status == CLENET_OK) status = check_tensors(network, members, file, path, error);
    if (status != CLENET_OK) {
        clenet_network_free(network);
        return status;
    }
    status = model_make(&fresh, network, members, error);
    if (status != CLENET_OK) return status;
    for (int member = 0; member < members && status == CLENET_OK; member++)
        status = read_values(fresh, member, file, path, error);
    if (status == CLENET_OK) status = read_data(fresh, file, path, error);
    if (status == CLENET_OK) status = model_rows_read(&fresh->trained, file, "model", path, error);
    if (status != CLENET_OK) {
        clenet_model_free(fresh);
        return status;
    }
    *model = fresh;
    return CLENET_OK;
}

clenet_status clenet_model_load_memory(clenet_model **model, const void *bytes, size_t size, clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(bytes, error);
    safetensors_file *file = NULL;
    clenet_status status = safetensors_open_memory(&file, bytes, size, memory_name, false, error);
    if (status == CLENET_OK) status = read_model(model, file, memory_name, error);
    safetensors_close(file);
    return status;
}

clenet_status clenet_model_load(clenet_model **model, const char *path, clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(path, error);
    safetensors_file *file = NULL;
    clenet_status status = safetensors_open(&file, path, error);
    if (status == CLENET_OK) status = read_model(model, file, path, error);
    safetensors_close(file);
    return status;
}
