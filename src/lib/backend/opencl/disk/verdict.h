/* verdict.h - remembers if a device passed its check, and its speed.
 *
 * A record of kind "device" (device_record.h). */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_VERDICT_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_VERDICT_H

#include "lib/backend/opencl/discover.h"

enum { VERDICT_TEXT = 512 };

typedef struct opencl_verdict {
    bool known, passed;
    double images_per_second;   /* 0: unknown */
    char plain[OPENCL_PLAIN];   /* comma-separated programs that pass only with plain kernels */
    char failure[VERDICT_TEXT]; /* one line; "" if passed */
} opencl_verdict;

/* The remembered verdict on the device in the folder (NULL: none); known is false if there is none. */
opencl_verdict verdict_read(const opencl_found *device, const char *cache_folder);

/* Remembers the verdict. If it cannot be written, that is not an error. */
void verdict_write(const opencl_verdict *verdict, const opencl_found *device, const char *cache_folder);

/* Runs `<command> check-device P.D [--plain LIST]` in a child process and waits at most `seconds` for it. Before each step
 * of its check the child prints {"checking": "conv2d"} with the programs under test. Its last line on standard output is
 * {"passed": true, "images_per_second": 12345.6} or {"passed": false, "failure": "...", "blame": "conv2d"}. A child that is
 * killed, crashes or hangs has failed, and the failure says how. Another child then tries the blamed programs with plain kernels;
 * if that fails too, the device has failed. If a child that passed prints "products": "clblast", a child without CLBlast is timed
 * too, and the faster way is in the verdict. Errors: CLENET_ERROR_IO if the command cannot be started; CLENET_ERROR_DEVICE if it
 * was stopped from outside (Ctrl-C), which is no verdict. */
clenet_status verdict_ask(opencl_verdict *verdict, const opencl_found *device, const char *command, double seconds,
                          clenet_error *error);
enum { VERDICT_SECONDS = 300 }; /* the limit of a device's check */

/* The question to one child. */
typedef struct verdict_question {
    const char *command, *plain; /* plain: programs that must use plain kernels; "" for none */
    const char *tiles;           /* in the format of tiles.h; NULL: the default of the kind of device */
    bool quick;                  /* only the default LeNet */
    double seconds;              /* time limit */
} verdict_question;

/* Runs one child, `<command> check-device P.D [--plain LIST] [--tiles TILES] [--quick]`. named: the programs that it blames, or,
 * if it passed, the library that made its products. Errors: those of verdict_ask. */
clenet_status verdict_ask_once(opencl_verdict *verdict, char named[OPENCL_PLAIN], const opencl_found *device,
                               const verdict_question *question, clenet_error *error);

#endif
