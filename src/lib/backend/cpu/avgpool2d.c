/* avgpool2d.c - 2-D average pooling, window K x K, stride K, and its gradient. float32.
 *
 * Layout : x, dx [H][W][C][L]; y, dy [H/K][W/K][C][L]. A window is added up row by row.
 * Twin   : cl/avgpool2d.cl */
#include "lib/backend/cpu/vec.h"

/* The weight of one number of a window. */
static float share_of(const plan_op *op) {
    return 1 / (float)(op->pool * op->pool);
}

/* Floats of a row of x. */
static size_t line_of(const plan_op *op) {
    return (size_t)(op->in.width * op->in.channels) * LANES;
}

/* A part is a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    int pool = op->pool, channels = op->out.channels;
    size_t line = line_of(op);
    float *y = block_at(task->y, block, shape_size(op->out)) + begin * op->out.width * channels * LANES;
    for (int row = begin; row < end; row++)
        for (int i = 0; i < op->out.width * channels; i++, y += LANES) {
            const float *window = block_at(task->x, block, shape_size(op->in)) + (size_t)(row * pool) * line +
                                  (i / channels * pool * channels + i % channels) * LANES;
            vec sum = vec_zero();
            for (int t = 0; t < pool * pool; t++)
                sum += vec_load(window + (size_t)(t / pool) * line + t % pool * channels * LANES);
            vec_store(y, sum * vec_all(share_of(op)));
        }
}

/* A part is a row of dx: positions outside of every window get 0. */
static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    int pool = op->pool, channels = op->in.channels;
    const float *dy = block_at(task->dy, block, shape_size(op->out));
    float *dx = block_at(task->dx, block, shape_size(op->in)) + (size_t)begin * line_of(op);
    for (int row = begin; row < end; row++)
        for (int i = 0; i < op->in.width * channels; i++, dx += LANES) {
            int pooled = row / pool, column = i / channels / pool;
            vec gradient = vec_zero();
            if (pooled < op->out.height && column < op->out.width)
                gradient = vec_load(dy + ((pooled * op->out.width + column) * channels + i % channels) * LANES) *
                           vec_all(share_of(op));
            vec_store(dx, gradient);
        }
}

void NAME(avgpool2d_forward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, op->out.height);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
}

void NAME(avgpool2d_backward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(backward), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->dy);
    cpu_task_writes(task, task->dx);
}
