/* enqueue_step.c - what a training step costs the host: the time in which steps of LeNet are queued, before anybody waits.
 *
 * By the clock, and as processor's time of the thread that queues: a device made of the host's cores runs kernels on them
 * meanwhile, and the clock counts those too. Beside it the least that it can be: as many launches of one small kernel, with one of
 * its six arguments set anew.
 *
 * enqueue_step DEVICE     as for --device: pocl, 0.0, ... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/backend/backend.h"
#include "lib/backend/opencl/opencl.h"
#include "lib/base/clock.h"
#include "lib/net/model.h"

enum {
    SIDE = 28,
    PIXELS = SIDE * SIDE,
    CLASSES = 10,
    BATCH = 32,
    STEPS = 30 /* no wait comes before 32 */,
    REPEATS = 21
};

static void check(clenet_status status, const clenet_error *error) {
    if (status == CLENET_OK) return;
    fprintf(stderr, "enqueue_step: %s\n", error->message);
    exit(1);
}

/* Seconds for which this thread has had a processor. */
static double thread_seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check_call(cl_int code, const char *call) {
    if (code == CL_SUCCESS) return;
    fprintf(stderr, "enqueue_step: %s failed: %s\n", call, opencl_error_name(code));
    exit(1);
}

/* The thread's microseconds for `launches` launches, STEPS times, without anything else; least of REPEATS. */
static double launches_alone(const opencl_executor *e, int launches) {
    const char *source = "kernel void some(global float *a, global float *b, global float *c, global float *d, "
                         "int first, int count) { a[0] = b[0] + first * count; c[0] = d[0]; }";
    const opencl_device *device = e->device;
    const opencl_api *api = &device->api;
    cl_int code;
    cl_program program = api->clCreateProgramWithSource(device->context, 1, &source, NULL, &code);
    check_call(code, "clCreateProgramWithSource");
    check_call(api->clBuildProgram(program, 1, &device->found.device, "", NULL, NULL), "clBuildProgram");
    cl_kernel kernel = api->clCreateKernel(program, "some", &code);
    check_call(code, "clCreateKernel");
    for (cl_uint i = 0; i < 4; i++)
        check_call(api->clSetKernelArg(kernel, i, sizeof e->loss, &e->loss), "clSetKernelArg");
    const size_t items = 2, one = 1;
    double least = 1e9;
    for (int i = 0; i < REPEATS; i++) {
        double began = thread_seconds();
        for (cl_int n = 0; n < launches * STEPS; n++) {
            for (cl_uint at = n == 0 ? 4 : 5; at < 6; at++) api->clSetKernelArg(kernel, at, sizeof n, &n);
            code = api->clEnqueueNDRangeKernel(e->queue, kernel, 1, NULL, &items, &one, 0, NULL, NULL);
            check_call(code, "clEnqueueNDRangeKernel");
        }
        double took = thread_seconds() - began;
        if (took < least) least = took;
        api->clFinish(e->queue);
    }
    api->clReleaseKernel(kernel);
    api->clReleaseProgram(program);
    return least / STEPS * 1e6;
}

int main(int argc, char **argv) {
    static uint8_t images[BATCH * STEPS * PIXELS], labels[BATCH * STEPS];
    double host[REPEATS], thread[REPEATS], all[REPEATS];
    clenet_error error;
    clenet_device *device;
    clenet_network *network;
    plan *p;
    executor *e;
    run_metrics metrics;
    if (argc != 2) return fputs("usage: enqueue_step DEVICE\n", stderr), 2;
    for (size_t i = 0; i < sizeof images; i++) images[i] = (uint8_t)(i * 2654435761U >> 24);
    for (size_t i = 0; i < sizeof labels; i++) labels[i] = (uint8_t)(i % CLASSES);
    check(clenet_device_open(&device, argv[1], NULL, &error), &error);
    check(clenet_network_lenet(&network, SIDE, SIDE, 1, CLASSES, &error), &error);
    const plan_options options = {.training = true,
                                  .lanes = device->lanes,
                                  .batch = BATCH,
                                  .inference_batch = device->inference_batch,
                                  .seed = 1,
                                  .rho = 0.9F,
                                  .epsilon = 1e-7F};
    check(plan_new(&p, network, &options, &error), &error);
    check(device->backend->prepare(&e, device, p, &error), &error);
    if (strncmp(device->description, "opencl", 6) != 0) return fputs("enqueue_step: no OpenCL device\n", stderr), 1;
    const opencl_executor *opencl = (const opencl_executor *)e;
    check(e->functions->bind(e, images, labels, sizeof labels, &error), &error);
    for (int i = -1; i < REPEATS; i++) { /* the first compiles what is left */
        const training_range range = {.count = sizeof labels, .step = 1, .epoch = 1, .learning_rate = 1e-3F};
        double began = clock_seconds(), thread_began = thread_seconds();
        check(e->functions->train(e, &range, &error), &error);
        double queued = clock_seconds(), thread_queued = thread_seconds();
        check(e->functions->metrics(e, &metrics, &error), &error);
        if (i < 0) continue;
        host[i] = (queued - began) / STEPS * 1e6;
        thread[i] = (thread_queued - thread_began) / STEPS * 1e6;
        all[i] = (clock_seconds() - began) / STEPS * 1e6;
    }
    qsort(host, REPEATS, sizeof *host, by_size);
    qsort(thread, REPEATS, sizeof *thread, by_size);
    qsort(all, REPEATS, sizeof *all, by_size);
    printf(
        "{\"device\":\"%s\",\"steps\":%d,\"host_microseconds_a_step\":%.1f,\"host_processor_microseconds_a_step\":%.1f,"
        "\"all_microseconds_a_step\":%.1f,\"launches\":%d,\"launches_alone_processor_microseconds\":%.1f}\n",
        device->description, STEPS, host[REPEATS / 2], thread[REPEATS / 2], all[REPEATS / 2], opencl->training.count,
        launches_alone(opencl, opencl->training.count));
    e->functions->free(e);
    plan_free(p);
    clenet_network_free(network);
    clenet_device_free(device);
    return 0;
}
