/* formats.c - see formats.h. */
#include "lib/data/formats.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/array.h"
#include "lib/data/choice.h"
#include "lib/data/cifar.h"
#include "lib/data/csv.h"
#include "lib/data/foreign.h"
#include "lib/data/idx.h"
#include "lib/data/npy.h"
#include "lib/data/packing.h"
#include "lib/data/zip.h"

/* ---- one file of images, and perhaps one of labels ------------------------------------------------------------------------ */

/* Reads the header of an IDX or NumPy file, if it is one: *is says so. */
static clenet_status read_header(array *header, bool *is, stream *input, clenet_error *error) {
    const uint8_t *bytes = NULL;
    size_t count = 0;
    *is = false;
    clenet_status status = stream_peek(input, &bytes, &count, error);
    if (status != CLENET_OK) return status;
    if (idx_begins_reversed(bytes, count)) {
        return error_set(
            error, CLENET_ERROR_FORMAT,
            "%s: is an IDX file in little-endian order; IDX is big-endian: write it again in that order, or "
            "with numpy.save()",
            stream_name(input));
    }
    if (npy_begins(bytes, count)) {
        *is = true;
        return npy_header(header, input, error);
    }
    if (!idx_begins(bytes, count) || (!idx_is_known(bytes, count) && cifar_label_bytes(bytes, count) > 0))
        return CLENET_OK;
    *is = true;
    return idx_header(header, input, error);
}

static clenet_status add_remark(char **reading, const char *remark, clenet_error *error) {
    size_t before = *reading != NULL ? strlen(*reading) : 0, bytes = before + strlen(remark) + 3;
    char *longer = memory_new(bytes, 1);
    if (longer == NULL) return error_memory(error, bytes, "what was read");
    (void)snprintf(longer, bytes, "%s%s%s", before > 0 ? *reading : "", before > 0 ? "; " : "", remark);
    memory_free(*reading);
    *reading = longer;
    return CLENET_OK;
}

static clenet_status read_labels(clenet_dataset *dataset, stream *input, const clenet_load_options *options,
                                 clenet_error *error) {
    array header = {0};
    bool is = false;
    const char *remark = NULL;
    label_set labels = {.text_count = 0};
    clenet_status status = read_header(&header, &is, input, error);
    if (status == CLENET_OK && !is) {
        const uint8_t *bytes = NULL;
        size_t count = 0;
        status = stream_peek(input, &bytes, &count, error);
        if (status != CLENET_OK) return status;
        if (count == 0) {
            return error_set(error, CLENET_ERROR_FORMAT, "%s: is empty; name the file of the labels",
                             stream_name(input));
        }
        status = foreign_check(bytes, count, stream_name(input), error);
        if (status != CLENET_OK) return status;
        status = error_set(error, CLENET_ERROR_FORMAT,
                           "%s: is neither an IDX nor a NumPy file; name the file of the labels", stream_name(input));
    }
    if (status == CLENET_OK) status = array_labels(&labels, &remark, &header, dataset->rows, input, error);
    if (status == CLENET_OK && remark != NULL) status = add_remark(&dataset->reading, remark, error);
    if (status == CLENET_OK)
        status = labels_finish(&labels, dataset, options->classes, options->class_names, stream_name(input), error);
    labels_free(&labels);
    return status;
}

static clenet_status read_arrays(clenet_dataset *dataset, const array *header, stream *input, stream *labels,
                                 const clenet_load_options *options, clenet_error *error) {
    clenet_dataset fresh = *dataset;
    clenet_status status = array_images(&fresh, header, input, options->scale, error);
    if (status == CLENET_OK && labels != NULL) status = read_labels(&fresh, labels, options, error);
    if (status == CLENET_OK) {
        *dataset = fresh;
        return CLENET_OK;
    }
    if (fresh.images != dataset->images) memory_free(fresh.images);
    if (fresh.reading != dataset->reading) memory_free(fresh.reading);
    return status;
}

/* labels: NULL if the images' file has them, or without labels. */
static clenet_status read_file(clenet_dataset *dataset, stream *input, stream *labels,
                               const clenet_load_options *options, clenet_error *error) {
    const uint8_t *bytes = NULL;
    size_t count = 0;
    array header = {0};
    bool is = false;
    clenet_status status = read_header(&header, &is, input, error);
    if (status == CLENET_OK && is) return read_arrays(dataset, &header, input, labels, options, error);
    if (status == CLENET_OK) status = stream_peek(input, &bytes, &count, error);
    if (status == CLENET_OK) status = foreign_check(bytes, count, stream_name(input), error);
    if (status != CLENET_OK) return status;
    if (packing_of(bytes, count) == PACKING_ZIP) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is a zip archive in another one; unpack the outer one first",
                         stream_name(input));
    }
    if (labels != NULL) {
        return error_set(
            error, CLENET_ERROR_ARGUMENT,
            "%s: is neither an IDX nor a NumPy file, and only those have their labels in a second file: leave '%s' "
            "out",
            stream_name(input), stream_name(labels));
    }
    int label_bytes = cifar_label_bytes(bytes, count);
    if (label_bytes > 0) return cifar_dataset(dataset, input, label_bytes, options, error);
    csv_options csv = {.load = options};
    return csv_dataset(dataset, input, &csv, error);
}

/* ---- archives ----------------------------------------------------------------------------------------------------------- */

/* Puts "train.csv of 3 files" in front of what the data set's reading says. */
static clenet_status tell_members(clenet_dataset *dataset, const zip *archive, const choice *chosen,
                                  clenet_error *error) {
    size_t files = zip_count(archive);
    bool both = chosen->labels != CHOICE_NONE;
    const char *images = zip_members(archive)[chosen->images], *before = dataset->reading;
    const char *labels = both ? zip_members(archive)[chosen->labels] : "";
    size_t bytes = strlen(images) + strlen(labels) + (before != NULL ? strlen(before) : 0) + 64;
    char *told = memory_new(bytes, 1);
    if (told == NULL) return error_memory(error, bytes, "what was read");
    int length = snprintf(told, bytes, "%s%s%s", images, both ? " and " : "", labels);
    if (files > 1)
        length += snprintf(told + length, bytes - (size_t)length, " of %zu files", files);
    else
        length += snprintf(told + length, bytes - (size_t)length, ", the only file");
    if (before != NULL) (void)snprintf(told + length, bytes - (size_t)length, "; %s", before);
    memory_free(dataset->reading);
    dataset->reading = told;
    return CLENET_OK;
}

static clenet_status read_members(clenet_dataset *dataset, const zip *archive, const choice *chosen, stream *labels,
                                  const clenet_load_options *options, clenet_error *error) {
    stream *input = NULL, *own_labels = NULL;
    clenet_status status = zip_open_member(&input, archive, chosen->images, error);
    if (status == CLENET_OK && labels == NULL && chosen->labels != CHOICE_NONE)
        status = zip_open_member(&own_labels, archive, chosen->labels, error);
    if (status == CLENET_OK) status = read_file(dataset, input, labels != NULL ? labels : own_labels, options, error);
    stream_close(own_labels);
    stream_close(input);
    return status;
}

static clenet_status read_zip(clenet_dataset *dataset, stream *input, stream *labels,
                              const clenet_load_options *options, clenet_error *error) {
    zip *archive = NULL;
    choice chosen = {0};
    clenet_status status = zip_open(&archive, input, error);
    if (status == CLENET_OK)
        status = foreign_check_members(zip_members(archive), zip_count(archive), zip_name(archive), error);
    if (status == CLENET_OK)
        status = choice_make(&chosen, zip_members(archive), zip_count(archive), zip_name(archive), options->part,
                             options->member, error);
    if (labels != NULL) chosen.labels = CHOICE_NONE;
    if (status == CLENET_OK) status = read_members(dataset, archive, &chosen, labels, options, error);
    if (status == CLENET_OK) status = tell_members(dataset, archive, &chosen, error);
    zip_close(archive);
    return status;
}

clenet_status formats_dataset(clenet_dataset *dataset, stream *input, const clenet_load_options *options,
                              clenet_error *error) {
    const uint8_t *bytes = NULL;
    size_t count = 0;
    stream *labels = NULL;
    clenet_status status = stream_peek(input, &bytes, &count, error);
    if (status == CLENET_OK && options->labels_path != NULL) status = stream_open(&labels, options->labels_path, error);
    if (status == CLENET_OK && packing_of(bytes, count) == PACKING_ZIP)
        status = read_zip(dataset, input, labels, options, error);
    else if (status == CLENET_OK && options->member != NULL)
        status = error_set(error, CLENET_ERROR_ARGUMENT, "%s: is not an archive; leave the member '%s' out (--member)",
                           stream_name(input), options->member);
    else if (status == CLENET_OK)
        status = read_file(dataset, input, labels, options, error);
    stream_close(labels);
    return status;
}
