/* threads.h - how much faster a training step is with N threads, worked out on one thread.
 *
 * The step is cut at its barriers into sections. The executor's own rules (cpu_walk in division.h) give the pieces of work of each
 * of the N threads. One thread runs them all, section by section, in this order:
 *
 *   section 0: the pieces of thread 0 | of thread 1 | ... | section 1: the pieces of thread 0 | of thread 1 | ...
 *              `---- timed ---------'   `- timed -'
 *
 * With N cores a section takes as long as its longest thread, and then a barrier, at which one thread runs the serial tasks. The
 * sum of these is the least time that a step can take. What the model leaves out makes real threads slower: numbers that another
 * core has written are not in a core's cache, the second cache and the memory may be shared, and the clock rate falls as more cores
 * work. */
#ifndef CLENET_BENCH_THREADS_H
#define CLENET_BENCH_THREADS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/cpu/division.h"
#include "lib/backend/cpu/team.h"
#include "lib/base/clock.h"

enum {
    SECTIONS_MOST = 256,
    CLOCK_READS = 10000,
    BARRIERS_TIMED = 200000,
    NAME_ROOM = 64,
    LOSSES_SHOWN = 8,
    PASSES = 7
};

/* Some parts of one task, on one thread. */
typedef struct piece {
    const cpu_task *task;
    int block, begin, end;
    bool stretched;
    int thread, first_run; /* of a stretch */
} piece;

typedef struct section {
    const cpu_task *serial, *serial_end; /* the tasks that one thread runs at the barrier before it */
    const cpu_task *first, *last;        /* its tasks */
    double longest, mean;                /* seconds of its threads in a step */
    int most, least;                     /* pieces' parts on a thread */
} section;

typedef struct threads_model {
    int threads, sections;
    bool stretched;
    section section[SECTIONS_MOST];
    double seconds;           /* of a step */
    double serial;            /* of these: tasks that one thread runs at a barrier */
    double barriers, unequal; /* of these: spent in barriers, and waiting for the longest thread */
    /* The pieces of thread t in section s are piece[from[t][s]] .. piece[from[t][s + 1]]. */
    piece *piece;
    int count, capacity;
    int (*from)[SECTIONS_MOST + 1]; /* [threads] */
    int at;                         /* the section that the walk is in; -1 before the first barrier */
    int thread;                     /* that walks */
} threads_model;

/* Seconds of a barrier. The model: a barrier is a counter that all threads add to and a word that all wait for (team.c), so
 * it grows with the number of threads: each addition moves the counter's cache line to another core, about 60 ns on a server
 * processor. That gives 0.1 us with 2 threads, 0.5 with 8, 1.0 with 16. Measured: with 2 threads only (measure_barrier). */
static inline double barrier_seconds(int threads) {
    static const double known[][2] = {{1, 0}, {2, 0.1e-6}, {8, 0.5e-6}, {16, 1e-6}};
    enum { KNOWN = sizeof known / sizeof *known };
    int i = 1;
    while (i < KNOWN - 1 && threads > known[i][0]) i++;
    double share = (threads - known[i - 1][0]) / (known[i][0] - known[i - 1][0]);
    return known[i - 1][1] + share * (known[i][1] - known[i - 1][1]);
}

typedef struct barrier_timing {
    team *workers;
    double seconds;
} barrier_timing;

static inline void pass_barriers(void *context, int thread) {
    barrier_timing *timing = context;
    team_barrier(timing->workers);
    double began = clock_seconds();
    for (int i = 0; i < BARRIERS_TIMED; i++) team_barrier(timing->workers);
    if (thread == 0) timing->seconds = (clock_seconds() - began) / BARRIERS_TIMED;
}

/* Seconds of a barrier between two threads of this machine, if both arrive at once; 0 if there are no threads. */
static inline double measure_barrier(void) {
    barrier_timing timing = {.workers = team_new(2)};
    if (!timing.workers) return 0;
    (void)team_run(timing.workers, 2, pass_barriers, &timing);
    team_free(timing.workers);
    return timing.seconds;
}

static inline int ascending_seconds(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What reading the clock adds to the time between two readings: the median. */
static inline double clock_cost(void) {
    static double times[CLOCK_READS];
    for (int i = 0; i < CLOCK_READS; i++) {
        double began = clock_seconds();
        times[i] = clock_seconds() - began;
    }
    qsort(times, CLOCK_READS, sizeof *times, ascending_seconds);
    return times[CLOCK_READS / 2];
}

/* ---- the pieces ----------------------------------------------------------------------------------------------- */

static inline void out_of_room(const char *what) {
    fprintf(stderr, "cpu_tasks: %s\n", what);
    exit(1);
}

static inline void model_barrier(void *context, const cpu_task *first, const cpu_task *last, const cpu_batch *batch) {
    threads_model *m = context;
    (void)batch;
    if (++m->at == SECTIONS_MOST) out_of_room("the step has too many barriers");
    m->section[m->at].serial = first;
    m->section[m->at].serial_end = last;
    m->from[m->thread][m->at] = m->count;
}

static inline void model_parts(void *context, const cpu_task *task, const cpu_batch *batch, int block, int begin,
                               int end) {
    threads_model *m = context;
    if (m->count == m->capacity) {
        m->capacity = m->capacity > 0 ? 2 * m->capacity : 1024;
        m->piece = realloc(m->piece, (size_t)m->capacity * sizeof *m->piece);
        if (!m->piece) out_of_room("out of memory");
    }
    m->piece[m->count++] = (piece){task, block, begin, end, batch->stretched, batch->thread, batch->first_run};
    section *s = &m->section[m->at];
    if (!s->first || task < s->first) s->first = task;
    if (!s->last || task > s->last) s->last = task;
}

/* Finds every thread's pieces of every section. */
static inline void model_walk(threads_model *m, const cpu_program *program, const cpu_batch *batch) {
    const cpu_division division = cpu_divide(batch->blocks, m->threads);
    const cpu_walker walker = {model_barrier, model_parts, m};
    m->stretched = division.stretched;
    m->from = calloc((size_t)m->threads, sizeof *m->from);
    if (!m->from) out_of_room("out of memory");
    for (m->thread = 0; m->thread < m->threads; m->thread++) {
        m->at = -1;
        cpu_walk(program, batch, &division, m->thread, &walker);
        m->sections = m->at + 1;
        m->from[m->thread][m->sections] = m->count;
    }
    for (int s = 0; s < m->sections; s++) {
        for (int t = 0; t < m->threads; t++) {
            int parts = 0;
            for (int i = m->from[t][s]; i < m->from[t][s + 1]; i++) parts += m->piece[i].end - m->piece[i].begin;
            if (t == 0 || parts > m->section[s].most) m->section[s].most = parts;
            if (t == 0 || parts < m->section[s].least) m->section[s].least = parts;
        }
    }
}

/* ---- the times ------------------------------------------------------------------------------------------------ */

/* Runs the tasks that one thread runs alone before a section. */
static inline void model_serial(const threads_model *m, const cpu_batch *step, int s) {
    for (const cpu_task *task = m->section[s].serial; task < m->section[s].serial_end; task++)
        task->run(task, step, 0, 0, task->parts);
}

/* Runs one thread's pieces of a section. */
static inline void model_run(const threads_model *m, const cpu_batch *step, int thread, int s) {
    cpu_batch batch = *step;
    for (int i = m->from[thread][s]; i < m->from[thread][s + 1]; i++) {
        const piece *p = &m->piece[i];
        batch.stretched = p->stretched;
        batch.thread = p->thread;
        batch.first_run = p->first_run;
        p->task->run(p->task, &batch, p->block, p->begin, p->end);
    }
}

/* Lowers *least to the seconds since `began`. */
static inline void model_note(double *least, double began, double clock) {
    double seconds = clock_seconds() - began - clock;
    if (seconds < 0) seconds = 0;
    if (seconds < *least) *least = seconds;
}

/* Runs one step, and lowers the seconds of each section to this step's: of its serial tasks, then of each thread. */
static inline void model_step(const threads_model *m, const cpu_batch *step, double clock,
                              double *least /* [sections][1 + threads] */) {
    for (int s = 0; s < m->sections; s++) {
        double *of = least + s * (1 + m->threads), began = clock_seconds();
        model_serial(m, step, s);
        model_note(&of[0], began, clock);
        for (int thread = 0; thread < m->threads; thread++) {
            began = clock_seconds();
            model_run(m, step, thread, s);
            model_note(&of[1 + thread], began, clock);
        }
    }
}

/* Adds the sections of one batch, as one of `batches`. */
static inline void model_add(threads_model *m, const double *least /* [sections][1 + threads] */, int batches) {
    for (int s = 0; s < m->sections; s++) {
        const double *of = least + s * (1 + m->threads);
        double longest = 0, sum = 0;
        for (int thread = 0; thread < m->threads; thread++) {
            if (of[1 + thread] > longest) longest = of[1 + thread];
            sum += of[1 + thread];
        }
        m->serial += of[0] / batches;
        m->section[s].longest += longest / batches;
        m->section[s].mean += sum / m->threads / batches;
    }
}

/* The batch of a step. */
typedef cpu_batch step_batch(const void *context, int step);

/* Works out a step of `threads` threads: the mean of `batches` batches, whose times are the least of PASSES, because other work
 * on the machine only adds to them. The passes go through all batches, so that their images are not in the caches. */
static inline threads_model *model_threads(int threads, const cpu_program *program, step_batch *batch_at,
                                           const void *context, int batches) {
    threads_model *m = calloc(1, sizeof *m);
    if (!m) out_of_room("out of memory");
    cpu_batch first = batch_at(context, 0);
    m->threads = threads;
    model_walk(m, program, &first);
    size_t times = (size_t)m->sections * (size_t)(1 + threads);
    double *least = calloc((size_t)batches * times + 1, sizeof *least), clock = clock_cost();
    if (!least) out_of_room("out of memory");
    for (size_t i = 0; i < (size_t)batches * times; i++) least[i] = INFINITY;
    for (int step = 0; step < PASSES * batches; step++) {
        cpu_batch batch = batch_at(context, step % batches);
        model_step(m, &batch, clock, least + (size_t)(step % batches) * times);
    }
    for (int i = 0; i < batches; i++) model_add(m, least + (size_t)i * times, batches);
    for (int s = 0; s < m->sections; s++) {
        m->seconds += m->section[s].longest;
        m->unequal += m->section[s].longest - m->section[s].mean;
    }
    m->barriers = m->sections * barrier_seconds(threads);
    m->seconds += m->serial + m->barriers;
    free(least);
    return m;
}

static inline void threads_model_free(threads_model *m) {
    if (!m) return;
    free(m->piece);
    free(m->from);
    free(m);
}

#endif
