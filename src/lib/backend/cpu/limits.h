/* limits.h - what this machine's cores can do at most. */
#ifndef CLENET_LIB_BACKEND_CPU_LIMITS_H
#define CLENET_LIB_BACKEND_CPU_LIMITS_H

#include "lib/backend/cpu/program.h"

/* Takes some tenths of a second. Error: CLENET_ERROR_MEMORY. */
clenet_status cpu_limits(clenet_device_limits *limits, const cpu_isa *isa, int threads, clenet_error *error);

#endif
