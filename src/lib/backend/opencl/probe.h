/* probe.h - a command in a process of its own, which may crash or hang there. */
#ifndef CLENET_LIB_BACKEND_OPENCL_PROBE_H
#define CLENET_LIB_BACKEND_OPENCL_PROBE_H

#include "lib/base/status.h"

typedef enum probe_end {
    PROBE_EXITED, /* code: its exit status */
    PROBE_KILLED, /* code: the signal */
    PROBE_HUNG    /* it was stopped when its time was over */
} probe_end;

enum { PROBE_LINE = 2048 }; /* bytes */

typedef struct probe_result {
    probe_end end;
    int code;
    char line
        [PROBE_LINE]; /* the last on its standard output that is not empty; "" where there is none, or it is longer */
} probe_result;

/* Runs arguments[0], a path, with the arguments up to NULL, and waits for it, for at most so many seconds. Its environment is
 * the process's own; it reads nothing, and what it says on standard error is dropped. Error: CLENET_ERROR_IO where it
 * cannot be started. */
clenet_status probe_run(probe_result *result, const char *const *arguments, double seconds, clenet_error *error);

#endif
