/* division.h - the rules by which threads divide a training step.
 *
 * The executor walks through a step with these rules on every thread (cpu.c). bench/cpu_tasks walks through it in the same way
 * for threads that its machine does not have, and adds up times. So a rule has one place, and what cpu_tasks says about 16
 * threads is what 16 threads would do.
 *
 *   stretched   thread 0 | block 0: task 0, 1, 2; block 1: task 0, 1, 2 | barrier | its share of task 3's parts | ...
 *               thread 1 | block 2: task 0, 1, 2; block 3: task 0, 1, 2 | barrier | its share of task 3's parts | ...
 *   split       thread 0 | its share of task 0's parts, over all blocks | barrier, if task 1 needs it | ...
 */
#ifndef CLENET_LIB_BACKEND_CPU_DIVISION_H
#define CLENET_LIB_BACKEND_CPU_DIVISION_H

#include "lib/backend/cpu/program.h"

typedef struct cpu_division {
    int working;    /* threads */
    bool stretched; /* a block stays with its thread; otherwise the parts of every task are divided */
} cpu_division;

/* What a walk calls, in the order in which the thread works. */
typedef struct cpu_walker {
    /* The last thread that arrives runs the serial tasks first .. last, of which there may be 0, alone. */
    void (*barrier)(void *context, const cpu_task *first, const cpu_task *last, const cpu_batch *batch);
    void (*parts)(void *context, const cpu_task *task, const cpu_batch *batch, int block, int begin, int end);
    void *context;
} cpu_walker;

/* The threads, 1 to `cores`, that are worth it for a training step that computes `flop`: see division.c. */
int cpu_worthwhile_threads(double flop, int cores);

/* How `working` threads divide a program whose batch has `slots` blocks. */
cpu_division cpu_divide(int slots, int working);

/* Walks through one step as thread `thread` of the division. */
void cpu_walk(const cpu_program *program, const cpu_batch *batch, const cpu_division *division, int thread,
              const cpu_walker *walker);

#endif
