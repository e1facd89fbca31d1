/* speed_reading.c - see speed_reading.h. */
#include "cmd/device/speed_reading.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/device/speed.h"
#include "lib/base/clock.h"

enum {
    REPEATS = 5,
    CELL_MOST = 4,  /* bytes of a cell with its delimiter: "255," */
    LABEL_BYTES = 2 /* a digit and a delimiter */
};

/* ---- the file ----------------------------------------------------------------------------------------------------------- */

/* The numbers 0 to 255, each with a comma behind it. */
typedef struct cell_texts {
    char text[UINT8_MAX + 1][CELL_MOST + 1];
    size_t length[UINT8_MAX + 1];
} cell_texts;

static void fill(cell_texts *cells) {
    for (int i = 0; i <= UINT8_MAX; i++)
        cells->length[i] = (size_t)snprintf(cells->text[i], sizeof cells->text[i], "%d,", i);
}

static bool write_header(FILE *file) {
    bool good = fputs("label", file) >= 0;
    for (int i = 0; i < SPEED_PIXELS && good; i++) good = fprintf(file, ",pixel%d", i) > 0;
    return good && fputc('\n', file) != EOF;
}

static bool write_row(FILE *file, const cell_texts *cells, const uint8_t *image, uint8_t label) {
    char row[LABEL_BYTES + SPEED_PIXELS * CELL_MOST], *end = row;
    *end++ = (char)('0' + label);
    *end++ = ',';
    for (int i = 0; i < SPEED_PIXELS; i++) {
        memcpy(end, cells->text[image[i]], CELL_MOST);
        end += cells->length[image[i]];
    }
    end[-1] = '\n';
    size_t count = (size_t)(end - row);
    return fwrite(row, 1, count, file) == count;
}

/* Writes all, and sets speed->bytes. */
static bool write_file(FILE *file, speed_reading *speed, const clenet_dataset *digits) {
    cell_texts cells;
    const uint8_t *images = clenet_dataset_images(digits), *labels = clenet_dataset_labels(digits);
    size_t different = clenet_dataset_rows(digits);
    fill(&cells);
    bool good = write_header(file);
    for (size_t i = 0; i < speed->rows && good; i++)
        good = write_row(file, &cells, images + i % different * SPEED_PIXELS, labels[i % different]);
    long end = good && fflush(file) == 0 ? ftell(file) : -1;
    if (end > 0) speed->bytes = (uint64_t)end;
    return end > 0;
}

/* ---- reading it --------------------------------------------------------------------------------------------------------- */

static clenet_status read_file(double *seconds, int descriptor, int threads, clenet_error *error) {
    char path[32]; /* opens the file again, as it has no name */
    clenet_dataset *dataset = NULL;
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.threads = threads;
    (void)snprintf(path, sizeof path, "/dev/fd/%d", descriptor);
    (void)lseek(descriptor, 0, SEEK_SET); /* some systems only duplicate the descriptor */
    double began = clock_seconds();
    clenet_status status = clenet_dataset_load(&dataset, path, &options, error);
    *seconds = clock_seconds() - began;
    clenet_dataset_free(dataset);
    return status;
}

clenet_status speed_of_reading(speed_reading *speed, const clenet_dataset *digits, size_t rows, int threads,
                               clenet_error *error) {
    double seconds[REPEATS + 1]; /* the first warms up */
    clenet_status status = CLENET_OK;
    *speed = (speed_reading){.rows = rows};
    FILE *file = tmpfile();
    if (file == NULL || !write_file(file, speed, digits)) {
        error->status = status = CLENET_ERROR_IO;
        (void)snprintf(error->message, sizeof error->message, "cannot write a temporary file: %s", strerror(errno));
    }
    for (int i = 0; i <= REPEATS && status == CLENET_OK; i++)
        status = read_file(&seconds[i], fileno(file), threads, error);
    if (status == CLENET_OK) speed->seconds = speed_median(seconds + 1, REPEATS);
    if (file != NULL) (void)fclose(file);
    return status;
}
