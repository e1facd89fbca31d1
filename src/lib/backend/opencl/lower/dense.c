/* dense.c - launches of dense layers, and of the loss. */
#include "lib/backend/opencl/lower/lower.h"

static int dense_inputs(const plan_op *op) {
    return (int)shape_size(op->in);
}
static int dense_outputs(const plan_op *op) {
    return op->out.channels;
}

void define_dense(lowering *to, const plan_op *op, int n) {
    const opencl_tiles *t = tiles_of(to);
    int inputs = dense_inputs(op), outputs = dense_outputs(op);
    define(to, " -DI%d=%d -DO%d=%d -DRELU%d=%d -DKERNEL%d=%zu -DBIAS%d=%zu", n, inputs, n, outputs, n, op->relu, n,
           offset_of(to, op->kernel), n, offset_of(to, op->bias));
    define(to, " -DOT%d=%d -DIT%d=%d -DGV%d=%d -DGI%d=%d", n, divisor(outputs, t->neurons), n,
           divisor(inputs, t->neurons), n, power_divisor(outputs, t->outputs), n, divisor(inputs, t->neurons));
}

size_t dense_kernel_tiles(const lowering *to, const plan_op *op) {
    const opencl_tiles *t = tiles_of(to);
    return (size_t)(dense_outputs(op) / power_divisor(dense_outputs(op), t->outputs)) * dense_input_tiles(to, op);
}

size_t dense_input_tiles(const lowering *to, const plan_op *op) {
    return (size_t)(dense_inputs(op) / divisor(dense_inputs(op), tiles_of(to)->neurons));
}

static void build_dense(lowering *to) {
    begin(to, "dense");
    define_dense(to, to->op, 0);
    build(to);
}

/* ---- with CLBlast ----------------------------------------------------------------------------------------- */

bool clblast_multiplies(const lowering *to) {
    return to->e->device->clblast.library != NULL && !opencl_is_plain(to->e->plain, "clblast");
}

/* y [O][L] = kernel [I][O] transposed times x [I][L], and then the bias. */
static void add_forward_product(lowering *to) {
    const plan_op *op = to->op;
    size_t inputs = (size_t)dense_inputs(op), outputs = (size_t)dense_outputs(op), lanes = (size_t)tiles_of(to)->lanes;
    add_product(to, "clblast forward",
                &(clblast_product){.a_transposed = true,
                                   .m = outputs,
                                   .n = lanes,
                                   .k = inputs,
                                   .a = to->weights,
                                   .a_offset = offset_of(to, op->kernel),
                                   .a_ld = outputs,
                                   .b = to->e->buffers[op->x],
                                   .b_ld = lanes,
                                   .b_stride = inputs * lanes,
                                   .c = to->e->buffers[op->y],
                                   .c_ld = lanes,
                                   .c_stride = outputs * lanes});
    launch *l = add_launch(to, "dense_finish");
    take_buffer(to, l, op->y);
    take(to, l, SOURCE_BUFFER, to->weights);
    by_blocks(to, l, dense_outputs(op));
}

/* dx [I][L] = kernel [I][O] times dz [L][O] transposed; the kernel's gradient [I][O] is the sum of x [I][L] times dz [L][O]. */
static void add_backward_products(lowering *to, cl_mem dz) {
    const plan_op *op = to->op;
    size_t inputs = (size_t)dense_inputs(op), outputs = (size_t)dense_outputs(op), lanes = (size_t)tiles_of(to)->lanes;
    if (op->dx != NO_BUFFER)
        add_product(to, "clblast input_gradient",
                    &(clblast_product){.b_transposed = true,
                                       .m = inputs,
                                       .n = lanes,
                                       .k = outputs,
                                       .a = to->weights,
                                       .a_offset = offset_of(to, op->kernel),
                                       .a_ld = outputs,
                                       .b = dz,
                                       .b_ld = outputs,
                                       .b_stride = lanes * outputs,
                                       .c = to->e->buffers[op->dx],
                                       .c_ld = lanes,
                                       .c_stride = inputs * lanes});
    if (op->frozen) return;
    add_product(to, "clblast kernel_gradient",
                &(clblast_product){.summed = true,
                                   .m = inputs,
                                   .n = outputs,
                                   .k = lanes,
                                   .a = to->e->buffers[op->x],
                                   .a_ld = lanes,
                                   .a_stride = inputs * lanes,
                                   .b = dz,
                                   .b_ld = outputs,
                                   .b_stride = lanes * outputs,
                                   .c = to->e->regions[REGION_GRADIENTS],
                                   .c_offset = offset_of(to, op->kernel),
                                   .c_ld = outputs});
    launch *l = add_launch(to, "dense_bias_gradient");
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_items(to, l, outputs, 1);
}

/* ---- with clenet's kernels -------------------------------------------------------------------------------- */

void lower_dense_forward(lowering *to) {
    const plan_op *op = to->op;
    if (head_takes(to) && (!head_begins(to) || head_has_first(to))) return;
    build_dense(to);
    if (clblast_multiplies(to)) {
        add_forward_product(to);
        return;
    }
    launch *l = add_launch(to, "dense_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_BUFFER, to->weights);
    by_blocks(to, l, dense_outputs(op) / divisor(dense_outputs(op), tiles_of(to)->neurons));
}

static void add_dense_kernel_gradient(lowering *to, cl_mem dz) {
    launch *l = add_launch(to, "dense_kernel_gradient");
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take_buffer(to, l, to->op->x);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_items(to, l, dense_kernel_tiles(to, to->op), 1);
}

/* Adds the launch that makes dz, which is returned. */
static cl_mem add_gate(lowering *to) {
    const plan_op *op = to->op;
    size_t images = to->blocks * (size_t)tiles_of(to)->lanes;
    cl_mem dz = scratch(to, images * (size_t)dense_outputs(op) * sizeof(float));
    launch *l = add_launch(to, "dense_gate");
    take(to, l, SOURCE_BUFFER, dz);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->y);
    by_blocks(to, l, dense_outputs(op));
    return dz;
}

void lower_dense_backward(lowering *to) {
    const plan_op *op = to->op;
    if (head_ends(to)) lower_head_gradients(to);
    if (head_takes(to)) return;
    build_dense(to);
    bool products = clblast_multiplies(to);
    cl_mem dz = op->frozen && !products ? NULL : add_gate(to);
    if (products) {
        add_backward_products(to, dz);
        return;
    }
    if (op->dx != NO_BUFFER) {
        launch *l = add_launch(to, "dense_input_gradient");
        take_buffer(to, l, op->dx);
        take_buffer(to, l, op->dy);
        take_buffer(to, l, op->y);
        take(to, l, SOURCE_BUFFER, to->weights);
        by_blocks(to, l, (int)dense_input_tiles(to, op));
    }
    if (!op->frozen) add_dense_kernel_gradient(to, dz);
}

void define_loss(lowering *to, const plan_op *op) {
    float smoothing = to->e->p->options.label_smoothing;
    define(to, " -DCLASSES=%d -DTRAINED=%d -DSMOOTHED=%d", op->in.channels, op->dx != NO_BUFFER, smoothing > 0);
    define_float(to, "SMOOTHING", smoothing);
}

void lower_softmax_cross_entropy(lowering *to) {
    const plan_op *op = to->op;
    if (head_takes(to)) {
        lower_head(to);
        return;
    }
    begin(to, "softmax_cross_entropy");
    define_loss(to, op);
    build(to);
    launch *l = add_launch(to, "softmax_cross_entropy");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->dx);
    take(to, l, SOURCE_BUFFER, to->e->loss);
    take(to, l, SOURCE_BUFFER, to->e->correct);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_LABELS, NULL);
    take(to, l, SOURCE_ORDER, NULL);
    take(to, l, SOURCE_FIRST, NULL);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_LABELLED, NULL);
    by_blocks(to, l, 1);
}
