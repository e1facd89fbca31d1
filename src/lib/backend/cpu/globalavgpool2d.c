/* globalavgpool2d.c - the mean of each channel over all positions, and its gradient. float32.
 *
 * Layout : x, dx [H][W][C][L]; y, dy [C][L]. A channel is added up row by row.
 * Twin   : cl/globalavgpool2d.cl */
#include "lib/backend/cpu/vec.h"

/* The weight of one position. */
static float share_of(const plan_op *op) {
    return 1 / (float)(op->in.height * op->in.width);
}

/* A part is a channel. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    int channels = op->in.channels, positions = op->in.height * op->in.width;
    const float *x = block_at(task->x, block, shape_size(op->in));
    float *y = block_at(task->y, block, shape_size(op->out));
    for (int c = begin; c < end; c++) {
        vec sum = vec_zero();
        for (int i = 0; i < positions; i++) sum += vec_load(x + ((size_t)i * (size_t)channels + (size_t)c) * LANES);
        vec_store(y + c * LANES, sum * vec_all(share_of(op)));
    }
}

/* A part is a row of dx. */
static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    int channels = op->in.channels, row = op->in.width * channels;
    const float *dy = block_at(task->dy, block, shape_size(op->out));
    float *dx = block_at(task->dx, block, shape_size(op->in));
    for (int i = begin * row; i < end * row; i++)
        vec_store(dx + (size_t)i * LANES, vec_load(dy + i % channels * LANES) * vec_all(share_of(op)));
}

void NAME(globalavgpool2d_forward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, op->in.channels);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
}

void NAME(globalavgpool2d_backward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(backward), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->dy);
    cpu_task_writes(task, task->dx);
}
