/* child.h - runs work in a forked process.
 *
 * A crash or a hang there does not affect the caller, and nothing is printed. Work that uses OpenCL must begin before this
 * process uses OpenCL, because OpenCL does not survive a fork; other work may begin at any time. */
#ifndef CLENET_CMD_BASE_CHILD_H
#define CLENET_CMD_BASE_CHILD_H

#include <stdbool.h>
#include <stdio.h>

enum { CHILD_SAID = 4096, CHILD_HOW = 96, CHILD_SECONDS = 60 };

/* Work that is running. */
typedef struct child_process {
    long process;
    int pipe_end;
} child_process;

typedef struct child_result {
    bool crashed;
    char how[CHILD_HOW];   /* if it crashed: "signal 11 (Segmentation fault)", "no answer within 60 seconds" */
    char said[CHILD_SAID]; /* the output of the work, cut at this size */
} child_result;

typedef void child_work(FILE *to, const void *context);

/* Begins the work, on a copy of this process's memory. Anything else that the child prints on the standard streams is dropped.
 * Returns false if no process can be started. */
bool child_begin(child_process *running, child_work *work, const void *context);
bool child_is_done(const child_process *running);                   /* child_end would not wait */
void child_end(const child_process *running, child_result *result); /* waits for the end */
void child_kill(const child_process *running);                      /* instead of child_end */

/* Runs the work and waits for it. */
bool child_run(child_result *result, child_work *work, const void *context);

#endif
