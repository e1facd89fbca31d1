/* schedule.h - the learning rate as a function of the step. */
#ifndef CLENET_LIB_TRAIN_SCHEDULE_H
#define CLENET_LIB_TRAIN_SCHEDULE_H

#include "lib/base/status.h"

typedef struct schedule {
    clenet_schedule kind;
    double rate;   /* the largest */
    double warmup; /* steps in which it rises to rate */
    double steps;  /* of the whole run */
} schedule;

/* For training step `step`, counted from 0. */
double schedule_rate(const schedule *s, uint32_t step);

#endif
