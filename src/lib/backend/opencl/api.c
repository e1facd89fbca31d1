/* api.c - see api.h. */
#include "lib/backend/opencl/api.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifndef RTLD_NODELETE
#define RTLD_NODELETE 0
#endif

/* The loader's names: Linux, Linux without a version, macOS, Windows. The first usable one is used. */
static const char *const loaders[] = {
    "libOpenCL.so.1",
    "libOpenCL.so",
    "/System/Library/Frameworks/OpenCL.framework/OpenCL",
    "OpenCL.dll",
};

/* True if there is no such library. If the library is there but another one that it needs is missing, the system names that one,
 * or says who needs it. */
static bool is_absent(const char *library, const char *reason) {
    return strstr(reason, library) != NULL && strstr(reason, "o such file") != NULL &&
           strstr(reason, "needed by") == NULL && strstr(reason, "not loaded") == NULL;
}

/* Opens one loader. On failure *absent says whether the loader is not installed. */
static clenet_status open_loader(opencl_api *api, bool *absent, const char *loader, clenet_error *error) {
    *absent = false;
    /* RTLD_NODELETE: drivers leave threads and exit handlers, whose code must stay loaded after the close. */
    api->library = dlopen(loader, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (api->library == NULL) {
        char reason[sizeof error->message];
        (void)snprintf(reason, sizeof reason, "%s", on_demand_reason(""));
        *absent = is_absent(loader, reason);
        if (*absent)
            return error_set(error, CLENET_ERROR_DEVICE,
                             "no OpenCL loader is installed (%s); install one (Debian: ocl-icd-libopencl1)", loader);
        return error_set(error, CLENET_ERROR_DEVICE,
                         "the OpenCL loader %s cannot be loaded: %.700s; install it again (Debian: ocl-icd-libopencl1)",
                         loader, reason);
    }
    const char *missing = on_demand_find(&api->clGetPlatformIDs, ON_DEMAND_NAMES(OPENCL_FUNCTIONS), api->library);
    if (missing == NULL) return CLENET_OK;
    opencl_api_close(api);
    return error_set(error, CLENET_ERROR_DEVICE,
                     "the OpenCL loader %s is too old: it lacks %s; install a newer one (Debian: ocl-icd-libopencl1)",
                     loader, missing);
}

clenet_status opencl_api_open(opencl_api *api, clenet_error *error) {
    clenet_error first = {0}; /* of a loader that is there, or of the first name */
    bool first_absent = true;
    for (size_t i = 0; i < sizeof loaders / sizeof loaders[0]; i++) {
        opencl_api fresh = {0};
        clenet_error reason;
        bool absent;
        if (open_loader(&fresh, &absent, loaders[i], &reason) == CLENET_OK) {
            *api = fresh;
            return CLENET_OK;
        }
        if (i == 0 || (first_absent && !absent)) {
            first = reason;
            first_absent = absent;
        }
    }
    return error_set(error, CLENET_ERROR_DEVICE, "%s", first.message);
}

void opencl_api_close(opencl_api *api) {
    if (api->library != NULL) (void)dlclose(api->library);
    *api = (opencl_api){0};
}

/* Errors of OpenCL 1.2 by the header's names; later ones, which the header hides at this version, by number. */
static const struct {
    cl_int code;
    const char *name;
} errors[] = {
#define NAMED(code) \
    { code, #code }
    NAMED(CL_SUCCESS),
    NAMED(CL_DEVICE_NOT_FOUND),
    NAMED(CL_DEVICE_NOT_AVAILABLE),
    NAMED(CL_COMPILER_NOT_AVAILABLE),
    NAMED(CL_MEM_OBJECT_ALLOCATION_FAILURE),
    NAMED(CL_OUT_OF_RESOURCES),
    NAMED(CL_OUT_OF_HOST_MEMORY),
    NAMED(CL_PROFILING_INFO_NOT_AVAILABLE),
    NAMED(CL_MEM_COPY_OVERLAP),
    NAMED(CL_IMAGE_FORMAT_MISMATCH),
    NAMED(CL_IMAGE_FORMAT_NOT_SUPPORTED),
    NAMED(CL_BUILD_PROGRAM_FAILURE),
    NAMED(CL_MAP_FAILURE),
    NAMED(CL_MISALIGNED_SUB_BUFFER_OFFSET),
    NAMED(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
    NAMED(CL_COMPILE_PROGRAM_FAILURE),
    NAMED(CL_LINKER_NOT_AVAILABLE),
    NAMED(CL_LINK_PROGRAM_FAILURE),
    NAMED(CL_DEVICE_PARTITION_FAILED),
    NAMED(CL_KERNEL_ARG_INFO_NOT_AVAILABLE),
    NAMED(CL_INVALID_VALUE),
    NAMED(CL_INVALID_DEVICE_TYPE),
    NAMED(CL_INVALID_PLATFORM),
    NAMED(CL_INVALID_DEVICE),
    NAMED(CL_INVALID_CONTEXT),
    NAMED(CL_INVALID_QUEUE_PROPERTIES),
    NAMED(CL_INVALID_COMMAND_QUEUE),
    NAMED(CL_INVALID_HOST_PTR),
    NAMED(CL_INVALID_MEM_OBJECT),
    NAMED(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR),
    NAMED(CL_INVALID_IMAGE_SIZE),
    NAMED(CL_INVALID_SAMPLER),
    NAMED(CL_INVALID_BINARY),
    NAMED(CL_INVALID_BUILD_OPTIONS),
    NAMED(CL_INVALID_PROGRAM),
    NAMED(CL_INVALID_PROGRAM_EXECUTABLE),
    NAMED(CL_INVALID_KERNEL_NAME),
    NAMED(CL_INVALID_KERNEL_DEFINITION),
    NAMED(CL_INVALID_KERNEL),
    NAMED(CL_INVALID_ARG_INDEX),
    NAMED(CL_INVALID_ARG_VALUE),
    NAMED(CL_INVALID_ARG_SIZE),
    NAMED(CL_INVALID_KERNEL_ARGS),
    NAMED(CL_INVALID_WORK_DIMENSION),
    NAMED(CL_INVALID_WORK_GROUP_SIZE),
    NAMED(CL_INVALID_WORK_ITEM_SIZE),
    NAMED(CL_INVALID_GLOBAL_OFFSET),
    NAMED(CL_INVALID_EVENT_WAIT_LIST),
    NAMED(CL_INVALID_EVENT),
    NAMED(CL_INVALID_OPERATION),
    NAMED(CL_INVALID_GL_OBJECT),
    NAMED(CL_INVALID_BUFFER_SIZE),
    NAMED(CL_INVALID_MIP_LEVEL),
    NAMED(CL_INVALID_GLOBAL_WORK_SIZE),
    NAMED(CL_INVALID_PROPERTY),
    NAMED(CL_INVALID_IMAGE_DESCRIPTOR),
    NAMED(CL_INVALID_COMPILER_OPTIONS),
    NAMED(CL_INVALID_LINKER_OPTIONS),
    NAMED(CL_INVALID_DEVICE_PARTITION_COUNT),
#undef NAMED
    {-69, "CL_INVALID_PIPE_SIZE"},
    {-70, "CL_INVALID_DEVICE_QUEUE"},
    {-71, "CL_INVALID_SPEC_ID"},
    {-72, "CL_MAX_SIZE_RESTRICTION_EXCEEDED"},
    {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
};

const char *opencl_error_name(cl_int code) {
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].code == code) return errors[i].name;
    }
    return "unknown OpenCL error";
}

clenet_status opencl_error(clenet_error *error, cl_int code, const char *call, const char *device) {
    return error_set(error, CLENET_ERROR_DEVICE, "%s failed on %s: %s (%d)", call, device, opencl_error_name(code),
                     (int)code);
}
