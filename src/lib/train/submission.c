/* submission.c - writes Kaggle's submission: one prediction per line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/output.h"

enum { LINE_SIZE = 32 };
static const char HEADER[] = "ImageId,Label\n";

/* The whole file in memory: 28,000 rows are 300 KB. *length is its bytes. NULL if out of memory. */
static char *format(const uint8_t *classes, size_t rows, size_t *length) {
    char *text = memory_new(rows + 1, LINE_SIZE);
    if (!text) return NULL;
    size_t used = sizeof HEADER - 1;
    memcpy(text, HEADER, used);
    for (size_t i = 0; i < rows; i++) used += (size_t)snprintf(text + used, LINE_SIZE, "%zu,%d\n", i + 1, classes[i]);
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

clenet_status clenet_submission_write(const char *path, const uint8_t *classes, size_t rows, clenet_error *error) {
    REQUIRE(path, error);
    if (rows > 0) REQUIRE(classes, error);
    size_t length;
    char *text = format(classes, rows, &length);
    if (!text) return error_memory(error, rows * LINE_SIZE, "the submission");
    clenet_status status =
        strcmp(path, "-") == 0 ? write_stdout(text, length, error) : write_file(path, text, length, error);
    memory_free(text);
    return status;
}
