/* maxpool2d.c - 2-D max pooling, window K x K, stride S, and its gradient. float32.
 *
 * Layout : x, dx [H][W][C][L]; y, dy, index [OH][OW][C][L]. index is the position in the window, row by row; of
 *          equal values the first one counts, as in Keras. Positions outside of the image are ignored.
 * Twin   : cl/maxpool2d.cl */
#include "lib/backend/cpu/vec.h"
#include "lib/backend/cpu/window.h"

/* The largest of a window's positions inside the image, the first of which is at x; *which is the position that has it. */
INLINE vec largest(vec_int *which, const plan_op *op, const float *x, span down, span across) {
    size_t step = (size_t)op->in.channels * LANES, line = (size_t)op->in.width * step;
    vec best = vec_load(x);
    *which = (vec_int){0} + (down.begin * op->pool + across.begin);
    for (int a = down.begin; a < down.end; a++, x += line) {
        const float *at = x;
        for (int b = across.begin; b < across.end; b++, at += step) {
            vec xi = vec_load(at);
            vec_int above = xi > best;
            best = vec_select(above, xi, best);
            *which = (above & (a * op->pool + b)) | (~above & *which);
        }
    }
    return best;
}

/* A part is a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    size_t row_size = (size_t)(op->out.width * op->out.channels) * LANES, at = (size_t)begin * row_size;
    const float *x = block_at(task->x, block, shape_size(op->in));
    float *y = block_at(task->y, block, shape_size(op->out));
    uint8_t *index = task->index ? block_bytes_at(task->index, block, shape_size(op->out)) : NULL;
    for (int row = begin; row < end; row++) {
        span down = window_inside(op, row, op->pad_top, op->in.height);
        int first_row = row * op->stride - op->pad_top + down.begin;
        for (int column = 0; column < op->out.width; column++) {
            span across = window_inside(op, column, op->pad_left, op->in.width);
            int first = first_row * op->in.width + column * op->stride - op->pad_left + across.begin;
            for (int c = 0; c < op->out.channels; c++, at += LANES) {
                vec_int which;
                vec_store(y + at, largest(&which, op, x + (size_t)(first * op->in.channels + c) * LANES, down, across));
                if (index) vec_int_to_bytes(index + at, which);
            }
        }
    }
}

/* Row `row` of dx, which is zero, gets the gradients of row `pooled` of dy: each at the position that its window chose. */
INLINE void spread_row(float *dx, const plan_op *op, const float *dy, const uint8_t *index, int row, int pooled,
                       bool overlap) {
    int channels = op->in.channels, number = (row + op->pad_top - pooled * op->stride) * op->pool;
    size_t at = (size_t)(pooled * op->out.width * channels) * LANES;
    for (int column = 0; column < op->out.width; column++) {
        span across = window_inside(op, column, op->pad_left, op->in.width);
        float *first = dx + (size_t)((column * op->stride - op->pad_left + across.begin) * channels) * LANES;
        for (int c = 0; c < channels; c++, at += LANES, first += LANES) {
            vec_int which = vec_int_from_bytes(index + at);
            vec_int gradient = (vec_int)vec_load(dy + at);
            float *to = first;
            for (int b = across.begin; b < across.end; b++, to += channels * LANES) {
                vec chosen = (vec)((which == number + b) & gradient);
                vec_store(to, (overlap ? vec_load(to) : vec_zero()) + chosen);
            }
        }
    }
}

/* A part is a row of dx. */
static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    const float *dy = block_at(task->dy, block, shape_size(op->out));
    const uint8_t *index = block_bytes_at(task->index, block, shape_size(op->out));
    size_t row_size = (size_t)(op->in.width * op->in.channels) * LANES;
    float *dx = block_at(task->dx, block, shape_size(op->in)) + (size_t)begin * row_size;
    memset(dx, 0, (size_t)(end - begin) * row_size * sizeof *dx);
    for (int row = begin; row < end; row++, dx += row_size) {
        span pooled = windows_with(op, row, op->pad_top, op->out.height);
        for (int i = pooled.begin; i < pooled.end; i++) {
            if (windows_overlap(op))
                spread_row(dx, op, dy, index, row, i, true);
            else
                spread_row(dx, op, dy, index, row, i, false);
        }
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
