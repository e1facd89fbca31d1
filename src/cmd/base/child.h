/* child.h - work in a forked process: what crashes there or hangs takes nothing with it, and prints nothing. Work that uses OpenCL
 * is begun before anything of OpenCL runs in this process, which a fork does not bear; other work at any time. */
#ifndef CLENET_CMD_BASE_CHILD_H
#define CLENET_CMD_BASE_CHILD_H

#include <stdbool.h>
#include <stdio.h>

enum { CHILD_SAID = 4096, CHILD_HOW = 96, CHILD_SECONDS = 60 };

/* Work that is under way. */
typedef struct child_process {
    long process;
    int pipe_end;
} child_process;

typedef struct child_result {
    bool crashed;
    char how[CHILD_HOW];   /* it crashed: "signal 11 (Segmentation fault)", "no answer within 60 seconds" */
    char said[CHILD_SAID]; /* what the work wrote, cut at this size */
} child_result;

typedef void child_work(FILE *to, const void *context);

/* Begins the work, on a copy of this process's memory as it is now; what else the child says on the standard streams is dropped.
 * False where no process can be had. */
bool child_begin(child_process *running, child_work *work, const void *context);
bool child_is_done(const child_process *running);                   /* child_end would not wait */
void child_end(const child_process *running, child_result *result); /* waits for it */
void child_kill(const child_process *running);                      /* instead of child_end */

/* Begins the work, and waits for it. */
bool child_run(child_result *result, child_work *work, const void *context);

#endif
