/* clock.h - time that only goes forward. */
#ifndef CLENET_LIB_BASE_CLOCK_H
#define CLENET_LIB_BASE_CLOCK_H

double clock_seconds(void); /* since some fixed moment */

#endif
