/* backend.h - the seam: all that the rest of clenet knows of what executes a plan.
 *
 * A backend opens devices and prepares plans on them. An executor is a plan prepared on one device: everything that
 * compiles, allocates, sets arguments or picks sizes has happened; a training step allocates nothing and waits for
 * nothing. Work is queued in order; read, metrics and infer's outputs wait for what they need. */
#ifndef CLENET_LIB_BACKEND_BACKEND_H
#define CLENET_LIB_BACKEND_BACKEND_H

#include "lib/net/plan.h"

typedef struct executor executor;
typedef struct backend backend;

struct clenet_device {
    const backend *backend;
    void *state;              /* the backend's own */
    int lanes;                /* the L that plans for this device want */
    size_t inference_batch;   /* images at once that inference wants */
    double images_per_second; /* of training, as its check measured it; 0: unknown */
    char description[512];    /* one line: which device, and why */
    const char *products;    /* the library that makes the products of dense layers, "clblast"; NULL: our own kernels */
    clenet_profile *profile; /* what executors compute is added to it; NULL: nothing is */
    /* Opened by "auto", and not the CPU: where it fails, the CPU with these options takes its place. */
    bool replaceable;
    int cpu_threads;
    char cpu_isa[16]; /* "": the best */
};

struct backend {
    const char *name; /* "cpu" */
    bool compiles;    /* prepare compiles, and takes its time */

    /* Whether spec names devices of this backend. */
    bool (*matches)(const char *spec);

    /* Fills the device that spec names. */
    clenet_status (*open)(clenet_device *device, const char *spec, const clenet_device_options *options,
                          clenet_error *error);
    void (*close)(clenet_device *device);

    /* Adds the backend's devices (backend/device_list.h). Where there are none it says why; that is no error. */
    clenet_status (*list)(clenet_device_list *list, const clenet_device_options *options, clenet_error *error);

    /* Measures what the device can do at most. */
    clenet_status (*measure)(const clenet_device *device, clenet_device_limits *limits, clenet_error *error);

    /* Finds the fastest way to run on the device, and remembers it; NULL where there is nothing to find. */
    clenet_status (*tune)(const clenet_device *device, const clenet_tuning_options *options,
                          clenet_tuning_result *result, clenet_error *error);

    /* Makes an executor; the plan and the device are lent and outlive it. All memory of the arena is zero. */
    clenet_status (*prepare)(executor **out, const clenet_device *device, const plan *p, clenet_error *error);
};

/* A run of training steps over positions first .. first + count of the order, batch by batch; the last batch may be
 * short. */
typedef struct training_range {
    size_t first, count;
    uint32_t
        step; /* of the first batch, counted from the start of the training: keys dropout's masks, corrects Adam's means */
    uint32_t epoch; /* from 1: keys how images are moved; 0: they stay */
    float learning_rate;
    const float *learning_rates; /* [batches], of each; NULL: learning_rate is that of all. Lent for the call */
} training_range;

/* Of the range's batch `index`. */
static inline float training_rate(const training_range *range, size_t index) {
    return range->learning_rates ? range->learning_rates[index] : range->learning_rate;
}

/* Sums over the images since the last metrics_reset. */
typedef struct run_metrics {
    double loss;    /* sum of the images' cross-entropies */
    size_t correct; /* images whose likeliest class is their label */
    size_t images;
} run_metrics;

typedef struct executor_functions {
    void (*free)(executor *e);

    /* Makes images [rows][h][w][c], and labels [rows] or NULL, resident. Lent until the next bind. */
    clenet_status (*bind)(executor *e, const uint8_t *images, const uint8_t *labels, size_t rows, clenet_error *error);

    /* The rows, in order, that train and infer go through by position; NULL: row i at position i. Lent, and not to be
     * changed, until the next set_order or bind. */
    clenet_status (*set_order)(executor *e, const uint32_t *rows, size_t count, clenet_error *error);

    /* Of a region that the plan has. */
    clenet_status (*write)(executor *e, plan_region region, const float *values, clenet_error *error);
    clenet_status (*read)(executor *e, plan_region region, float *values, clenet_error *error);

    /* Queues training steps. */
    clenet_status (*train)(executor *e, const training_range *range, clenet_error *error);

    /* The copy of the images that infer takes from now on, where the plan moves them: 0, as at first, is the images themselves. */
    void (*set_copy)(executor *e, uint32_t copy);

    /* Runs inference over positions first .. first + count; adds to the metrics where labels are bound. Writes
     * logits and probabilities [count][classes], each where not NULL. */
    clenet_status (*infer)(executor *e, size_t first, size_t count, float *logits, float *probabilities,
                           clenet_error *error);

    clenet_status (*metrics)(executor *e, run_metrics *metrics, clenet_error *error);
    clenet_status (*metrics_reset)(executor *e, clenet_error *error);

    /* The metrics as they are added up, [scores] numbers whose meaning is the backend's own: once written back into an executor of
     * the same plan on the same backend, they go on to the same bits. */
    size_t (*scores)(const executor *e);
    clenet_status (*scores_read)(executor *e, double *scores, clenet_error *error);
    clenet_status (*scores_write)(executor *e, const double *scores, clenet_error *error);
} executor_functions;

struct executor { /* the first member of each backend's own executor */
    const executor_functions *functions;
};

/* The CPU in the place of a device that is replaceable; clenet_device_free() it (backend/device.c). */
clenet_status device_replacement(clenet_device **cpu, const clenet_device *device, clenet_error *error);

/* All backends, the preferred first, ended by NULL (backend/device.c). */
extern const backend *const backends[];

extern const backend cpu_backend;
extern const backend opencl_backend;

#endif
