/* speed.h - times the training of the default LeNet on random digits.
 *
 * The speed depends a little on the pixels, but not on the digits. */
#ifndef CLENET_CMD_DEVICE_SPEED_H
#define CLENET_CMD_DEVICE_SPEED_H

#include "clenet/clenet.h"

enum {
    SPEED_SIDE = 28,
    SPEED_PIXELS = SPEED_SIDE * SPEED_SIDE,
    SPEED_CLASSES = 10,
    SPEED_EPOCHS = 4 /* the first warms up */
};

/* Draws `rows` digits; clenet_dataset_free() them. */
clenet_status speed_digits(clenet_dataset **digits, size_t rows, clenet_error *error);

/* Trains SPEED_EPOCHS epochs without validation; *seconds is the median of an epoch. */
clenet_status speed_epoch(double *seconds, clenet_model *model, const clenet_dataset *digits,
                          const clenet_device *device, int batch, clenet_error *error);

/* Sorts the values. */
double speed_median(double *values, size_t count);

#endif
