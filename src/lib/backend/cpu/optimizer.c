/* optimizer.c - the update of all trained parameters x by their gradients g. float32.
 *
 *   rmsprop      square = rho square + (1 - rho) g^2;  x -= rate g / sqrt(square + epsilon).  Keras's, without momentum.
 *   sgd          moment = momentum moment + g;  x -= rate moment.  PyTorch's, without dampening or Nesterov's look ahead.
 *   adam, adamw  square as above; moment = momentum moment + (1 - momentum) g;
 *                x = keep x - rate moment / (sqrt(square) + epsilon).  Keras's.
 *
 * Weight decay as L2 (PyTorch's for all but adamw) is a part of g: gradient + decay x. It takes every trained parameter, biases
 * and batch norm's too, as both frameworks do unless told otherwise: so numbers compare.
 *
 * The weight average is that of all packed values: batch norm's moving statistics, too. Those of a layer tell what the weights below
 * it gave a while ago, so averaged over the same steps they go with the averaged weights, and nothing has to be run once more over
 * the images to find others (as timm's and PyTorch's averages with use_buffers do it; Keras keeps the last statistics).
 *
 * Layout : packed values, as net/network.h says; the gaps hold zeros, and stay so.
 * Twin   : cl/optimizer.cl */
#include "lib/backend/cpu/vec.h"

enum { PART_NUMBERS = 1024 };

/* Far below any square that counts beside epsilon: it keeps the square root's estimate of 0 from being infinite. */
static const float TINY = 1e-30F;

typedef struct update {
    float *x, *squares, *moments; /* [packed_size]; an optimizer touches only those that it has */
    const float *gradients;
    vec rho, momentum, epsilon, decay, rate, keep;
    bool l2;
} update;

INLINE vec gradient_at(const update *u, size_t i) {
    vec g = vec_load(u->gradients + i);
    if (u->l2) g += u->decay * vec_load(u->x + i);
    return g;
}

INLINE vec next_square(const update *u, size_t i, vec g) {
    vec square = u->rho * vec_load(u->squares + i) + (vec_all(1) - u->rho) * g * g;
    vec_store(u->squares + i, square);
    return square;
}

static void rmsprop(update u, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += LANES) {
        vec g = gradient_at(&u, i), square = next_square(&u, i, g);
        vec_store(u.x + i, vec_load(u.x + i) - u.rate * g * vec_reciprocal_sqrt(square + u.epsilon));
    }
}

static void sgd(update u, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += LANES) {
        vec moment = u.momentum * vec_load(u.moments + i) + gradient_at(&u, i);
        vec_store(u.moments + i, moment);
        vec_store(u.x + i, vec_load(u.x + i) - u.rate * moment);
    }
}

static void adam(update u, size_t begin, size_t end) {
    vec rest = vec_all(1) - u.momentum;
    for (size_t i = begin; i < end; i += LANES) {
        vec g = gradient_at(&u, i), square = next_square(&u, i, g);
        vec moment = u.momentum * vec_load(u.moments + i) + rest * g;
        vec_store(u.moments + i, moment);
        vec root = square * vec_reciprocal_sqrt(square + vec_all(TINY));
        vec_store(u.x + i, u.keep * vec_load(u.x + i) - u.rate * moment * vec_reciprocal(root + u.epsilon));
    }
}

/* average = fade average + (1 - fade) x. */
static void average(float *averages, const float *x, float fade, size_t begin, size_t end) {
    vec keep = vec_all(fade);
    for (size_t i = begin; i < end; i += LANES) {
        vec value = vec_load(x + i);
        vec_store(averages + i, value + keep * (vec_load(averages + i) - value));
    }
}

/* The numbers that there is something to do with. */
static size_t size_of(const plan *p) {
    return plan_has(&p->options, REGION_AVERAGES) ? p->network->packed_size : p->network->trained_size;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static float *region_of(const cpu_task *task, plan_region region) {
    return task->work[0] + task->p->regions[region] / sizeof(float);
}

/* A part is PART_NUMBERS of the packed values; work[0] is the arena. */
static void NAME(run_update)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    const plan_options *o = &task->p->options;
    update u = {.x = region_of(task, REGION_PARAMETERS), .gradients = region_of(task, REGION_GRADIENTS)};
    u.squares = region_of(task, REGION_SQUARES), u.moments = region_of(task, REGION_MOMENTS);
    u.rho = vec_all(o->rho), u.momentum = vec_all(o->momentum), u.epsilon = vec_all(o->epsilon);
    u.rate = vec_all(batch->update.rate), u.keep = vec_all(batch->update.keep);
    u.decay = vec_all(o->weight_decay);
    u.l2 = o->weight_decay > 0 && o->optimizer != CLENET_OPTIMIZER_ADAMW;
    size_t first = (size_t)begin * PART_NUMBERS, last = smaller((size_t)end * PART_NUMBERS, size_of(task->p));
    size_t stop = smaller(last, task->p->network->trained_size);
    switch (o->optimizer) {
    case CLENET_OPTIMIZER_RMSPROP:
        rmsprop(u, first, stop);
        break;
    case CLENET_OPTIMIZER_SGD:
        sgd(u, first, stop);
        break;
    case CLENET_OPTIMIZER_ADAM:
    case CLENET_OPTIMIZER_ADAMW:
        adam(u, first, stop);
        break;
    }
    if (plan_has(o, REGION_AVERAGES)) average(region_of(task, REGION_AVERAGES), u.x, batch->update.fade, first, last);
}

void NAME(optimizer)(cpu_program *program, const plan_op *op) {
    int parts = ceil_div((int)size_of(program->p), PART_NUMBERS);
    cpu_task *task = cpu_program_add(program, op, NAME(run_update), true, parts);
    if (!task) return;
    task->work[0] = (float *)(void *)program->arena;
    task->uses_all = true;
}
