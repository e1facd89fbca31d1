/* rmsprop.c - the update of all trained parameters: square = rho square + (1 - rho) gradient^2,
 * parameter -= rate gradient / sqrt(square + epsilon). Keras's RMSprop, without momentum. float32.
 *
 * Layout : packed values, as net/network.h says; the gaps hold zeros, and stay so.
 * Twin   : cl/rmsprop.cl */
#include "backend/cpu/vec.h"

enum { PART_NUMBERS = 1024 };

static float *region(const cpu_task *task, size_t offset) {
    return task->work[0] + offset / sizeof(float);
}

/* A part is PART_NUMBERS of the packed values; work[0] is the arena. */
static void NAME(update)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    const plan *p = task->p;
    float *parameters = region(task, p->parameters), *squares = region(task, p->squares);
    const float *gradients = region(task, p->gradients);
    vec rho = vec_all(p->options.rho), rest = vec_all(1 - p->options.rho), epsilon = vec_all(p->options.epsilon);
    vec rate = vec_all(batch->learning_rate);
    size_t size = p->network->trained_size;
    size_t stop = (size_t)end * PART_NUMBERS < size ? (size_t)end * PART_NUMBERS : size;
    for (size_t i = (size_t)begin * PART_NUMBERS; i < stop; i += LANES) {
        vec g = vec_load(gradients + i);
        vec square = rho * vec_load(squares + i) + rest * g * g;
        vec_store(squares + i, square);
        vec_store(parameters + i, vec_load(parameters + i) - rate * g * vec_reciprocal_sqrt(square + epsilon));
    }
}

void NAME(rmsprop)(cpu_program *program, const plan_op *op) {
    const plan *p = program->p;
    int parts = ceil_div((int)p->network->trained_size, PART_NUMBERS);
    cpu_task *task = cpu_program_add(program, op, NAME(update), true, parts);
    if (!task) return;
    task->work[0] = (float *)(void *)program->arena;
    task->uses_all = true;
}
