/* backend.h - the seam between the plan and the backends.
 *
 * It is everything that the rest of clenet knows about the execution of a plan. A backend opens devices and prepares plans on
 * them. An executor is a plan prepared on one device: everything that compiles, allocates, sets arguments or chooses sizes is
 * done; a training step allocates nothing and waits for nothing. Work is queued in order; read, metrics and the outputs of infer
 * wait for the work that they need. */
#ifndef CLENET_LIB_BACKEND_BACKEND_H
#define CLENET_LIB_BACKEND_BACKEND_H

#include <stdatomic.h>

#include "lib/base/owner.h"
#include "lib/net/plan.h"

typedef struct executor executor;
typedef struct backend backend;
typedef struct background background;

struct clenet_device {
    pid_t owner;
    const backend *backend;
    void *state;              /* owned by the backend */
    int lanes;                /* the L of plans for this device */
    size_t inference_batch;   /* images per inference of plans for this device */
    double images_per_second; /* of the job that it was opened for, measured by its check; 0: unknown */
    char description[1024];   /* one line: which device, and the reason */
    const char *products; /* the library that makes the products of dense layers, "clblast"; NULL: clenet's kernels */
    clenet_profile *profile; /* executors add their times to it; NULL: no profile */
    bool unchecked;          /* it was not opened, since its check is not remembered and is left to the background */
    background *behind;      /* the check of another device, which runs while this one works; NULL: none */
    /* Opened by "auto", and not the CPU: if it fails, the CPU with these options replaces it. */
    bool replaceable;
    int cpu_threads;
    char cpu_isa[16]; /* "": the best */
};

struct backend {
    const char *name; /* "cpu" */
    bool compiles;    /* prepare compiles, which takes time */

    /* True if spec names devices of this backend. */
    bool (*matches)(const char *spec);

    /* Fills in the device that spec names, after it has passed the check of the job (job.h). */
    clenet_status (*open)(clenet_device *device, const char *spec, const clenet_device_options *options,
                          const char *job, clenet_error *error);
    void (*close)(clenet_device *device);

    /* Adds the backend's devices (src/lib/backend/device_list.h). If there are none it adds the reason; that is not an error. */
    clenet_status (*list)(clenet_device_list *list, const clenet_device_options *options, clenet_error *error);

    /* Measures the device's limits. */
    clenet_status (*measure)(const clenet_device *device, clenet_device_limits *limits, clenet_error *error);

    /* Finds the fastest way to run on the device, and remembers it; NULL if the backend has nothing to tune. */
    clenet_status (*tune)(const clenet_device *device, const clenet_tuning_options *options,
                          clenet_tuning_result *result, clenet_error *error);

    /* What the driver reports of the device and of its programs, and what launches cost; NULL if the backend has no driver. */
    clenet_status (*properties)(const clenet_device *device, clenet_property_callback *on_property, void *user,
                                clenet_error *error);
    clenet_status (*programs)(const clenet_device *device, clenet_program_callback *on_program, void *user,
                              clenet_error *error);
    clenet_status (*launch_times)(const clenet_device *device, clenet_launch_times *times, clenet_error *error);

    /* Of a backend whose devices are checked; NULL otherwise. check: checks the device for the job in the background, until *stop,
     * and remembers the verdict. passed: true if a verdict on the job is remembered and good. recall and remember: images per
     * second of the device and of the CPU backend with this description; 0: not measured. */
    clenet_status (*check)(const char *spec, const clenet_device_options *options, const char *job,
                           const atomic_bool *stop, clenet_error *error);
    bool (*passed)(const clenet_device *device, const char *job);
    void (*recall)(const clenet_device *device, const char *job, const char *cpu, double speeds[2]);
    void (*remember)(const clenet_device *device, const char *job, const char *cpu, const double speeds[2]);

    /* Makes an executor, after the device has passed the check of the plan's job. The plan and the device are lent and must
     * outlive it. The whole arena is zero. */
    clenet_status (*prepare)(executor **out, const clenet_device *device, const plan *p, clenet_error *error);
};

/* A run of training steps over positions first .. first + count of the order, batch by batch; the last batch may be
 * short. */
typedef struct training_range {
    size_t first, count;
    uint32_t
        step; /* step of the first batch, counted from the start of training: a key of dropout's masks, and for Adam's
               * corrections */
    uint32_t epoch; /* from 1: a key of augmentation; 0: no augmentation */
    float learning_rate;
    const float *learning_rates; /* [batches]; NULL: all have learning_rate. Lent for the call */
} training_range;

/* The learning rate of the range's batch `index`. */
static inline float training_rate(const training_range *range, size_t index) {
    return range->learning_rates ? range->learning_rates[index] : range->learning_rate;
}

/* Sums over the images since the last metrics_reset. */
typedef struct run_metrics {
    double loss;    /* sum of the images' cross-entropies */
    size_t correct; /* images whose most probable class is their label */
    size_t images;
} run_metrics;

typedef struct executor_functions {
    void (*free)(executor *e);

    /* Makes images [rows][h][w][c], and labels [rows] or NULL, resident. They are lent until the next bind. */
    clenet_status (*bind)(executor *e, const uint8_t *images, const uint8_t *labels, size_t rows, clenet_error *error);

    /* The rows, in order, that train and infer use by position; NULL: row i at position i. Lent: do not change them until the
     * next set_order or bind. */
    clenet_status (*set_order)(executor *e, const uint32_t *rows, size_t count, clenet_error *error);

    /* For a region that the plan has. */
    clenet_status (*write)(executor *e, plan_region region, const float *values, clenet_error *error);
    clenet_status (*read)(executor *e, plan_region region, float *values, clenet_error *error);

    /* Queues training steps. */
    clenet_status (*train)(executor *e, const training_range *range, clenet_error *error);

    /* Sets the copy of the images for infer, if the plan moves images: 0, the initial value, is the images themselves. */
    void (*set_copy)(executor *e, uint32_t copy);

    /* Runs inference over positions first .. first + count; adds to the metrics if labels are bound. Writes logits and
     * probabilities [count][classes], each if not NULL. */
    clenet_status (*infer)(executor *e, size_t first, size_t count, float *logits, float *probabilities,
                           clenet_error *error);

    clenet_status (*metrics)(executor *e, run_metrics *metrics, clenet_error *error);
    clenet_status (*metrics_reset)(executor *e, clenet_error *error);

    /* The running sums of the metrics, as [scores] numbers whose meaning is private to the backend. If they are written into an
     * executor of the same plan on the same backend, the sums continue bit by bit. */
    size_t (*scores)(const executor *e);
    clenet_status (*scores_read)(executor *e, double *scores, clenet_error *error);
    clenet_status (*scores_write)(executor *e, const double *scores, clenet_error *error);
} executor_functions;

struct executor { /* the first member of each backend's executor */
    const executor_functions *functions;
    int training_threads,
        cores; /* if fewer threads train than there are cores, because more would not be faster; otherwise 0 */
};

/* Opens the one device that spec names, for the job. unchecked: NULL, or receives if its check is left to the background
 * (src/lib/backend/device.c). */
clenet_status device_open_named(clenet_device **device, const char *spec, const clenet_device_options *options,
                                const char *job, bool *unchecked, clenet_error *error);

/* Opens the fastest device for the job (src/lib/backend/auto.c). */
clenet_status device_open_auto(clenet_device **device, const clenet_device_options *options, const char *job,
                               clenet_error *error);

/* Checks the options of a caller (NULL: the defaults) and copies them (src/lib/backend/device.c). */
clenet_status device_options_take(clenet_device_options *taken, const clenet_device_options *options,
                                  clenet_error *error);

/* clenet_device_open() for a job; NULL: the default job (src/lib/backend/device.c). */
clenet_status device_open_for(clenet_device **device, const char *spec, const clenet_device_options *options,
                              const char *job, clenet_error *error);

/* Opens the CPU as the replacement of a replaceable device; clenet_device_free() it (src/lib/backend/device.c). */
clenet_status device_replacement(clenet_device **cpu, const clenet_device *device, clenet_error *error);

/* All backends, preferred first, ended by NULL (src/lib/backend/device.c). */
extern const backend *const backends[];

extern const backend cpu_backend;
extern const backend opencl_backend;

#endif
