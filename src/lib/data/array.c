/* array.c - see array.h. */
#include "lib/data/array.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/csv_values.h"
#include "lib/data/growing.h"

enum {
    SIDE_AT_MOST = 4096, /* pixels */
    COLORS_AT_MOST = 4,  /* channels of the last axis */
    QMNIST_COLUMNS = 8,
    STEP_BYTES = MEMORY_BLOCK(1024 * 1024), /* per read; whole elements */
    SHAPE_BYTES = 96,
    HALF_FRACTION_BITS = 10,
};
static const double whole_most = 9007199254740992.0; /* 2^53: every whole number up to it is a double */

clenet_status array_cut_off(const char *format, const stream *input, uint64_t count, uint64_t expected,
                            clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: the %s file ends after %llu of %llu bytes: it was cut off; fetch or copy it again",
                     stream_name(input), format, (unsigned long long)count, (unsigned long long)expected);
}

/* ---- elements ----------------------------------------------------------------------------------------------------------- */

static uint64_t bits_of(const array *header, const uint8_t *bytes) {
    uint64_t bits = 0;
    for (size_t i = 0; i < header->element_bytes; i++)
        bits = bits << 8 | bytes[header->big_endian ? i : header->element_bytes - 1 - i];
    return bits;
}

static double half_float(unsigned bits) {
    double fraction = bits & 0x3FF;
    int exponent = bits >> HALF_FRACTION_BITS & 0x1F;
    double magnitude = exponent == 0x1F ? (fraction == 0 ? (double)INFINITY : (double)NAN)
                       : exponent == 0  ? ldexp(fraction, -24)
                                        : ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

static double element(const array *header, const uint8_t *bytes) {
    uint64_t bits = bits_of(header, bytes);
    uint32_t low = (uint32_t)bits;
    float single;
    double value;
    if (header->type == ARRAY_UNSIGNED) return (double)bits;
    if (header->type == ARRAY_SIGNED) {
        switch (header->element_bytes) {
        case 1:
            return (double)(int8_t)bits;
        case 2:
            return (double)(int16_t)bits;
        case 4:
            return (double)(int32_t)bits;
        default:
            return (double)(int64_t)bits;
        }
    }
    if (header->element_bytes == 2) return half_float(low);
    if (header->element_bytes == sizeof single) {
        memcpy(&single, &low, sizeof single);
        return (double)single;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static clenet_status check_end(const array *header, uint64_t count, stream *input, clenet_error *error) {
    uint8_t beyond;
    size_t read = 0;
    clenet_status status = stream_read(input, &beyond, 1, &read, error);
    if (status != CLENET_OK || read == 0) return status;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: more bytes follow after the %llu that the %s header promises; fetch or copy it again",
                     stream_name(input), (unsigned long long)(header->header_bytes + count * header->element_bytes),
                     header->format);
}

/* Reads the next elements' bytes, at most STEP_BYTES; `done` of all `count` elements were read before. */
static clenet_status next_elements(uint8_t *bytes, size_t *elements, const array *header, uint64_t done, uint64_t count,
                                   stream *input, clenet_error *error) {
    size_t most = STEP_BYTES / header->element_bytes, read = 0;
    *elements = count - done < most ? (size_t)(count - done) : most;
    clenet_status status = stream_read(input, bytes, *elements * header->element_bytes, &read, error);
    if (status != CLENET_OK || read == *elements * header->element_bytes) return status;
    return array_cut_off(header->format, input, header->header_bytes + done * header->element_bytes + read,
                         header->header_bytes + count * header->element_bytes, error);
}

/* ---- pixels ------------------------------------------------------------------------------------------------------------- */

static clenet_status bad_pixel(const array *header, uint64_t at, uint64_t image, double value, const stream *input,
                               clenet_error *error) {
    unsigned long long row = header->fortran ? at % header->sizes[0] : at / image;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: pixel value %g of image %llu is out of range 0..255; if all are in one range, give --scale",
                     stream_name(input), value, row + 1);
}

/* Bytes that are pixels already. */
static clenet_status read_bytes(growing *pixels, const array *header, uint64_t count, stream *input,
                                clenet_error *error) {
    while (pixels->count < count) {
        size_t more = 0, room = count - pixels->count < STEP_BYTES ? (size_t)(count - pixels->count) : STEP_BYTES;
        if (!growing_reserve(pixels, room)) return error_memory(error, pixels->count + room, "the values of a file");
        clenet_status status =
            next_elements(pixels->bytes + pixels->count, &more, header, pixels->count, count, input, error);
        if (status != CLENET_OK) return status;
        pixels->count += more;
    }
    return CLENET_OK;
}

/* Any numbers; image: pixels of one. */
static clenet_status read_numbers(growing *pixels, csv_values *values, const array *header, uint64_t count,
                                  uint64_t image, stream *input, clenet_error *error) {
    uint8_t *bytes = memory_new(STEP_BYTES, 1);
    clenet_status status = bytes != NULL ? CLENET_OK : error_memory(error, STEP_BYTES, "the values of a file");
    while (status == CLENET_OK && pixels->count < count) {
        size_t more = 0;
        status = next_elements(bytes, &more, header, pixels->count, count, input, error);
        if (status == CLENET_OK && !growing_reserve(pixels, more))
            status = error_memory(error, pixels->count + more, "the values of a file");
        for (size_t i = 0; status == CLENET_OK && i < more; i++, pixels->count++) {
            double value = element(header, bytes + i * header->element_bytes);
            if (!csv_values_put(values, pixels->bytes, pixels->count, pixels->count, value))
                status = bad_pixel(header, pixels->count, image, value, input, error);
        }
    }
    memory_free(bytes);
    return status;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------------- */

/* "60000x28x28". */
static const char *shape_text(char *text, const array *header) {
    size_t length = 0;
    for (int i = 0; i < header->axes; i++)
        length += (size_t)snprintf(text + length, SHAPE_BYTES - length, "%s%llu", i > 0 ? "x" : "",
                                   (unsigned long long)header->sizes[i]);
    return text;
}

/* How elements lie in a file: the distance of neighbours along each axis of an image. */
typedef struct strides {
    uint64_t row, height, width, channel;
} strides;

static bool is_color(uint64_t channels) {
    return channels == 1 || channels == 3;
}

static uint64_t square_side(uint64_t pixels) {
    uint64_t side = 1;
    while (side * side < pixels && side <= SIDE_AT_MOST) side++;
    return side * side == pixels ? side : 0;
}

static clenet_status bad_shape(const array *header, const stream *input, const char *what, clenet_error *error) {
    char text[SHAPE_BYTES];
    return error_set(error, CLENET_ERROR_FORMAT, "%s: %s array of %s numbers: %s", stream_name(input), header->format,
                     shape_text(text, header), what);
}

/* Finds the axes: *first is true if the channels come in front of height and width. */
static clenet_status find_shape(clenet_dataset *dataset, bool *first, const array *header, const stream *input,
                                clenet_error *error) {
    const uint64_t *sizes = header->sizes;
    uint64_t height = sizes[1], width = sizes[2], channels = 1;
    *first = false;
    if (header->axes == 1) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is %s %s file of labels; name the file of the images here",
                         stream_name(input), strcmp(header->format, "IDX") == 0 ? "an" : "a", header->format);
    }
    if (sizes[0] == 0)
        return error_set(error, CLENET_ERROR_FORMAT, "%s: the %s file has no images", stream_name(input),
                         header->format);
    if (header->axes == 2) {
        height = width = square_side(sizes[1]);
        if (height == 0)
            return bad_shape(header, input, "a row is not a square image; give it the axes rows, height, width", error);
    } else if (header->axes == 4 && sizes[3] >= 1 && sizes[3] <= COLORS_AT_MOST) {
        channels = sizes[3];
    } else if (header->axes == 4 && is_color(sizes[1])) {
        *first = true;
        channels = sizes[1];
        height = sizes[2];
        width = sizes[3];
    } else if (header->axes == 4) {
        return bad_shape(header, input, "no axis has 1 or 3 channels; give it the axes rows, height, width, channels",
                         error);
    }
    if (height < 1 || height > SIDE_AT_MOST || width < 1 || width > SIDE_AT_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: images of %llux%llu pixels; 1x1 to %dx%d can be read",
                         stream_name(input), (unsigned long long)height, (unsigned long long)width, SIDE_AT_MOST,
                         SIDE_AT_MOST);
    }
    dataset->rows = (size_t)sizes[0];
    dataset->height = (int)height;
    dataset->width = (int)width;
    dataset->channels = (int)channels;
    return CLENET_OK;
}

static strides find_strides(const clenet_dataset *d, bool first, bool fortran) {
    uint64_t rows = d->rows, height = (uint64_t)d->height, width = (uint64_t)d->width, channels = (uint64_t)d->channels;
    if (fortran && first) return (strides){1, rows * channels, rows * channels * height, rows};
    if (fortran) return (strides){1, rows, rows * height, rows * height * width};
    if (first) return (strides){height * width * channels, width, 1, height * width};
    return (strides){height * width * channels, width * channels, channels, 1};
}

/* Copies an image [height][width][channels] from the elements of the file. */
static void copy_image(uint8_t *image, const clenet_dataset *d, const uint8_t *from, const strides *step) {
    for (uint64_t y = 0; y < (uint64_t)d->height; y++)
        for (uint64_t x = 0; x < (uint64_t)d->width; x++)
            for (uint64_t c = 0; c < (uint64_t)d->channels; c++)
                *image++ = from[y * step->height + x * step->width + c * step->channel];
}

/* Puts pixels that lie otherwise into the order [rows][height][width][channels]. */
static clenet_status reorder(growing *pixels, const clenet_dataset *d, bool first, const array *header,
                             clenet_error *error) {
    strides step = find_strides(d, first, header->fortran);
    size_t image = (size_t)d->height * (size_t)d->width * (size_t)d->channels;
    if (header->fortran && header->axes == 2) { /* pixels of a row are one axis */
        step.height = d->rows * (uint64_t)d->width;
        step.width = d->rows;
    }
    if (pixels->bytes == NULL || (!header->fortran && (!first || d->channels == 1))) return CLENET_OK;
    uint8_t *fresh = memory_resize(NULL, header->fortran ? d->rows : 1, image);
    if (fresh == NULL) return error_memory(error, header->fortran ? d->rows * image : image, "the order of pixels");
    for (size_t row = 0; row < d->rows; row++) {
        copy_image(fresh + (header->fortran ? row * image : 0), d, pixels->bytes + row * step.row, &step);
        if (!header->fortran) memcpy(pixels->bytes + row * image, fresh, image);
    }
    if (header->fortran) {
        memory_free(pixels->bytes);
        *pixels = (growing){.bytes = fresh, .count = d->rows * image, .capacity = d->rows * image};
    } else {
        memory_free(fresh);
    }
    return CLENET_OK;
}

static clenet_status tell(char **reading, const csv_values *values, bool first, clenet_error *error) {
    const char *of_pixels = values->form == CSV_UNIT      ? "pixels are 0..1: multiplied by 255"
                            : values->form == CSV_ROUNDED ? "pixels have fractions: rounded"
                                                          : "";
    char text[160];
    (void)snprintf(text, sizeof text, "%s%s%s", first ? "channels come before height and width" : "",
                   first && *of_pixels != '\0' ? "; " : "", of_pixels);
    *reading = NULL;
    if (text[0] == '\0') return CLENET_OK;
    *reading = memory_copy_string(text);
    return *reading != NULL ? CLENET_OK : error_memory(error, sizeof text, "what was read");
}

clenet_status array_images(clenet_dataset *dataset, const array *header, stream *input, double scale,
                           clenet_error *error) {
    clenet_dataset fresh = *dataset;
    growing pixels = {0};
    csv_values values = csv_values_new(scale);
    bool first = false;
    clenet_status status = find_shape(&fresh, &first, header, input, error);
    if (status != CLENET_OK) return status;
    uint64_t image = (uint64_t)fresh.height * (uint64_t)fresh.width * (uint64_t)fresh.channels; /* at most 2^26 */
    uint64_t count = fresh.rows * image;                                                        /* below 2^58 */
    if (header->type == ARRAY_UNSIGNED && header->element_bytes == 1 && !(scale > 0.0))
        status = read_bytes(&pixels, header, count, input, error);
    else
        status = read_numbers(&pixels, &values, header, count, image, input, error);
    if (status == CLENET_OK) status = check_end(header, count, input, error);
    if (status == CLENET_OK) status = reorder(&pixels, &fresh, first, header, error);
    if (status == CLENET_OK) status = tell(&fresh.reading, &values, first && fresh.channels > 1, error);
    if (status != CLENET_OK) {
        memory_free(pixels.bytes);
        return status;
    }
    *dataset = fresh;
    dataset->images = growing_take(&pixels);
    return CLENET_OK;
}

/* ---- labels ------------------------------------------------------------------------------------------------------------- */

/* How the elements of a row tell its label. */
typedef enum row_kind { ROW_LABEL, ROW_FIRST, ROW_ONE_HOT } row_kind;

static clenet_status find_rows(row_kind *kind, size_t *columns, const array *header, size_t rows, const stream *input,
                               clenet_error *error) {
    bool idx = strcmp(header->format, "IDX") == 0;
    *columns = header->axes == 2 ? (size_t)header->sizes[1] : 1;
    *kind = *columns == 1 ? ROW_LABEL : idx && *columns == QMNIST_COLUMNS ? ROW_FIRST : ROW_ONE_HOT;
    if (header->axes > 2) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is %s %s file of images; name the file of the labels here",
                         stream_name(input), idx ? "an" : "a", header->format);
    }
    if (header->fortran && *columns > 1)
        return bad_shape(header, input, "one-hot labels must be in C order; save numpy.argmax(y, 1) instead", error);
    if (*columns < 1 || *columns > CLASSES_AT_MOST) {
        return bad_shape(header, input,
                         "labels are one number per image, or at most 256 one-hot; is it the file of the labels?",
                         error);
    }
    if (header->sizes[0] == rows) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: has %llu labels for %zu images; name the file that belongs to them", stream_name(input),
                     (unsigned long long)header->sizes[0], rows);
}

/* The label of a row, of which [columns] are the elements; false if there is none. */
static bool row_label(long *label, const array *header, const uint8_t *bytes, row_kind kind, size_t columns) {
    double value = element(header, bytes);
    long hot = -1;
    if (kind != ROW_ONE_HOT) {
        if (!(value >= -whole_most && value <= whole_most) || value != floor(value)) return false;
        *label = (long)value;
        return true;
    }
    for (size_t i = 0; i < columns; i++) {
        value = element(header, bytes + i * header->element_bytes);
        if (value == 0.0) continue;
        if (value != 1.0 || hot >= 0) return false;
        hot = (long)i;
    }
    *label = hot;
    return hot >= 0;
}

static clenet_status add_label(label_set *labels, const array *header, const uint8_t *bytes, row_kind kind,
                               size_t columns, size_t row, const stream *input, clenet_error *error) {
    long label = 0;
    clenet_error why;
    if (!row_label(&label, header, bytes, kind, columns)) {
        if (kind == ROW_ONE_HOT) {
            return error_set(error, CLENET_ERROR_FORMAT,
                             "%s: the %zu numbers of image %zu are not one-hot: one 1 among zeros", stream_name(input),
                             columns, row + 1);
        }
        return error_set(error, CLENET_ERROR_FORMAT, "%s: label %g of image %zu is not a whole number",
                         stream_name(input), element(header, bytes), row + 1);
    }
    clenet_status status = labels_number(labels, label, &why);
    if (status == CLENET_OK || status == CLENET_ERROR_MEMORY) {
        if (status != CLENET_OK && error != NULL) *error = why;
        return status;
    }
    return error_set(error, status, "%s: image %zu: %s", stream_name(input), row + 1, why.message);
}

clenet_status array_labels(label_set *labels, const char **told, const array *header, size_t rows, stream *input,
                           clenet_error *error) {
    static const char *const remarks[] = {
        [ROW_LABEL] = NULL, [ROW_FIRST] = "labels are the first of 8 columns", [ROW_ONE_HOT] = "labels are one-hot"};
    row_kind kind = ROW_LABEL;
    size_t columns = 1;
    clenet_status status = find_rows(&kind, &columns, header, rows, input, error);
    if (status != CLENET_OK) return status;
    size_t row_bytes = columns * header->element_bytes; /* at most 2048 */
    uint8_t *bytes = memory_new(row_bytes, 1);
    if (bytes == NULL) return error_memory(error, row_bytes, "a label");
    for (size_t row = 0; status == CLENET_OK && row < rows; row++) {
        size_t read = 0;
        status = stream_read(input, bytes, row_bytes, &read, error);
        if (status == CLENET_OK && read < row_bytes)
            status = array_cut_off(header->format, input, header->header_bytes + row * row_bytes + read,
                                   header->header_bytes + rows * row_bytes, error);
        if (status == CLENET_OK) status = add_label(labels, header, bytes, kind, columns, row, input, error);
    }
    memory_free(bytes);
    if (status == CLENET_OK) status = check_end(header, rows * columns, input, error);
    *told = remarks[kind];
    return status;
}
