/* discover.h - the OpenCL platforms and devices of this machine. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISCOVER_H
#define CLENET_LIB_BACKEND_OPENCL_DISCOVER_H

#include "lib/backend/opencl/api.h"

enum { OPENCL_TEXT = 256, OPENCL_PLAIN = 160 /* bytes of a list of programs */, OPENCL_REASON = 640 };

/* One device, as it describes itself. */
typedef struct opencl_found {
    char id[24]; /* "P.D": the numbers of platform and device in the loader's order */
    cl_platform_id platform;
    cl_device_id device;
    cl_device_type type;
    char platform_name[OPENCL_TEXT], platform_version[OPENCL_TEXT];
    char name[OPENCL_TEXT], vendor[OPENCL_TEXT], version[OPENCL_TEXT], driver[OPENCL_TEXT];
    unsigned compute_units;
    uint64_t memory;       /* bytes, global */
    size_t max_group;      /* work-items */
    uint64_t local_memory; /* bytes */
    unsigned
        vector_width; /* floats of the compiler's preferred vector; 1: it makes vectors of work-items; 0: unknown */
    bool available, has_compiler;
} opencl_found;

typedef struct opencl_devices {
    opencl_found *list;
    size_t count;
    size_t platforms; /* including platforms without devices */
} opencl_devices;

/* Lists all devices of all platforms. A platform that fails or has no device does not hide others. No device is not an error.
 * Errors: CLENET_ERROR_MEMORY. opencl_devices_free() it. */
clenet_status opencl_discover(opencl_devices *devices, const opencl_api *api, clenet_error *error);
void opencl_devices_free(opencl_devices *devices);

/* "cpu", "gpu" or "accelerator". */
const char *opencl_type_name(cl_device_type type);

/* Finds the first driver whose library cannot be loaded: "FILE names LIBRARY, which cannot be loaded: ...". False if all can. */
bool opencl_broken_driver(char text[OPENCL_REASON], const clenet_device_options *options);

/* The reason why there are no devices; "" if there are. */
void opencl_why_none(char reason[OPENCL_REASON], const opencl_devices *devices, const clenet_device_options *options);

#endif
