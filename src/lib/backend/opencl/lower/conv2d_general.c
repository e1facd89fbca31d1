/* conv2d_general.c - launches of the convolution with any stride and groups: cl/conv2d_general.cl. */
#include "lib/backend/opencl/lower/lower.h"

enum {
    COLUMNS_MOST = 4,   /* of a tile of y */
    TAPS_MOST = 7,      /* of a group of the kernel's gradient */
    VECTORS_A_PART = 16 /* that a work-item of the kernel's gradient adds up, at least, if it is in parts */
};

/* The tiles of one convolution, as constants of the program. */
typedef struct tiling {
    int channels, filters; /* of a group of the convolution */
    int columns, sums;     /* of a work-item of y */
    int dx_columns, dx_channels;
    int taps, group_filters; /* of a group of the kernel's gradient */
} tiling;

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Bytes of local memory of a group that makes the kernel's gradient. */
static size_t gradient_bytes(const lowering *to, const tiling *t) {
    return (size_t)((t->taps + 1) * t->group_filters) * (size_t)(group_of(to) + 1) * sizeof(float);
}

static tiling tiling_of(const lowering *to, const plan_op *op) {
    const opencl_tiles *tiles = tiles_of(to);
    int class_columns = (op->in.width + op->stride - 1) / op->stride;
    tiling t = {.channels = op->in.channels / op->groups, .filters = op->out.channels / op->groups};
    t.columns = least(COLUMNS_MOST, op->out.width);
    t.sums = divisor(t.filters, tiles->filters);
    t.dx_columns = least(least(COLUMNS_MOST, tiles->columns), class_columns);
    t.dx_channels = divisor(t.channels, tiles->channels);
    t.taps = divisor(op->kernel_width, TAPS_MOST);
    t.group_filters = divisor(t.filters, tiles->group_filters);
    while (t.group_filters > 1 && gradient_bytes(to, &t) > LOCAL_BYTES)
        t.group_filters = divisor(t.filters, t.group_filters - 1);
    return t;
}

/* Builds the program of the current operation. */
static tiling build_general(lowering *to) {
    const plan_op *op = to->op;
    begin(to, "conv2d_general");
    tiling t = tiling_of(to, op);
    define(to, " -DC=%d -DH=%d -DW=%d -DF=%d -DOH=%d -DOW=%d -DKH=%d -DKW=%d", op->in.channels, op->in.height,
           op->in.width, op->out.channels, op->out.height, op->out.width, op->kernel_height, op->kernel_width);
    define(to, " -DS=%d -DPT=%d -DPL=%d -DCG=%d -DFG=%d -DRELU=%d -DKERNEL=%zu -DBIAS=%zu", op->stride, op->pad_top,
           op->pad_left, t.channels, t.filters, op->relu, offset_of(to, op->kernel), offset_of(to, op->bias));
    define(to, " -DTW=%d -DFT=%d -DDW=%d -DCT=%d -DKT=%d -DGT=%d -DGROUP=%d", t.columns, t.sums, t.dx_columns,
           t.dx_channels, t.taps, t.group_filters, group_of(to));
    build(to);
    return t;
}

void lower_conv2d_general_forward(lowering *to) {
    const plan_op *op = to->op;
    tiling t = build_general(to);
    launch *l = add_launch(to, "conv2d_general_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_BUFFER, to->weights);
    int tiles = op->out.height * ((op->out.width + t.columns - 1) / t.columns);
    by_blocks(to, l, tiles * (op->out.channels / t.sums));
}

static void add_input_gradient(lowering *to, const tiling *t) {
    const plan_op *op = to->op;
    launch *l = add_launch(to, "conv2d_general_input_gradient");
    take_buffer(to, l, op->dx);
    take_buffer(to, l, op->dy);
    take(to, l, SOURCE_BUFFER, to->weights);
    int class_columns = (op->in.width + op->stride - 1) / op->stride;
    int tiles = op->in.height * op->stride * ((class_columns + t->dx_columns - 1) / t->dx_columns);
    by_blocks(to, l, tiles * (op->in.channels / t->dx_channels));
}

static void add_kernel_gradient(lowering *to, const tiling *t) {
    const plan_op *op = to->op;
    int groups = op->kernel_height * (op->kernel_width / t->taps) * t->channels * (op->out.channels / t->group_filters);
    size_t vectors =
        to->blocks * (size_t)(op->out.height * op->out.width) * (size_t)(tiles_of(to)->lanes / tiles_of(to)->width);
    size_t most = vectors / (size_t)(group_of(to) * VECTORS_A_PART) + 1;
    int parts = in_parts(to) ? parts_of(to, groups, most < INT16_MAX ? (int)most : INT16_MAX) : 1;
    launch *l = add_launch(to, "conv2d_general_kernel_gradient");
    take_sums(to, l, op->kernel, op->bias, parts);
    take_buffer(to, l, op->x);
    take_buffer(to, l, op->dy);
    take_int(to, l, parts);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, groups * parts, 1);
}

void lower_conv2d_general_backward(lowering *to) {
    const plan_op *op = to->op;
    tiling t = build_general(to);
    if (op->relu) {
        launch *l = add_launch(to, "conv2d_general_gate");
        take_buffer(to, l, op->dy);
        take_buffer(to, l, op->y);
        by_blocks(to, l, (int)shape_size(op->out));
    }
    if (op->dx != NO_BUFFER) add_input_gradient(to, &t);
    if (!op->frozen) add_kernel_gradient(to, &t);
}
