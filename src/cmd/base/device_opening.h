/* device_opening.h - opens a device on a thread while the data are read.
 *
 * It is opened, checked and made ready: drivers take time to load, and compilers take longer. */
#ifndef CLENET_CMD_BASE_DEVICE_OPENING_H
#define CLENET_CMD_BASE_DEVICE_OPENING_H

#include <pthread.h>
#include <stdatomic.h>

#include "cmd/base/device_setting.h"
#include "clenet/clenet.h"

typedef struct device_opening {
    const clenet_network *network;           /* lent, until the end */
    const clenet_training_options *training; /* NULL: to predict; lent */
    device_setting setting;
    const char *spec;
    bool wished; /* spec came from CLENET_DEVICE */
    bool threaded;
    pthread_t thread;
    atomic_bool done;
    clenet_profile *profile; /* NULL without --profile; call profile_table_finish() when the device is freed */
    clenet_device *device;
    clenet_status status;
    clenet_error error;
} device_opening;

/* Begins to open the device. Unless quiet, prints a line if the device is checked for the first time. Returns an exit status. If
 * it is EXIT_DONE, call device_opening_end(); otherwise an error was printed. */
int device_opening_begin(device_opening *o, const device_arguments *arguments, const clenet_network *network,
                         const clenet_training_options *training, bool quiet);

/* If status is EXIT_DONE, waits for the device; clenet_device_free() it. Otherwise another step failed, and its error was
 * printed: the device is closed, or, if it is not open yet, the process ends here. Returns the exit status, and prints an error
 * if the device could not be opened. */
int device_opening_end(device_opening *o, int status, clenet_device **device);

/* Prints a line about the check of another device that ran in the background, if there was one. device: NULL or the run's. */
void device_opening_tell(const clenet_device *device);

#endif
