/* limits.c - measures multiply-add rate and memory bandwidth of all cores together. */
#include "lib/backend/cpu/limits.h"

#include <string.h>

#include "lib/backend/cpu/team.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"

enum {
    REPEATS = 5,
    ROUNDS = 200000 /* some milliseconds */,
    COPIED = 1 << 25 /* bytes per thread: larger than second-level caches */
};

typedef struct measurement {
    const cpu_isa *isa;
    team *workers;
    uint8_t *memory;                                   /* [threads][2][COPIED] */
    double operations, multiply_seconds, copy_seconds; /* by thread 0: of all threads, the best repeat */
} measurement;

static void multiply(measurement *m, int thread, float *sink) {
    double best = 0;
    for (int i = 0; i < REPEATS; i++) {
        team_barrier(m->workers);
        double began = clock_seconds();
        double operations = m->isa->multiply_adds(ROUNDS, sink);
        team_barrier(m->workers);
        double seconds = clock_seconds() - began;
        if (i == 0 || seconds < best) best = seconds;
        if (thread == 0) m->operations = operations;
    }
    if (thread == 0) m->multiply_seconds = best;
}

static void copy(measurement *m, int thread) {
    uint8_t *from = m->memory + (size_t)thread * 2 * COPIED;
    double best = 0;
    for (int i = 0; i < REPEATS; i++) {
        team_barrier(m->workers);
        double began = clock_seconds();
        memcpy(from + COPIED, from, COPIED);
        team_barrier(m->workers);
        double seconds = clock_seconds() - began;
        if (i == 0 || seconds < best) best = seconds;
    }
    if (thread == 0) m->copy_seconds = best;
}

static void work(void *context, int thread) {
    measurement *m = context;
    float sink;
    memset(m->memory + (size_t)thread * 2 * COPIED, thread, (size_t)2 * COPIED); /* touched by its own thread first */
    multiply(m, thread, &sink);
    copy(m, thread);
}

clenet_status cpu_limits(clenet_device_limits *limits, const cpu_isa *isa, int threads, clenet_error *error) {
    size_t bytes = (size_t)threads * 2 * COPIED;
    measurement m = {.isa = isa, .workers = team_new(threads), .memory = memory_new_aligned(bytes)};
    bool got = m.workers && m.memory;
    if (got) (void)team_run(m.workers, threads, work, &m);
    team_free(m.workers);
    memory_free(m.memory);
    if (!got) return error_memory(error, bytes, "measuring the processor; use fewer threads");
    limits->flops = 2 * m.operations * threads / m.multiply_seconds;
    limits->bytes_per_second = 2.0 * COPIED * threads / m.copy_seconds;
    return CLENET_OK;
}
