/* check_bench.h - runs a network on a device with random images, for a check. */
#ifndef CLENET_LIB_BACKEND_CHECK_BENCH_H
#define CLENET_LIB_BACKEND_CHECK_BENCH_H

#include "lib/backend/backend.h"

enum {
    CHECK_SEED = 3,
    CHECK_ROWS = 37, /* a whole block of any width, and a short one */
    CHECK_STEPS = 2  /* the second shows if the means of the first are kept */
};

/* A network prepared on a device, with random images and the results of a run. */
typedef struct bench {
    const clenet_network *network; /* lent */
    plan *p;
    executor *run;
    float *initial; /* [packed_size] */
    float *values;  /* [packed_size]: gradients of the last step, and moving averages */
    float *update;  /* [packed_size]: the sizes of the steps */
    float *logits;  /* [rows][classes] */
    uint8_t *images, *labels;
    size_t rows;
} bench;

/* The options of a training in a check, for every optimizer; lanes, batch and inference_batch are not set. */
plan_options bench_options(void);

/* Prepares the network on the device, with `rows` random images, labels and weights of the seed. It fills in the options that
 * depend on the device. The network and the device are lent. bench_free() it, also after a failure. */
clenet_status bench_new(bench *b, const clenet_network *network, const plan_options *options,
                        const clenet_device *device, size_t rows, uint64_t seed, clenet_error *error);

/* Runs inference of all rows; then, if the plan has a training, a step of the first `first` rows, and one of all. Fills logits,
 * update and values. The last step's gradients depend on the first one's update. */
clenet_status bench_run(bench *b, size_t first, clenet_error *error);

/* Images per second of training, or of inference if the plan has no training: the best of three runs of a tenth of a second or
 * more, after warming up, since other work on the machine only adds time. The rows are one batch. */
clenet_status bench_time(bench *b, double *images_per_second, clenet_error *error);

void bench_free(bench *b);

#endif
