/* speed_reading.h - times reading a CSV file of random digits. */
#ifndef CLENET_CMD_DEVICE_SPEED_READING_H
#define CLENET_CMD_DEVICE_SPEED_READING_H

#include "clenet/clenet.h"

typedef struct speed_reading {
    size_t rows;
    uint64_t bytes; /* of the file */
    double seconds; /* median, from the system's cache */
} speed_reading;

/* Writes `rows` rows of the digits, repeated if necessary, into a temporary file, and reads it several times. The file has no name, so
 * nothing is left if the process is killed. threads: of clenet_load_options. */
clenet_status speed_of_reading(speed_reading *speed, const clenet_dataset *digits, size_t rows, int threads,
                               clenet_error *error);

#endif
