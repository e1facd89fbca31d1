/* auto.c - opens the fastest device for a job. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/background.h"
#include "lib/backend/check.h"
#include "lib/backend/job.h"

/* The candidates: the CPU, and every OpenCL device that is not a CPU. */
typedef struct candidates {
    const clenet_device_options *options;
    const char *job;
    clenet_device *cpu, *best; /* best: the fastest that is not the CPU, and faster than it; NULL: none */
    char cpu_name[64];
    double cpu_speed, best_speed; /* images per second; 0: not measured */
    char unchecked[16];           /* the first device that is left to the background; "": none */
    int others;                   /* OpenCL devices that are not a CPU */
    char why[448];                /* the speeds, and why devices cannot be used, or why there are none */
} candidates;

__attribute__((format(printf, 2, 3))) static void add_reason(candidates *c, const char *format, ...) {
    size_t used = strlen(c->why);
    va_list arguments;
    if (used > 0 && used < sizeof c->why - 2) used += (size_t)snprintf(c->why + used, sizeof c->why - used, "; ");
    va_start(arguments, format);
    (void)vsnprintf(c->why + used, sizeof c->why - used, format, arguments);
    va_end(arguments);
}

/* Images per second of the device and of the CPU on the job: remembered, or measured now and then remembered. */
static clenet_status measure(const candidates *c, double speeds[2], const clenet_device *device, const char *job,
                             clenet_error *error) {
    clenet_status status = CLENET_OK;
    device->backend->recall(device, job, c->cpu_name, speeds);
    if (speeds[0] > 0 && speeds[1] > 0) return CLENET_OK;
    if (speeds[0] == 0) status = check_job_time(device, job, &speeds[0], error);
    if (status == CLENET_OK && speeds[1] == 0) status = check_job_time(c->cpu, job, &speeds[1], error);
    if (status == CLENET_OK) device->backend->remember(device, job, c->cpu_name, speeds);
    return status;
}

/* The first of the larger batches at which the device is faster than the CPU, if it passed their checks; 0: none. */
static int find_batch(const candidates *c, const clenet_device *device) {
    for (int i = 0; i < BACKGROUND_LARGER; i++) {
        double speeds[2] = {0, 0};
        char *job = job_with_batch(c->job, background_batches[i]);
        bool faster = job && device->backend->passed(device, job) &&
                      measure(c, speeds, device, job, NULL) == CLENET_OK && speeds[0] > speeds[1];
        free(job);
        if (faster) return background_batches[i];
    }
    return 0;
}

/* Opens a device, and keeps it if it is the fastest so far. */
static void try_device(candidates *c, const char *id) {
    clenet_device *device = NULL;
    clenet_error reason;
    double speeds[2] = {0, 0};
    bool unchecked = false;
    clenet_status status = device_open_named(&device, id, c->options, c->job, &unchecked, &reason);
    if (unchecked) {
        if (!c->unchecked[0]) (void)snprintf(c->unchecked, sizeof c->unchecked, "%s", id);
        add_reason(c, "%s is being checked for this job", id);
        return;
    }
    if (status == CLENET_OK) status = measure(c, speeds, device, c->job, &reason);
    if (status != CLENET_OK) {
        add_reason(c, "%s cannot be used (%.100s)", id, reason.message);
        clenet_device_free(device);
        return;
    }
    if (c->cpu_speed == 0) add_reason(c, "cpu %.0f images/s", speeds[1]);
    c->cpu_speed = speeds[1];
    add_reason(c, "%s %.0f images/s", id, speeds[0]);
    int batch = speeds[0] <= c->cpu_speed ? find_batch(c, device) : 0;
    if (batch > 0) add_reason(c, "%s from batch %d", id, batch);
    if (speeds[0] <= c->cpu_speed || speeds[0] <= c->best_speed) {
        clenet_device_free(device);
        return;
    }
    clenet_device_free(c->best);
    c->best = device;
    c->best_speed = speeds[0];
}

/* OpenCL on a CPU uses the same cores as the CPU backend, so it cannot be faster; the others are measured. */
static void try_all(candidates *c) {
    clenet_device_list *list;
    clenet_error reason;
    if (clenet_device_list_new(&list, c->options, &reason) != CLENET_OK) {
        add_reason(c, "%.400s", reason.message);
        return;
    }
    for (size_t i = 0; i < clenet_device_list_count(list); i++) {
        const clenet_device_info *info = clenet_device_list_get(list, i);
        if (strcmp(info->type, "cpu") == 0) continue;
        c->others++;
        try_device(c, info->id);
    }
    if (c->others == 0 && clenet_device_list_opencl(list)[0])
        add_reason(c, "no OpenCL device found (%.400s)", clenet_device_list_opencl(list));
    else if (c->others == 0)
        add_reason(c, "no OpenCL device but this processor itself");
    clenet_device_list_free(list);
}

clenet_status device_open_auto(clenet_device **device, const clenet_device_options *options, const char *job,
                               clenet_error *error) {
    candidates c = {.options = options, .job = job};
    clenet_status status = device_open_named(&c.cpu, "cpu", options, job, NULL, error);
    if (status != CLENET_OK) return status;
    (void)snprintf(c.cpu_name, sizeof c.cpu_name, "%.63s", c.cpu->description);
    try_all(&c);
    clenet_device *chosen = c.best ? c.best : c.cpu;
    if (c.best) clenet_device_free(c.cpu);
    size_t used = strlen(chosen->description);
    (void)snprintf(chosen->description + used, sizeof chosen->description - used, ": %s", c.why);
    chosen->replaceable = c.best != NULL;
    chosen->cpu_threads = options->threads;
    (void)snprintf(chosen->cpu_isa, sizeof chosen->cpu_isa, "%s", options->isa ? options->isa : "");
    if (c.unchecked[0]) chosen->behind = background_begin(c.unchecked, options, job);
    *device = chosen;
    return CLENET_OK;
}
