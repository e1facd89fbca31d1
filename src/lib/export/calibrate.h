/* calibrate.h - finds the ranges of a network's numbers on labelled images, and what 8-bit integers cost in accuracy. */
#ifndef CLENET_LIB_EXPORT_CALIBRATE_H
#define CLENET_LIB_EXPORT_CALIBRATE_H

#include "lib/data/dataset.h"
#include "lib/export/int8.h"

typedef struct calibration {
    clenet_export_check check;
    clenet_export_change *changes; /* [check.changed]; owned */
} calibration;

/* Makes the network with 8-bit integers from the ranges of up to CLENET_EXPORT_RANGE_ROWS of the images, and compares the classes that
 * both networks predict on up to CLENET_EXPORT_CHECK_ROWS. Uses all cores; the result does not depend on their number. The list is of
 * one network, and lent. Errors: CLENET_ERROR_ARGUMENT (images that do not fit the network, no labels, or an error of
 * int8_network_new()), CLENET_ERROR_MEMORY. */
clenet_status calibrate(int8_network *network, calibration *found, const stage_list *list,
                        const clenet_dataset *dataset, clenet_error *error);

#endif
