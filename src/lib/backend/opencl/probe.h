/* probe.h - runs a command in a child process, which may crash or hang. */
#ifndef CLENET_LIB_BACKEND_OPENCL_PROBE_H
#define CLENET_LIB_BACKEND_OPENCL_PROBE_H

#include "lib/base/status.h"

typedef enum probe_end {
    PROBE_EXITED, /* code: its exit status */
    PROBE_KILLED, /* code: the signal */
    PROBE_HUNG    /* it was stopped after the time limit */
} probe_end;

enum { PROBE_LINE = 2048 }; /* bytes */

typedef struct probe_result {
    probe_end end;
    int code;
    char line
        [PROBE_LINE]; /* the last line of its standard output that is not empty; "" if there is none, or it is too long */
} probe_result;

/* Runs arguments[0], a path, with the arguments up to NULL, and waits at most `seconds` for it. It has the environment of this
 * process, empty standard input, and its standard error is discarded. Error: CLENET_ERROR_IO if it cannot be started. */
clenet_status probe_run(probe_result *result, const char *const *arguments, double seconds, clenet_error *error);

#endif
