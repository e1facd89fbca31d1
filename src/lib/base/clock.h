/* clock.h - a monotonic clock, and the time that a process computes. */
#ifndef CLENET_LIB_BASE_CLOCK_H
#define CLENET_LIB_BASE_CLOCK_H

double clock_seconds(void);     /* since a fixed moment */
double clock_cpu_seconds(void); /* that this process has computed, in all its threads */

#endif
