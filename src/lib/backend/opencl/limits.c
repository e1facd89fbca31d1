/* limits.c - measures multiply-add rate and memory bandwidth of an OpenCL device.
 *
 * With the kernels of cl/limits.cl. */
#include <stdio.h>

#include "lib/backend/opencl/opencl.h"
#include "lib/backend/opencl/signals.h"
#include "lib/base/clock.h"

enum { REPEATS = 5, ROUNDS = 2048, SUMS = 16 /* as in cl/limits.cl */, NUMBERS = 1 << 22 };

typedef struct measurement {
    opencl_device *device;
    cl_command_queue queue;
    cl_program program;
    cl_mem x, y;
} measurement;

static clenet_status fail(const measurement *m, cl_int code, const char *call, clenet_error *error) {
    return opencl_error(error, code, call, m->device->found.name);
}

static clenet_status make_ready(measurement *m, clenet_error *error) {
    const opencl_api *api = &m->device->api;
    cl_int code;
    m->queue = api->clCreateCommandQueue(m->device->context, m->device->found.device, 0, &code);
    if (code != CL_SUCCESS) return fail(m, code, "clCreateCommandQueue", error);
    cl_mem *const buffers[] = {&m->x, &m->y};
    for (int i = 0; i < 2; i++) {
        *buffers[i] = api->clCreateBuffer(m->device->context, CL_MEM_READ_WRITE, NUMBERS * sizeof(float), NULL, &code);
        if (code != CL_SUCCESS) return fail(m, code, "clCreateBuffer", error);
        const cl_uint zero = 0;
        code = api->clEnqueueFillBuffer(m->queue, *buffers[i], &zero, sizeof zero, 0, NUMBERS * sizeof(float), 0, NULL,
                                        NULL);
        if (code != CL_SUCCESS) return fail(m, code, "clEnqueueFillBuffer", error);
    }
    char options[96];
    snprintf(options, sizeof options, "-cl-mad-enable -DL=%d -DVW=%d -DROUNDS=%d", m->device->tiles.lanes,
             m->device->tiles.width, ROUNDS);
    return device_program_get(&m->program, m->device, "limits", options, error);
}

/* The shortest time of several launches of `items` work-items, in seconds. */
static clenet_status time_kernel(const measurement *m, double *seconds, const char *name, size_t items,
                                 clenet_error *error) {
    const opencl_api *api = &m->device->api;
    cl_int code;
    cl_kernel kernel = api->clCreateKernel(m->program, name, &code);
    if (code != CL_SUCCESS) return fail(m, code, name, error);
    code = api->clSetKernelArg(kernel, 0, sizeof m->y, &m->y);
    if (code == CL_SUCCESS && name[0] == 'c') code = api->clSetKernelArg(kernel, 1, sizeof m->x, &m->x);
    for (int i = 0; i <= REPEATS && code == CL_SUCCESS; i++) { /* the first finishes PoCL's compilation */
        double began = clock_seconds();
        code = api->clEnqueueNDRangeKernel(m->queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL);
        if (code == CL_SUCCESS) code = api->clFinish(m->queue);
        double took = clock_seconds() - began;
        if (i == 1 || (i > 1 && took < *seconds)) *seconds = took;
    }
    (void)api->clReleaseKernel(kernel);
    return code == CL_SUCCESS ? CLENET_OK : fail(m, code, name, error);
}

static void release(const measurement *m) {
    const opencl_api *api = &m->device->api;
    if (m->queue) (void)api->clFinish(m->queue);
    if (m->x) (void)api->clReleaseMemObject(m->x);
    if (m->y) (void)api->clReleaseMemObject(m->y);
    if (m->queue) (void)api->clReleaseCommandQueue(m->queue);
}

clenet_status opencl_limits(const clenet_device *device, clenet_device_limits *limits, clenet_error *error) {
    measurement m = {.device = device->state};
    size_t width = (size_t)m.device->tiles.width, items = (size_t)m.device->found.compute_units * 4096 / width;
    if (items * width > NUMBERS) items = NUMBERS / width;
    double multiply = 0, copy = 0;
    const signal_actions saved = signals_save();
    clenet_status status = make_ready(&m, error);
    if (status == CLENET_OK) status = time_kernel(&m, &multiply, "multiply_adds", items, error);
    if (status == CLENET_OK) status = time_kernel(&m, &copy, "copy", NUMBERS / width, error);
    release(&m);
    signals_restore(&saved);
    if (status != CLENET_OK) return status;
    limits->flops = 2.0 * SUMS * ROUNDS * (double)(items * width) / multiply;
    limits->bytes_per_second = 2.0 * NUMBERS * sizeof(float) / copy;
    return CLENET_OK;
}
