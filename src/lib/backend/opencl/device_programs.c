/* device_programs.c - compiles each program of a device once.
 *
 * They are kept until the device is closed. */
#include <string.h>

#include "lib/backend/opencl/opencl.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"

/* The program that was built with the same options before; NULL: none. */
static const device_program *find(const device_programs *programs, const char *name, const char *options) {
    for (int i = 0; i < programs->count; i++) {
        const device_program *p = &programs->list[i];
        if (strcmp(p->name, name) == 0 && strcmp(p->options, options) == 0) return p;
    }
    return NULL;
}

/* Makes room for one more. */
static bool grow(device_programs *programs) {
    if (programs->count < programs->capacity) return true;
    int capacity = programs->capacity ? programs->capacity * 2 : 16;
    device_program *list = memory_resize(programs->list, (size_t)capacity, sizeof *list);
    if (!list) return false;
    programs->list = list;
    programs->capacity = capacity;
    return true;
}

static clenet_status add(opencl_device *device, const char *name, const char *options, clenet_error *error) {
    device_programs *programs = &device->programs;
    char *copy = memory_copy_string(options);
    if (!copy || !grow(programs)) {
        memory_free(copy);
        return error_memory(error, strlen(options) + 1, "the options of a kernel");
    }
    device_program *p = &programs->list[programs->count];
    *p = (device_program){.name = name, .options = copy};
    double began = clock_seconds();
    clenet_status status = program_build(&p->program, &device->api, device->context, &device->found, name, options,
                                         &device->settings, error);
    p->seconds = clock_seconds() - began;
    if (status == CLENET_OK)
        programs->count++;
    else
        memory_free(copy);
    return status;
}

clenet_status device_program_get(cl_program *program, opencl_device *device, const char *name, const char *options,
                                 clenet_error *error) {
    pthread_mutex_lock(&device->programs.lock);
    const device_program *found = find(&device->programs, name, options);
    clenet_status status = found ? CLENET_OK : add(device, name, options, error);
    if (!found && status == CLENET_OK) found = &device->programs.list[device->programs.count - 1];
    if (found) *program = found->program;
    pthread_mutex_unlock(&device->programs.lock);
    return status;
}

void device_programs_keep(opencl_device *device) {
    pthread_mutex_lock(&device->programs.lock);
    for (int i = 0; i < device->programs.count; i++) {
        device_program *p = &device->programs.list[i];
        if (!p->kept) program_keep(p->program, &device->api, &device->found, p->name, p->options, &device->settings);
        p->kept = true;
    }
    pthread_mutex_unlock(&device->programs.lock);
}

void device_programs_free(opencl_device *device) {
    for (int i = 0; i < device->programs.count; i++) {
        (void)device->api.clReleaseProgram(device->programs.list[i].program);
        memory_free(device->programs.list[i].options);
    }
    memory_free(device->programs.list);
    (void)pthread_mutex_destroy(&device->programs.lock);
}
