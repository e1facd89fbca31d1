/* profile.h - what was computed, how often and for how long: filled by executors whose device has a profile.
 *
 * Costs are what the mathematics asks for, and so the same for every backend: a multiply-add is two operations; bytes are those
 * of the numbers that must be read and written once, however often a kernel does. */
#ifndef CLENET_LIB_BACKEND_PROFILE_H
#define CLENET_LIB_BACKEND_PROFILE_H

#include "lib/net/plan.h"

typedef struct profile_cost {
    double flops, bytes;           /* an image */
    double step_flops, step_bytes; /* a batch, whatever its size: weights */
} profile_cost;

/* The cost of one kernel of an operation, by its name ("conv2d_kernel_gradient"), or of all of it (NULL). */
profile_cost profile_cost_of(const plan *p, const plan_op *op, const char *kernel);

/* The entry for a kernel, or for the whole operation (NULL); -1 where memory is short, which every function takes. */
int profile_entry(clenet_profile *profile, const plan *p, const plan_op *op, const char *kernel);

/* The entry for what is no operation: "write", "waiting". */
int profile_entry_named(clenet_profile *profile, const char *name);

/* Adds a span from begin to end (seconds since some moment); a call, or part of one. */
void profile_add(clenet_profile *profile, int entry, double begin, double end, bool call);

/* Adds what a call computed. */
void profile_add_cost(clenet_profile *profile, int entry, const profile_cost *cost, size_t images);

#endif
