/* export_c.c - clenet_export_c: a model as C source. */
#include "lib/export/export.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/export/c_files.h"
#include "lib/export/calibrate.h"
#include "lib/export/int8_run.h"
#include "lib/export/reference.h"
#include "lib/data/labels.h"

enum { HEADER_NAME_SIZE = 256 }; /* bytes, with the end */

/* ---- names ---------------------------------------------------------------------------------------------- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* In ASCII, whatever the locale. */
static char capital(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static clenet_status take_prefix(c_file *file, const char *prefix, clenet_error *error) {
    size_t length = strlen(prefix);
    bool good = length < C_PREFIX_SIZE && is_letter(prefix[0]);
    for (size_t i = 0; good && i < length; i++) good = is_letter(prefix[i]) || is_digit(prefix[i]) || prefix[i] == '_';
    if (!good)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "prefix '%s' begins no name in C: use a letter, then up to %d letters, digits and underscores",
                         prefix, (int)C_PREFIX_SIZE - 2);
    for (size_t i = 0; i <= length; i++) {
        file->prefix[i] = prefix[i];
        file->capitals[i] = capital(prefix[i]);
    }
    return CLENET_OK;
}

/* The name goes into an #include and into a comment. */
static clenet_status check_header_name(const char *name, clenet_error *error) {
    size_t length = strlen(name);
    bool good = length > 0 && length < HEADER_NAME_SIZE;
    for (size_t i = 0; good && i < length; i++)
        good = (unsigned char)name[i] >= ' ' && strchr("\"\\/\177", name[i]) == NULL;
    if (good) return CLENET_OK;
    return error_set(
        error, CLENET_ERROR_ARGUMENT,
        "header '%s' is no name of a file: use up to %d bytes without '/', '\\', '\"' and control characters", name,
        (int)HEADER_NAME_SIZE - 1);
}

/* ---- texts ---------------------------------------------------------------------------------------------- */

/* Draws the image of the self-test; memory_free() it. NULL: out of memory. */
static uint8_t *self_test_image(clenet_shape in) {
    uint8_t *image = memory_new(shape_size(in), 1), *at = image;
    for (int row = 0; row < in.height && image != NULL; row++)
        for (int column = 0; column < in.width; column++)
            for (int channel = 0; channel < in.channels; channel++) *at++ = c_self_test_pixel(in, row, column, channel);
    return image;
}

static clenet_status expect_int8(double *expected, const int8_network *network, const uint8_t *image, bool logits,
                                 clenet_error *error) {
    int classes = network_classes(network->list->model->network);
    stage_weights weights = {.kernels = NULL};
    stage_arrays arrays = {.x = NULL};
    int8_t bytes[CLASSES_AT_MOST];
    uint8_t probabilities[CLASSES_AT_MOST];
    clenet_status status = int8_weights_take(&weights, network, error);
    if (status != CLENET_OK) return status;
    status = stage_arrays_new(&arrays, network->list, error);
    if (status == CLENET_OK) {
        int8_run(bytes, network, &weights, &arrays, image);
        int8_softmax(probabilities, bytes, classes, network);
        for (int c = 0; c < classes; c++) expected[c] = logits ? bytes[c] : probabilities[c];
    }
    stage_weights_free(&weights, network->list);
    stage_arrays_free(&arrays);
    return status;
}

static clenet_status expect_answers(double *expected, const c_file *file, clenet_error *error) {
    const clenet_model *model = file->list->model;
    clenet_shape in = model->network->input;
    uint8_t *image = self_test_image(in);
    if (image == NULL) return error_memory(error, shape_size(in), "the self-test of the exported network");
    clenet_status status = file->list->int8 != NULL
                               ? expect_int8(expected, file->list->int8, image, file->logits, error)
                               : reference_answer(expected, model, image, file->logits, error);
    memory_free(image);
    return status;
}

static clenet_status write_texts(clenet_export **to, const c_file *file, clenet_error *error) {
    text_buffer source = {.bytes = NULL}, header = {.bytes = NULL};
    clenet_export *fresh = NULL;
    c_write_source(&source, file);
    c_write_header(&header, file);
    clenet_status status = CLENET_OK;
    if (source.failed || header.failed) {
        status = error_memory(error, 2 * source.capacity, "the exported source");
        memory_free(source.bytes);
        memory_free(header.bytes);
        return status;
    }
    status = export_new(&fresh, source.bytes, source.count, error);
    if (status != CLENET_OK) {
        memory_free(header.bytes);
        return status;
    }
    status = export_set_second(fresh, header.bytes, file->header_name, error);
    if (status == CLENET_OK)
        *to = fresh;
    else
        clenet_export_free(fresh);
    return status;
}

static clenet_export_costs costs_of(const stage_list *list) {
    const int8_network *network = list->int8;
    size_t number = network != NULL ? 1 : sizeof(float);
    return (clenet_export_costs){.weight_bytes = network != NULL ? int8_network_bytes(network)
                                                                 : stage_list_numbers(list) * sizeof(float),
                                 .arena_bytes = list->arena * number,
                                 .image_bytes = shape_size(list->model->network->input),
                                 .answer_bytes = (size_t)network_classes(list->model->network) * number,
                                 .multiply_adds = list->multiply_adds};
}

/* Writes the stages of the list, which are complete. */
static clenet_status write_list(clenet_export **to, const c_file *names, const stage_list *list, clenet_error *error) {
    double expected[CLASSES_AT_MOST];
    c_file file = *names;
    file.list = list;
    file.expected = expected;
    clenet_status status = expect_answers(expected, &file, error);
    if (status == CLENET_OK) status = write_texts(to, &file, error);
    if (status == CLENET_OK) (*to)->costs = costs_of(list);
    return status;
}

/* dataset: to calibrate 8-bit integers; NULL: floats. */
static clenet_status write_model(clenet_export **to, const c_file *names, const clenet_model *model,
                                 const clenet_dataset *dataset, clenet_error *error) {
    stage_list list;
    int8_network network = {.list = NULL};
    calibration found = {.changes = NULL};
    clenet_status status = stage_list_new(&list, model, error);
    if (status != CLENET_OK) return status;
    if (dataset != NULL) {
        status = calibrate(&network, &found, &list, dataset, error);
        list.int8 = &network;
    }
    if (status == CLENET_OK) status = write_list(to, names, &list, error);
    if (status == CLENET_OK) {
        (*to)->check = found.check;
        (*to)->changes = found.changes;
    } else {
        memory_free(found.changes);
    }
    if (network.list != NULL) int8_network_free(&network);
    stage_list_free(&list);
    return status;
}

static clenet_status check_int8(const clenet_export_options *options, const clenet_model *model, clenet_error *error) {
    if (options->int8 && model->members > 1)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "cannot export as int8: the model averages %d networks. Export one network, or float",
                         model->members);
    if (options->int8 && options->calibration == NULL)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "cannot export as int8 without labelled images: set clenet_export_options.calibration");
    return CLENET_OK;
}

clenet_status clenet_export_c(clenet_export **exported, const clenet_model *model, const clenet_export_options *options,
                              clenet_error *error) {
    clenet_export_options taken;
    c_file file = {.list = NULL};
    char name[C_PREFIX_SIZE + sizeof ".h"];
    REQUIRE(exported, error);
    REQUIRE(model, error);
    clenet_status status = export_options_take(&taken, options, error);
    if (status == CLENET_OK) status = take_prefix(&file, taken.prefix, error);
    if (status != CLENET_OK) return status;
    (void)snprintf(name, sizeof name, "%s.h", file.prefix);
    file.header_name = taken.header != NULL ? taken.header : name;
    file.logits = taken.logits;
    if (file.logits && model->members > 1)
        return error_set(
            error, CLENET_ERROR_ARGUMENT,
            "cannot export logits: the model averages the probabilities of %d networks. Export probabilities",
            model->members);
    status = check_header_name(file.header_name, error);
    if (status == CLENET_OK) status = check_int8(&taken, model, error);
    if (status != CLENET_OK) return status;
    return write_model(exported, &file, model, taken.int8 ? taken.calibration : NULL, error);
}
