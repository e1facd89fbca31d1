/* limits.h - the multiply-add rate and memory bandwidth of this machine. */
#ifndef CLENET_LIB_BACKEND_CPU_LIMITS_H
#define CLENET_LIB_BACKEND_CPU_LIMITS_H

#include "lib/backend/cpu/program.h"

/* Takes a few tenths of a second. Error: CLENET_ERROR_MEMORY. */
clenet_status cpu_limits(clenet_device_limits *limits, const cpu_isa *isa, int threads, clenet_error *error);

#endif
