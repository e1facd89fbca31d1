/* dataset.c - data sets of the public interface: loading, making, reading. */
#include "lib/data/dataset.h"

#include <string.h>

#include "lib/base/cores.h"
#include "lib/base/memory.h"
#include "lib/base/options_sized.h"
#include "lib/data/csv.h"
#include "lib/data/idx.h"
#include "lib/data/stream.h"

enum { SIDE_AT_MOST = 4096, CHANNELS_AT_MOST = 4096, CLASSES_AT_LEAST = 2, CLASSES_AT_MOST = 256 };

static const clenet_load_options default_options = {.size = sizeof default_options, .classes = 10};

void clenet_load_options_init(clenet_load_options *options, size_t size) {
    options_sized_init(options, size, &default_options, sizeof default_options);
}

static clenet_status check_classes(int classes, clenet_error *error) {
    if (classes >= CLASSES_AT_LEAST && classes <= CLASSES_AT_MOST) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%d classes are out of range %d..%d", classes, CLASSES_AT_LEAST,
                     CLASSES_AT_MOST);
}

/* ---- from a file --------------------------------------------------------------------------------------- */

static clenet_status read_idx(clenet_dataset *dataset, stream *input, const char *labels_path, clenet_error *error) {
    stream *labels = NULL;
    clenet_status status = labels_path == NULL ? CLENET_OK : stream_open(&labels, labels_path, error);
    if (status == CLENET_OK) status = idx_dataset(dataset, input, labels, error);
    stream_close(labels);
    return status;
}

static clenet_status read_any(clenet_dataset *dataset, stream *input, const clenet_load_options *options,
                              clenet_error *error) {
    static const uint8_t zip[] = {'P', 'K', 3, 4};
    const char *labels_path = options->labels_path;
    const uint8_t *bytes = NULL;
    size_t count = 0;
    clenet_status status = stream_peek(input, &bytes, &count, error);
    if (status != CLENET_OK) return status;
    if (idx_begins(bytes, count)) return read_idx(dataset, input, labels_path, error);
    if (count >= sizeof zip && memcmp(bytes, zip, sizeof zip) == 0) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s:1:1: the file is a zip archive: unpack it first",
                         stream_name(input));
    }
    if (labels_path != NULL) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: is not an IDX file, and only those have their labels in a second file: leave '%s' out",
                         stream_name(input), labels_path);
    }
    csv_options csv = {.threads = options->threads};
    return csv_dataset(dataset, input, &csv, error);
}

clenet_status clenet_dataset_load(clenet_dataset **dataset, const char *path, const clenet_load_options *options,
                                  clenet_error *error) {
    clenet_load_options chosen = default_options;
    REQUIRE(dataset, error);
    REQUIRE(path, error);
    clenet_status status = options_sized_take(&chosen, sizeof chosen, options, "clenet_load_options", error);
    if (status == CLENET_OK) status = check_classes(chosen.classes, error);
    if (status != CLENET_OK) return status;
    if (chosen.threads < 0 || chosen.threads > CORES_AT_MOST) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "%d threads are out of range 0..%d", chosen.threads,
                         CORES_AT_MOST);
    }
    if (chosen.labels_path != NULL && strcmp(path, "-") == 0 && strcmp(chosen.labels_path, "-") == 0) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "images and labels cannot both come from standard input: name a file for one");
    }
    clenet_dataset *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "a data set");
    fresh->classes = chosen.classes;
    stream *input = NULL;
    status = stream_open(&input, path, error);
    if (status == CLENET_OK) status = read_any(fresh, input, &chosen, error);
    stream_close(input);
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
        fresh->labels = labels != NULL ? memory_resize(NULL, rows, 1) : NULL;
    }
    if (fresh == NULL || fresh->images == NULL || (labels != NULL && fresh->labels == NULL)) {
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
const uint8_t *clenet_dataset_images(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->images : NULL;
}
const uint8_t *clenet_dataset_labels(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->labels : NULL;
}
const char *clenet_dataset_reading(const clenet_dataset *dataset) {
    return dataset != NULL ? dataset->reading : NULL;
}
