/* device.c - the backends there are, and opening a device by its name. */
#include <string.h>

#include "backend/backend.h"
#include "base/memory.h"

const backend *const backends[] = {&cpu_backend,
#if defined(CLENET_HAVE_OPENCL)
                                   &opencl_backend,
#endif
                                   NULL};

clenet_device_options clenet_device_options_default(void) {
    return (clenet_device_options){0};
}

clenet_status clenet_device_open(clenet_device **device, const char *spec, const clenet_device_options *options,
                                 clenet_error *error) {
    if (!device || !spec) return error_set(error, CLENET_ERROR_ARGUMENT, "clenet_device_open: a NULL argument");
    const clenet_device_options defaults = clenet_device_options_default();
    const backend *const *b = backends;
    while (*b && !(*b)->matches(spec)) b++;
    if (!*b) return error_set(error, CLENET_ERROR_DEVICE, "no device matches '%s'; use auto or cpu", spec);
    clenet_device *opened = memory_new(1, sizeof *opened);
    if (!opened) return error_memory(error, sizeof *opened, "a device");
    opened->backend = *b;
    clenet_status status = (*b)->open(opened, spec, options ? options : &defaults, error);
    if (status != CLENET_OK) {
        memory_free(opened);
        return status;
    }
    *device = opened;
    return CLENET_OK;
}

void clenet_device_free(clenet_device *device) {
    if (!device) return;
    device->backend->close(device);
    memory_free(device);
}

const char *clenet_device_description(const clenet_device *device) {
    return device->description;
}
