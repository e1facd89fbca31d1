/* rmsprop.c - the update of all trained parameters: square = rho square + (1 - rho) gradient^2,
 * parameter -= rate gradient / sqrt(square + epsilon). Keras's RMSprop, without momentum. float32.
 *
 * Layout : packed values, as net/network.h says; the gaps hold zeros, and stay so.
 * Twin   : cl/rmsprop.cl */
#include "backend/cpu/vec.h"

#include <math.h>

enum { PART_NUMBERS = 1024 };

static float *region(const cpu_task *task, size_t offset) {
    return task->work[0] + offset / sizeof(float);
}

/* A part is PART_NUMBERS of the packed values; work[0] is the arena. */
static void NAME(update)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    const plan *p = task->p;
    float *restrict parameters = region(task, p->parameters);
    float *restrict squares = region(task, p->squares);
    const float *restrict gradients = region(task, p->gradients);
    const float rho = p->options.rho, epsilon = p->options.epsilon, rate = batch->learning_rate;
    size_t size = p->network->trained_size;
    size_t stop = (size_t)end * PART_NUMBERS < size ? (size_t)end * PART_NUMBERS : size;
    for (size_t i = (size_t)begin * PART_NUMBERS; i < stop; i++) {
        float g = gradients[i];
        float square = rho * squares[i] + (1 - rho) * g * g;
        squares[i] = square;
        parameters[i] -= rate * g / sqrtf(square + epsilon);
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
