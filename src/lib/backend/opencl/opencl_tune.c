/* opencl_tune.c - tunes an open device. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/backend/job.h"
#include "lib/backend/opencl/opencl.h"
#include "lib/backend/opencl/tuning.h"
#include "lib/backend/opencl/disk/verdict.h"

/* A candidate that is not compiled in this time, for all of LeNet, counts as failed. PoCL took 15 to 28 s for one on a slow core
 * of 2 GHz, 45 s for the default, and 1 s for one that it had compiled before. */
static const double TRIAL_SECONDS = 30.0;

clenet_status opencl_tune(const clenet_device *device, const clenet_tuning_options *options,
                          clenet_tuning_result *result, clenet_error *error) {
    const opencl_device *state = device->state;
    if (state->probe_command == NULL || state->cache_folder == NULL || state->kernel_folder != NULL)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "a tuning needs a command to try candidates with, a cache folder to remember the best in, and "
                         "the kernels that are built in");
    char *job = job_default_text();
    if (job == NULL) return error_memory(error, sizeof(opencl_tuning), "a tuning");
    const tuning_settings settings = {.device = &state->found,
                                      .command = state->probe_command,
                                      .cache_folder = state->cache_folder,
                                      .job = job,
                                      .plain = state->plain,
                                      .products = state->clblast.library != NULL,
                                      .trial_seconds = TRIAL_SECONDS,
                                      .check_seconds = VERDICT_SECONDS};
    opencl_tuning tuning;
    clenet_status status = tuning_run(&tuning, &settings, options, error);
    free(job);
    if (status != CLENET_OK) return status;
    *result = (clenet_tuning_result){.images_per_second = tuning.images_per_second,
                                     .default_images_per_second = tuning.default_images_per_second,
                                     .trials = tuning.count,
                                     .complete = tuning.complete};
    (void)snprintf(result->tiles, sizeof result->tiles, "%s", tuning.chosen);
    return CLENET_OK;
}
