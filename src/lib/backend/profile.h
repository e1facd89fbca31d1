/* profile.h - how often and how long each operation ran.
 *
 * Executors fill the profile of their device. Costs are those of the mathematics, and so the same for every backend: a
 * multiply-add is two operations; bytes count each number that must be read and written once, however often a kernel does. */
#ifndef CLENET_LIB_BACKEND_PROFILE_H
#define CLENET_LIB_BACKEND_PROFILE_H

#include "lib/net/plan.h"

typedef struct profile_cost {
    double flops, bytes;           /* per image */
    double step_flops, step_bytes; /* per batch of any size: weights */
} profile_cost;

/* The cost of one kernel of an operation, by its name ("conv2d_kernel_gradient"), or of the whole operation (NULL). */
profile_cost profile_cost_of(const plan *p, const plan_op *op, const char *kernel);

/* The shape of a kernel's launch for a full batch. */
typedef struct profile_shape {
    size_t work_items, groups;
    size_t local_bytes; /* per group */
} profile_shape;

/* The entry for a kernel whose launch has that shape, or for the whole operation (NULL, NULL); -1 if out of memory, which every
 * function accepts. */
int profile_entry(clenet_profile *profile, const plan *p, const plan_op *op, const char *kernel,
                  const profile_shape *shape);

/* The entry for anything that is not an operation: "write", "waiting". */
int profile_entry_named(clenet_profile *profile, const char *name);

/* Adds a span from begin to end (seconds since a fixed moment), which is a call or a part of one. */
void profile_add(clenet_profile *profile, int entry, double begin, double end);

/* Adds a call and its cost. */
void profile_add_call(clenet_profile *profile, int entry, const profile_cost *cost, size_t images);

#endif
