/* threads.c - several things at once in one process: two trainers and a predictor, on one device and one data set, come to what each
 * comes to alone. A program of its own, since Criterion does not run under ThreadSanitizer (preset tsan), which sees to it that the
 * threads keep out of each other's way.
 *
 * threads DIGITS DEVICE [CACHE_FOLDER]     exit status 0, or 1 and a line that says what differs */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clenet/clenet.h"

enum { ROWS = 160, SIDE = 28, CLASSES = 10, TRAINERS = 2, JOBS = TRAINERS + 1, ASKED = 5 };

/* What all share; nothing changes it. */
typedef struct shared {
    clenet_dataset *digits;
    clenet_device *device;
    clenet_network *network;
    clenet_model *untrained; /* what the predictor asks */
} shared;

/* What one thread does, and what came of it. */
typedef struct job {
    const shared *s;
    clenet_model *model; /* of a trainer */
    float *answers;      /* [ROWS][CLASSES], of the predictor */
    clenet_status status;
    clenet_error error;
} job;

static void require(bool right, const char *what) {
    if (right) return;
    (void)printf("threads: %s\n", what);
    exit(EXIT_FAILURE);
}

static void *train(void *argument) {
    job *j = argument;
    clenet_trainer *trainer = NULL;
    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    options.epochs = 1;
    j->status = clenet_trainer_new(&trainer, j->model, j->s->digits, j->s->device, &options, &j->error);
    if (j->status == CLENET_OK) j->status = clenet_trainer_run(trainer, NULL, &j->error);
    clenet_trainer_free(trainer);
    return NULL;
}

static void *predict(void *argument) {
    job *j = argument;
    clenet_predictor *predictor = NULL;
    j->status = clenet_predictor_new(&predictor, j->s->untrained, j->s->device, &j->error);
    for (int i = 0; i < ASKED && j->status == CLENET_OK; i++)
        j->status = clenet_predictor_run(predictor, clenet_dataset_images(j->s->digits), ROWS, j->answers, &j->error);
    clenet_predictor_free(predictor);
    return NULL;
}

static void *(*work_of(int i))(void *) {
    return i < TRAINERS ? train : predict;
}

static void run(job jobs[JOBS], bool at_once) {
    pthread_t threads[JOBS];
    for (int i = 0; i < JOBS; i++) {
        if (at_once)
            require(pthread_create(&threads[i], NULL, work_of(i), &jobs[i]) == 0, "no thread");
        else
            work_of(i)(&jobs[i]);
    }
    for (int i = 0; i < JOBS && at_once; i++) (void)pthread_join(threads[i], NULL);
    for (int i = 0; i < JOBS; i++) require(jobs[i].status == CLENET_OK, jobs[i].error.message);
}

static void jobs_new(job jobs[JOBS], const shared *s) {
    clenet_error error;
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (job){.s = s};
        if (i < TRAINERS)
            require(clenet_model_new(&jobs[i].model, s->network, (uint64_t)i + 1, &error) == CLENET_OK, error.message);
        else
            require((jobs[i].answers = calloc(ROWS, CLASSES * sizeof(float))) != NULL, "no memory");
    }
}

static void jobs_free(job jobs[JOBS]) {
    for (int i = 0; i < JOBS; i++) {
        clenet_model_free(jobs[i].model);
        free(jobs[i].answers);
    }
}

static void require_same(const clenet_model *a, const clenet_model *b) {
    for (size_t i = 0; i < clenet_model_tensors(a); i++) {
        clenet_tensor x = clenet_model_tensor(a, i), y = clenet_model_tensor(b, i);
        size_t count = 1;
        for (int k = 0; k < x.rank; k++) count *= x.shape[k];
        require(memcmp(x.data, y.data, count * sizeof *x.data) == 0, x.name);
    }
}

static void shared_new(shared *s, const char *path, const char *spec, const char *cache) {
    clenet_error error;
    clenet_dataset *all;
    clenet_device_options options;
    clenet_device_options_init(&options, sizeof options);
    options.threads = 2;
    options.cache_folder = cache;
    require(clenet_dataset_load(&all, path, NULL, &error) == CLENET_OK, error.message);
    require(clenet_dataset_new(&s->digits, clenet_dataset_images(all), clenet_dataset_labels(all), ROWS, SIDE, SIDE, 1,
                               CLASSES, &error) == CLENET_OK,
            error.message);
    clenet_dataset_free(all);
    require(clenet_device_open(&s->device, spec, &options, &error) == CLENET_OK, error.message);
    require(clenet_network_lenet(&s->network, SIDE, SIDE, 1, CLASSES, &error) == CLENET_OK, error.message);
    require(clenet_model_new(&s->untrained, s->network, 1, &error) == CLENET_OK, error.message);
}

static void shared_free(const shared *s) {
    clenet_model_free(s->untrained);
    clenet_network_free(s->network);
    clenet_device_free(s->device);
    clenet_dataset_free(s->digits);
}

int main(int argc, char **argv) {
    require(argc == 3 || argc == 4, "usage: threads DIGITS DEVICE [CACHE_FOLDER]");
    shared s = {0};
    job alone[JOBS], together[JOBS];
    shared_new(&s, argv[1], argv[2], argc == 4 ? argv[3] : NULL);
    jobs_new(alone, &s);
    jobs_new(together, &s);
    run(alone, false);
    run(together, true);
    for (int i = 0; i < TRAINERS; i++) require_same(alone[i].model, together[i].model);
    require(memcmp(alone[TRAINERS].answers, together[TRAINERS].answers, ROWS * CLASSES * sizeof(float)) == 0,
            "the predictor gave other answers");
    jobs_free(together);
    jobs_free(alone);
    shared_free(&s);
    return EXIT_SUCCESS;
}
