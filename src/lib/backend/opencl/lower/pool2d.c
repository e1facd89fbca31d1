/* pool2d.c - launches of pooling and of zero padding. */
#include "lib/backend/opencl/lower/lower.h"

/* The constants of cl/window.clh. */
static void define_window(lowering *to) {
    const plan_op *op = to->op;
    define(to, " -DC=%d -DH=%d -DW=%d -DOH=%d -DOW=%d", op->in.channels, op->in.height, op->in.width, op->out.height,
           op->out.width);
    define(to, " -DK=%d -DS=%d -DPT=%d -DPL=%d", op->pool, op->stride, op->pad_top, op->pad_left);
}

void lower_maxpool2d(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_MAXPOOL2D_FORWARD;
    begin(to, "maxpool2d");
    define_window(to);
    define(to, " -DTRAINED=%d", op->index != NO_BUFFER);
    build(to);
    launch *l = add_launch(to, forward ? "maxpool2d_forward" : "maxpool2d_backward");
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->index : op->dy);
    take_buffer(to, l, forward ? op->x : op->index);
    by_blocks(to, l, (int)shape_size(forward ? op->out : op->in));
}

/* A launch of a kernel that makes y from x, or dx from dy, of the program that begin() started: a work-item for each number. */
static void add_pass(lowering *to, bool forward, const char *kernel) {
    const plan_op *op = to->op;
    build(to);
    launch *l = add_launch(to, kernel);
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->x : op->dy);
    by_blocks(to, l, (int)shape_size(forward ? op->out : op->in));
}

void lower_avgpool2d(lowering *to) {
    bool forward = to->op->kind == OP_AVGPOOL2D_FORWARD;
    begin(to, "avgpool2d");
    define_window(to);
    add_pass(to, forward, forward ? "avgpool2d_forward" : "avgpool2d_backward");
}

void lower_globalavgpool2d(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_GLOBALAVGPOOL2D_FORWARD;
    begin(to, "globalavgpool2d");
    define(to, " -DC=%d -DPOSITIONS=%d", op->in.channels, op->in.height * op->in.width);
    add_pass(to, forward, forward ? "globalavgpool2d_forward" : "globalavgpool2d_backward");
}

void lower_zeropad2d(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_ZEROPAD2D_FORWARD;
    begin(to, "zeropad2d");
    define(to, " -DC=%d -DH=%d -DW=%d -DOH=%d -DOW=%d", op->in.channels, op->in.height, op->in.width, op->out.height,
           op->out.width);
    define(to, " -DPT=%d -DPL=%d", op->pad_top, op->pad_left);
    add_pass(to, forward, forward ? "zeropad2d_forward" : "zeropad2d_backward");
}
