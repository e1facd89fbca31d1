/* plan.c - lowers a network to operations, and places their buffers. */
#include "lib/net/plan.h"

#include <math.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/net/layer.h"

const op_row op_rows[] = {
#define NO_GRADIENT OP_KINDS
#define SINGLE(function) true
#define TRAINED false
#define OP(KIND, word, gradient, learns, cpu, single, opencl) {word, gradient, learns, single},
#include "lib/net/ops.def"
};
_Static_assert(sizeof op_rows / sizeof *op_rows == OP_KINDS, "a row for each kind of operation");

enum { FIRST_CAPACITY = 32, BUFFERS_PER_LAYER = 5 /* at most, for the bound of a plan's size */ };

/* The state of lowering: the current list, and its last activation and next gradient. */
typedef struct lowering {
    plan *p;
    const clenet_network *network;
    bool training, failed; /* failed: out of memory */
    plan_op *ops;          /* [count] */
    int count, capacity, buffer_capacity;
    int x;         /* the buffer that the next layer reads */
    plan_op spare; /* used instead of an operation for which there was no memory */
} lowering;

/* Returns the list with room for one more item; NULL if out of memory, and the list is then unchanged. */
static void *grow(void *list, int count, int *capacity, size_t size) {
    if (count < *capacity) return list;
    int larger = *capacity > 0 ? 2 * *capacity : FIRST_CAPACITY;
    void *grown = memory_resize(list, (size_t)larger, size);
    if (grown) *capacity = larger;
    return grown;
}

static int add_buffer(lowering *to, bool per_image, bool bytes, size_t count) {
    plan *p = to->p;
    plan_buffer *buffers = grow(p->buffers, p->buffer_count, &to->buffer_capacity, sizeof *buffers);
    if (!buffers) {
        to->failed = true;
        return NO_BUFFER;
    }
    p->buffers = buffers;
    p->buffers[p->buffer_count] = (plan_buffer){.per_image = per_image, .bytes = bytes, .count = count};
    return p->buffer_count++;
}

static int add_activation(lowering *to, clenet_shape shape) {
    return add_buffer(to, true, false, shape_size(shape));
}

/* A copy of `op` at the list's end. The pointer is good until the next. */
static plan_op *append(lowering *to, const plan_op *op) {
    const plan_op copy = *op;
    plan_op *ops = grow(to->ops, to->count, &to->capacity, sizeof *ops);
    if (!ops) to->failed = true;
    if (ops) to->ops = ops;
    plan_op *added = ops ? &ops[to->count++] : &to->spare;
    *added = copy;
    return added;
}

static plan_op *add_op(lowering *to, op_kind kind, int layer_index) {
    const layer *l = &to->network->layers[layer_index];
    plan_op op = {.kind = kind, .layer = layer_index, .frozen = l->spec.frozen, .in = l->in, .out = l->out};
    op.x = op.y = op.index = op.mask = op.mean = op.inverse_deviation = op.dx = op.dy = NO_BUFFER;
    return append(to, &op);
}

/* Adds a forward operation that reads the last activation and makes the next one. */
static plan_op *add_forward(lowering *to, op_kind kind, int first_layer, int last_layer) {
    plan_op *op = add_op(to, kind, first_layer);
    op->out = to->network->layers[last_layer].out;
    op->x = to->x;
    op->y = add_activation(to, op->out);
    to->x = op->y;
    return op;
}

static bool layer_is(const lowering *to, int i, clenet_layer_kind kind) {
    return i < to->network->layer_count && to->network->layers[i].spec.kind == kind;
}

/* True if layer i, or the layer after it, applies relu to its output; *next is then after both. */
static bool fuse_relu(const lowering *to, int i, int *next) {
    if (to->network->layers[i].spec.activation == CLENET_ACTIVATION_RELU) return true;
    if (to->network->layers[i].spec.activation != CLENET_ACTIVATION_NONE || !layer_is(to, *next, CLENET_RELU))
        return false;
    ++*next;
    return true;
}

enum { FUSED_POOL = 2 }; /* the window that both backends pool in registers, directly after the convolution */

/* True if layer i is the pooling that a convolution directly before it can do: no window reaches beyond the image. */
static bool fuses_pool(const lowering *to, int i) {
    if (!layer_is(to, i, CLENET_MAXPOOL2D)) return false;
    const layer *l = &to->network->layers[i];
    bool inside = l->pad_top == 0 && l->pad_left == 0 && l->out.height * FUSED_POOL <= l->in.height &&
                  l->out.width * FUSED_POOL <= l->in.width;
    return l->spec.pool == FUSED_POOL && l->spec.stride == FUSED_POOL && inside;
}

/* True if the activation is a separate operation; otherwise there is none, or it is fused (relu), or part of the loss (softmax). */
static bool stands_apart(clenet_activation activation) {
    return activation != CLENET_ACTIVATION_NONE && activation != CLENET_ACTIVATION_RELU &&
           activation != CLENET_ACTIVATION_SOFTMAX;
}

static void add_activation_op(lowering *to, int i, clenet_activation activation) {
    const clenet_layer *spec = &to->network->layers[i].spec;
    plan_op *op = add_forward(to, OP_ACTIVATION_FORWARD, i, i);
    op->in = op->out;
    op->negative_slope = spec->kind == CLENET_LEAKY_RELU ? spec->negative_slope : LAYER_ACTIVATION_SLOPE;
    op->activation = activation;
}

static int lower_activation(lowering *to, int i) {
    add_activation_op(to, i, layer_kind_activation(to->network->layers[i].spec.kind));
    return i + 1;
}

/* [h][w][c][L] is [h * w * c][L] already; a softmax goes with the loss, which ends every network. */
static int lower_nothing(lowering *to, int i) {
    (void)to;
    return i + 1;
}

/* Sets what both kinds of convolution read. */
static void set_conv2d(plan_op *op, const layer *l, bool relu) {
    op->relu = relu;
    op->kernel_height = l->spec.kernel_height;
    op->kernel_width = l->spec.kernel_width;
    op->pad_top = l->pad_top;
    op->pad_left = l->pad_left;
    op->kernel = l->parameter_first;
    op->bias = l->parameter_first + 1;
}

static int lower_conv2d_general(lowering *to, int i) {
    const layer *l = &to->network->layers[i];
    int next = i + 1;
    bool relu = fuse_relu(to, i, &next);
    plan_op *op = add_forward(to, OP_CONV2D_GENERAL_FORWARD, i, i);
    set_conv2d(op, l, relu);
    op->stride = l->spec.stride;
    op->groups = l->spec.groups;
    if (stands_apart(l->spec.activation)) add_activation_op(to, i, l->spec.activation);
    return next;
}

/* A convolution with stride 1 and one group has faster kernels, which also pool. */
static int lower_conv2d(lowering *to, int i) {
    const layer *l = &to->network->layers[i];
    if (l->spec.stride != 1 || l->spec.groups != 1) return lower_conv2d_general(to, i);
    int next = i + 1;
    bool relu = fuse_relu(to, i, &next);
    bool apart = stands_apart(l->spec.activation);
    bool pooled = !apart && fuses_pool(to, next);
    if (pooled) next++;
    plan_op *op = add_forward(to, OP_CONV2D_FORWARD, i, next - 1);
    set_conv2d(op, l, relu);
    op->pool = pooled ? FUSED_POOL : 0;
    if (pooled && to->training) op->index = add_buffer(to, true, true, shape_size(op->out));
    if (apart) add_activation_op(to, i, l->spec.activation);
    return next;
}

/* A pool, or zero padding. */
static plan_op *add_window(lowering *to, op_kind kind, int i) {
    const layer *l = &to->network->layers[i];
    plan_op *op = add_forward(to, kind, i, i);
    op->pool = l->spec.pool;
    op->stride = l->spec.stride;
    op->pad_top = l->pad_top;
    op->pad_left = l->pad_left;
    return op;
}

static int lower_maxpool2d(lowering *to, int i) {
    plan_op *op = add_window(to, OP_MAXPOOL2D_FORWARD, i);
    if (to->training) op->index = add_buffer(to, true, true, shape_size(op->out));
    return i + 1;
}

static int lower_avgpool2d(lowering *to, int i) {
    add_window(to, OP_AVGPOOL2D_FORWARD, i);
    return i + 1;
}

static int lower_zeropad2d(lowering *to, int i) {
    add_window(to, OP_ZEROPAD2D_FORWARD, i);
    return i + 1;
}

static int lower_globalavgpool2d(lowering *to, int i) {
    add_forward(to, OP_GLOBALAVGPOOL2D_FORWARD, i, i);
    return i + 1;
}

static void set_dropout(lowering *to, plan_op *op, int i) {
    op->rate = to->network->layers[i].spec.rate;
    op->dropout_layer = i;
    op->mask = add_buffer(to, true, true, shape_size(op->out));
}

static bool drops(const lowering *to, int i) {
    return to->training && layer_is(to, i, CLENET_DROPOUT) && to->network->layers[i].spec.rate > 0;
}

static void set_batchnorm(const lowering *to, plan_op *op, int i) {
    const layer *l = &to->network->layers[i];
    op->momentum = l->spec.momentum;
    op->epsilon = l->spec.epsilon;
    op->gamma = l->parameter_first;
    op->beta = l->parameter_first + 1;
    op->moving_mean = l->parameter_first + 2;
    op->moving_variance = l->parameter_first + 3;
}

static int lower_batchnorm(lowering *to, int i) {
    if (!to->training || to->network->layers[i].spec.frozen) {
        set_batchnorm(to, add_forward(to, OP_BATCHNORM_INFERENCE, i, i), i);
        return i + 1;
    }
    plan_op *statistics = add_op(to, OP_BATCHNORM_STATISTICS, i);
    size_t channels = (size_t)statistics->in.channels;
    int mean = add_buffer(to, false, false, channels), inverse_deviation = add_buffer(to, false, false, channels);
    statistics->x = to->x;
    statistics->mean = mean;
    statistics->inverse_deviation = inverse_deviation;
    set_batchnorm(to, statistics, i);
    plan_op *forward = add_forward(to, OP_BATCHNORM_FORWARD, i, i);
    forward->mean = mean;
    forward->inverse_deviation = inverse_deviation;
    set_batchnorm(to, forward, i);
    if (!drops(to, i + 1)) return i + 1;
    set_dropout(to, forward, i + 1);
    return i + 2;
}

static int lower_dropout(lowering *to, int i) {
    if (drops(to, i)) set_dropout(to, add_forward(to, OP_DROPOUT_FORWARD, i, i), i);
    return i + 1;
}

static int lower_dense(lowering *to, int i) {
    const layer *l = &to->network->layers[i];
    int next = i + 1;
    bool relu = fuse_relu(to, i, &next);
    plan_op *op = add_forward(to, OP_DENSE_FORWARD, i, i);
    op->relu = relu;
    op->kernel = l->parameter_first;
    op->bias = op->kernel + 1;
    if (stands_apart(l->spec.activation)) add_activation_op(to, i, l->spec.activation);
    return next;
}

/* Lowers layer i and the layers that are fused with it; returns the next layer. */
static int lower_layer(lowering *to, int i) {
    static int (*const lower_layer_kind[])(lowering * to, int i) = {
#define LAYER(KIND, word, keras, input, fields, shape, parameters, statement, operations) \
    [CLENET_##KIND] = lower_##operations,
#include "lib/net/layers.def"
    };
    return lower_layer_kind[to->network->layers[i].spec.kind](to, i);
}

/* Makes the list up to the probabilities and, in training, the loss and its gradient. */
static void lower_forward(lowering *to) {
    plan_op *gather = add_op(to, OP_GATHER, 0);
    gather->in = gather->out = to->network->input;
    gather->augment = to->training ? to->p->options.augment : to->p->options.copies;
    gather->y = to->x = add_activation(to, to->network->input);
    for (int i = 0; i < to->network->layer_count;) i = lower_layer(to, i);
    int last = to->network->layer_count - 1;
    int logits = to->x;
    plan_op *loss = add_forward(to, OP_SOFTMAX_CROSS_ENTROPY, last, last);
    loss->in = loss->out;
    if (to->training) {
        to->p->training_logits = logits;
        loss->dx = add_activation(to, loss->in);
    } else {
        to->p->inference_logits = logits;
        to->p->inference_probabilities = loss->y;
    }
}

/* True if the operation has parameters, and they are trained. */
static bool is_trained(const plan_op *op) {
    return op_rows[op->kind].learns && !op->frozen;
}

/* Appends the gradients of the forward operations, last first; none below the first operation that is trained. */
static void lower_backward(lowering *to) {
    int forward_count = to->count;
    int first = 0;
    while (first < forward_count && !is_trained(&to->ops[first])) first++;
    int dy = to->ops[forward_count - 1].dx;
    for (int i = forward_count - 2; i >= first; i--) {
        plan_op op = to->ops[i];
        op_kind gradient = op_rows[op.kind].gradient;
        if (gradient == OP_KINDS) continue;
        op.dy = dy;
        int dx = i > first ? add_activation(to, op.in) : NO_BUFFER;
        if (gradient == OP_BATCHNORM_BACKWARD) {
            op.kind = OP_BATCHNORM_BACKWARD_STATISTICS;
            append(to, &op);
            if (dx == NO_BUFFER) continue;
        }
        op.kind = gradient;
        op.dx = dx;
        append(to, &op);
        dy = dx;
    }
}

static size_t buffer_bytes(const plan *p, const plan_buffer *buffer, size_t images) {
    size_t numbers = buffer->count;
    if (buffer->per_image) numbers *= plan_blocks(p, images) * (size_t)p->options.lanes;
    return numbers * (buffer->bytes ? 1 : sizeof(float));
}

static size_t align(size_t bytes) {
    return (bytes + PLAN_ALIGNMENT - 1) / PLAN_ALIGNMENT * PLAN_ALIGNMENT;
}

/* Places buffers first .. buffer_count one after the other from byte `at`; returns the end. */
static size_t place(plan *p, int first, size_t at, size_t images) {
    for (int i = first; i < p->buffer_count; i++) {
        p->buffers[i].offset = at;
        at = align(at + buffer_bytes(p, &p->buffers[i], images));
    }
    return at;
}

const plan_optimizer plan_optimizers[] = {[CLENET_OPTIMIZER_RMSPROP] = {"rmsprop", .squares = true},
                                          [CLENET_OPTIMIZER_SGD] = {"sgd", .moments = true},
                                          [CLENET_OPTIMIZER_ADAM] = {"adam", .squares = true, .moments = true},
                                          [CLENET_OPTIMIZER_ADAMW] = {"adam", .squares = true, .moments = true}};
_Static_assert(sizeof plan_optimizers / sizeof *plan_optimizers == PLAN_OPTIMIZERS, "a row for each optimizer");

bool plan_has(const plan_options *options, plan_region region) {
    switch (region) {
    case REGION_SQUARES:
        return options->training && plan_optimizers[options->optimizer].squares;
    case REGION_MOMENTS:
        return options->training && plan_optimizers[options->optimizer].moments;
    case REGION_AVERAGES:
        return options->training && options->weight_average > 0;
    default:
        return true;
    }
}

plan_region plan_inferred(const plan_options *options) {
    return plan_has(options, REGION_AVERAGES) ? REGION_AVERAGES : REGION_PARAMETERS;
}

/* Places the packed values at the start of the arena; returns their end. */
static size_t place_regions(plan *p) {
    size_t at = 0;
    for (int region = 0; region < REGIONS; region++) {
        if (!plan_has(&p->options, (plan_region)region)) continue;
        p->regions[region] = at;
        at += align(p->network->packed_size * sizeof(float));
    }
    return at;
}

/* false: out of memory. */
static bool lower(plan *p) {
    size_t activations = place_regions(p);

    lowering to = {.p = p, .network = p->network};
    lower_forward(&to);
    p->inference = to.ops;
    p->inference_count = to.count;
    p->arena_bytes = place(p, 0, activations, p->options.inference_batch);
    if (to.failed || !p->options.training) return !to.failed;

    /* A training step and inference never run at the same time, so their activations may share memory. */
    int first = p->buffer_count;
    to = (lowering){.p = p, .network = p->network, .training = true, .buffer_capacity = to.buffer_capacity};
    lower_forward(&to);
    if (!to.failed) lower_backward(&to);
    add_op(&to, OP_OPTIMIZER, 0);
    p->training = to.ops;
    p->training_count = to.count;
    size_t end = place(p, first, activations, p->options.batch);
    if (end > p->arena_bytes) p->arena_bytes = end;
    return !to.failed;
}

/* True if every product of the sizes above fits: an upper bound in floating point. */
static bool fits(const clenet_network *network, const plan_options *options) {
    double images = (double)(options->batch > options->inference_batch ? options->batch : options->inference_batch);
    double numbers = (double)shape_size(network->input);
    for (int i = 0; i < network->layer_count; i++)
        numbers += BUFFERS_PER_LAYER * (double)shape_size(network->layers[i].out);
    double bytes =
        2 * sizeof(float) * ((images + options->lanes) * numbers + (double)REGIONS * (double)network->packed_size);
    return bytes < (double)(SIZE_MAX / 4);
}

clenet_status plan_new(plan **out, const clenet_network *network, const plan_options *options, clenet_error *error) {
    if (!fits(network, options))
        return error_set(
            error, CLENET_ERROR_ARGUMENT,
            "a batch of %zu images of this network needs more memory than any machine has; use a smaller batch",
            options->batch);
    plan *p = memory_new(1, sizeof *p);
    if (!p) return error_memory(error, sizeof *p, "the plan of the network");
    p->options = *options;
    p->network = network;
    p->training_logits = p->inference_logits = p->inference_probabilities = NO_BUFFER;
    if (!lower(p)) {
        size_t operations = (size_t)p->training_count + (size_t)p->inference_count;
        plan_free(p);
        return error_memory(error, 2 * operations * sizeof(plan_op), "the plan of the network");
    }
    *out = p;
    return CLENET_OK;
}

/* In double, since beta_2 of a late step differs from 0 by less than a float's last place differs from 1. */
static float corrected(const plan_options *o, uint32_t step, float learning_rate) {
    double steps = (double)step + 1;
    double moment = 1 - pow((double)o->beta_1, steps), square = 1 - pow((double)o->beta_2, steps);
    return (float)((double)learning_rate * sqrt(square) / moment);
}

plan_update plan_update_at(const plan_options *o, uint32_t step, float learning_rate) {
    plan_update u = {
        .rate = learning_rate, .keep = 1, .decay = o->weight_decay, .moment_add = 1, .epsilon = o->epsilon};
    switch (o->optimizer) {
    case CLENET_OPTIMIZER_RMSPROP:
        u.square_keep = o->rho;
        break;
    case CLENET_OPTIMIZER_SGD:
        u.moment_keep = o->momentum;
        break;
    case CLENET_OPTIMIZER_ADAMW:
        u.decay = 0;
        u.keep = (float)(1 - (double)learning_rate * (double)o->weight_decay);
        /* fall through */
    case CLENET_OPTIMIZER_ADAM:
        u.rate = corrected(o, step, learning_rate);
        u.square_keep = o->beta_2;
        u.moment_keep = o->beta_1;
        u.moment_add = 1 - o->beta_1;
        break;
    }
    u.square_add = 1 - u.square_keep;
    /* As TensorFlow's ExponentialMovingAverage with num_updates, so that the initial weights are soon forgotten. */
    u.average_keep = (float)fmin((double)o->weight_average, (1 + (double)step) / (10 + (double)step));
    return u;
}

void plan_free(plan *p) {
    if (!p) return;
    memory_free(p->training);
    memory_free(p->inference);
    memory_free(p->buffers);
    memory_free(p);
}
