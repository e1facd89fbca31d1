/* submission.c - writes Kaggle's submission: one prediction per line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/csv_cell.h"
#include "lib/base/memory.h"
#include "lib/base/output.h"

enum {
    ID_SIZE = 24, /* bytes of an id, a comma and a newline, with an end */
    CLASSES_MOST = 256,
    NUMBER_SIZE = 4 /* bytes of a class as a number */
};
static const char HEADER[] = "ImageId,Label\n";

/* The labels of the classes as cells of a CSV. */
typedef struct cells {
    char *text; /* [count][size] */
    size_t count, size;
} cells;

static clenet_status cells_new(cells *labels, const char *const *names, size_t count, clenet_error *error) {
    *labels = (cells){.count = count, .size = 1};
    for (size_t i = 0; i < count; i++) {
        size_t length = csv_cell_length(names[i]);
        if (length >= labels->size) labels->size = length + 1;
    }
    labels->text = memory_new(count + 1, labels->size);
    if (labels->text == NULL) return error_memory(error, count * labels->size, "the labels of a submission");
    for (size_t i = 0; i < count; i++) (void)csv_cell(labels->text + i * labels->size, names[i]);
    return CLENET_OK;
}

/* The whole file in memory: 28,000 rows are 300 KB. *length is its bytes. NULL if out of memory. */
static char *format(const cells *labels, const uint8_t *classes, size_t rows, size_t *length) {
    size_t line = ID_SIZE + labels->size, used = sizeof HEADER - 1;
    char *text = memory_new(rows + 1, line);
    if (!text) return NULL;
    memcpy(text, HEADER, used);
    for (size_t i = 0; i < rows; i++)
        used += (size_t)snprintf(text + used, line, "%zu,%s\n", i + 1, labels->text + classes[i] * labels->size);
    *length = used;
    return text;
}

static clenet_status write_stdout(const char *text, size_t length, clenet_error *error) {
    if (fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0) return CLENET_OK;
    return error_set(error, CLENET_ERROR_IO, "cannot write the submission to standard output: %s", strerror(errno));
}

static clenet_status write_file(const char *path, const char *text, size_t length, clenet_error *error) {
    output_file *output;
    clenet_status status = output_open(&output, path, error);
    if (status != CLENET_OK) return status;
    status = output_write(output, text, length, error);
    if (status != CLENET_OK) {
        output_abandon(output);
        return status;
    }
    return output_commit(output, error);
}

static clenet_status write_cells(const char *path, const cells *labels, const uint8_t *classes, size_t rows,
                                 clenet_error *error) {
    size_t length;
    char *text = format(labels, classes, rows, &length);
    if (!text) return error_memory(error, rows * (ID_SIZE + labels->size), "the submission");
    clenet_status status =
        strcmp(path, "-") == 0 ? write_stdout(text, length, error) : write_file(path, text, length, error);
    memory_free(text);
    return status;
}

clenet_status clenet_submission_write_names(const char *path, const uint8_t *classes, size_t rows,
                                            const char *const *names, int count, clenet_error *error) {
    REQUIRE(path, error);
    REQUIRE(names, error);
    if (rows > 0) REQUIRE(classes, error);
    if (count < 1 || count > CLASSES_MOST)
        return error_set(error, CLENET_ERROR_ARGUMENT, "%d classes are out of range 1..%d", count, (int)CLASSES_MOST);
    for (int i = 0; i < count; i++)
        if (names[i] == NULL) return error_set(error, CLENET_ERROR_ARGUMENT, "names[%d] is NULL", i);
    for (size_t i = 0; i < rows; i++)
        if (classes[i] >= count)
            return error_set(error, CLENET_ERROR_ARGUMENT, "classes[%zu] is %d, but there are %d names", i, classes[i],
                             count);
    cells labels;
    clenet_status status = cells_new(&labels, names, (size_t)count, error);
    if (status == CLENET_OK) status = write_cells(path, &labels, classes, rows, error);
    memory_free(labels.text);
    return status;
}

clenet_status clenet_submission_write(const char *path, const uint8_t *classes, size_t rows, clenet_error *error) {
    char numbers[CLASSES_MOST][NUMBER_SIZE];
    const char *names[CLASSES_MOST];
    REQUIRE(path, error);
    if (rows > 0) REQUIRE(classes, error);
    for (int i = 0; i < CLASSES_MOST; i++) {
        (void)snprintf(numbers[i], NUMBER_SIZE, "%u", (unsigned)(uint8_t)i);
        names[i] = numbers[i];
    }
    return clenet_submission_write_names(path, classes, rows, names, CLASSES_MOST, error);
}
