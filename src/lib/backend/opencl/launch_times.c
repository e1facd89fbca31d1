/* launch_times.c - measures what launches cost.
 *
 * The kernel is `one` of cl/limits.cl: each launch adds 1 to the same number, so each needs the one before. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/backend/opencl/opencl.h"
#include "lib/backend/opencl/signals.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"

enum {
    ALONE = 101, /* launches, each waited for */
    IN_A_ROW = 400,
    REPEATS = 11,
    BATCH = 32,
    STEPS = 30 /* the executor waits at the 32nd */
};

typedef struct measurement {
    opencl_device *device;
    cl_command_queue queue, timed_queue; /* the second one has a clock */
    cl_mem number;
    cl_kernel kernel;
} measurement;

static clenet_status fail(const measurement *m, cl_int code, const char *call, clenet_error *error) {
    return opencl_error(error, code, call, m->device->found.name);
}

static clenet_status make_ready(measurement *m, clenet_error *error) {
    const opencl_api *api = &m->device->api;
    const opencl_tiles *t = &m->device->tiles;
    cl_program program;
    cl_int code;
    char options[96];
    m->queue = api->clCreateCommandQueue(m->device->context, m->device->found.device, 0, &code);
    if (code == CL_SUCCESS)
        m->timed_queue =
            api->clCreateCommandQueue(m->device->context, m->device->found.device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code != CL_SUCCESS) return fail(m, code, "clCreateCommandQueue", error);
    float zero = 0;
    m->number =
        api->clCreateBuffer(m->device->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, sizeof zero, &zero, &code);
    if (code != CL_SUCCESS) return fail(m, code, "clCreateBuffer", error);
    snprintf(options, sizeof options, "-DL=%d -DVW=%d -DROUNDS=1", t->lanes, t->width);
    clenet_status status = device_program_get(&program, m->device, "limits", options, error);
    if (status != CLENET_OK) return status;
    m->kernel = api->clCreateKernel(program, "one", &code);
    if (code != CL_SUCCESS) return fail(m, code, "clCreateKernel of one", error);
    code = api->clSetKernelArg(m->kernel, 0, sizeof m->number, &m->number);
    return code == CL_SUCCESS ? CLENET_OK : fail(m, code, "clSetKernelArg of one", error);
}

static void release(const measurement *m) {
    const opencl_api *api = &m->device->api;
    if (m->kernel) (void)api->clReleaseKernel(m->kernel);
    if (m->number) (void)api->clReleaseMemObject(m->number);
    if (m->timed_queue) (void)api->clReleaseCommandQueue(m->timed_queue);
    if (m->queue) (void)api->clReleaseCommandQueue(m->queue);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

/* Launches the kernel `count` times on the queue and waits for the end; events [count], or NULL. */
static clenet_status run(const measurement *m, cl_command_queue queue, int count, cl_event *events,
                         clenet_error *error) {
    const opencl_api *api = &m->device->api;
    const size_t items = 1;
    cl_int code = CL_SUCCESS;
    for (int i = 0; i < count && code == CL_SUCCESS; i++)
        code =
            api->clEnqueueNDRangeKernel(queue, m->kernel, 1, NULL, &items, &items, 0, NULL, events ? &events[i] : NULL);
    if (code != CL_SUCCESS) return fail(m, code, "clEnqueueNDRangeKernel of one", error);
    code = api->clFinish(queue);
    return code == CL_SUCCESS ? CLENET_OK : fail(m, code, "clFinish", error);
}

/* The host's clock. The first launch finishes PoCL's compilation. */
static clenet_status time_by_host(const measurement *m, clenet_launch_times *times, clenet_error *error) {
    double alone[ALONE], row[REPEATS];
    clenet_status status = run(m, m->queue, 1, NULL, error);
    for (int i = 0; i < ALONE && status == CLENET_OK; i++) {
        double began = clock_seconds();
        status = run(m, m->queue, 1, NULL, error);
        alone[i] = clock_seconds() - began;
    }
    for (int i = 0; i < REPEATS && status == CLENET_OK; i++) {
        double began = clock_seconds();
        status = run(m, m->queue, IN_A_ROW, NULL, error);
        row[i] = (clock_seconds() - began) / IN_A_ROW;
    }
    if (status != CLENET_OK) return status;
    times->latency = median(alone, ALONE);
    times->gap = median(row, REPEATS);
    return CLENET_OK;
}

/* The time between two moments of the device's clock; 0 if the driver does not know them. */
static double between(const measurement *m, cl_event from, cl_profiling_info start, cl_event to,
                      cl_profiling_info end) {
    cl_ulong began = 0, ended = 0;
    const opencl_api *api = &m->device->api;
    if (api->clGetEventProfilingInfo(from, start, sizeof began, &began, NULL) != CL_SUCCESS ||
        api->clGetEventProfilingInfo(to, end, sizeof ended, &ended, NULL) != CL_SUCCESS || ended < began)
        return 0;
    return (double)(ended - began) * 1e-9;
}

static clenet_status time_by_device(const measurement *m, clenet_launch_times *times, clenet_error *error) {
    double alone[ALONE], gaps[IN_A_ROW - 1];
    cl_event events[IN_A_ROW] = {NULL};
    clenet_status status = run(m, m->timed_queue, 1, NULL, error);
    for (int i = 0; i < ALONE && status == CLENET_OK; i++) {
        status = run(m, m->timed_queue, 1, events, error);
        if (status == CLENET_OK)
            alone[i] = between(m, events[0], CL_PROFILING_COMMAND_QUEUED, events[0], CL_PROFILING_COMMAND_END);
        if (events[0]) (void)m->device->api.clReleaseEvent(events[0]);
        events[0] = NULL;
    }
    if (status == CLENET_OK) status = run(m, m->timed_queue, IN_A_ROW, events, error);
    for (int i = 1; i < IN_A_ROW && status == CLENET_OK; i++)
        gaps[i - 1] = between(m, events[i - 1], CL_PROFILING_COMMAND_END, events[i], CL_PROFILING_COMMAND_START);
    for (int i = 0; i < IN_A_ROW; i++)
        if (events[i]) (void)m->device->api.clReleaseEvent(events[i]);
    if (status != CLENET_OK) return status;
    times->device_latency = median(alone, ALONE);
    times->device_gap = median(gaps, IN_A_ROW - 1);
    return CLENET_OK;
}

/* The host's time to enqueue a step of LeNet: STEPS at once, before anything is waited for. */
static clenet_status time_steps(clenet_launch_times *times, executor *e, clenet_error *error) {
    double steps[REPEATS];
    clenet_status status = CLENET_OK;
    for (int i = -1; i < REPEATS && status == CLENET_OK; i++) { /* the first finishes PoCL's compilation */
        const training_range range = {.count = BATCH * STEPS, .step = 1, .epoch = 1, .learning_rate = 1e-3F};
        run_metrics metrics;
        double began = clock_seconds();
        status = e->functions->train(e, &range, error);
        if (i >= 0) steps[i] = (clock_seconds() - began) / STEPS;
        if (status == CLENET_OK) status = e->functions->metrics(e, &metrics, error);
    }
    if (status != CLENET_OK) return status;
    times->step = median(steps, REPEATS);
    times->step_launches = ((const opencl_executor *)e)->training.count;
    return CLENET_OK;
}

static clenet_status time_lenet_step(clenet_launch_times *times, const clenet_device *device, clenet_error *error) {
    const plan_options options = {.training = true,
                                  .lanes = device->lanes,
                                  .batch = BATCH,
                                  .inference_batch = device->inference_batch,
                                  .rho = 0.9F,
                                  .epsilon = 1e-7F};
    clenet_network *network = NULL;
    plan *p = NULL;
    executor *e = NULL;
    uint8_t *images = NULL;
    const size_t rows = (size_t)BATCH * STEPS;
    clenet_status status = clenet_network_lenet(&network, 28, 28, 1, 10, error);
    if (status == CLENET_OK) status = plan_new(&p, network, &options, error);
    if (status == CLENET_OK) status = device->backend->prepare(&e, device, p, error);
    if (status == CLENET_OK) {
        images = memory_new(rows, shape_size(network->input) + 1); /* blank, with labels of 0 behind them */
        if (!images) status = error_memory(error, rows, "the images of a step");
    }
    if (status == CLENET_OK)
        status = e->functions->bind(e, images, images + rows * shape_size(network->input), rows, error);
    if (status == CLENET_OK) status = time_steps(times, e, error);
    if (e) e->functions->free(e);
    plan_free(p);
    clenet_network_free(network);
    memory_free(images);
    return status;
}

clenet_status opencl_launch_times(const clenet_device *device, clenet_launch_times *times, clenet_error *error) {
    measurement m = {.device = device->state};
    const signal_actions saved = signals_save();
    clenet_status status = make_ready(&m, error);
    if (status == CLENET_OK) status = time_by_host(&m, times, error);
    if (status == CLENET_OK) status = time_by_device(&m, times, error);
    if (status == CLENET_OK) status = time_lenet_step(times, device, error);
    release(&m);
    signals_restore(&saved);
    return status;
}
