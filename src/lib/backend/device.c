/* device.c - opens a device by its name, or the fastest one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/background.h"
#include "lib/backend/job.h"
#include "lib/base/cores.h"
#include "lib/base/memory.h"
#include "lib/base/options_sized.h"

const backend *const backends[] = {&cpu_backend,
#if defined(CLENET_HAVE_OPENCL)
                                   &opencl_backend,
#endif
                                   NULL};

static const clenet_device_options default_options = {.size = sizeof default_options};

void clenet_device_options_init(clenet_device_options *options, size_t size) {
    options_sized_init(options, size, &default_options, sizeof default_options);
}

clenet_status device_options_take(clenet_device_options *taken, const clenet_device_options *options,
                                  clenet_error *error) {
    *taken = default_options;
    clenet_status status = options_sized_take(taken, sizeof *taken, options, "clenet_device_options", error);
    if (status != CLENET_OK || (taken->threads >= 0 && taken->threads <= CORES_AT_MOST)) return status;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%d threads are out of range 1..%d (or 0: all)", taken->threads,
                     CORES_AT_MOST);
}

clenet_status device_open_named(clenet_device **device, const char *spec, const clenet_device_options *options,
                                const char *job, bool *unchecked, clenet_error *error) {
    const backend *const *b = backends;
    while (*b && !(*b)->matches(spec)) b++;
    if (!*b) return error_set(error, CLENET_ERROR_DEVICE, "no device matches '%s'; use auto or cpu", spec);
    clenet_device *opened = memory_new(1, sizeof *opened);
    if (!opened) return error_memory(error, sizeof *opened, "a device");
    opened->owner = getpid();
    opened->backend = *b;
    clenet_status status = (*b)->open(opened, spec, options, job, error);
    if (unchecked) *unchecked = opened->unchecked;
    if (status != CLENET_OK) {
        memory_free(opened);
        return status;
    }
    *device = opened;
    return CLENET_OK;
}

clenet_status device_replacement(clenet_device **cpu, const clenet_device *device, clenet_error *error) {
    const clenet_device_options options = {.threads = device->cpu_threads,
                                           .isa = device->cpu_isa[0] ? device->cpu_isa : NULL};
    clenet_status status = device_open_named(cpu, "cpu", &options, NULL, NULL, error);
    if (status == CLENET_OK) (*cpu)->profile = device->profile;
    return status;
}

clenet_status device_open_for(clenet_device **device, const char *spec, const clenet_device_options *options,
                              const char *job, clenet_error *error) {
    clenet_device_options taken;
    clenet_status status = device_options_take(&taken, options, error);
    if (status != CLENET_OK) return status;
    char *own = job ? NULL : job_default_text();
    if (!job && !own) return error_memory(error, sizeof(job), "the job of a device");
    bool fastest = strcmp(spec, "auto") == 0;
    taken.background_checks = taken.background_checks && fastest; /* a device that was named is needed now */
    status = fastest ? device_open_auto(device, &taken, job ? job : own, error)
                     : device_open_named(device, spec, &taken, job ? job : own, NULL, error);
    free(own);
    if (status == CLENET_OK) (*device)->profile = taken.profile; /* set after measuring */
    return status;
}

clenet_status clenet_device_open(clenet_device **device, const char *spec, const clenet_device_options *options,
                                 clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(spec, error);
    return device_open_for(device, spec, options, NULL, error);
}

void clenet_device_free(clenet_device *device) {
    if (!device || !owner_is_here(device->owner)) return;
    background_end(device->behind);
    device->backend->close(device);
    memory_free(device);
}

clenet_status clenet_device_measure(const clenet_device *device, clenet_device_limits *limits, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(limits, error);
    REQUIRE_OWNER(device, "device", error);
    clenet_device_limits measured = {0};
    clenet_status status = device->backend->measure(device, &measured, error);
    if (status == CLENET_OK) *limits = measured;
    return status;
}

static const clenet_tuning_options default_tuning = {.size = sizeof default_tuning, .seconds = 60};

void clenet_tuning_options_init(clenet_tuning_options *options, size_t size) {
    options_sized_init(options, size, &default_tuning, sizeof default_tuning);
}

clenet_status clenet_device_tune(const clenet_device *device, const clenet_tuning_options *options,
                                 clenet_tuning_result *result, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(result, error);
    REQUIRE_OWNER(device, "device", error);
    clenet_tuning_options taken = default_tuning;
    clenet_status status = options_sized_take(&taken, sizeof taken, options, "clenet_tuning_options", error);
    if (status != CLENET_OK) return status;
    if (!(taken.seconds > 0))
        return error_set(error, CLENET_ERROR_ARGUMENT, "%g seconds of tuning are out of range: give a number above 0",
                         taken.seconds);
    if (!device->backend->tune)
        return error_set(error, CLENET_ERROR_ARGUMENT, "there is nothing to tune on the %s; name an OpenCL device",
                         device->backend->name);
    return device->backend->tune(device, &taken, result, error);
}

bool clenet_device_background(const clenet_device *device, char *text, size_t size) {
    if (!device || !text || size == 0 || !device->behind || !owner_is_here(device->owner)) return false;
    background_tell(device->behind, text, size);
    return true;
}

const char *clenet_device_description(const clenet_device *device) {
    return device ? device->description : NULL;
}
