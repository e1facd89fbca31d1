/* idx.c - see idx.h. The sizes in a header are not trusted: memory grows as bytes really arrive. */
#include "lib/data/idx.h"

#include "lib/base/memory.h"
#include "lib/data/growing.h"
#include "lib/data/labels.h"

enum {
    IDX_UNSIGNED_BYTE = 0x08,
    IDX_LABEL_DIMENSIONS = 1,               /* [rows] */
    IDX_IMAGE_DIMENSIONS = 3,               /* [rows][height][width] */
    SIDE_AT_MOST = 4096,                    /* pixels */
    STEP_BYTES = MEMORY_BLOCK(1024 * 1024), /* per read */
};

bool idx_begins(const uint8_t *bytes, size_t count) {
    return count >= 2 && bytes[0] == 0 && bytes[1] == 0;
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static clenet_status cut_off(const stream *input, size_t count, uint64_t expected, clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: the IDX file ends after %zu of %llu bytes: it was cut off; fetch or copy it again",
                     stream_name(input), count, (unsigned long long)expected);
}

/* Reads the type, which must be unsigned bytes in `dimensions` dimensions, and the sizes [dimensions]. */
static clenet_status read_header(uint32_t *sizes, int dimensions, stream *input, clenet_error *error) {
    uint8_t header[4 + 4 * IDX_IMAGE_DIMENSIONS];
    size_t header_bytes = 4 + 4 * (size_t)dimensions, read = 0;
    bool of_images = dimensions == IDX_IMAGE_DIMENSIONS;
    clenet_status status = stream_read(input, header, 4, &read, error);
    if (status != CLENET_OK) return status;
    if (read < 4 && (read == 0 || idx_begins(header, read))) return cut_off(input, read, header_bytes, error);
    if (read < 4 || !idx_begins(header, read)) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is not an IDX file; name the IDX file of the %s",
                         stream_name(input), of_images ? "images" : "labels");
    }
    if (header[2] == IDX_UNSIGNED_BYTE && header[3] != dimensions &&
        (header[3] == IDX_LABEL_DIMENSIONS || header[3] == IDX_IMAGE_DIMENSIONS)) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is an IDX file of %s; name the file of the %s here",
                         stream_name(input), of_images ? "labels" : "images", of_images ? "images" : "labels");
    }
    if (header[2] != IDX_UNSIGNED_BYTE || header[3] != dimensions) {
        return error_set(
            error, CLENET_ERROR_FORMAT, "%s: is an IDX file of type 0x%02x in %d dimensions; %s are type 0x08 in %d",
            stream_name(input), (unsigned)header[2], (int)header[3], of_images ? "images" : "labels", dimensions);
    }
    status = stream_read(input, header + 4, header_bytes - 4, &read, error);
    if (status != CLENET_OK) return status;
    if (read < header_bytes - 4) return cut_off(input, 4 + read, header_bytes, error);
    for (int i = 0; i < dimensions; i++) sizes[i] = big_endian(header + 4 + 4 * i);
    return CLENET_OK;
}

/* Reads count bytes, in steps, and checks that nothing follows. On failure, block still owns the bytes read. */
static clenet_status read_values(growing *block, uint64_t count, size_t header_bytes, stream *input,
                                 clenet_error *error) {
    clenet_status status = CLENET_OK;
    size_t read = 0;
    while (block->count < count) {
        size_t step = count - block->count < STEP_BYTES ? (size_t)(count - block->count) : STEP_BYTES;
        if (!growing_reserve(block, step)) return error_memory(error, block->count + step, "the values of an IDX file");
        status = stream_read(input, block->bytes + block->count, step, &read, error);
        if (status != CLENET_OK) return status;
        block->count += read;
        if (read < step) return cut_off(input, header_bytes + block->count, header_bytes + count, error);
    }
    uint8_t beyond;
    status = stream_read(input, &beyond, 1, &read, error);
    if (status != CLENET_OK || read == 0) return status;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: more bytes follow after the %llu that the IDX header promises; fetch or copy it again",
                     stream_name(input), (unsigned long long)(header_bytes + count));
}

static clenet_status read_images(clenet_dataset *dataset, growing *images, stream *input, clenet_error *error) {
    uint32_t sizes[IDX_IMAGE_DIMENSIONS]; /* rows, height, width */
    clenet_status status = read_header(sizes, IDX_IMAGE_DIMENSIONS, input, error);
    if (status != CLENET_OK) return status;
    if (sizes[0] == 0) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: the IDX file has no images", stream_name(input));
    }
    if (sizes[1] < 1 || sizes[1] > SIDE_AT_MOST || sizes[2] < 1 || sizes[2] > SIDE_AT_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: images of %lux%lu pixels; 1x1 to %dx%d can be read",
                         stream_name(input), (unsigned long)sizes[1], (unsigned long)sizes[2], SIDE_AT_MOST,
                         SIDE_AT_MOST);
    }
    dataset->rows = sizes[0];
    dataset->height = (int)sizes[1];
    dataset->width = (int)sizes[2];
    dataset->channels = 1;
    /* Below 2^32 x 2^12 x 2^12, which fits. */
    return read_values(images, (uint64_t)sizes[0] * sizes[1] * sizes[2], 4 + 4 * IDX_IMAGE_DIMENSIONS, input, error);
}

static clenet_status read_labels(label_set *labels, size_t rows, stream *input, clenet_error *error) {
    uint32_t count[IDX_LABEL_DIMENSIONS] = {0};
    clenet_status status = read_header(count, IDX_LABEL_DIMENSIONS, input, error);
    if (status != CLENET_OK) return status;
    if (count[0] != rows) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: has %lu labels for %zu images; name the file that belongs to them", stream_name(input),
                         (unsigned long)count[0], rows);
    }
    growing values = {0};
    status = read_values(&values, count[0], 4 + 4 * IDX_LABEL_DIMENSIONS, input, error);
    for (size_t row = 0; row < rows && status == CLENET_OK; row++)
        status = labels_number(labels, values.bytes[row], error);
    memory_free(values.bytes);
    return status;
}

clenet_status idx_dataset(clenet_dataset *dataset, stream *input, stream *labels, const clenet_load_options *options,
                          clenet_error *error) {
    clenet_dataset fresh = *dataset;
    growing images = {0};
    label_set set = {.text_count = 0};
    clenet_status status = read_images(&fresh, &images, input, error);
    if (status == CLENET_OK && labels != NULL) status = read_labels(&set, fresh.rows, labels, error);
    if (status == CLENET_OK && labels != NULL)
        status = labels_finish(&set, &fresh, options->classes, options->class_names, stream_name(labels), error);
    labels_free(&set);
    if (status != CLENET_OK) {
        memory_free(images.bytes);
        return status;
    }
    *dataset = fresh;
    dataset->images = growing_take(&images);
    return CLENET_OK;
}
