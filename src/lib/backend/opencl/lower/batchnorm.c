/* batchnorm.c - launches of batch normalisation with fused dropout: cl/batchnorm.cl. */
#include "lib/backend/opencl/lower/lower.h"

/* The convolution in front, if the gradient continues through its relu and pooling; NULL: another operation. */
static const plan_op *convolution_in_front(const lowering *to) {
    for (int i = 0; i < to->count; i++)
        if (to->ops[i].kind == OP_CONV2D_FORWARD && to->ops[i].y == to->op->x) return &to->ops[i];
    return NULL;
}

/* True if a channel is small enough that one group does all of its work in one launch. */
static bool is_small(const lowering *to) {
    const opencl_tiles *t = tiles_of(to);
    size_t vectors = to->blocks * (size_t)(t->lanes / t->width) * (size_t)(to->op->in.height * to->op->in.width);
    return vectors <= (size_t)t->fused * (size_t)t->group;
}

static void build_batchnorm(lowering *to) {
    const plan_op *op = to->op, *conv = convolution_in_front(to);
    clenet_shape z = conv ? to->e->p->network->layers[conv->layer].out : op->in;
    begin(to, "batchnorm");
    define(to, " -DC=%d -DP=%d -DGAMMA=%zu -DBETA=%zu -DMEAN=%zu -DVARIANCE=%zu", op->in.channels,
           op->in.height * op->in.width, offset_of(to, op->gamma), offset_of(to, op->beta),
           offset_of(to, op->moving_mean), offset_of(to, op->moving_variance));
    define(to, " -DGROUP=%d -DDROP=%d -DEXPAND=%d -DPOOL=%d -DRELU=%d -DOH=%d -DOW=%d", group_of(to), op->rate > 0,
           conv != NULL, conv ? conv->pool : 0, conv && conv->relu, z.height, z.width);
    define_float(to, "MOMENTUM", op->momentum);
    define_float(to, "EPSILON", op->epsilon);
    define_float(to, "KEEP", 1 / (1 - op->rate));
    build(to);
}

static void take_statistics(lowering *to, launch *l) {
    take_buffer(to, l, to->op->mean);
    take_buffer(to, l, to->op->inverse_deviation);
}

void lower_batchnorm_statistics(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    if (is_small(to)) return; /* is part of the forward operation, which is next */
    launch *l = add_launch(to, "batchnorm_statistics");
    take_statistics(to, l);
    take(to, l, SOURCE_BUFFER, to->weights);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, op->in.channels, 1);
}

void lower_batchnorm_forward(lowering *to) {
    const plan_op *op = to->op;
    if (op->rate > 0 && !gather_draws(to)) lower_dropout_mask(to);
    build_batchnorm(to);
    bool small = is_small(to);
    launch *l = add_launch(to, small ? "batchnorm_training" : "batchnorm_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->mask);
    if (!small) take_buffer(to, l, op->x);
    take_statistics(to, l);
    take(to, l, SOURCE_BUFFER, to->weights);
    if (!small) {
        by_blocks(to, l, (int)shape_size(op->in));
        return;
    }
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_BLOCKS, NULL);
    add_cost(to, l, op - 1, NULL); /* the statistics */
    by_groups(to, l, op->in.channels, 1);
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
    if (is_small(to) && op[1].kind == OP_BATCHNORM_BACKWARD && op[1].layer == op->layer)
        return; /* is part of that operation */
    launch *l = add_launch(to, "batchnorm_backward_statistics");
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->mask);
    take_buffer(to, l, op->x);
    take_statistics(to, l);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, op->in.channels, 1);
}

void lower_batchnorm_backward(lowering *to) {
    const plan_op *op = to->op, *conv = convolution_in_front(to);
    build_batchnorm(to);
    bool small = is_small(to);
    if (conv) to->expanded = conv2d_dz(to, conv);
    launch *l = add_launch(to, small ? "batchnorm_gradients" : "batchnorm_backward");
    if (small) take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, SOURCE_BUFFER, conv ? to->expanded : to->e->buffers[op->dx]);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->mask);
    take_buffer(to, l, op->x);
    take_buffer(to, l, conv ? conv->index : NO_BUFFER);
    take_statistics(to, l);
    take(to, l, SOURCE_BUFFER, to->weights);
    if (!small) take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, SOURCE_COUNT, NULL);
    if (!small) {
        by_blocks(to, l, (int)shape_size(op->in));
        return;
    }
    take(to, l, SOURCE_BLOCKS, NULL);
    add_cost(to, l, op - 1, NULL); /* the statistics */
    by_groups(to, l, op->in.channels, 1);
}
