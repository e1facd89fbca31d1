/* relu.c - y = max(x, 0), and its gradient (0 at 0, as in Keras), where no layer before could take it in. float32.
 *
 * Layout : x, y, dx, dy [features][L].
 * Twin   : cl/relu.cl */
#include "lib/backend/cpu/vec.h"

/* A part is a row of the image. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    size_t size = shape_size(task->op->in), row = size / (size_t)task->op->in.height * LANES;
    const float *x = block_at(task->x, block, size);
    float *y = block_at(task->y, block, size);
    for (size_t i = (size_t)begin * row; i < (size_t)end * row; i += LANES) {
        vec xi = vec_load(x + i);
        vec_store(y + i, vec_select(xi < vec_zero(), vec_zero(), xi));
    }
}

static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    size_t size = shape_size(task->op->in), row = size / (size_t)task->op->in.height * LANES;
    const float *y = block_at(task->y, block, size);
    const float *dy = block_at(task->dy, block, size);
    float *dx = block_at(task->dx, block, size);
    for (size_t i = (size_t)begin * row; i < (size_t)end * row; i += LANES)
        vec_store(dx + i, (vec)((vec_load(y + i) > vec_zero()) & (vec_int)vec_load(dy + i)));
}

void NAME(relu_forward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
}

void NAME(relu_backward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(backward), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->y);
    cpu_task_reads(task, task->dy);
    cpu_task_writes(task, task->dx);
}
