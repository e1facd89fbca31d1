/* dataset.c - data sets of the public interface: loading, making, reading. */
#include "lib/data/dataset.h"

#include <string.h>

#include "lib/base/cores.h"
#include "lib/base/memory.h"
#include "lib/base/options_sized.h"
#include "lib/data/class_names.h"
#include "lib/data/folder.h"
#include "lib/data/formats.h"
#include "lib/data/labels.h"
#include "lib/data/stream.h"

enum {
    SIDE_AT_MOST = 4096,
    CHANNELS_AT_MOST = 4096,
    CLASSES_AT_LEAST = 2,
    CLASSES_UNKNOWN = 10,
    NAME_AT_MOST = LABEL_BYTES - 1
};
static const double scale_most = 1e9;

static const clenet_load_options default_options = {.size = sizeof default_options, .picture_side = 28};

void clenet_load_options_init(clenet_load_options *options, size_t size) {
    options_sized_init(options, size, &default_options, sizeof default_options);
}

static clenet_status check_classes(int classes, clenet_error *error) {
    if (classes >= CLASSES_AT_LEAST && classes <= CLASSES_AT_MOST) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%d classes are out of range %d..%d", classes, CLASSES_AT_LEAST,
                     CLASSES_AT_MOST);
}

/* ---- from a file --------------------------------------------------------------------------------------- */

/* Checks what no reader checks. */
static clenet_status check_options(const clenet_load_options *o, const char *path, clenet_error *error) {
    if (o->classes != 0 || o->class_names != NULL) {
        clenet_status status = check_classes(o->classes, error);
        if (status != CLENET_OK) return status;
    }
    for (int i = 0; o->class_names != NULL && i < o->classes; i++) {
        if (o->class_names[i] == NULL || strlen(o->class_names[i]) > NAME_AT_MOST)
            return error_set(error, CLENET_ERROR_ARGUMENT, "class_names[%d] is %s", i,
                             o->class_names[i] == NULL ? "NULL" : "longer than 63 bytes");
    }
    if (o->threads < 0 || o->threads > CORES_AT_MOST)
        return error_set(error, CLENET_ERROR_ARGUMENT, "%d threads are out of range 0..%d", o->threads, CORES_AT_MOST);
    if (!(o->scale >= 0.0 && o->scale <= scale_most))
        return error_set(error, CLENET_ERROR_ARGUMENT, "scale %g is out of range: above 0, at most 1e9", o->scale);
    if (o->picture_side < 1 || o->picture_side > SIDE_AT_MOST)
        return error_set(error, CLENET_ERROR_ARGUMENT, "picture_side %d is out of range 1..%d", o->picture_side,
                         SIDE_AT_MOST);
    if (o->part != CLENET_PART_TRAINING && o->part != CLENET_PART_TEST)
        return error_set(error, CLENET_ERROR_ARGUMENT, "part %d is not in clenet_part", (int)o->part);
    if (o->labels_path == NULL || strcmp(path, "-") != 0 || strcmp(o->labels_path, "-") != 0) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "images and labels cannot both come from standard input: name a file for one");
}

/* A data set without labels has the classes that the options say, or none that is known: the ten digits. */
static clenet_status name_classes(clenet_dataset *dataset, const clenet_load_options *options, clenet_error *error) {
    if (dataset->class_names != NULL) return CLENET_OK;
    dataset->classes = options->classes > 0 ? options->classes : CLASSES_UNKNOWN;
    dataset->class_names = class_names_new(options->class_names, (size_t)dataset->classes);
    if (dataset->class_names != NULL) return CLENET_OK;
    return error_memory(error, (size_t)dataset->classes * LABEL_BYTES, "the names of classes");
}

/* Inverts and transposes the images, as asked. */
static clenet_status change_pixels(clenet_dataset *dataset, const clenet_load_options *options, clenet_error *error) {
    size_t height = (size_t)dataset->height, width = (size_t)dataset->width, channels = (size_t)dataset->channels;
    size_t image = height * width * channels;
    if (options->invert)
        for (size_t i = 0; i < dataset->rows * image; i++)
            dataset->images[i] = (uint8_t)(UINT8_MAX - dataset->images[i]);
    if (!options->transpose) return CLENET_OK;
    uint8_t *turned = memory_new(image, 1);
    if (turned == NULL) return error_memory(error, image, "an image");
    for (size_t row = 0; row < dataset->rows; row++) {
        uint8_t *pixels = dataset->images + row * image;
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                memcpy(turned + (x * height + y) * channels, pixels + (y * width + x) * channels, channels);
        memcpy(pixels, turned, image);
    }
    memory_free(turned);
    dataset->height = (int)width;
    dataset->width = (int)height;
    return CLENET_OK;
}

clenet_status clenet_dataset_load(clenet_dataset **dataset, const char *path, const clenet_load_options *options,
                                  clenet_error *error) {
    clenet_load_options chosen = default_options;
    REQUIRE(dataset, error);
    REQUIRE(path, error);
    clenet_status status = options_sized_take(&chosen, sizeof chosen, options, "clenet_load_options", error);
    if (status == CLENET_OK) status = check_options(&chosen, path, error);
    if (status != CLENET_OK) return status;
    clenet_dataset *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "a data set");
    stream *input = NULL;
    status = data_form_take(&fresh->form, &chosen, error);
    if (status == CLENET_OK && folder_is(path)) {
        status = folder_dataset(fresh, path, &chosen, error);
    } else {
        if (status == CLENET_OK) status = stream_open(&input, path, error);
        if (status == CLENET_OK) status = formats_dataset(fresh, input, &chosen, error);
    }
    stream_close(input);
    if (status == CLENET_OK) status = name_classes(fresh, &chosen, error);
    if (status == CLENET_OK) status = change_pixels(fresh, &chosen, error);
    if (status != CLENET_OK) {
        clenet_dataset_free(fresh);
        return status;
    }
    *dataset = fresh;
    return CLENET_OK;
}

/* ---- from memory --------------------------------------------------------------------------------------- */

static clenet_status check_shape(size_t rows, int height, int width, int channels, clenet_error *error) {
    if (rows == 0 || rows > UINT32_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "%zu rows are out of range 1..%lu", rows,
                         (unsigned long)UINT32_MAX);
    }
    if (height < 1 || height > SIDE_AT_MOST || width < 1 || width > SIDE_AT_MOST || channels < 1 ||
        channels > CHANNELS_AT_MOST) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "images of %dx%dx%d are out of range 1x1x1..%dx%dx%d", height,
                         width, channels, SIDE_AT_MOST, SIDE_AT_MOST, CHANNELS_AT_MOST);
    }
    return CLENET_OK;
}

static clenet_status check_labels(const uint8_t *labels, size_t rows, int classes, clenet_error *error) {
    for (size_t row = 0; row < rows; row++) {
        if (labels[row] < classes) continue;
        return error_set(error, CLENET_ERROR_ARGUMENT, "label %d of row %zu (from 0) is out of range 0..%d",
                         labels[row], row, classes - 1);
    }
    return CLENET_OK;
}

clenet_status clenet_dataset_new(clenet_dataset **dataset, const uint8_t *images, const uint8_t *labels, size_t rows,
                                 int height, int width, int channels, int classes, clenet_error *error) {
    REQUIRE(dataset, error);
    REQUIRE(images, error);
    clenet_status status = check_shape(rows, height, width, channels, error);
    if (status == CLENET_OK) status = check_classes(classes, error);
    if (status == CLENET_OK && labels != NULL) status = check_labels(labels, rows, classes, error);
    if (status != CLENET_OK) return status;

    size_t pixels = (size_t)height * (size_t)width, image = pixels * (size_t)channels;
    clenet_dataset *fresh = memory_new(1, sizeof *fresh);
    if (fresh != NULL) {
        *fresh =
            (clenet_dataset){.rows = rows, .height = height, .width = width, .channels = channels, .classes = classes};
        fresh->images = memory_resize(NULL, rows, image);
        fresh->form.look.largest = -1;
        fresh->labels = labels != NULL ? memory_resize(NULL, rows, 1) : NULL;
        fresh->class_names = class_names_new(NULL, (size_t)classes);
    }
    if (fresh == NULL || fresh->images == NULL || fresh->class_names == NULL ||
        (labels != NULL && fresh->labels == NULL)) {
        clenet_dataset_free(fresh);
        return error_memory(error, rows > SIZE_MAX / image ? SIZE_MAX : rows * image, "the images of a data set");
    }
    memcpy(fresh->images, images, rows * image);
    if (labels != NULL) memcpy(fresh->labels, labels, rows);
    *dataset = fresh;
    return CLENET_OK;
}

/* ---- contents ------------------------------------------------------------------------------------------ */

void clenet_dataset_free(clenet_dataset *dataset) {
    if (dataset == NULL) return;
    memory_free(dataset->images);
    memory_free(dataset->labels);
    memory_free(dataset->reading);
    memory_free(dataset->class_names);
    data_form_free(&dataset->form);
    memory_free(dataset);
}

size_t clenet_dataset_rows(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->rows : 0;
}
int clenet_dataset_height(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->height : 0;
}
int clenet_dataset_width(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->width : 0;
}
int clenet_dataset_channels(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->channels : 0;
}
int clenet_dataset_classes(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->classes : 0;
}
const char *clenet_dataset_class_name(const clenet_dataset *dataset, int i) {
    return dataset != NULL && i >= 0 && i < dataset->classes ? dataset->class_names[i] : NULL;
}
const uint8_t *clenet_dataset_images(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->images : NULL;
}
const uint8_t *clenet_dataset_labels(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->labels : NULL;
}
const char *clenet_dataset_reading(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->reading : NULL;
}
