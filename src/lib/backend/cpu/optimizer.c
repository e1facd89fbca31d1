/* optimizer.c - the update of all trained parameters x by their gradients g. float32.
 *
 *   rmsprop      x -= rate g / sqrt(square + epsilon).  Keras's, without momentum.
 *   sgd          x -= rate moment.  PyTorch's, without dampening or Nesterov's look ahead.
 *   adam, adamw  x = keep x - rate moment / (sqrt(square) + epsilon).  Keras's.
 *
 * plan_update of net/plan.h has these numbers, and says what g, square and moment are. Weight decay as L2 (PyTorch's for all but
 * adamw) is a part of g. It applies to every trained parameter, biases and batch norm's too, as in both frameworks unless told
 * otherwise: so numbers compare.
 *
 * The weight average is that of all packed values that training changes, including batch norm's moving statistics. The statistics of a layer describe the
 * weights below it some steps ago. Averaged over the same steps they fit the averaged weights, so no pass over the images is needed
 * to find others (timm's and PyTorch's averages with use_buffers do the same; Keras keeps the last statistics).
 *
 * Layout : packed values, as net/network.h says; the gaps hold zeros, and stay so.
 * Twin   : cl/optimizer.cl */
#include "lib/backend/cpu/vec.h"

enum { PARTS = 64 }; /* the most threads that share an update */

/* Far below any square that counts beside epsilon: it keeps the square root's estimate of 0 from being infinite. */
static const float TINY = 1e-30F;

typedef struct update {
    float *x, *squares, *moments; /* [packed_size]; an optimizer uses only its own */
    const float *gradients;
    vec rate, keep, decay, square_keep, square_add, moment_keep, moment_add, epsilon;
    bool decays; /* decay is not 0 */
} update;

INLINE vec gradient_at(const update *u, size_t i) {
    vec g = vec_load(u->gradients + i);
    if (u->decays) g += u->decay * vec_load(u->x + i);
    return g;
}

INLINE vec next_square(const update *u, size_t i, vec g) {
    vec square = u->square_keep * vec_load(u->squares + i) + u->square_add * g * g;
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
        vec moment = u.moment_keep * vec_load(u.moments + i) + gradient_at(&u, i);
        vec_store(u.moments + i, moment);
        vec_store(u.x + i, vec_load(u.x + i) - u.rate * moment);
    }
}

static void adam(update u, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += LANES) {
        vec g = gradient_at(&u, i), square = next_square(&u, i, g);
        vec moment = u.moment_keep * vec_load(u.moments + i) + u.moment_add * g;
        vec_store(u.moments + i, moment);
        vec root = square * vec_reciprocal_sqrt(square + vec_all(TINY));
        vec_store(u.x + i, u.keep * vec_load(u.x + i) - u.rate * moment * vec_reciprocal(root + u.epsilon));
    }
}

/* average = keep average + (1 - keep) x. */
static void average(float *averages, const float *x, vec keep, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += LANES) {
        vec value = vec_load(x + i);
        vec_store(averages + i, value + keep * (vec_load(averages + i) - value));
    }
}

static float *region_of(const cpu_task *task, plan_region region) {
    return task->work[0] + task->p->regions[region] / sizeof(float);
}

static void (*const updates[])(update u, size_t begin, size_t end) = {[CLENET_OPTIMIZER_RMSPROP] = rmsprop,
                                                                      [CLENET_OPTIMIZER_SGD] = sgd,
                                                                      [CLENET_OPTIMIZER_ADAM] = adam,
                                                                      [CLENET_OPTIMIZER_ADAMW] = adam};
_Static_assert(sizeof updates / sizeof updates[0] == PLAN_OPTIMIZERS, "an update of each kind");

/* The numbers begin .. end of all parts of a parameter: whole vectors, since the gaps behind a parameter hold zeros. */
static void update_range(const cpu_task *task, const cpu_batch *batch, const update *u, const parameter *of, int begin,
                         int end) {
    int vectors = ceil_div((int)of->count, LANES);
    size_t first = of->offset + (size_t)part_at(begin, vectors, PARTS) * LANES;
    size_t last = of->offset + (size_t)part_at(end, vectors, PARTS) * LANES;
    if (of->trained) updates[task->p->options.optimizer](*u, first, last);
    if (plan_has(&task->p->options, REGION_AVERAGES))
        average(region_of(task, REGION_AVERAGES), u->x, vec_all(batch->update.average_keep), first, last);
}

/* A part is the same share of each parameter, so a thread updates the rows of a kernel whose gradients it has summed (dense.c).
 * work[0] is the arena. */
static void NAME(run_update)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    const plan_update *n = &batch->update;
    const update u = {.x = region_of(task, REGION_PARAMETERS),
                      .gradients = region_of(task, REGION_GRADIENTS),
                      .squares = region_of(task, REGION_SQUARES),
                      .moments = region_of(task, REGION_MOMENTS),
                      .rate = vec_all(n->rate),
                      .keep = vec_all(n->keep),
                      .decay = vec_all(n->decay),
                      .square_keep = vec_all(n->square_keep),
                      .square_add = vec_all(n->square_add),
                      .moment_keep = vec_all(n->moment_keep),
                      .moment_add = vec_all(n->moment_add),
                      .epsilon = vec_all(n->epsilon),
                      .decays = n->decay > 0};
    const clenet_network *of = task->p->network;
    for (int i = 0; i < of->parameter_count; i++)
        if (of->parameters[i].offset < of->changed_size) update_range(task, batch, &u, &of->parameters[i], begin, end);
}

void NAME(optimizer)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(run_update), true, PARTS);
    if (!task) return;
    task->work[0] = (float *)(void *)program->arena;
    task->uses_all = true;
}
