/* opencl_judge.c - decides if a device may do a job, and with which plain kernels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/job.h"
#include "lib/backend/opencl/opencl.h"
#include "lib/base/memory.h"

/* "auto" with CLBlast or without: products of CLBlast say nothing about clenet's kernels. */
static const char *gemm_word(const opencl_device *device) {
    if (device->gemm) return device->gemm;
    return device->clblast.library ? "auto clblast" : "auto";
}

/* The key of the verdict on a job: the options that decide the programs, and the job. memory_free() it; NULL if out of memory. */
static char *make_key(const opencl_device *device, const char *job) {
    const char *plain = device->plain_by_hand ? device->plain : "";
    size_t size = strlen(job) + TILES_TEXT + OPENCL_PLAIN + 64;
    char *key = memory_new(size, 1);
    if (key)
        (void)snprintf(key, size, "tiles '%s' gemm '%s' plain '%s' %s", device->tiles_text, gemm_word(device), plain,
                       job);
    return key;
}

static clenet_status fail(const opencl_device *device, const opencl_verdict *verdict, clenet_error *error) {
    return error_set(error, CLENET_ERROR_DEVICE,
                     "device %s %s failed its check: %s; see 'clenet doctor', or use --device cpu", device->found.id,
                     device->found.name, verdict->failure);
}

static clenet_status ask(opencl_verdict *verdict, const opencl_device *device, const char *job, clenet_error *error) {
    const verdict_question question = {.command = device->probe_command,
                                       .job = job,
                                       .plain = device->plain_by_hand ? device->plain : "",
                                       .tiles = device->tiles_text,
                                       .gemm = device->gemm,
                                       .seconds = VERDICT_SECONDS,
                                       .stop = device->stop};
    if (device->on_check) device->on_check(device->found.id, device->found.name, device->user);
    return verdict_ask(verdict, &device->found, &question, error);
}

static void remember(opencl_device *device, const opencl_verdict *verdict, const char *key) {
    verdicts_put(device->verdicts, verdict, key);
    verdict_write(verdict, key, &device->found, device->cache_folder);
}

/* A training that passed has used every program of its network's inference. */
static void remember_inference(opencl_device *device, const opencl_verdict *verdict, const char *job) {
    char *inference = verdict->passed ? job_inference_text(job) : NULL;
    char *key = inference ? make_key(device, inference) : NULL;
    opencl_verdict untimed = *verdict;
    untimed.images_per_second = 0;
    if (key && !verdicts_find(device->verdicts, key).known) remember(device, &untimed, key);
    memory_free(key);
    free(inference);
}

/* The lock is held: of two threads with the same job, the second finds the verdict of the first. */
static clenet_status judge(opencl_verdict *verdict, opencl_device *device, const char *job, const char *key,
                           clenet_error *error) {
    if (!device->verdicts) device->verdicts = verdicts_read(&device->found, device->cache_folder);
    *verdict = verdicts_find(device->verdicts, key);
    if (verdict->known) return CLENET_OK;
    if (device->left_to_background) {
        device->unchecked = true;
        return error_set(error, CLENET_ERROR_DEVICE, "device %s %s is not checked yet", device->found.id,
                         device->found.name);
    }
    clenet_status status = ask(verdict, device, job, error);
    if (status != CLENET_OK) return status;
    if (device->stop) verdict->images_per_second = 0; /* measured while the CPU was busy */
    remember_inference(device, verdict, job);
    remember(device, verdict, key);
    return CLENET_OK;
}

clenet_status opencl_judge(opencl_verdict *verdict, opencl_device *device, const char *job, clenet_error *error) {
    *verdict = (opencl_verdict){.known = true, .passed = true};
    if (device->probe_command) {
        char *key = make_key(device, job);
        if (!key) return error_memory(error, strlen(job), "the check of a device");
        pthread_mutex_lock(&device->verdicts_lock);
        clenet_status status = judge(verdict, device, job, key, error);
        pthread_mutex_unlock(&device->verdicts_lock);
        memory_free(key);
        if (status != CLENET_OK) return status;
    }
    if (!verdict->passed) return fail(device, verdict, error);
    if (device->plain_by_hand) memcpy(verdict->plain, device->plain, sizeof verdict->plain);
    return CLENET_OK;
}

/* ---- what "auto" asks ----------------------------------------------------------------------------------------------- */

/* The remembered verdict on the job, and its key, which memory_free() frees. */
static opencl_verdict find(opencl_device *device, const char *job, char **key) {
    opencl_verdict verdict = {.known = false};
    *key = device->probe_command ? make_key(device, job) : NULL;
    if (!*key) return verdict;
    pthread_mutex_lock(&device->verdicts_lock);
    verdict = verdicts_find(device->verdicts, *key);
    pthread_mutex_unlock(&device->verdicts_lock);
    return verdict;
}

bool opencl_passed(const clenet_device *device, const char *job) {
    char *key;
    opencl_verdict verdict = find(device->state, job, &key);
    memory_free(key);
    return verdict.known && verdict.passed;
}

void opencl_recall(const clenet_device *device, const char *job, const char *cpu, double speeds[2]) {
    char *key;
    opencl_verdict verdict = find(device->state, job, &key);
    memory_free(key);
    speeds[0] = verdict.images_per_second;
    speeds[1] = strcmp(verdict.cpu, cpu) == 0 ? verdict.cpu_images_per_second : 0;
}

void opencl_remember(const clenet_device *device, const char *job, const char *cpu, const double speeds[2]) {
    opencl_device *state = device->state;
    char *key;
    opencl_verdict verdict = find(state, job, &key);
    verdict.images_per_second = speeds[0];
    verdict.cpu_images_per_second = speeds[1];
    (void)snprintf(verdict.cpu, sizeof verdict.cpu, "%s", cpu);
    pthread_mutex_lock(&state->verdicts_lock);
    if (key) remember(state, &verdict, key);
    pthread_mutex_unlock(&state->verdicts_lock);
    memory_free(key);
}
