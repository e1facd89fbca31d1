/* lower_elementwise.c - launches of relu, tanh, dropout, batch norm and the update of the parameters. */
#include <math.h>

#include "backend/opencl/lower.h"
#include "base/philox.h"

/* A gradient by y. */
static void lower_activation(lowering *to, bool forward, const char *name, const char *kernel) {
    const plan_op *op = to->op;
    begin(to, name);
    define(to, " -DSIZE=%zu", shape_size(op->in));
    build(to);
    launch *l = add_launch(to, kernel);
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->x : op->dy);
    if (!forward) take_buffer(to, l, op->y);
    by_blocks(to, l, (int)shape_size(op->in));
}

void lower_relu(lowering *to) {
    bool forward = to->op->kind == OP_RELU_FORWARD;
    lower_activation(to, forward, "relu", forward ? "relu_forward" : "relu_backward");
}

void lower_tanh(lowering *to) {
    bool forward = to->op->kind == OP_TANH_FORWARD;
    lower_activation(to, forward, "tanh", forward ? "tanh_forward" : "tanh_backward");
}

/* What draws a mask; all zero where there is no dropout. */
static void define_mask(lowering *to) {
    float rate = to->op->rate;
    define(to, " -DTHRESHOLD=%ldu -DSTREAM=%du", lroundf(rate * 65536.0F),
           rate > 0 ? PHILOX_LAYER + to->op->dropout_layer : 0);
    define_float(to, "KEEP", 1 / (1 - rate));
}

/* The arguments that key a mask: the training's step, and its seed, which is no constant of the program, so that another
 * seed compiles nothing. */
static void take_keys(lowering *to, launch *l) {
    uint64_t seed = to->e->p->options.seed;
    take(to, l, SOURCE_STEP, NULL);
    take_uint(to, l, (cl_uint)seed);
    take_uint(to, l, (cl_uint)(seed >> 32));
}

enum { MASK_GROUP = 8 }; /* as in cl/philox.clh */

static int mask_groups(const plan_op *op) {
    return ((int)shape_size(op->in) + MASK_GROUP - 1) / MASK_GROUP;
}

void lower_dropout(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_DROPOUT_FORWARD;
    begin(to, "dropout");
    define(to, " -DSIZE=%zu", shape_size(op->in));
    define_mask(to);
    build(to);
    launch *l = add_launch(to, forward ? "dropout_forward" : "dropout_backward");
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->mask : op->dy);
    take_buffer(to, l, forward ? op->x : op->mask);
    if (forward) take_keys(to, l);
    by_blocks(to, l, mask_groups(op));
}

static void build_batchnorm(lowering *to) {
    const plan_op *op = to->op;
    begin(to, "batchnorm");
    define(to, " -DC=%d -DP=%d -DGAMMA=%zu -DBETA=%zu -DMEAN=%zu -DVARIANCE=%zu", op->in.channels,
           op->in.height * op->in.width, offset_of(to, op->gamma), offset_of(to, op->beta),
           offset_of(to, op->moving_mean), offset_of(to, op->moving_variance));
    define(to, " -DGROUP=%d -DDROP=%d", tiles_of(to)->group, op->rate > 0);
    define_float(to, "MOMENTUM", op->momentum);
    define_float(to, "EPSILON", op->epsilon);
    define_mask(to);
    build(to);
}

void lower_batchnorm_statistics(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_statistics");
    take_buffer(to, l, op->mean);
    take_buffer(to, l, op->inverse_deviation);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, op->in.channels);
}

void lower_batchnorm_forward(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->mask);
    take_buffer(to, l, op->x);
    take_buffer(to, l, op->mean);
    take_buffer(to, l, op->inverse_deviation);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    take_keys(to, l);
    by_blocks(to, l, mask_groups(op));
}

void lower_batchnorm_inference(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_inference");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    by_blocks(to, l, (int)shape_size(op->in));
}

void lower_batchnorm_backward_statistics(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_backward_statistics");
    take(to, l, SOURCE_BUFFER, to->e->gradients);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->mask);
    take_buffer(to, l, op->x);
    take_buffer(to, l, op->mean);
    take_buffer(to, l, op->inverse_deviation);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, op->in.channels);
}

void lower_batchnorm_backward(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_backward");
    take_buffer(to, l, op->dx);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->x);
    take_buffer(to, l, op->mean);
    take_buffer(to, l, op->inverse_deviation);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    take(to, l, SOURCE_BUFFER, to->e->gradients);
    take(to, l, SOURCE_COUNT, NULL);
    by_blocks(to, l, (int)shape_size(op->in));
}

void lower_rmsprop(lowering *to) {
    const plan *p = to->e->p;
    if (p->network->trained_size == 0) return;
    begin(to, "rmsprop");
    define(to, " -DSIZE=%zu", p->network->trained_size);
    define_float(to, "RHO", p->options.rho);
    define_float(to, "EPSILON", p->options.epsilon);
    build(to);
    launch *l = add_launch(to, "rmsprop");
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    take(to, l, SOURCE_BUFFER, to->e->squares);
    take(to, l, SOURCE_BUFFER, to->e->gradients);
    take(to, l, SOURCE_RATE, NULL);
    by_items(to, l, p->network->trained_size / (size_t)tiles_of(to)->width);
}
