/* maxpool2d.c - 2-D max pooling, window K x K, stride K, and its gradient. float32.
 *
 * Layout : x, dx [H][W][C][L]; y, dy, index [H/K][W/K][C][L]. index is the position in the window, row by row; of
 *          equal values the first one counts, as in Keras.
 * Twin   : cl/maxpool2d.cl */
#include "lib/backend/cpu/vec.h"

/* The offset in floats of the window of pool row and column, and of position i in a window. */
static size_t window_at(const plan_op *op, int row, int column) {
    return (size_t)(row * op->pool * op->in.width + column * op->pool) * (size_t)op->in.channels * LANES;
}
static size_t position_at(const plan_op *op, int i) {
    return (size_t)(i / op->pool * op->in.width + i % op->pool) * (size_t)op->in.channels * LANES;
}

/* A part is a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    const float *x = block_at(task->x, block, shape_size(op->in));
    float *y = block_at(task->y, block, shape_size(op->out));
    for (int row = begin; row < end; row++)
        for (int column = 0; column < op->out.width; column++)
            for (int c = 0; c < op->out.channels; c++) {
                const float *window = x + window_at(op, row, column) + c * LANES;
                size_t at = (size_t)((row * op->out.width + column) * op->out.channels + c) * LANES;
                vec best = vec_load(window);
                vec_int which = {0};
                for (int i = 1; i < op->pool * op->pool; i++) {
                    vec xi = vec_load(window + position_at(op, i));
                    vec_int above = xi > best;
                    best = vec_select(above, xi, best);
                    which = (above & i) | (~above & which);
                }
                vec_store(y + at, best);
                if (task->index) vec_int_to_bytes(block_bytes_at(task->index, block, shape_size(op->out)) + at, which);
            }
}

/* A part is a row of dx: zero except at the largest values of the windows that the row crosses. */
static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    const float *dy = block_at(task->dy, block, shape_size(op->out));
    const uint8_t *index = block_bytes_at(task->index, block, shape_size(op->out));
    size_t row_size = (size_t)(op->in.width * op->in.channels) * LANES;
    float *dx = block_at(task->dx, block, shape_size(op->in));
    memset(dx + (size_t)begin * row_size, 0, (size_t)(end - begin) * row_size * sizeof *dx);
    for (int row = begin; row < end && row < op->out.height * op->pool; row++)
        for (int column = 0; column < op->out.width; column++)
            for (int c = 0; c < op->out.channels; c++) {
                float *window = dx + window_at(op, row / op->pool, column) + c * LANES;
                size_t at = (size_t)((row / op->pool * op->out.width + column) * op->out.channels + c) * LANES;
                vec_int which = vec_int_from_bytes(index + at);
                for (int i = row % op->pool * op->pool; i < (row % op->pool + 1) * op->pool; i++)
                    vec_store(window + position_at(op, i), (vec)((which == i) & (vec_int)vec_load(dy + at)));
            }
}

void NAME(maxpool2d_forward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, op->out.height);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
    cpu_task_writes(task, task->index);
}

void NAME(maxpool2d_backward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(backward), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->dy);
    cpu_task_reads(task, task->index);
    cpu_task_writes(task, task->dx);
}
