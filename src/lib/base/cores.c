/* cores.c - see cores.h. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "lib/base/cores.h"

#include <sched.h>
#include <unistd.h>

int cores_usable(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : online > CORES_AT_MOST ? CORES_AT_MOST : (int)online;
}
