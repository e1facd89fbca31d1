/* clock.h - a monotonic clock. */
#ifndef CLENET_LIB_BASE_CLOCK_H
#define CLENET_LIB_BASE_CLOCK_H

double clock_seconds(void); /* since a fixed moment */

#endif
