/* activation.c - an activation as a separate layer, and its gradient. float32.
 *
 * Layout : x, y, dx, dy [features][L].
 * Twin   : cl/activation.cl */
#include "lib/backend/cpu/activation.h"

/* A part is a row of the image. */
#define ACTIVATION(KIND, word)                                                                                       \
    static void NAME(word##_forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {  \
        (void)batch;                                                                                                 \
        size_t size = shape_size(task->op->in), row = size / (size_t)task->op->in.height * LANES;                    \
        const float *x = block_at(task->x, block, size);                                                             \
        float *y = block_at(task->y, block, size);                                                                   \
        for (size_t i = (size_t)begin * row; i < (size_t)end * row; i += LANES)                                      \
            vec_store(y + i, word##_of(vec_load(x + i), task->op));                                                  \
    }                                                                                                                \
                                                                                                                     \
    static void NAME(word##_backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) { \
        (void)batch;                                                                                                 \
        size_t size = shape_size(task->op->in), row = size / (size_t)task->op->in.height * LANES;                    \
        const float *y = block_at(task->y, block, size);                                                             \
        const float *dy = block_at(task->dy, block, size);                                                           \
        float *dx = block_at(task->dx, block, size);                                                                 \
        for (size_t i = (size_t)begin * row; i < (size_t)end * row; i += LANES)                                      \
            vec_store(dx + i, word##_gradient(vec_load(dy + i), vec_load(y + i), task->op));                         \
    }
#include "lib/net/layers.def"

static cpu_kernel *kernel_of(clenet_activation activation, bool forward) {
    switch (activation) {
#define ACTIVATION(KIND, word)     \
    case CLENET_ACTIVATION_##KIND: \
        return forward ? NAME(word##_forward) : NAME(word##_backward);
#include "lib/net/layers.def"
    case CLENET_ACTIVATION_NONE:
    case CLENET_ACTIVATION_SOFTMAX: /* no separate operation (plan.c) */
        break;
    }
    return NULL;
}

void NAME(activation_forward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, kernel_of(op->activation, true), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
}

void NAME(activation_backward)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, kernel_of(op->activation, false), false, op->in.height);
    if (!task) return;
    cpu_task_reads(task, task->y);
    cpu_task_reads(task, task->dy);
    cpu_task_writes(task, task->dx);
}
