/* tuning.h - finds and remembers the fastest tiles of a device.
 *
 * A record of kind "tiles" (device_record.h), written before and after each trial: a tuning that was interrupted continues, and a
 * candidate that crashed the machine is not tried again. */
#ifndef CLENET_LIB_BACKEND_OPENCL_TUNING_H
#define CLENET_LIB_BACKEND_OPENCL_TUNING_H

#include "lib/backend/opencl/tiles.h"
#include "clenet/clenet.h"

enum { TUNING_TRIALS = 64 /* at most: above the number of candidates of a walk */ };

typedef struct tuning_trial {
    char tiles[TILES_TEXT];
    double images_per_second; /* 0: crashed, hung, computed wrong numbers, or was slower at the second measurement */
} tuning_trial;

typedef struct opencl_tuning {
    tuning_trial trials[TUNING_TRIALS];
    int count;
    bool complete;            /* nothing is left to try */
    char chosen[TILES_TEXT];  /* the fastest that passed the whole check; "": none yet */
    double images_per_second; /* of chosen */
    double default_images_per_second;
} opencl_tuning;

/* The remembered tuning in the folder (NULL: none); empty if there is no trusted record. */
opencl_tuning tuning_read(const opencl_found *device, const char *cache_folder);

/* The same, with the chosen tiles; false if there are none that can be used. */
bool tuning_recall(opencl_tuning *tuning, opencl_tiles *tiles, const opencl_found *device, const char *cache_folder);

void tuning_write(const opencl_tuning *tuning, const opencl_found *device, const char *cache_folder);

/* The settings of a tuning. Strings are lent. */
typedef struct tuning_settings {
    const opencl_found *device;
    const char *command, *cache_folder;
    const char *job;   /* that is timed */
    const char *plain; /* programs that use plain kernels */
    bool products;     /* a library makes the products of dense layers */
    double trial_seconds, check_seconds;
} tuning_settings;

/* Continues the remembered tuning until nothing is left to try, or options->seconds have passed; then checks the fastest, unless
 * that was done before. Each trial and check is a child process (verdict_ask_once). Errors: CLENET_ERROR_IO if the command cannot
 * be started; CLENET_ERROR_DEVICE if even the default tiles do not run, or if a child was stopped from outside, which is no
 * trial. */
clenet_status tuning_run(opencl_tuning *tuning, const tuning_settings *settings, const clenet_tuning_options *options,
                         clenet_error *error);

#endif
