/* harness.h - a network prepared on a backend, with random weights, images and labels, for tests. Every step that
 * fails fails the test. */
#ifndef CLENET_TESTS_HARNESS_H
#define CLENET_TESTS_HARNESS_H

#include "lib/backend/backend.h"

typedef struct harness_options {
    const char *text;              /* the network, as clenet_network_parse reads it */
    const clenet_model *model;     /* or this one, with its weights */
    const clenet_dataset *dataset; /* its images and labels in place of random ones; rows of them */
    const char *device;            /* default "cpu" */
    const char *isa;               /* default: the best */
    const char *tiles;             /* "vector", "vector8", "group" or "plain"; default: by the device */
    const char *plain;             /* OpenCL programs with plain kernels, "conv2d,dense"; default: none */
    int threads;                   /* default 1 */
    size_t batch;                  /* default: rows */
    size_t rows;                   /* of random images */
    uint64_t seed;                 /* of weights, images, labels and dropout */
    clenet_optimizer optimizer;
    float epsilon; /* default 1e-7 */
    float weight_decay, label_smoothing, weight_average;
    augmentation augment, copies; /* default: images stay */
} harness_options;

typedef struct harness {
    clenet_network *network;
    clenet_device *device;
    plan *p;
    executor *run;
    size_t rows;
    uint32_t epoch; /* that harness_train is in; 0 at first */
    uint8_t *images, *labels;
    float *values; /* [packed_size]: the initial weights; random for gammas, biases and moving averages too */
} harness;

harness harness_new(harness_options options);
void harness_free(harness *h);

/* Trains over positions first .. first + count with the learning rate. */
void harness_train(harness *h, size_t first, size_t count, uint32_t step, float learning_rate);
void harness_read(harness *h, plan_region region, float *values /* [packed_size] */);
run_metrics harness_metrics(harness *h); /* and resets them */

/* The relative distance |a - b| / |b| of n numbers (L2), or |a| if b is zero. */
double relative_error(const float *a, const double *b, size_t n);

#endif
