/* model.c - a model: one or several networks with their parameters, and its file.
 *
 * The networks of an ensemble have the same layers. The file is safetensors; its metadata has "format", "version" and "network",
 * the network's text. Version 1 has one network, whose tensors have the names of the parameters: "conv2d_1.kernel". Version 2 has
 * several: "members" in the metadata is their number in decimal, 2 to CLENET_MEMBERS_MAX, and the tensor names of the first
 * network begin with "member_1.", those of the second with "member_2.", and so on. A parameter's name has one dot, so names are
 * unique. The tensor "trained_rows" of bytes has the rows that the networks were trained on (src/lib/data/row_set.h); files of
 * earlier versions lack it. */
#include "lib/net/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json_print.h"
#include "lib/base/json_read.h"
#include "lib/base/memory.h"
#include "lib/base/options_sized.h"
#include "lib/data/class_names.h"
#include "lib/data/dataset.h"
#include "lib/data/labels.h"
#include "lib/net/safetensors.h"
#include "lib/picture/picture.h"

static const char format_key[] = "format", format_text[] = "clenet-model";
static const char version_key[] = "version", version_one[] = "1", version_several[] = "2";
static const char members_key[] = "members", data_key[] = "data";
static const char network_key[] = "network";
static const char memory_name[] = "<memory>"; /* of a file that is in memory, for messages */
static const char no_class[] = "-";           /* the name of an output that is no class of the data */

enum {
    SHAPE_SIZE = 192,                          /* bytes of eight sides as text */
    TENSOR_NAME_SIZE = 24 + NETWORK_NAME_SIZE, /* bytes of "member_64.conv2d_1.kernel" */
    MEMBERS_SIZE = 16                          /* bytes of "64" */
};

/* Takes ownership of the network, also on failure; values are zero. */
static clenet_status make_model(clenet_model **model, clenet_network *network, int members, clenet_error *error) {
    clenet_model *fresh = memory_new(1, sizeof *fresh);
    size_t each = network->packed_size * sizeof(float), bytes = SIZE_MAX;
    bool fits = !__builtin_mul_overflow(each, (size_t)members, &bytes);
    if (fresh != NULL && fits) fresh->values = memory_new_aligned(bytes);
    if (fresh != NULL) fresh->class_names = class_names_new(NULL, (size_t)network_classes(network));
    if (fresh == NULL || fresh->values == NULL || fresh->class_names == NULL) {
        if (fresh != NULL) memory_free(fresh->values);
        if (fresh != NULL) memory_free(fresh->class_names);
        memory_free(fresh);
        clenet_network_free(network);
        return error_memory(error, bytes, "a model");
    }
    fresh->network = network;
    fresh->members = members;
    fresh->form.look.largest = -1;
    *model = fresh;
    return CLENET_OK;
}

clenet_status clenet_model_new(clenet_model **model, const clenet_network *network, uint64_t seed,
                               clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(network, error);
    clenet_network *copy = NULL;
    clenet_model *fresh = NULL;
    clenet_status status = network_check_complete(network, error);
    if (status == CLENET_OK) status = network_copy(&copy, network, error);
    if (status == CLENET_OK) status = make_model(&fresh, copy, 1, error);
    if (status == CLENET_OK) status = row_set_begin(&fresh->trained, error);
    if (status != CLENET_OK) {
        clenet_model_free(fresh);
        return status;
    }
    network_initialise(fresh->network, seed, fresh->values);
    *model = fresh;
    return CLENET_OK;
}

void clenet_model_free(clenet_model *model) {
    if (model == NULL) return;
    clenet_network_free(model->network);
    memory_free(model->values);
    memory_free(model->class_names);
    data_form_free(&model->form);
    row_set_free(&model->trained);
    memory_free(model);
}

const clenet_network *clenet_model_network(const clenet_model *model) {
    return model != NULL ? model->network : NULL;
}

int clenet_model_members(const clenet_model *model) {
    return model != NULL ? model->members : 0;
}

/* ---- what a model keeps of its data ------------------------------------------------------------------- */

const char *clenet_model_class_name(const clenet_model *model, int i) {
    return model != NULL && i >= 0 && i < network_classes(model->network) ? model->class_names[i] : NULL;
}

void clenet_model_load_options(const clenet_model *model, clenet_load_options *options, size_t size) {
    clenet_load_options kept;
    if (model == NULL || options == NULL || size < sizeof options->size) return;
    clenet_load_options_init(&kept, sizeof kept);
    clenet_shape input = clenet_network_input(model->network);
    kept.classes = network_classes(model->network);
    kept.class_names = (const char *const *)model->class_names;
    kept.label = model->form.label;
    kept.skip = model->form.skip;
    kept.columns_optional = true;
    kept.scale = model->form.scale;
    kept.invert = model->form.invert;
    kept.transpose = model->form.transpose;
    kept.picture_side = input.height;
    kept.color = input.channels == 3;
    options_sized_init(options, size, &kept, sizeof kept);
}

bool clenet_model_scales_pictures(const clenet_model *model) {
    return model != NULL && model->form.pictures;
}

clenet_status clenet_model_scale_picture(const clenet_model *model, uint8_t *image, const clenet_picture *picture,
                                         clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(image, error);
    REQUIRE(picture, error);
    clenet_shape input = clenet_network_input(model->network);
    size_t channels = (size_t)input.channels, pixels = (size_t)input.height * (size_t)input.width;
    if (input.channels != picture->channels) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "the model reads %d channels, the picture has %d: load it with %d", input.channels,
                         picture->channels, input.channels);
    }
    if (!model->form.transpose) {
        picture_scale(image, picture, input.height, input.width);
    } else {
        uint8_t *turned = memory_new(pixels, channels);
        if (turned == NULL) return error_memory(error, pixels * channels, "an image");
        picture_scale(turned, picture, input.width, input.height);
        for (size_t i = 0; i < pixels; i++) {
            size_t y = i / (size_t)input.width, x = i % (size_t)input.width;
            memcpy(image + i * channels, turned + (x * (size_t)input.height + y) * channels, channels);
        }
        memory_free(turned);
    }
    for (size_t i = 0; model->form.invert && i < pixels * channels; i++) image[i] = (uint8_t)(UINT8_MAX - image[i]);
    return CLENET_OK;
}

clenet_status model_keep(clenet_model *model, const char *const *names, size_t count, data_form *form,
                         clenet_error *error) {
    size_t classes = (size_t)network_classes(model->network);
    const char *all[CLASSES_AT_MOST];
    char **copy = NULL;
    for (size_t i = 0; i < classes && i < CLASSES_AT_MOST; i++) all[i] = i < count ? names[i] : no_class;
    if (classes <= CLASSES_AT_MOST) {
        copy = class_names_new(all, classes);
        if (copy == NULL) {
            data_form_free(form);
            return error_memory(error, classes * LABEL_BYTES, "the names of classes");
        }
        memory_free(model->class_names);
        model->class_names = copy;
    }
    data_form_free(&model->form);
    model->form = *form;
    return CLENET_OK;
}

clenet_status model_keep_data(clenet_model *model, const clenet_dataset *dataset, clenet_error *error) {
    data_form form;
    clenet_status status = data_form_copy(&form, &dataset->form, error);
    if (status != CLENET_OK) return status;
    form.look = data_look_at(dataset);
    return model_keep(model, (const char *const *)dataset->class_names, (size_t)dataset->classes, &form, error);
}

clenet_status model_set_class_names(clenet_model *model, const char *const *names, clenet_error *error) {
    size_t classes = (size_t)network_classes(model->network);
    for (size_t i = 0; i < classes; i++) {
        bool good = names[i] != NULL && strlen(names[i]) < LABEL_BYTES && class_name_is_printable(names[i]);
        if (!good)
            return error_set(error, CLENET_ERROR_ARGUMENT,
                             "the name of class %zu is not a text of 1 to %d bytes without control characters", i,
                             (int)LABEL_BYTES - 1);
    }
    char **copy = class_names_new(names, classes);
    if (copy == NULL) return error_memory(error, classes * LABEL_BYTES, "the names of classes");
    memory_free(model->class_names);
    model->class_names = copy;
    return CLENET_OK;
}

size_t clenet_model_tensors(const clenet_model *model) {
    return model != NULL ? (size_t)model->network->parameter_count : 0;
}

clenet_tensor clenet_model_member_tensor(const clenet_model *model, int member, size_t i) {
    clenet_tensor tensor = {0};
    if (model == NULL || member < 0 || member >= model->members || i >= clenet_model_tensors(model)) return tensor;
    const parameter *p = &model->network->parameters[i];
    tensor = (clenet_tensor){.name = p->name, .rank = p->rank, .data = model_values(model, member) + p->offset};
    tensor.trained = p->trained;
    memcpy(tensor.shape, p->shape, sizeof tensor.shape);
    return tensor;
}

clenet_tensor clenet_model_tensor(const clenet_model *model, size_t i) {
    return clenet_model_member_tensor(model, 0, i);
}

const char *model_find_fault(const parameter *p, const float *values /* [p->count] */) {
    bool variance = p->role == PARAMETER_MOVING_VARIANCE;
    for (size_t i = 0; i < p->count; i++) {
        if (!isfinite(values[i])) return "holds a value that is not a finite number";
        if (variance && values[i] < 0.0f) return "holds a variance below 0";
    }
    return NULL;
}

/* "5x5x1x6" */
static void shape_text(char text[SHAPE_SIZE], int rank, const size_t *shape /* [rank] */) {
    int length = snprintf(text, SHAPE_SIZE, "%s", rank == 0 ? "a single number" : "");
    for (int i = 0; i < rank; i++) {
        length += snprintf(text + length, SHAPE_SIZE - (size_t)length, "%s%zu", i > 0 ? "x" : "", shape[i]);
    }
}

static bool same_shape(const parameter *p, int rank, const size_t *shape /* [rank] */) {
    bool same = p->rank == rank;
    for (int i = 0; i < rank && same; i++) same = p->shape[i] == shape[i];
    return same;
}

static const parameter *find_parameter(const clenet_network *network, const char *name) {
    for (int i = 0; i < network->parameter_count; i++)
        if (strcmp(network->parameters[i].name, name) == 0) return &network->parameters[i];
    return NULL;
}

clenet_status clenet_model_set_tensor(clenet_model *model, int member, const char *name, const float *values,
                                      const size_t *shape, int rank, clenet_error *error) {
    enum { RANK_MAX = 4 };
    REQUIRE(model, error);
    REQUIRE(name, error);
    REQUIRE(values, error);
    REQUIRE(shape, error);
    if (member < 0 || member >= model->members)
        return error_set(error, CLENET_ERROR_ARGUMENT, "member %d is out of range 0..%d", member, model->members - 1);
    const parameter *p = find_parameter(model->network, name);
    if (p == NULL)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "the network has no tensor '%s'; clenet_model_tensor() lists them", name);
    if (rank < 1 || rank > RANK_MAX)
        return error_set(error, CLENET_ERROR_ARGUMENT, "tensor '%s': rank %d is out of range 1..%d", name, rank,
                         (int)RANK_MAX);
    if (!same_shape(p, rank, shape)) {
        char has[SHAPE_SIZE], needs[SHAPE_SIZE];
        shape_text(has, rank, shape);
        shape_text(needs, p->rank, p->shape);
        return error_set(error, CLENET_ERROR_ARGUMENT, "tensor '%s' is %s, but its network needs %s", name, has, needs);
    }
    const char *fault = model_find_fault(p, values);
    if (fault != NULL) return error_set(error, CLENET_ERROR_ARGUMENT, "tensor '%s' %s", name, fault);
    memmove(model_values(model, member) + p->offset, values, p->count * sizeof *values);
    row_set_free(&model->trained); /* the caller's values may come from anywhere */
    return CLENET_OK;
}

/* ---- joining ------------------------------------------------------------------------------------------ */

/* Reports that the networks of models 0 and i differ, with the first different line of their texts. */
static clenet_status tell_difference(const clenet_model *const *models, size_t i, clenet_error *error) {
    const char *first = models[0]->network->text, *other = models[i]->network->text;
    int line = 1;
    size_t begin = 0; /* of the line */
    for (size_t at = 0; first[at] == other[at]; at++) {
        if (first[at] != '\n') continue;
        line++;
        begin = at + 1;
    }
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "models 1 and %zu are of different networks: line %d is '%.*s' in the one and '%.*s' in the "
                     "other; join models of one network",
                     i + 1, line, (int)strcspn(first + begin, "\n"), first + begin, (int)strcspn(other + begin, "\n"),
                     other + begin);
}

/* Checks that the models can be joined, and counts their networks. */
static clenet_status check_join(int *members, const clenet_model *const *models, size_t count, clenet_error *error) {
    int together = 0;
    for (size_t i = 0; i < count; i++) {
        if (models[i] == NULL)
            return error_set(error, CLENET_ERROR_ARGUMENT, "clenet_model_join: models[%zu] is NULL", i);
        if (strcmp(models[i]->network->text, models[0]->network->text) != 0) return tell_difference(models, i, error);
        together += models[i]->members;
        if (together > CLENET_MEMBERS_MAX)
            return error_set(error, CLENET_ERROR_ARGUMENT, "the models have more than %d networks together; join fewer",
                             (int)CLENET_MEMBERS_MAX);
    }
    *members = together;
    return CLENET_OK;
}

clenet_status clenet_model_join(clenet_model **model, const clenet_model *const *models, size_t count,
                                clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(models, error);
    if (count == 0) return error_set(error, CLENET_ERROR_ARGUMENT, "clenet_model_join: there is no model to join");
    int members = 0, done = 0;
    clenet_network *network = NULL;
    clenet_model *fresh = NULL;
    clenet_status status = check_join(&members, models, count, error);
    if (status == CLENET_OK) status = network_copy(&network, models[0]->network, error);
    if (status == CLENET_OK) status = make_model(&fresh, network, members, error);
    if (status != CLENET_OK) return status;
    for (size_t i = 0; i < count; i++) {
        size_t numbers = (size_t)models[i]->members * fresh->network->packed_size;
        memcpy(model_values(fresh, done), models[i]->values, numbers * sizeof(float));
        done += models[i]->members;
    }
    data_form form;
    status = data_form_copy(&form, &models[0]->form, error);
    if (status == CLENET_OK)
        status = model_keep(fresh, (const char *const *)models[0]->class_names, (size_t)network_classes(fresh->network),
                            &form, error);
    if (status == CLENET_OK) status = row_set_copy(&fresh->trained, &models[0]->trained, error);
    for (size_t i = 1; i < count && status == CLENET_OK; i++)
        status = row_set_join(&fresh->trained, &models[i]->trained, error);
    if (status != CLENET_OK) {
        clenet_model_free(fresh);
        return status;
    }
    *model = fresh;
    return CLENET_OK;
}

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
        if (same_shape(p, tensor->rank, tensor->shape)) continue;
        char has[SHAPE_SIZE], needs[SHAPE_SIZE];
        shape_text(has, tensor->rank, tensor->shape);
        shape_text(needs, p->rank, p->shape);
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
    status = make_model(&fresh, network, members, error);
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
