/* check.h - checks and times a job on a device. */
#ifndef CLENET_LIB_BACKEND_CHECK_H
#define CLENET_LIB_BACKEND_CHECK_H

#include "lib/backend/backend.h"

/* Runs the job that the text describes (job.h) on the device and on the CPU, compares them (check_job.c), and measures the device's
 * images per second. Errors: CLENET_ERROR_DEVICE, with the parameter and the difference; those of job_read. */
clenet_status check_job(const clenet_device *device, const char *text, double *images_per_second, clenet_error *error);

/* Only measures: images per second of the job's training, or of its inference if it does not train. */
clenet_status check_job_time(const clenet_device *device, const char *text, double *images_per_second,
                             clenet_error *error);

#endif
