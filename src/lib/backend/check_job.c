/* check_job.c - checks one job on a device with its own network and programs.
 *
 * Inference, a training step of some images, and one of a whole batch run on the device and on the CPU backend, from the same
 * weights and images. Every parameter is compared separately, so that a wrong number in a small layer counts. */
#include <math.h>
#include <string.h>

#include "lib/backend/check.h"
#include "lib/backend/check_bench.h"
#include "lib/backend/job.h"

/* Of the largest number of a parameter. Two backends that sum in different orders differ by about 1e-5. */
static const double TOLERANCE = 0.02;

/* A relu of nearly 0, or a pool window with two numbers that are equal except for rounding, may be decided differently. That changes
 * gradients by a hundredth, or, behind small layers, by a tenth. It is rare: LeNet has about fifty thousand windows, which each have a
 * chance of about 1e-6. So a difference below this is tried with other images and weights: a wrong kernel is wrong with all. */
static const double RETRY_TOLERANCE = 0.25;

/* Numbers below this share of the largest gradient are rounding errors of sums that should be 0: a bias before batch norm. */
static const double ROUNDING = 1e-3;

enum { TRIALS = 3 };

/* The part of the results that differs most. */
typedef struct difference {
    double worst; /* share of the largest number */
    const char *what, *of;
} difference;

static double largest(const float *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++) { /* without fmax(): gcc 12 for aarch64 ends with an internal error there */
        double size = fabs((double)x[i]);
        if (size > most) most = size;
    }
    return most;
}

/* Compares n numbers; floor is the least that counts as their largest. */
static void compare(difference *d, const char *what, const char *of, const float *a, const float *b, size_t n,
                    double floor) {
    double most = fmax(fmax(largest(b, n), floor), 1e-30), worst = 0;
    for (size_t i = 0; i < n; i++) {
        double off = fabs((double)a[i] - (double)b[i]) / most;
        if (!(off <= worst)) worst = isfinite(off) ? off : (double)INFINITY;
    }
    if (worst > d->worst) *d = (difference){worst, what, of};
}

static difference compare_all(const bench *got, const bench *expected) {
    const clenet_network *network = got->network;
    difference d = {0, "", ""};
    compare(&d, "the result of inference", "", got->logits, expected->logits,
            got->rows * (size_t)network_classes(network), 0);
    if (!got->p->options.training) return d;
    double gradient = ROUNDING * largest(expected->values, network->trained_size);
    double update = ROUNDING * largest(expected->update, network->trained_size);
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        const float *a = got->values + p->offset, *b = expected->values + p->offset;
        compare(&d, p->trained ? "the gradient of " : "", p->name, a, b, p->count, p->trained ? gradient : ROUNDING);
        compare(&d, "the update of ", p->name, got->update + p->offset, expected->update + p->offset, p->count, update);
    }
    return d;
}

static clenet_status run_on(bench *b, const device_job *j, const clenet_device *device, uint64_t seed,
                            clenet_error *error) {
    size_t batch = j->options.batch, rows = j->options.training ? batch : CHECK_ROWS;
    clenet_status status = bench_new(b, j->network, &j->options, device, rows, seed, error);
    return status == CLENET_OK ? bench_run(b, (2 * batch + 2) / 3, error) : status;
}

/* One trial; *worst: the difference. */
static clenet_status try_job(double *worst, const clenet_device *device, const clenet_device *cpu, const device_job *j,
                             uint64_t seed, clenet_error *error) {
    bench got = {0}, expected = {0};
    difference d = {0, "", ""};
    clenet_status status = run_on(&got, j, device, seed, error);
    if (status == CLENET_OK) status = run_on(&expected, j, cpu, seed, error);
    if (status == CLENET_OK) d = compare_all(&got, &expected);
    if (status == CLENET_OK && d.worst > TOLERANCE)
        status = error_set(error, CLENET_ERROR_DEVICE,
                           "%s: %s%s differs from the CPU's by %.2g of its largest number, more than %.2g: the driver "
                           "computes wrong numbers; use another device, or cpu",
                           device->description, d.what, d.of, d.worst, TOLERANCE);
    bench_free(&got);
    bench_free(&expected);
    *worst = d.worst;
    return status;
}

static clenet_status try_all(const clenet_device *device, const device_job *j, clenet_error *error) {
    clenet_device *cpu;
    const clenet_device_options one_thread = {.size = sizeof one_thread, .threads = 1};
    clenet_status status = clenet_device_open(&cpu, "cpu", &one_thread, error);
    if (status != CLENET_OK) return status;
    double worst = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        status = try_job(&worst, device, cpu, j, CHECK_SEED + trial, error);
        if (status == CLENET_OK || !(worst > TOLERANCE && worst < RETRY_TOLERANCE)) break;
    }
    clenet_device_free(cpu);
    return status;
}

static clenet_status time_job(const clenet_device *device, const device_job *j, double *images_per_second,
                              clenet_error *error) {
    bench b = {0};
    size_t rows = j->options.training ? j->options.batch : device->inference_batch;
    clenet_status status = bench_new(&b, j->network, &j->options, device, rows, CHECK_SEED, error);
    if (status == CLENET_OK) status = bench_time(&b, images_per_second, error);
    bench_free(&b);
    return status;
}

clenet_status check_job(const clenet_device *device, const char *text, double *images_per_second, clenet_error *error) {
    device_job j;
    clenet_status status = job_read(&j, text, error);
    if (status == CLENET_OK) status = try_all(device, &j, error);
    if (status == CLENET_OK) status = time_job(device, &j, images_per_second, error);
    job_free(&j);
    return status;
}

clenet_status check_job_time(const clenet_device *device, const char *text, double *images_per_second,
                             clenet_error *error) {
    device_job j;
    clenet_status status = job_read(&j, text, error);
    if (status == CLENET_OK) status = time_job(device, &j, images_per_second, error);
    job_free(&j);
    return status;
}
