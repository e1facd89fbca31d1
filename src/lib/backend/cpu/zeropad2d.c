/* zeropad2d.c - rows and columns of zeros around an image, and the gradient. float32.
 *
 * Layout : x, dx [H][W][C][L]; y, dy [OH][OW][C][L]. With one image, L is 1.
 * Twin   : cl/zeropad2d.cl */
#include "lib/backend/cpu/vec.h"

/* Row `row` of y, of x: `lanes` images. */
static void pad_row(float *y, const plan_op *op, const float *x, int row, int lanes) {
    size_t step = (size_t)op->in.channels * (size_t)lanes;
    size_t left = (size_t)op->pad_left * step, line = (size_t)op->in.width * step, all = (size_t)op->out.width * step;
    int from = row - op->pad_top;
    y += (size_t)row * all;
    if (from < 0 || from >= op->in.height) {
        memset(y, 0, all * sizeof *y);
        return;
    }
    memset(y, 0, left * sizeof *y);
    memcpy(y + left, x + (size_t)from * line, line * sizeof *y);
    memset(y + left + line, 0, (all - left - line) * sizeof *y);
}

/* A part is a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    const float *x = block_at(task->x, block, shape_size(op->in));
    float *y = block_at(task->y, block, shape_size(op->out));
    for (int row = begin; row < end; row++) pad_row(y, op, x, row, LANES);
}

static void NAME(forward_single)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    for (int row = 0; row < task->op->out.height; row++) pad_row(task->y, task->op, task->x, row, 1);
}

/* A part is a row of dx. */
static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    size_t step = (size_t)op->in.channels * LANES, line = (size_t)op->in.width * step;
    const float *dy = block_at(task->dy, block, shape_size(op->out));
    float *dx = block_at(task->dx, block, shape_size(op->in));
    for (int row = begin; row < end; row++) {
        size_t from = ((size_t)(row + op->pad_top) * (size_t)op->out.width + (size_t)op->pad_left) * step;
        memcpy(dx + (size_t)row * line, dy + from, line * sizeof *dx);
    }
}

void NAME(zeropad2d_forward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, op->out.height);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
}

void NAME(single_zeropad2d)(cpu_program *program, const plan_op *op) {
    (void)cpu_program_add(program, op, NAME(forward_single), false, 1);
}

void NAME(zeropad2d_backward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(backward), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->dy);
    cpu_task_writes(task, task->dx);
}
