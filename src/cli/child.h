/* child.h - work in a forked process: a driver that crashes there or hangs takes nothing with it. To be used before anything
 * of OpenCL runs in this process, which a fork does not bear. */
#ifndef CLENET_CLI_CHILD_H
#define CLENET_CLI_CHILD_H

#include <stdbool.h>
#include <stdio.h>

enum { CHILD_SAID = 4096, CHILD_HOW = 96, CHILD_SECONDS = 60 };

typedef struct child_result {
    bool crashed;
    char how[CHILD_HOW];   /* it crashed: "signal 11 (Segmentation fault)", "no answer within 60 seconds" */
    char said[CHILD_SAID]; /* what the work wrote, cut at this size */
} child_result;

typedef void child_work(FILE *to, const void *context);

/* Runs the work; what else the child says on the standard streams is dropped. False where no process can be had. */
bool child_run(child_result *result, child_work *work, const void *context);

#endif
