/* batchnorm.c - launches of batch normalisation with fused dropout: cl/batchnorm.cl. */
#include "lib/backend/opencl/lower/lower.h"

bool is_behind(const plan_op *norm, const plan_op *conv) {
    return norm->x == conv->y && norm->in.channels == conv->out.channels;
}

/* The convolution in front, if the gradient continues through its relu and pooling; NULL: another operation. */
static const plan_op *convolution_in_front(const lowering *to, const plan_op *op) {
    for (int i = 0; i < to->count; i++)
        if (to->ops[i].kind == OP_CONV2D_FORWARD && is_behind(op, &to->ops[i])) return &to->ops[i];
    return NULL;
}

/* True if a channel is small enough that one group does all of its work in one launch. */
static bool is_small(const lowering *to) {
    const opencl_tiles *t = tiles_of(to);
    size_t vectors = to->blocks * (size_t)(t->lanes / t->width) * (size_t)(to->op->in.height * to->op->in.width);
    return vectors <= (size_t)t->fused * (size_t)t->group;
}

/* The positions that a group takes at once, if a work-item takes one image of a block of 32. */
enum { POSITIONS_A_GROUP = 8 };

/* The groups that share a channel of a block. */
static int splits_of(const lowering *to, const plan_op *op) {
    int positions = op->in.height * op->in.width;
    return parts_of(to, op->in.channels * (int)to->blocks, (positions + POSITIONS_A_GROUP - 1) / POSITIONS_A_GROUP);
}

void make_moments(lowering *to, const plan_op *norm, int x, int a_block, size_t numbers) {
    to->moments_of = x;
    to->moments_a_block = a_block;
    to->moments = scratch(to, to->blocks * (size_t)a_block * (size_t)norm->in.channels * numbers * sizeof(float));
}

void take_moments(lowering *to, launch *l) {
    take(to, l, SOURCE_BUFFER, to->moments);
    take_int(to, l, to->moments_a_block);
}

int batchnorm_shares(const lowering *to, const plan_op *op) {
    return op->in.channels * splits_of(to, op);
}

/* A group for each split of each channel of each block. */
static void by_splits(lowering *to, launch *l) {
    by_groups(to, l, batchnorm_shares(to, to->op), 1);
    if (l) l->by_blocks = true;
}

void define_batchnorm(lowering *to, const plan_op *op) {
    const plan_op *conv = convolution_in_front(to, op);
    clenet_shape z = conv ? to->e->p->network->layers[conv->layer].out : op->in;
    define(to, " -DGAMMA=%zu -DBETA=%zu -DMEAN=%zu -DVARIANCE=%zu", offset_of(to, op->gamma), offset_of(to, op->beta),
           offset_of(to, op->moving_mean), offset_of(to, op->moving_variance));
    define(to, " -DDROP=%d -DEXPAND=%d -DPOOL=%d -DFRONT_RELU=%d -DOH=%d -DOW=%d -DSPLITS=%d", op->rate > 0,
           conv ? 1 + conv2d_takes_items(to, conv) : 0, conv ? conv->pool : 0, conv && conv->relu, z.height, z.width,
           splits_of(to, op));
    define_float(to, "MOMENTUM", op->momentum);
    define_float(to, "EPSILON", op->epsilon);
    define_float(to, "KEEP", 1 / (1 - op->rate));
}

static void build_batchnorm(lowering *to) {
    const plan_op *op = to->op;
    begin(to, "batchnorm");
    define(to, " -DC=%d -DP=%d -DGROUP=%d -DPARTS=%d", op->in.channels, op->in.height * op->in.width, group_of(to),
           in_parts(to));
    define_batchnorm(to, op);
    build(to);
}

static void take_statistics(lowering *to, launch *l, const plan_op *op) {
    take_buffer(to, l, op->mean);
    take_buffer(to, l, op->inverse_deviation);
}

void lower_batchnorm_statistics(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    if (in_parts(to)) {
        if (to->moments_of == op->x) return; /* the operation in front has made them */
        make_moments(to, op, NO_BUFFER, splits_of(to, op), 3);
        launch *l = add_launch(to, "batchnorm_sums");
        take(to, l, SOURCE_BUFFER, to->moments);
        take_buffer(to, l, op->x);
        take(to, l, SOURCE_COUNT, NULL);
        by_splits(to, l);
        return;
    }
    if (is_small(to)) return; /* is part of the forward operation, which is next */
    launch *l = add_launch(to, "batchnorm_statistics");
    take_statistics(to, l, op);
    take(to, l, SOURCE_BUFFER, to->weights);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, op->in.channels, 1);
}

static void lower_apply(lowering *to) {
    const plan_op *op = to->op;
    launch *l = add_launch(to, "batchnorm_apply");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->mask);
    take_statistics(to, l, op);
    take(to, l, SOURCE_BUFFER, to->weights);
    take_buffer(to, l, op->x);
    take_moments(to, l);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_splits(to, l);
}

void lower_batchnorm_forward(lowering *to) {
    const plan_op *op = to->op;
    if (op->rate > 0 && !gather_draws(to)) lower_dropout_mask(to);
    if (head_has_norm(to)) return;
    build_batchnorm(to);
    if (in_parts(to)) {
        if (op[1].kind != OP_CONV2D_FORWARD || !conv2d_front(to, op + 1)) lower_apply(to);
        return;
    }
    bool small = is_small(to);
    launch *l = add_launch(to, small ? "batchnorm_training" : "batchnorm_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->mask);
    if (!small) take_buffer(to, l, op->x);
    take_statistics(to, l, op);
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

void lower_batchnorm_frozen_backward(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_frozen_backward");
    take_buffer(to, l, op->dx);
    take_buffer(to, l, op->dy);
    take(to, l, SOURCE_BUFFER, to->weights);
    by_blocks(to, l, (int)shape_size(op->in));
}

void lower_batchnorm_backward_statistics(lowering *to) {
    const plan_op *op = to->op;
    bool goes_on = op[1].kind == OP_BATCHNORM_BACKWARD && op[1].layer == op->layer;
    if (head_has_norm(to)) return;
    build_batchnorm(to);
    if (in_parts(to) && goes_on) {
        if (to->moments_of == op->dy) return; /* the operation before has made them */
        make_moments(to, op, NO_BUFFER, splits_of(to, op), 2);
        launch *l = add_launch(to, "batchnorm_backward_sums");
        take(to, l, SOURCE_BUFFER, to->moments);
        take_buffer(to, l, op->dy);
        take_buffer(to, l, op->mask);
        take_buffer(to, l, op->x);
        take_buffer(to, l, op->mean);
        by_splits(to, l);
        return;
    }
    if (is_small(to) && goes_on) return; /* is part of that operation */
    launch *l = add_launch(to, "batchnorm_backward_statistics");
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->mask);
    take_buffer(to, l, op->x);
    take_statistics(to, l, op);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, op->in.channels, 1);
}

/* Batch norm's arguments of a launch that makes dx, or dz of the convolution in front. */
static void take_dx(lowering *to, launch *l, const plan_op *op) {
    const plan_op *conv = convolution_in_front(to, op);
    if (conv) to->expanded = conv2d_dz(to, conv);
    take(to, l, SOURCE_BUFFER, conv ? to->expanded : to->e->buffers[op->dx]);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->mask);
    take_buffer(to, l, op->x);
    take_buffer(to, l, conv ? conv->index : NO_BUFFER);
    take_statistics(to, l, op);
    take(to, l, SOURCE_BUFFER, to->weights);
}

bool convolution_takes(const lowering *to, const plan_op *op) {
    const plan_op *conv = convolution_in_front(to, op);
    return conv && conv2d_takes_batchnorm(to, conv);
}

void take_apply(lowering *to, launch *l, const plan_op *op) {
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take_dx(to, l, op);
    take_moments(to, l);
    take(to, l, SOURCE_COUNT, NULL);
}

void lower_batchnorm_backward(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    bool parts = in_parts(to), small = !parts && is_small(to);
    if (parts && convolution_takes(to, op)) {
        to->normed = op;
        return;
    }
    if (head_has_norm(to)) return; /* head_gradients has made it */
    launch *l = add_launch(to, parts   ? "batchnorm_backward_apply"
                               : small ? "batchnorm_gradients"
                                       : "batchnorm_backward");
    if (parts) {
        take_apply(to, l, op);
        take(to, l, SOURCE_BLOCKS, NULL);
        by_splits(to, l);
        return;
    }
    if (small) take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take_dx(to, l, op);
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
