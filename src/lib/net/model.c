/* model.c - a model: one or several networks with their parameters. The networks of an ensemble have the same layers. */
#include "lib/net/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/options_sized.h"
#include "lib/data/class_names.h"
#include "lib/data/dataset.h"
#include "lib/data/labels.h"
#include "lib/picture/picture.h"

static const char no_class[] = "-"; /* the name of an output that is no class of the data */

clenet_status model_make(clenet_model **model, clenet_network *network, int members, clenet_error *error) {
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
    if (status == CLENET_OK) status = model_make(&fresh, copy, 1, error);
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

void model_shape_text(char text[MODEL_SHAPE_SIZE], int rank, const size_t *shape /* [rank] */) {
    int length = snprintf(text, MODEL_SHAPE_SIZE, "%s", rank == 0 ? "a single number" : "");
    for (int i = 0; i < rank; i++) {
        length += snprintf(text + length, MODEL_SHAPE_SIZE - (size_t)length, "%s%zu", i > 0 ? "x" : "", shape[i]);
    }
}

bool model_same_shape(const parameter *p, int rank, const size_t *shape /* [rank] */) {
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
    if (!model_same_shape(p, rank, shape)) {
        char has[MODEL_SHAPE_SIZE], needs[MODEL_SHAPE_SIZE];
        model_shape_text(has, rank, shape);
        model_shape_text(needs, p->rank, p->shape);
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
    if (status == CLENET_OK) status = model_make(&fresh, network, members, error);
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
