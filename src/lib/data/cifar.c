/* cifar.c - see cifar.h. */
#include "lib/data/cifar.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/csv_values.h"
#include "lib/data/growing.h"
#include "lib/data/labels.h"

enum {
    SIDE = 32,
    PLANE = SIDE * SIDE,
    CHANNELS = 3,
    PIXELS = PLANE * CHANNELS,
    LABEL_BYTES_MOST = 2,
    CLASSES_10 = 10,
    COARSE_CLASSES = 20, /* CIFAR-100's first label */
    FINE_CLASSES = 100,
    CONTROL_BELOW = 9 /* no text has such a byte */
};

static bool may_be(const uint8_t *bytes, size_t count, int label_bytes) {
    size_t record = (size_t)label_bytes + PIXELS;
    for (size_t at = 0; at + (size_t)label_bytes <= count; at += record) {
        if (label_bytes == 1 && bytes[at] >= CLASSES_10) return false;
        if (label_bytes == 2 && (bytes[at] >= COARSE_CLASSES || bytes[at + 1] >= FINE_CLASSES)) return false;
    }
    return true;
}

int cifar_label_bytes(const uint8_t *bytes, size_t count) {
    bool text = true;
    if (count < 1 + PIXELS) return 0;
    for (size_t i = 0; text && i < count; i++) text = bytes[i] >= CONTROL_BELOW;
    if (text) return 0;
    bool one = may_be(bytes, count, 1), two = may_be(bytes, count, 2);
    if (one && two) return count % (1 + PIXELS) == 0 ? 1 : 2;
    return one ? 1 : two ? 2 : 0;
}

/* Takes one record: the label, and its planes as pixels of three channels. */
static clenet_status take(growing *images, label_set *labels, csv_values *values, const uint8_t *record,
                          int label_bytes, size_t row, const stream *input, clenet_error *error) {
    const uint8_t *planes = record + label_bytes;
    clenet_error why;
    if (!growing_reserve(images, PIXELS)) return error_memory(error, images->count + PIXELS, "images");
    uint8_t *pixels = images->bytes + images->count;
    for (size_t i = 0; i < PLANE; i++)
        for (size_t c = 0; c < CHANNELS; c++) pixels[i * CHANNELS + c] = planes[c * PLANE + i];
    if (csv_values_take(values, images->bytes, images->count, PIXELS) < PIXELS) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: image %zu times the scale is out of range 0..255",
                         stream_name(input), row + 1);
    }
    images->count += PIXELS;
    clenet_status status = labels_number(labels, record[label_bytes - 1], &why);
    return status == CLENET_OK
               ? status
               : error_set(error, status, "%s: image %zu: %s", stream_name(input), row + 1, why.message);
}

static clenet_status read_records(growing *images, label_set *labels, size_t *rows, stream *input, int label_bytes,
                                  double scale, clenet_error *error) {
    uint8_t record[LABEL_BYTES_MOST + PIXELS];
    size_t bytes = (size_t)label_bytes + PIXELS, read = 0;
    csv_values values = csv_values_new(scale);
    for (*rows = 0;; ++*rows) {
        clenet_status status = stream_read(input, record, bytes, &read, error);
        if (status != CLENET_OK) return status;
        if (read == 0) return CLENET_OK;
        if (read < bytes) {
            return error_set(error, CLENET_ERROR_FORMAT,
                             "%s: the CIFAR file ends within image %zu: it was cut off; fetch or copy it again",
                             stream_name(input), *rows + 1);
        }
        status = take(images, labels, &values, record, label_bytes, *rows, input, error);
        if (status != CLENET_OK) return status;
    }
}

clenet_status cifar_dataset(clenet_dataset *dataset, stream *input, int label_bytes, const clenet_load_options *options,
                            clenet_error *error) {
    static const char *const told[] = {[1] = "CIFAR-10's binary form, 3 channels",
                                       [2] = "CIFAR-100's binary form, 3 channels; the second byte is the label"};
    clenet_dataset fresh = *dataset;
    growing images = {0};
    label_set labels = {.text_count = 0};
    clenet_status status = read_records(&images, &labels, &fresh.rows, input, label_bytes, options->scale, error);
    if (status == CLENET_OK && fresh.rows == 0)
        status = error_set(error, CLENET_ERROR_FORMAT, "%s: has no images", stream_name(input));
    char *reading = status == CLENET_OK ? memory_copy_string(told[label_bytes]) : NULL;
    if (status == CLENET_OK && reading == NULL) status = error_memory(error, sizeof labels, "what was read");
    if (status == CLENET_OK)
        status = labels_finish(&labels, &fresh, options->classes, options->class_names, stream_name(input), error);
    labels_free(&labels);
    if (status != CLENET_OK) {
        memory_free(images.bytes);
        memory_free(reading);
        return status;
    }
    fresh.height = fresh.width = SIDE;
    fresh.channels = CHANNELS;
    fresh.reading = reading;
    *dataset = fresh;
    dataset->images = growing_take(&images);
    return CLENET_OK;
}
