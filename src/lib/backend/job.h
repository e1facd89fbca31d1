/* job.h - a job: it decides the programs of a run on a device.
 *
 * It is a network and its training at a batch, or its inference. As text it is a JSON object, the same for all runs that use the
 * same programs: a key in caches, and an argument of the command that checks a device. */
#ifndef CLENET_LIB_BACKEND_JOB_H
#define CLENET_LIB_BACKEND_JOB_H

#include "lib/net/plan.h"

typedef struct device_job {
    clenet_network *network; /* owned */
    plan_options options;    /* every optimizer has numbers; lanes and inference_batch are not set */
} device_job;

/* The job of a plan with this network and these options; free() it. NULL if out of memory. */
char *job_text(const clenet_network *network, const plan_options *options);

/* The job that a training job contains: inference of its network. free() it. NULL if the job does not train, or if out of
 * memory. */
char *job_inference_text(const char *job);

/* The same training with another batch. free() it. NULL if the job does not train, has as large a batch or a larger one, or if out
 * of memory. */
char *job_with_batch(const char *job, int batch);

/* Training of the default network at batch 32; free() it. NULL if out of memory. */
char *job_default_text(void);

/* Reads a job. job_free() it. Errors: CLENET_ERROR_FORMAT if it is not one, CLENET_ERROR_MEMORY. */
clenet_status job_read(device_job *read, const char *text, clenet_error *error);
void job_free(device_job *j);

#endif
