/* background.c - see background.h. */
#include "lib/backend/background.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/job.h"
#include "lib/base/memory.h"

const int background_batches[BACKGROUND_LARGER] = {256, 1024};

struct background {
    pthread_t thread;
    pthread_mutex_t lock; /* of done and failure */
    atomic_bool stop;
    bool done;         /* with the job; larger batches may be under way */
    char failure[512]; /* "" if the device passed */
    char *id, *job;    /* owned, as are the strings of options */
    char *strings[6];  /* tiles, plain, gemm, kernel_folder, cache_folder, probe_command */
    clenet_device_options options;
};

static clenet_status check(background *b, const char *job, clenet_error *error) {
    for (const backend *const *at = backends; *at; at++)
        if ((*at)->check && (*at)->matches(b->id)) return (*at)->check(b->id, &b->options, job, &b->stop, error);
    return error_set(error, CLENET_ERROR_DEVICE, "there is nothing to check");
}

static void *work(void *argument) {
    background *b = argument;
    clenet_error error;
    clenet_status status = check(b, b->job, &error);
    pthread_mutex_lock(&b->lock);
    b->done = !atomic_load(&b->stop);
    if (status != CLENET_OK) (void)snprintf(b->failure, sizeof b->failure, "%.500s", error.message);
    pthread_mutex_unlock(&b->lock);
    for (int i = 0; status == CLENET_OK && i < BACKGROUND_LARGER && !atomic_load(&b->stop); i++) {
        char *larger = job_with_batch(b->job, background_batches[i]);
        if (larger) (void)check(b, larger, NULL); /* a failure is remembered */
        free(larger);
    }
    return NULL;
}

static void free_all(background *b) {
    for (size_t i = 0; i < sizeof b->strings / sizeof b->strings[0]; i++) memory_free(b->strings[i]);
    memory_free(b->id);
    memory_free(b->job);
    (void)pthread_mutex_destroy(&b->lock);
    memory_free(b);
}

/* Copies the strings of the options. False if out of memory. */
static bool copy_options(background *b, const clenet_device_options *options) {
    b->options = *options;
    const char **const lent[] = {&b->options.tiles,         &b->options.plain,        &b->options.gemm,
                                 &b->options.kernel_folder, &b->options.cache_folder, &b->options.probe_command};
    for (size_t i = 0; i < sizeof lent / sizeof lent[0]; i++) {
        if (*lent[i] && !(b->strings[i] = memory_copy_string(*lent[i]))) return false;
        *lent[i] = b->strings[i];
    }
    b->options.isa = b->options.icd_vendors = b->options.icd_filenames = NULL;
    b->options.on_check = NULL;
    b->options.profile = NULL;
    return true;
}

background *background_begin(const char *id, const clenet_device_options *options, const char *job) {
    background *b = memory_new(1, sizeof *b);
    if (!b) return NULL;
    (void)pthread_mutex_init(&b->lock, NULL);
    atomic_init(&b->stop, false);
    b->id = memory_copy_string(id);
    b->job = memory_copy_string(job);
    if (b->id && b->job && copy_options(b, options) && pthread_create(&b->thread, NULL, work, b) == 0) return b;
    free_all(b);
    return NULL;
}

void background_tell(background *b, char *text, size_t size) {
    pthread_mutex_lock(&b->lock);
    if (!b->done)
        (void)snprintf(
            text, size,
            "device %s is not checked yet, since this run ended first: a longer run checks it, or --device %s now",
            b->id, b->id);
    else if (b->failure[0])
        (void)snprintf(text, size, "%s", b->failure);
    else
        (void)snprintf(text, size,
                       "device %s passed its check meanwhile; the next run measures it, and uses it if it is faster",
                       b->id);
    pthread_mutex_unlock(&b->lock);
}

void background_end(background *b) {
    if (!b) return;
    atomic_store(&b->stop, true);
    (void)pthread_join(b->thread, NULL);
    free_all(b);
}
