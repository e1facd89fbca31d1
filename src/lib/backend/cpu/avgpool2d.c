/* avgpool2d.c - 2-D average pooling, window K x K, stride S, and its gradient. float32.
 *
 * Layout : x, dx [H][W][C][L]; y, dy [OH][OW][C][L]. A window is added up row by row. Positions outside of the image are not
 *          counted.
 * Twin   : cl/avgpool2d.cl */
#include "lib/backend/cpu/vec.h"
#include "lib/backend/cpu/window.h"

/* The weight of one position of a window. */
static float share_of(span down, span across) {
    return 1 / (float)((down.end - down.begin) * (across.end - across.begin));
}

/* The sum of a window's positions inside the image, the first of which is at x. */
INLINE vec sum_of(const plan_op *op, const float *x, span down, span across) {
    size_t step = (size_t)op->in.channels * LANES, line = (size_t)op->in.width * step;
    vec sum = vec_zero();
    for (int a = down.begin; a < down.end; a++, x += line) {
        const float *at = x;
        for (int b = across.begin; b < across.end; b++, at += step) sum += vec_load(at);
    }
    return sum;
}

/* A part is a row of y. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    size_t row_size = (size_t)(op->out.width * op->out.channels) * LANES;
    const float *x = block_at(task->x, block, shape_size(op->in));
    float *y = block_at(task->y, block, shape_size(op->out)) + (size_t)begin * row_size;
    for (int row = begin; row < end; row++) {
        span down = window_inside(op, row, op->pad_top, op->in.height);
        int first_row = row * op->stride - op->pad_top + down.begin;
        for (int column = 0; column < op->out.width; column++) {
            span across = window_inside(op, column, op->pad_left, op->in.width);
            int first = first_row * op->in.width + column * op->stride - op->pad_left + across.begin;
            const float *window = x + (size_t)(first * op->in.channels) * LANES;
            vec share = vec_all(share_of(down, across));
            for (int c = 0; c < op->out.channels; c++, y += LANES)
                vec_store(y, sum_of(op, window + c * LANES, down, across) * share);
        }
    }
}

/* Row `row` of dx, which is zero, gets its share of row `pooled` of dy. */
INLINE void spread_row(float *dx, const plan_op *op, const float *dy, int pooled, bool overlap) {
    int channels = op->in.channels;
    span down = window_inside(op, pooled, op->pad_top, op->in.height);
    dy += (size_t)(pooled * op->out.width * channels) * LANES;
    for (int column = 0; column < op->out.width; column++) {
        span across = window_inside(op, column, op->pad_left, op->in.width);
        float *first = dx + (size_t)((column * op->stride - op->pad_left + across.begin) * channels) * LANES;
        vec share = vec_all(share_of(down, across));
        for (int c = 0; c < channels; c++, dy += LANES, first += LANES) {
            vec gradient = vec_load(dy) * share;
            float *to = first;
            for (int b = across.begin; b < across.end; b++, to += channels * LANES)
                vec_store(to, (overlap ? vec_load(to) : vec_zero()) + gradient);
        }
    }
}

/* A part is a row of dx: positions outside of every window get 0. */
static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    const float *dy = block_at(task->dy, block, shape_size(op->out));
    size_t row_size = (size_t)(op->in.width * op->in.channels) * LANES;
    float *dx = block_at(task->dx, block, shape_size(op->in)) + (size_t)begin * row_size;
    memset(dx, 0, (size_t)(end - begin) * row_size * sizeof *dx);
    for (int row = begin; row < end; row++, dx += row_size) {
        span pooled = windows_with(op, row, op->pad_top, op->out.height);
        for (int i = pooled.begin; i < pooled.end; i++) {
            if (windows_overlap(op))
                spread_row(dx, op, dy, i, true);
            else
                spread_row(dx, op, dy, i, false);
        }
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
