/* lower.c - an operation of the plan becomes launches: which kernels, compiled with which constants, on which buffers.
 *
 * The tiles of a kernel must divide its sizes: divisor() takes the largest that does and is no larger than the device's
 * own. So a variant is a number, not another kernel. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/opencl/opencl.h"
#include "base/memory.h"
#include "base/philox.h"

enum { OPTIONS_SIZE = 1024, LAUNCHES_PER_OP = 5, CPU_GROUPS = 16 };

typedef struct lowering {
    opencl_executor *e;
    launch_list *list;
    size_t blocks; /* of the largest batch */
    clenet_error *error;
    clenet_status status;
    const plan_op *op;
    char options[OPTIONS_SIZE];
    cl_program program;
} lowering;

static int divisor(int n, int most) {
    while (n % most != 0) most--;
    return most;
}

static int power_divisor(int n, int most) {
    int power = 1;
    while (power * 2 <= most && n % (power * 2) == 0) power *= 2;
    return power;
}

static const opencl_tiles *tiles_of(const lowering *to) {
    return &to->e->device->tiles;
}

/* ---- programs ----------------------------------------------------------------------------------------------- */

static void define(lowering *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void define(lowering *to, const char *format, ...) {
    size_t used = strlen(to->options);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(to->options + used, sizeof to->options - used, format, arguments);
    va_end(arguments);
}

/* A float by its bits: exact, and no locale's decimal comma can get into it. */
static void define_float(lowering *to, const char *name, float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    define(to, " -D%s=as_float(0x%08xu)", name, bits);
}

static void begin(lowering *to) {
    snprintf(to->options, sizeof to->options, "-cl-mad-enable -DL=%d -DVW=%d", tiles_of(to)->lanes,
             tiles_of(to)->width);
}

/* Whether the program was already built for another operation; *program is then it. */
static bool built_before(const lowering *to, const char *name, cl_program *program) {
    for (int i = 0; i < to->e->program_count; i++) {
        const built_program *b = &to->e->programs[i];
        if (strcmp(b->name, name) != 0 || strcmp(b->options, to->options) != 0) continue;
        *program = b->program;
        return true;
    }
    return false;
}

/* Compiles cl/<name>.cl with what was defined since begin(). */
static void build(lowering *to, const char *name) {
    if (to->status != CLENET_OK || built_before(to, name, &to->program)) return;
    opencl_executor *e = to->e;
    char *options = memory_copy_string(to->options);
    if (!options) {
        to->status = error_memory(to->error, sizeof to->options, "the options of a kernel");
        return;
    }
    to->status = program_build(&to->program, &e->device->api, e->device->context, &e->device->found, name, to->options,
                               &e->device->settings, to->error);
    if (to->status != CLENET_OK) {
        memory_free(options);
        return;
    }
    e->programs[e->program_count++] = (built_program){to->program, name, options};
}

/* ---- launches ----------------------------------------------------------------------------------------------- */

static launch *add_launch(lowering *to, const char *kernel) {
    if (to->status != CLENET_OK) return NULL;
    cl_int code;
    cl_kernel made = to->e->device->api.clCreateKernel(to->program, kernel, &code);
    if (code != CL_SUCCESS) {
        to->status = opencl_error(to->error, code, kernel, to->e->device->found.name);
        return NULL;
    }
    launch *l = &to->list->launches[to->list->count++];
    *l = (launch){.name = kernel, .kernel = made, .global = {1, 1, 1}, .local = {1, 1, 1}};
    return l;
}

static void take(lowering *to, launch *l, launch_source source, cl_mem buffer) {
    if (!l || to->status != CLENET_OK) return;
    int i = l->argument_count++;
    l->arguments[i] = (launch_argument){source, buffer};
    if (source != SOURCE_BUFFER) return;
    cl_mem given = buffer ? buffer : to->e->nothing;
    cl_int code = to->e->device->api.clSetKernelArg(l->kernel, (cl_uint)i, sizeof given, &given);
    if (code != CL_SUCCESS) to->status = opencl_error(to->error, code, l->name, to->e->device->found.name);
}

static void take_buffer(lowering *to, launch *l, int buffer) {
    take(to, l, SOURCE_BUFFER, buffer == NO_BUFFER ? NULL : to->e->buffers[buffer]);
}

static size_t round_up(size_t n, size_t step) {
    return (n + step - 1) / step * step;
}

/* The most work-items that a group of the kernel may have. */
static size_t most_items(const lowering *to, const launch *l) {
    size_t most = 0;
    cl_int code = to->e->device->api.clGetKernelWorkGroupInfo(l->kernel, to->e->device->found.device,
                                                              CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
    return code == CL_SUCCESS && most > 0 ? most : 1;
}

/* Sizes of a launch of `items` work-items a block, each of VW images. */
static void by_blocks(lowering *to, launch *l, int items) {
    if (!l) return;
    size_t across = (size_t)(tiles_of(to)->lanes / tiles_of(to)->width), most = most_items(to, l);
    size_t wanted =
        tiles_of(to)->group_items ? tiles_of(to)->group_items / across : ((size_t)items + CPU_GROUPS - 1) / CPU_GROUPS;
    while (wanted > 1 && (wanted * across > most || wanted > (size_t)items)) wanted /= 2;
    if (wanted == 0) wanted = 1;
    l->by_blocks = true;
    l->local[0] = across <= most ? across : 1;
    l->local[1] = wanted;
    l->global[0] = across;
    l->global[1] = round_up((size_t)items, wanted);
}

/* Sizes of a launch of `groups` groups of the tiles' group. */
static void by_groups(const lowering *to, launch *l, int groups) {
    if (!l) return;
    l->global[0] = l->local[0] = (size_t)tiles_of(to)->group;
    l->global[1] = (size_t)groups;
}

/* ---- layers ------------------------------------------------------------------------------------------------- */

/* The padded size of a convolution's x. */
typedef struct padding {
    int h, w, top, left;
} padding;

static padding padding_of(const plan *p, const plan_op *op) {
    clenet_shape out = p->network->layers[op->layer].out;
    return (padding){out.height + op->kernel_height - 1, out.width + op->kernel_width - 1, op->pad_top, op->pad_left};
}

static bool is_padded(const plan_op *op, padding pad) {
    return pad.h != op->in.height || pad.w != op->in.width;
}

/* The padded form of buffer x, made when it is first asked for. */
static cl_mem padded_buffer(lowering *to, int x, const plan_op *conv, padding pad) {
    if (to->e->padded[x] || to->status != CLENET_OK) return to->e->padded[x];
    size_t numbers = (size_t)pad.h * (size_t)pad.w * (size_t)conv->in.channels * (size_t)tiles_of(to)->lanes;
    to->status = opencl_buffer(to->e, &to->e->padded[x], to->blocks * numbers * sizeof(float), to->error);
    return to->e->padded[x];
}

static void lower_gather(lowering *to) {
    const plan_op *op = to->op, *next = op + 1;
    padding pad = {op->in.height, op->in.width, 0, 0};
    cl_mem y = to->e->buffers[op->y];
    if (next->kind == OP_CONV2D_FORWARD && is_padded(next, padding_of(to->e->p, next))) {
        pad = padding_of(to->e->p, next);
        y = padded_buffer(to, op->y, next, pad);
    }
    begin(to);
    define(to, " -DC=%d -DH=%d -DW=%d -DXH=%d -DXW=%d -DPT=%d -DPL=%d", op->in.channels, op->in.height, op->in.width,
           pad.h, pad.w, pad.top, pad.left);
    build(to, "gather");
    launch *l = add_launch(to, "gather");
    take(to, l, SOURCE_BUFFER, y);
    take(to, l, SOURCE_IMAGES, NULL);
    take(to, l, SOURCE_ORDER, NULL);
    take(to, l, SOURCE_FIRST, NULL);
    take(to, l, SOURCE_COUNT, NULL);
    by_blocks(to, l, (int)shape_size(op->in));
}

static size_t offset_of(const lowering *to, int id) {
    return to->e->p->network->parameters[id].offset;
}

enum { UNPOOLED_COLUMNS = 4 };

static void build_conv2d(lowering *to) {
    const plan_op *op = to->op;
    const opencl_tiles *t = tiles_of(to);
    padding pad = padding_of(to->e->p, op);
    clenet_shape out = to->e->p->network->layers[op->layer].out;
    begin(to);
    define(to, " -DC=%d -DH=%d -DW=%d -DXH=%d -DXW=%d -DPT=%d -DPL=%d", op->in.channels, op->in.height, op->in.width,
           pad.h, pad.w, pad.top, pad.left);
    define(to, " -DF=%d -DKH=%d -DKW=%d -DOH=%d -DOW=%d -DPOOL=%d -DRELU=%d -DTRAINED=%d", out.channels,
           op->kernel_height, op->kernel_width, out.height, out.width, op->pool, op->relu, op->index != NO_BUFFER);
    define(to, " -DKERNEL=%zu -DBIAS=%zu", offset_of(to, op->kernel), offset_of(to, op->bias));
    define(to, " -DTW=%d -DFT=%d -DDW=%d -DCT=%d -DGT=%d -DGROUP=%d", divisor(out.width, UNPOOLED_COLUMNS),
           divisor(out.channels, t->filters), divisor(op->in.width, t->columns), divisor(op->in.channels, t->channels),
           divisor(out.channels, t->group_filters), t->group);
    build(to, "conv2d");
}

/* x as the kernels read it; adds the launch that pads it, where no gather has done so. */
static cl_mem conv2d_x(lowering *to) {
    const plan_op *op = to->op;
    padding pad = padding_of(to->e->p, op);
    if (!is_padded(op, pad)) return to->e->buffers[op->x];
    if (to->e->padded[op->x]) return to->e->padded[op->x];
    cl_mem padded = padded_buffer(to, op->x, op, pad);
    launch *l = add_launch(to, "conv2d_pad");
    take(to, l, SOURCE_BUFFER, padded);
    take_buffer(to, l, op->x);
    by_blocks(to, l, (int)shape_size(op->in));
    return padded;
}

static void lower_conv2d_forward(lowering *to) {
    const plan_op *op = to->op;
    build_conv2d(to);
    cl_mem x = conv2d_x(to);
    launch *l = add_launch(to, "conv2d_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->index);
    take(to, l, SOURCE_BUFFER, x);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    int tile = op->pool ? 1 : divisor(op->out.width, UNPOOLED_COLUMNS);
    int filters = divisor(op->out.channels, tiles_of(to)->filters);
    by_blocks(to, l, (int)shape_size(op->out) / filters / tile);
}

static cl_mem scratch(lowering *to, size_t bytes) {
    if (to->status != CLENET_OK) return NULL;
    cl_mem *buffer = &to->e->scratch[to->e->scratch_count];
    to->status = opencl_buffer(to->e, buffer, bytes, to->error);
    if (*buffer) to->e->scratch_count++;
    return *buffer;
}

static void add_conv2d_input_gradient(lowering *to, cl_mem dz) {
    const plan_op *op = to->op;
    if (op->dx == NO_BUFFER) return;
    launch *l = add_launch(to, "conv2d_input_gradient");
    take_buffer(to, l, op->dx);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    by_blocks(to, l,
              (int)shape_size(op->in) / divisor(op->in.width, tiles_of(to)->columns) /
                  divisor(op->in.channels, tiles_of(to)->channels));
}

static void lower_conv2d_backward(lowering *to) {
    const plan_op *op = to->op;
    clenet_shape z = to->e->p->network->layers[op->layer].out;
    build_conv2d(to);
    cl_mem x = conv2d_x(to);
    cl_mem dz = scratch(to, to->blocks * shape_size(z) * (size_t)tiles_of(to)->lanes * sizeof(float));
    launch *l = add_launch(to, "conv2d_expand");
    take(to, l, SOURCE_BUFFER, dz);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->index);
    take_buffer(to, l, op->y);
    by_blocks(to, l, (int)shape_size(op->out));
    add_conv2d_input_gradient(to, dz);
    l = add_launch(to, "conv2d_kernel_gradient");
    take(to, l, SOURCE_BUFFER, to->e->gradients);
    take(to, l, SOURCE_BUFFER, x);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l,
              op->kernel_height * op->in.channels * z.channels / divisor(z.channels, tiles_of(to)->group_filters));
}

static void lower_maxpool2d(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_MAXPOOL2D_FORWARD;
    begin(to);
    define(to, " -DC=%d -DH=%d -DW=%d -DK=%d -DTRAINED=%d", op->in.channels, op->in.height, op->in.width, op->pool,
           op->index != NO_BUFFER);
    build(to, "maxpool2d");
    launch *l = add_launch(to, forward ? "maxpool2d_forward" : "maxpool2d_backward");
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->index : op->dy);
    take_buffer(to, l, forward ? op->x : op->index);
    by_blocks(to, l, (int)shape_size(forward ? op->out : op->in));
}

static void lower_relu(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_RELU_FORWARD;
    begin(to);
    define(to, " -DSIZE=%zu", shape_size(op->in));
    build(to, "relu");
    launch *l = add_launch(to, forward ? "relu_forward" : "relu_backward");
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->x : op->dy);
    if (!forward) take_buffer(to, l, op->y);
    by_blocks(to, l, (int)shape_size(op->in));
}

/* What draws a mask; all zero where there is no dropout. */
static void define_mask(lowering *to) {
    float rate = to->op->rate;
    uint64_t seed = rate > 0 ? to->e->p->options.seed : 0;
    define(to, " -DTHRESHOLD=%ldu -DSEED0=%uu -DSEED1=%uu -DSTREAM=%du", lroundf(rate * 65536.0F), (unsigned)seed,
           (unsigned)(seed >> 32), rate > 0 ? PHILOX_LAYER + to->op->dropout_layer : 0);
    define_float(to, "KEEP", 1 / (1 - rate));
}

enum { MASK_GROUP = 8 }; /* as in cl/philox.clh */

static int mask_groups(const plan_op *op) {
    return ((int)shape_size(op->in) + MASK_GROUP - 1) / MASK_GROUP;
}

static void lower_dropout(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_DROPOUT_FORWARD;
    begin(to);
    define(to, " -DSIZE=%zu", shape_size(op->in));
    define_mask(to);
    build(to, "dropout");
    launch *l = add_launch(to, forward ? "dropout_forward" : "dropout_backward");
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->mask : op->dy);
    take_buffer(to, l, forward ? op->x : op->mask);
    if (forward) take(to, l, SOURCE_STEP, NULL);
    by_blocks(to, l, mask_groups(op));
}

static void build_batchnorm(lowering *to) {
    const plan_op *op = to->op;
    begin(to);
    define(to, " -DC=%d -DP=%d -DGAMMA=%zu -DBETA=%zu -DMEAN=%zu -DVARIANCE=%zu", op->in.channels,
           op->in.height * op->in.width, offset_of(to, op->gamma), offset_of(to, op->beta),
           offset_of(to, op->moving_mean), offset_of(to, op->moving_variance));
    define(to, " -DGROUP=%d -DDROP=%d", tiles_of(to)->group, op->rate > 0);
    define_float(to, "MOMENTUM", op->momentum);
    define_float(to, "EPSILON", op->epsilon);
    define_mask(to);
    build(to, "batchnorm");
}

static void lower_batchnorm_statistics(lowering *to) {
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

static void lower_batchnorm_forward(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->mask);
    take_buffer(to, l, op->x);
    take_buffer(to, l, op->mean);
    take_buffer(to, l, op->inverse_deviation);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    take(to, l, SOURCE_STEP, NULL);
    by_blocks(to, l, mask_groups(op));
}

static void lower_batchnorm_inference(lowering *to) {
    const plan_op *op = to->op;
    build_batchnorm(to);
    launch *l = add_launch(to, "batchnorm_inference");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    by_blocks(to, l, (int)shape_size(op->in));
}

static void lower_batchnorm_backward_statistics(lowering *to) {
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

static void lower_batchnorm_backward(lowering *to) {
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

static int dense_inputs(const plan_op *op) {
    return (int)shape_size(op->in);
}
static int dense_outputs(const plan_op *op) {
    return op->out.channels;
}

static void build_dense(lowering *to) {
    const plan_op *op = to->op;
    const opencl_tiles *t = tiles_of(to);
    int inputs = dense_inputs(op), outputs = dense_outputs(op);
    begin(to);
    define(to, " -DI=%d -DO=%d -DRELU=%d -DKERNEL=%zu -DBIAS=%zu", inputs, outputs, op->relu, offset_of(to, op->kernel),
           offset_of(to, op->bias));
    define(to, " -DOT=%d -DIT=%d -DGV=%d -DGI=%d", divisor(outputs, t->neurons), divisor(inputs, t->neurons),
           power_divisor(outputs, t->outputs), divisor(inputs, t->neurons));
    build(to, "dense");
}

static void lower_dense_forward(lowering *to) {
    const plan_op *op = to->op;
    build_dense(to);
    launch *l = add_launch(to, "dense_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    by_blocks(to, l, dense_outputs(op) / divisor(dense_outputs(op), tiles_of(to)->neurons));
}

static void add_dense_kernel_gradient(lowering *to, cl_mem dz) {
    const plan_op *op = to->op;
    const opencl_tiles *t = tiles_of(to);
    launch *l = add_launch(to, "dense_kernel_gradient");
    take(to, l, SOURCE_BUFFER, to->e->gradients);
    take_buffer(to, l, op->x);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BLOCKS, NULL);
    if (!l) return;
    size_t columns = (size_t)(dense_outputs(op) / power_divisor(dense_outputs(op), t->outputs));
    size_t rows = (size_t)(dense_inputs(op) / divisor(dense_inputs(op), t->neurons));
    size_t across = t->group_items && t->group_items <= most_items(to, l) ? 32 : 1;
    l->local[0] = across;
    l->global[0] = round_up(columns, across);
    l->global[1] = rows;
}

static void lower_dense_backward(lowering *to) {
    const plan_op *op = to->op;
    size_t images = to->blocks * (size_t)tiles_of(to)->lanes;
    build_dense(to);
    cl_mem dz = scratch(to, images * (size_t)dense_outputs(op) * sizeof(float));
    launch *l = add_launch(to, "dense_gate");
    take(to, l, SOURCE_BUFFER, dz);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->y);
    by_blocks(to, l, dense_outputs(op));
    if (op->dx != NO_BUFFER) {
        l = add_launch(to, "dense_input_gradient");
        take_buffer(to, l, op->dx);
        take_buffer(to, l, op->dy);
        take_buffer(to, l, op->y);
        take(to, l, SOURCE_BUFFER, to->e->parameters);
        by_blocks(to, l, dense_inputs(op) / divisor(dense_inputs(op), tiles_of(to)->neurons));
    }
    add_dense_kernel_gradient(to, dz);
}

static void lower_softmax_cross_entropy(lowering *to) {
    const plan_op *op = to->op;
    begin(to);
    define(to, " -DCLASSES=%d -DTRAINED=%d", op->in.channels, op->dx != NO_BUFFER);
    build(to, "softmax_cross_entropy");
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

static void lower_rmsprop(lowering *to) {
    const plan *p = to->e->p;
    if (p->network->trained_size == 0) return;
    begin(to);
    define(to, " -DSIZE=%zu", p->network->trained_size);
    define_float(to, "RHO", p->options.rho);
    define_float(to, "EPSILON", p->options.epsilon);
    build(to, "rmsprop");
    launch *l = add_launch(to, "rmsprop");
    take(to, l, SOURCE_BUFFER, to->e->parameters);
    take(to, l, SOURCE_BUFFER, to->e->squares);
    take(to, l, SOURCE_BUFFER, to->e->gradients);
    take(to, l, SOURCE_RATE, NULL);
    if (!l) return;
    size_t items = p->network->trained_size / (size_t)tiles_of(to)->width;
    size_t wanted = tiles_of(to)->group_items ? tiles_of(to)->group_items : (items + CPU_GROUPS - 1) / CPU_GROUPS;
    while (wanted > most_items(to, l)) wanted /= 2;
    l->local[0] = wanted;
    l->global[0] = round_up(items, wanted);
}

static void (*const lower_op[OP_KINDS])(lowering *to) = {
    [OP_GATHER] = lower_gather,
    [OP_CONV2D_FORWARD] = lower_conv2d_forward,
    [OP_MAXPOOL2D_FORWARD] = lower_maxpool2d,
    [OP_RELU_FORWARD] = lower_relu,
    [OP_BATCHNORM_STATISTICS] = lower_batchnorm_statistics,
    [OP_BATCHNORM_FORWARD] = lower_batchnorm_forward,
    [OP_BATCHNORM_INFERENCE] = lower_batchnorm_inference,
    [OP_DROPOUT_FORWARD] = lower_dropout,
    [OP_DENSE_FORWARD] = lower_dense_forward,
    [OP_SOFTMAX_CROSS_ENTROPY] = lower_softmax_cross_entropy,
    [OP_CONV2D_BACKWARD] = lower_conv2d_backward,
    [OP_MAXPOOL2D_BACKWARD] = lower_maxpool2d,
    [OP_RELU_BACKWARD] = lower_relu,
    [OP_BATCHNORM_BACKWARD_STATISTICS] = lower_batchnorm_backward_statistics,
    [OP_BATCHNORM_BACKWARD] = lower_batchnorm_backward,
    [OP_DROPOUT_BACKWARD] = lower_dropout,
    [OP_DENSE_BACKWARD] = lower_dense_backward,
    [OP_RMSPROP] = lower_rmsprop,
};

clenet_status opencl_lower(opencl_executor *e, launch_list *list, const plan_op *ops, int count, size_t images,
                           clenet_error *error) {
    lowering to = {.e = e, .list = list, .blocks = plan_blocks(e->p, images), .error = error};
    list->capacity = count * LAUNCHES_PER_OP;
    list->launches = memory_new((size_t)list->capacity, sizeof *list->launches);
    if (!list->launches) return error_memory(error, sizeof(launch) * (size_t)list->capacity, "launches");
    for (int i = 0; i < count && to.status == CLENET_OK; i++) {
        to.op = &ops[i];
        lower_op[ops[i].kind](&to);
    }
    return to.status;
}
