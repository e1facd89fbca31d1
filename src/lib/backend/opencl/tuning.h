/* tuning.h - the tiles that are fastest on a device, by trial, and what is remembered of the trials.
 *
 * A record of kind "tiles" (device_record.h), written before and after each trial: a tuning that is cut off goes on where it
 * was, and a candidate that took the machine down is not tried again. */
#ifndef CLENET_LIB_BACKEND_OPENCL_TUNING_H
#define CLENET_LIB_BACKEND_OPENCL_TUNING_H

#include "lib/backend/opencl/tiles.h"
#include "clenet/clenet.h"

enum { TUNING_TRIALS = 64 /* at most: above the number of candidates of a walk */ };

typedef struct tuning_trial {
    char tiles[TILES_TEXT];
    double images_per_second; /* 0: crashed, hung, computed wrong numbers, or was not as fast when it was tried again */
} tuning_trial;

typedef struct opencl_tuning {
    tuning_trial trials[TUNING_TRIALS];
    int count;
    bool complete;            /* nothing is left to be tried */
    char chosen[TILES_TEXT];  /* the fastest that passed the whole check; "": none yet */
    double images_per_second; /* of chosen */
    double default_images_per_second;
} opencl_tuning;

/* What the folder (NULL: none) remembers; nothing, where there is no record that counts. */
opencl_tuning tuning_read(const opencl_found *device, const char *cache_folder);

/* The same, and the tiles that were chosen; false where there are none that can be used. */
bool tuning_recall(opencl_tuning *tuning, opencl_tiles *tiles, const opencl_found *device, const char *cache_folder);

void tuning_write(const opencl_tuning *tuning, const opencl_found *device, const char *cache_folder);

/* How a device is tuned. Strings are lent. */
typedef struct tuning_settings {
    const opencl_found *device;
    const char *command, *cache_folder;
    const char *plain; /* programs that run plain kernels */
    bool products;     /* a library makes the products of dense layers */
    double trial_seconds, check_seconds;
} tuning_settings;

/* Goes on with what the folder remembers until nothing is left to be tried, or options->seconds are over; then checks the
 * fastest, unless that was done before. Each trial and check is a child process (verdict_ask_once). Errors: CLENET_ERROR_IO where the command cannot be started;
 * CLENET_ERROR_DEVICE where not even the default tiles run, or where a child was stopped from outside, which is no trial. */
clenet_status tuning_run(opencl_tuning *tuning, const tuning_settings *settings, const clenet_tuning_options *options,
                         clenet_error *error);

#endif
