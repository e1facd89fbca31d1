/* division.c - see division.h. */
#include "lib/backend/cpu/division.h"

#include <math.h>

/* N threads take work / N + N x the cost of the step's barriers, which is least for N in proportion to the square root of the work.
 * So does the bound of bench/cpu_tasks (--threads N, AVX-512, AMD EPYC, 2026-11-30), for LeNet. Gains by batch and threads:
 *
 *   batch    4 threads     8    12    16    24    32   2 x sqrt(batch)
 *      16         3.17  4.67  4.55  4.82  3.93  3.30    8
 *      32         3.65  5.75  6.85  7.46  6.53  6.28   10
 *      64         3.93  6.90  8.94  9.85 10.75 10.66   16
 *     128         3.84  7.32 10.14 12.03 14.61 15.22   22
 *     256         3.91  7.32 10.95 13.24 16.57 19.19   32
 *
 * Up to there a thread adds at least 0.2. A step of another network counts as a batch of LeNet with the same arithmetic. */
int cpu_worthwhile_threads(double flop, int cores) {
    static const double LENET_FLOP = 2.3e6; /* of an image in training */
    double pairs = floor(sqrt(flop / LENET_FLOP));
    if (pairs < 1) pairs = 1;
    return 2 * pairs < cores ? (int)(2 * pairs) : cores;
}

/* The first of the n things that belong to `thread`, if the working threads share them. */
static int share_at(const cpu_division *division, int thread, int n) {
    return (int)((long long)n * thread / division->working);
}

/* True if the blocks divide evenly among the threads, or are many enough that the remainder does not matter. */
static bool blocks_suffice(int slots, int threads) {
    return slots % threads == 0 || slots >= 4 * threads;
}

cpu_division cpu_divide(int slots, int working) {
    return (cpu_division){.working = working, .stretched = blocks_suffice(slots, working)};
}

/* Walks through tasks first .. last, all of them by block, on the thread's blocks: each block goes through all tasks. */
static void walk_stretch(const cpu_task *first, const cpu_task *last, const cpu_batch *batch,
                         const cpu_division *division, int thread, const cpu_walker *walker) {
    int begin = share_at(division, thread, batch->blocks), end = share_at(division, thread + 1, batch->blocks);
    cpu_batch own = *batch;
    own.stretched = true;
    own.thread = thread;
    own.first_run = begin;
    for (int block = begin; block < end; block++)
        for (const cpu_task *task = first; task < last; task++)
            walker->parts(walker->context, task, &own, block, 0, task->parts);
}

/* Walks through the thread's share of the task's parts, over all blocks. */
static void walk_split(const cpu_task *task, const cpu_batch *batch, const cpu_division *division, int thread,
                       const cpu_walker *walker) {
    int all = (task->whole_batch ? 1 : batch->blocks) * task->parts;
    int at = share_at(division, thread, all), end = share_at(division, thread + 1, all);
    while (at < end) {
        int block = at / task->parts, begin = at % task->parts;
        int stop = end - block * task->parts < task->parts ? end - block * task->parts : task->parts;
        walker->parts(walker->context, task, batch, block, begin, stop);
        at = block * task->parts + stop;
    }
}

void cpu_walk(const cpu_program *program, const cpu_batch *batch, const cpu_division *division, int thread,
              const cpu_walker *walker) {
    const cpu_task *end = program->tasks + program->count;
    for (const cpu_task *task = program->tasks; task < end;) {
        const cpu_task *serial = task;
        while (task < end && task->serial) task++;
        if (task > serial || (division->stretched ? task->barrier_stretched : task->barrier_split))
            walker->barrier(walker->context, serial, task, batch);
        if (task > serial) continue;
        if (task->whole_batch || !division->stretched) {
            walk_split(task++, batch, division, thread, walker);
            continue;
        }
        const cpu_task *last = task + 1;
        while (last < end && !last->whole_batch && !last->barrier_stretched) last++;
        walk_stretch(task, last, batch, division, thread, walker);
        task = last;
    }
}
