/* verdict.h - asks if a device does a job correctly, and remembers the answers.
 *
 * The answers on a device are a record of kind "device" (device_record.h): {"jobs": [{"job": ..., "passed": ...,
 * "images_per_second": ..., "plain": ..., "failure": ...}, ...]}, the newest last. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_VERDICT_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_VERDICT_H

#include <jansson.h>
#include <stdatomic.h>

#include "lib/backend/opencl/discover.h"

enum {
    VERDICT_TEXT = 512,
    VERDICT_CPU = 64,
    VERDICT_SECONDS = 300, /* the limit of a child's check */
    VERDICT_JOBS = 32      /* that are remembered of a device */
};

typedef struct opencl_verdict {
    bool known, passed;
    double images_per_second;   /* 0: unknown */
    char plain[OPENCL_PLAIN];   /* comma-separated programs that pass only with plain kernels */
    char failure[VERDICT_TEXT]; /* one line; "" if passed */
    char cpu[VERDICT_CPU];      /* the CPU backend that did the job for comparison, "cpu, 2 threads, avx2"; "": none */
    double cpu_images_per_second;
} opencl_verdict;

/* The remembered verdicts on the device in the folder (NULL: none), an array without damaged ones. json_decref() it.
 * NULL if out of memory. */
json_t *verdicts_read(const opencl_found *device, const char *cache_folder);

/* The verdict on the job in the array (NULL: of the newest job); known is false if the array lacks it. */
opencl_verdict verdicts_find(const json_t *verdicts, const char *job);

/* Puts the verdict at the end of the array, in place of an earlier one on the job. If out of memory, it is left out. */
void verdicts_put(json_t *verdicts, const opencl_verdict *verdict, const char *job);

/* Adds the verdict to the ones in the folder. If it cannot be written, that is not an error. */
void verdict_write(const opencl_verdict *verdict, const char *job, const opencl_found *device,
                   const char *cache_folder);

/* The question to one child. Strings are lent. */
typedef struct verdict_question {
    const char *command;
    const char *job;   /* job.h; NULL: the whole self-test, every operation */
    const char *plain; /* programs that must use plain kernels; "" for none */
    const char *tiles; /* in the format of tiles.h; NULL or "": the default of the kind of device, or the tuned ones */
    const char *gemm;  /* "own" or "clblast"; NULL: the default */
    double seconds;    /* time limit */
    const atomic_bool *stop; /* in the background, with a low priority, until it is true; NULL: in the foreground */
} verdict_question;

/* Runs `<command> check-device P.D [--job TEXT] [--plain LIST] [--tiles TILES] [--gemm WHAT] [--background]` in a child process and waits for
 * it. Its last line on standard output is {"passed": true, "images_per_second": 12345.6} or {"passed": false, "failure": "...",
 * "blame": "conv2d"}. Before each step of the self-test the child prints {"checking": "conv2d"} with the programs under test. A
 * child that is killed, crashes or hangs has failed, and the failure says how. named: the programs that it blames, or, if it
 * passed, the library that made its products. Errors: CLENET_ERROR_IO if the command cannot be started; CLENET_ERROR_DEVICE if it
 * was stopped from outside (Ctrl-C) or by *stop, which is no verdict. */
clenet_status verdict_ask_once(opencl_verdict *verdict, char named[OPENCL_PLAIN], const opencl_found *device,
                               const verdict_question *question, clenet_error *error);

/* Asks about a job. If it fails, the self-test finds the programs to blame, which fail until they run plain kernels. The job is
 * asked about again with these, and then with plain kernels alone, before the device has failed. If the job passed with "products":
 * "clblast", a child without CLBlast is timed too, and the faster way is in the verdict. If the question has plain programs, they
 * are the only ones. Errors: those of verdict_ask_once. */
clenet_status verdict_ask(opencl_verdict *verdict, const opencl_found *device, const verdict_question *question,
                          clenet_error *error);

#endif
