/* opencl.h - the OpenCL backend's device, launches and executor. */
#ifndef CLENET_LIB_BACKEND_OPENCL_OPENCL_H
#define CLENET_LIB_BACKEND_OPENCL_OPENCL_H

#include <jansson.h>
#include <pthread.h>

#include "lib/backend/backend.h"
#include "lib/backend/opencl/clblast.h"
#include "lib/backend/opencl/disk/verdict.h"
#include "lib/backend/opencl/program.h"
#include "lib/backend/opencl/tiles.h"
#include "lib/backend/profile.h"

/* True if the comma-separated list has the name, or "all" (opencl_device.c). */
bool opencl_is_plain(const char *list, const char *name);

/* True if CLBlast is used on such a device (opencl_device.c). */
bool opencl_wants_clblast(const opencl_found *found);

/* A compiled program, with the data that are needed to store it. */
typedef struct device_program {
    cl_program program;
    const char *name; /* of the .cl file */
    char *options;
    double seconds; /* that the build took */
    bool kept;      /* it is in the cache */
} device_program;

typedef struct device_programs {
    pthread_mutex_t lock; /* executors of one device may be prepared on several threads */
    device_program *list;
    int count, capacity;
} device_programs;

/* A device's state behind clenet_device.state. */
typedef struct opencl_device {
    opencl_api api;
    opencl_found found;
    cl_context context;
    clblast_api clblast; /* open if it makes the products of dense layers */
    opencl_tiles tiles, plain_tiles;
    char tiles_text[TILES_TEXT]; /* "": the default of the kind of device */
    const char *gemm;            /* "own", "clblast", or NULL */
    char plain[OPENCL_PLAIN]; /* comma-separated names of the programs that use plain kernels in the job that the device
                                  * was opened for; "all" */
    bool plain_by_hand;       /* an option has set plain, for every job */
    program_settings settings;
    char *kernel_folder, *cache_folder; /* the strings that settings lends */
    char *probe_command;                /* NULL: none, and no checks */
    clenet_check_callback *on_check;
    void *user;
    bool unchecked;          /* that has happened */
    bool left_to_background; /* a job without a verdict fails instead of being checked now */
    const atomic_bool *stop; /* of a check in the background; NULL: none */
    pthread_mutex_t verdicts_lock;
    json_t *verdicts; /* by opencl_judge's keys; NULL: not read yet */
    bool tuned;       /* the tiles come from tuning */
    device_programs programs;
} opencl_device;

enum { UPDATE_NUMBERS = sizeof(plan_update) / sizeof(cl_float) };

/* The source of a kernel's argument. */
typedef enum launch_source {
    SOURCE_BUFFER, /* set once */
    SOURCE_IMAGES, /* set by bind and set_order */
    SOURCE_LABELS,
    SOURCE_ORDER,
    SOURCE_SUMS,  /* set when a list is lowered: the parts of gradients that the optimizer adds up */
    SOURCE_FIRST, /* set for each batch, as all that follow: the members of batch_numbers, in their order */
    SOURCE_COUNT,
    SOURCE_BLOCKS,
    SOURCE_LABELLED,
    SOURCE_STEP,
    SOURCE_ROUND,
    SOURCE_UPDATE, /* the first of the members of plan_update */
    SOURCES = SOURCE_UPDATE + UPDATE_NUMBERS
} launch_source;

/* A kernel with its arguments and sizes. */
typedef struct launch {
    const char *name; /* of the kernel */
    cl_kernel kernel;
    cl_uint argument_count;
    cl_uint
        places[SOURCES]; /* index + 1 of the argument that comes from there, if it changes between batches; 0: none */
    size_t global[3], local[3];
    int entry; /* in the profile, if there is one */
    profile_cost cost;
    bool is_product; /* a product of CLBlast, not a kernel */
    clblast_product product;
    bool by_blocks; /* global[2] is the number of the batch's blocks */
} launch;

/* The numbers that differ from batch to batch, four bytes each. */
typedef struct batch_numbers {
    cl_int first;    /* position of the batch in the order */
    cl_int count;    /* of its images */
    cl_int blocks;   /* of L images */
    cl_int labelled; /* 1 if labels are bound */
    cl_uint step;    /* of the training */
    cl_uint round;   /* epoch or copy: of how images are moved */
    plan_update update;
} batch_numbers;

_Static_assert(sizeof(batch_numbers) == sizeof(cl_int) * (SOURCES - SOURCE_FIRST),
               "batch_numbers and launch_source have the same members");

/* A list of the plan as launches. */
typedef struct launch_list {
    launch *launches;
    int count, capacity;
    batch_numbers set; /* the numbers in the kernels' arguments */
    bool is_set;
} launch_list;

/* A launch whose time is read when it has run. */
typedef struct timed_launch {
    cl_event event;
    int entry;
} timed_launch;

/* A plan prepared on a device. */
typedef struct opencl_executor {
    executor base;
    const plan *p;
    opencl_device *device;
    char plain[OPENCL_PLAIN]; /* the programs of this plan that use plain kernels */
    clenet_profile *profile;  /* or NULL */
    timed_launch *timed;      /* [timed_count]; if there is a profile */
    int timed_count;
    cl_command_queue queue;
    cl_mem *buffers;         /* [plan's buffers] */
    cl_mem *padded;          /* [plan's buffers]: the padded form of an activation, or NULL */
    cl_mem regions[REGIONS]; /* NULL if the plan does not have the region */
    cl_mem nothing;
    cl_mem loss, correct; /* [positions of the largest batch, rounded up to L] */
    size_t score_places;
    cl_mem images, labels, order; /* bound */
    size_t rows, positions;
    cl_uint copy;  /* the copy of each image that inference uses */
    size_t scored; /* images since metrics_reset */
    float *loss_host;
    cl_uint *correct_host; /* [score_places] */
    float *outputs_host;   /* [classes][inference_batch rounded up to L] */
    cl_mem *scratch;
    int scratch_count;
    launch_list training, inference;
    cl_event behind;        /* a marker some batches back: the host waits for it before it queues more */
    bool trained, inferred; /* each list was launched at least once */
    bool kept;              /* and the programs were stored after that */
} opencl_executor;

/* Lowers a list of operations to launches (lower.c). */
clenet_status opencl_lower(opencl_executor *e, launch_list *list, const plan_op *ops, int count, size_t images,
                           clenet_error *error);

/* A zeroed buffer of the device (opencl_executor.c). */
clenet_status opencl_buffer(opencl_executor *e, cl_mem *buffer, size_t bytes, clenet_error *error);

/* The program of cl/<name>.cl with these options, compiled at its first use; the device owns it (device_programs.c). Errors:
 * those of program_build. */
clenet_status device_program_get(cl_program *program, opencl_device *device, const char *name, const char *options,
                                 clenet_error *error);

/* Stores the programs that are not in the cache yet. Call it after the kernels were launched, since PoCL finishes them then. */
void device_programs_keep(opencl_device *device);
void device_programs_free(opencl_device *device);

/* Opens the device for a job and fills device->state (opencl_device.c). */
clenet_status opencl_device_open(clenet_device *device, const char *spec, const clenet_device_options *options,
                                 const char *job, clenet_error *error);
void opencl_device_close(clenet_device *device);

/* The verdict on the job (job.h), which passed: remembered, or asked from a child process now (opencl_judge.c). The key of a verdict
 * has all that decides the programs: the job and the options of the device. Errors: CLENET_ERROR_DEVICE if the device fails;
 * those of verdict_ask. */
clenet_status opencl_judge(opencl_verdict *verdict, opencl_device *device, const char *job, clenet_error *error);

/* The seam's functions of verdicts (opencl_judge.c). */
bool opencl_passed(const clenet_device *device, const char *job);
void opencl_recall(const clenet_device *device, const char *job, const char *cpu, double speeds[2]);
void opencl_remember(const clenet_device *device, const char *job, const char *cpu, const double speeds[2]);

/* Checks the device for the job in the background (opencl_device.c). */
clenet_status opencl_check(const char *spec, const clenet_device_options *options, const char *job,
                           const atomic_bool *stop, clenet_error *error);

/* Lists them, with their verdicts (opencl_list.c). */
clenet_status opencl_list(clenet_device_list *list, const clenet_device_options *options, clenet_error *error);

/* Measures the device's limits (limits.c). */
clenet_status opencl_limits(const clenet_device *device, clenet_device_limits *limits, clenet_error *error);

/* What the driver reports (driver_report.c). */
clenet_status opencl_properties(const clenet_device *device, clenet_property_callback *on_property, void *user,
                                clenet_error *error);
clenet_status opencl_programs(const clenet_device *device, clenet_program_callback *on_program, void *user,
                              clenet_error *error);

/* Measures what launches cost (launch_times.c). */
clenet_status opencl_launch_times(const clenet_device *device, clenet_launch_times *times, clenet_error *error);

/* Finds the fastest tiles (opencl_tune.c). */
clenet_status opencl_tune(const clenet_device *device, const clenet_tuning_options *options,
                          clenet_tuning_result *result, clenet_error *error);

/* Prepares a plan (opencl_executor.c). */
clenet_status opencl_prepare(executor **out, const clenet_device *device, const plan *p, clenet_error *error);

#endif
