/* speed.c - see speed.h. */
#include "cmd/device/speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525U + 1013904223U; /* Numerical Recipes */
    return *state >> 16;
}

/* Draws three strokes, each two pixels wide, between random points near the middle. */
static void draw(uint8_t image[SPEED_PIXELS], unsigned *state) {
    enum { MARGIN = 5, MIDDLE = SPEED_SIDE - 2 * MARGIN, STEPS = 24 };
    memset(image, 0, SPEED_PIXELS);
    unsigned x = MARGIN + next_random(state) % MIDDLE, y = MARGIN + next_random(state) % MIDDLE;
    for (int stroke = 0; stroke < 3; stroke++) {
        unsigned to_x = MARGIN + next_random(state) % MIDDLE, to_y = MARGIN + next_random(state) % MIDDLE;
        for (unsigned i = 0; i <= STEPS; i++) {
            unsigned column = (x * (STEPS - i) + to_x * i) / STEPS, row = (y * (STEPS - i) + to_y * i) / STEPS;
            uint8_t ink = (uint8_t)(155 + next_random(state) % 101);
            image[row * SPEED_SIDE + column] = image[row * SPEED_SIDE + column + 1] = ink;
            image[(row + 1) * SPEED_SIDE + column] = ink;
        }
        x = to_x;
        y = to_y;
    }
}

clenet_status speed_digits(clenet_dataset **digits, size_t rows, clenet_error *error) {
    uint8_t *images = malloc(rows * SPEED_PIXELS), *labels = malloc(rows);
    unsigned state = 1;
    clenet_status status = CLENET_ERROR_MEMORY;
    if (images != NULL && labels != NULL) {
        for (size_t i = 0; i < rows; i++) {
            draw(images + i * SPEED_PIXELS, &state);
            labels[i] = (uint8_t)(next_random(&state) % SPEED_CLASSES);
        }
        status = clenet_dataset_new(digits, images, labels, rows, SPEED_SIDE, SPEED_SIDE, 1, SPEED_CLASSES, error);
    } else {
        (void)snprintf(error->message, sizeof error->message, "out of memory (the digits)");
    }
    free(images);
    free(labels);
    return status;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double speed_median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_size);
    return count % 2 != 0 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

typedef struct epoch_times {
    double seconds[SPEED_EPOCHS];
    int count;
} epoch_times;

static int note_epoch(const clenet_epoch *epoch, void *user) {
    epoch_times *times = user;
    times->seconds[times->count++] = epoch->seconds;
    return 0;
}

clenet_status speed_epoch(double *seconds, clenet_model *model, const clenet_dataset *digits,
                          const clenet_device *device, int batch, clenet_error *error) {
    epoch_times times = {.count = 0};
    clenet_trainer *trainer = NULL;
    clenet_training_options training;
    clenet_training_options_init(&training, sizeof training);
    training.epochs = SPEED_EPOCHS;
    training.batch = batch;
    training.validation = 0.0;
    training.patience = -1;
    training.on_epoch = note_epoch;
    training.user = &times;
    clenet_status status = clenet_trainer_new(&trainer, model, digits, device, &training, error);
    if (status == CLENET_OK) status = clenet_trainer_run(trainer, NULL, error);
    if (status == CLENET_OK) *seconds = speed_median(times.seconds + 1, SPEED_EPOCHS - 1);
    clenet_trainer_free(trainer);
    return status;
}
