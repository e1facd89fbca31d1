/* cores.h - the number of cores that the process may use. */
#ifndef CLENET_LIB_BASE_CORES_H
#define CLENET_LIB_BASE_CORES_H

#include <stdbool.h>

enum { CORES_AT_MOST = 1024 };

/* The cores that the process may use at the same time, 1 to CORES_AT_MOST: those of its affinity, but no more than the whole
 * cores of its cgroup's quota.
 *
 * cores_for_arithmetic: the two or more hardware threads of one core (SMT) count once. They share the units that multiply and
 *   add, which the layers keep busy, and every barrier would wait for the slower of them.
 * cores_for_reading: each hardware thread counts. Reading text, pictures and integers waits often enough for two. */
int cores_for_arithmetic(void);
int cores_for_reading(void);

/* The same for a machine whose /proc and /sys are in a folder, "" for this machine's, and a process that may run on the
 * hardware threads `allowed`. */
int cores_of(const char *root, const bool allowed[CORES_AT_MOST], bool siblings_once);

#endif
