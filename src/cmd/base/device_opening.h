/* device_opening.h - a device that is opened, checked and made ready on a thread of its own while the data are read: drivers
 * take a while to load, and compilers longer. */
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
    bool wished; /* spec is CLENET_DEVICE's */
    bool threaded;
    pthread_t thread;
    atomic_bool done;
    clenet_profile *profile; /* NULL without --profile; profile_table_finish() it when the device is freed */
    clenet_device *device;
    clenet_status status;
    clenet_error error;
} device_opening;

/* Begins. Says, unless quiet, when the device is checked first. Gives an exit status, and has said why where it is not
 * EXIT_DONE; device_opening_end() follows where it is. */
int device_opening_begin(device_opening *o, const device_arguments *arguments, const clenet_network *network,
                         const clenet_training_options *training, bool quiet);

/* Waits for the device, where the status of what was done meanwhile is EXIT_DONE; clenet_device_free() it. Gives the exit
 * status so far, and has said why the device could not be opened. Where something else went wrong, which was said, the
 * device is let go; the process ends here and now if it is not open yet. */
int device_opening_end(device_opening *o, int status, clenet_device **device);

#endif
