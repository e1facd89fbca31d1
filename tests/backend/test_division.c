/* test_division.c - every part of every task is run once, by any number of threads. */
#include "lib/backend/cpu/division.h"

#include <criterion/criterion.h>
#include <string.h>

enum { TASKS = 6, BLOCKS_MOST = 64, PARTS_MOST = 8, THREADS_MOST = 40 };

typedef struct counts {
    const cpu_task *tasks;
    int runs[TASKS][BLOCKS_MOST * PARTS_MOST]; /* of each part of each block */
    int barriers;
    int last_thread[BLOCKS_MOST]; /* of each block in tasks by block, stretched */
    bool moved;                   /* a block went to another thread in a stretch */
    int thread;
} counts;

static void count_barrier(void *context, const cpu_task *first, const cpu_task *last, const cpu_batch *batch) {
    (void)batch;
    counts *c = context;
    c->barriers++;
    for (const cpu_task *task = first; task < last && c->thread == 0; task++) c->runs[task - c->tasks][0]++;
}

static void count_parts(void *context, const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    counts *c = context;
    for (int part = begin; part < end; part++) c->runs[task - c->tasks][block * task->parts + part]++;
    if (task->whole_batch || !batch->stretched) return;
    if (c->last_thread[block] >= 0 && c->last_thread[block] != c->thread) c->moved = true;
    c->last_thread[block] = c->thread;
}

/* Walks as every thread, and checks what was run. */
static void check(int blocks, int threads) {
    static counts c;
    cpu_task tasks[TASKS] = {{.parts = 1, .barrier_split = true, .barrier_stretched = true},
                             {.parts = 5, .barrier_split = true},
                             {.parts = 8, .barrier_split = true, .barrier_stretched = true, .whole_batch = true},
                             {.parts = 3, .barrier_stretched = true, .barrier_split = true},
                             {.parts = 1, .whole_batch = true, .serial = true},
                             {.parts = 1, .whole_batch = true}};
    const cpu_program program = {.tasks = tasks, .count = TASKS};
    const cpu_batch batch = {.blocks = blocks};
    const cpu_division division = cpu_divide(blocks, threads);
    const cpu_walker walker = {count_barrier, count_parts, &c};
    memset(&c, 0, sizeof c);
    memset(c.last_thread, -1, sizeof c.last_thread);
    c.tasks = tasks;
    for (c.thread = 0; c.thread < threads; c.thread++) {
        int before = c.barriers;
        cpu_walk(&program, &batch, &division, c.thread, &walker);
        cr_expect_eq(c.barriers - before, division.stretched ? 4 : 5);
    }
    cr_expect_not(c.moved, "a block stays with its thread");
    for (int task = 0; task < TASKS; task++)
        for (int part = 0; part < (tasks[task].whole_batch ? 1 : blocks) * tasks[task].parts; part++)
            cr_expect_eq(c.runs[task][part], 1, "%d blocks, %d threads: part %d of task %d was run %d times", blocks,
                         threads, part, task, c.runs[task][part]);
}

Test(division, a_larger_step_is_worth_more_threads_up_to_the_cores) {
    const double lenet = 2.3e6; /* floating-point operations of an image */
    cr_expect_eq(cpu_worthwhile_threads(16 * lenet, 64), 8);
    cr_expect_eq(cpu_worthwhile_threads(32 * lenet, 64), 10);
    cr_expect_eq(cpu_worthwhile_threads(512 * lenet, 64), 44);
    cr_expect_eq(cpu_worthwhile_threads(512 * lenet, 8), 8);
    cr_expect_eq(cpu_worthwhile_threads(32 * lenet, 1), 1);
    cr_expect_eq(cpu_worthwhile_threads(1, 64), 2);
}

Test(division, every_part_is_run_once_by_any_number_of_threads) {
    for (int blocks = 1; blocks <= BLOCKS_MOST; blocks += blocks < 5 ? 1 : 7)
        for (int threads = 1; threads <= THREADS_MOST; threads++) check(blocks, threads);
}
