/* lower_elementwise.c - launches of relu, dropout, batch norm and the update of the parameters. */
#include <math.h>

#include "backend/opencl/lower.h"
#include "base/philox.h"

void lower_relu(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_RELU_FORWARD;
    begin(to, "relu");
    define(to, " -DSIZE=%zu", shape_size(op->in));
    build(to);
    launch *l = add_launch(to, forward ? "relu_forward" : "relu_backward");
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->x : op->dy);
    if (!forward) take_buffer(to, l, op->y);
    by_blocks(to, l, (int)shape_size(op->in));
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
    take(to, l, SOURCE_BUFFER, to->weights);
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
    take(to, l, SOURCE_BUFFER, to->weights);
    take_keys(to, l);
    by_blocks(to, l, mask_groups(op));
}

void lower_batchnorm_inference(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_inference");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_BUFFER, to->weights);
    by_blocks(to, l, (int)shape_size(op->in));
}

void lower_batchnorm_backward_statistics(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_backward_statistics");
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
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
    take(to, l, SOURCE_BUFFER, to->weights);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, SOURCE_COUNT, NULL);
    by_blocks(to, l, (int)shape_size(op->in));
}

static const char *const optimizers[] = {"rmsprop", "sgd", "adam", "adam"}; /* the kernel of each clenet_optimizer */

void lower_optimizer(lowering *to) {
    const plan *p = to->e->p;
    const plan_options *o = &p->options;
    bool averaged = plan_has(o, REGION_AVERAGES);
    size_t numbers = averaged ? p->network->packed_size : p->network->trained_size;
    if (numbers == 0) return;
    begin(to, "optimizer");
    define(to, " -DSIZE=%zu -DALL=%zu -DAVERAGED=%d -DL2=%d", p->network->trained_size, p->network->packed_size,
           averaged, o->weight_decay > 0 && o->optimizer != CLENET_OPTIMIZER_ADAMW);
    define_float(to, "RHO", o->rho);
    define_float(to, "MOMENTUM", o->momentum);
    define_float(to, "EPSILON", o->epsilon);
    define_float(to, "DECAY", o->weight_decay);
    build(to);
    launch *l = add_launch(to, optimizers[o->optimizer]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_PARAMETERS]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_SQUARES]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_MOMENTS]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_AVERAGES]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, SOURCE_RATE, NULL);
    take(to, l, SOURCE_KEEP, NULL);
    take(to, l, SOURCE_FADE, NULL);
    by_items(to, l, numbers / (size_t)tiles_of(to)->width);
}
