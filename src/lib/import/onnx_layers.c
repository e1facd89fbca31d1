/* onnx_layers.c - nodes that are layers of clenet. */
#include <string.h>

#include "lib/import/onnx_reader.h"

import_layer *onnx_layer(onnx_reader *r, const Onnx__NodeProto *node, const onnx_flow *flow, clenet_layer_kind kind) {
    if (!r->started) onnx_start(r, flow);
    r->linear = r->affine = 0;
    return import_add_layer(r->network, onnx_node_name(node), kind);
}

/* The flow must be images, or a problem. */
static bool take_image(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    char text[IMPORT_SHAPE_SIZE];
    onnx_take_image(flow);
    if (onnx_is_image(flow)) return true;
    if (flow->rank > 0)
        onnx_complain(r, node, "needs images as [N, channels, height, width], but %s reaches it",
                      onnx_flow_text(text, flow));
    flow->rank = 0;
    return false;
}

/* A vector of the constant in input i for the layer; its shape is checked when the model is built. */
static void set_vector(onnx_reader *r, const Onnx__NodeProto *node, size_t i, import_layer *of, parameter_role role) {
    const onnx_constant *constant = onnx_floats_input(r, node, i);
    if (constant == NULL || of == NULL) return;
    float *to = import_set_tensor(r->network, of, role, IMPORT_OWN, constant->rank, constant->shape);
    if (to != NULL && constant->count > 0) memcpy(to, constant->floats, constant->count * sizeof *to);
}

/* ---- windows -------------------------------------------------------------------------------------------- */

/* The window of a convolution or pool. */
typedef struct onnx_window {
    int height, width, stride;
    int top, left, bottom, right;
    bool same; /* as Keras's padding same */
} onnx_window;

enum { WINDOW_MOST = 1 << 16 };

static bool is_text(const Onnx__AttributeProto *attribute, const char *text) {
    return attribute != NULL && attribute->has_s && attribute->s.len == strlen(text) &&
           memcmp(attribute->s.data, text, attribute->s.len) == 0;
}

/* What padding same adds along an axis; -1 if the side is not known, and the stride is not 1. */
static int64_t same_total(int64_t side, int window, int stride) {
    if (stride == 1) return window - 1;
    if (side <= 0) return -1;
    int64_t total = ((side + stride - 1) / stride - 1) * stride + window - side;
    return total > 0 ? total : 0;
}

/* Whether the numbers are those of padding same for this input. */
static bool is_same(const onnx_window *w, const onnx_flow *flow) {
    int64_t height = same_total(flow->sides[2], w->height, w->stride);
    int64_t width = same_total(flow->sides[3], w->width, w->stride);
    return height == w->top + w->bottom && width == w->left + w->right && w->top == height / 2 && w->left == width / 2;
}

static bool read_padding(const Onnx__NodeProto *node, const onnx_flow *flow, onnx_window *w) {
    const Onnx__AttributeProto *automatic = onnx_attribute(node, "auto_pad");
    int pads[4] = {0};
    if (is_text(automatic, "SAME_UPPER")) {
        w->same = true;
    } else if (is_text(automatic, "SAME_LOWER")) {
        int64_t height = same_total(flow->sides[2], w->height, w->stride);
        int64_t width = same_total(flow->sides[3], w->width, w->stride);
        if (height < 0 || width < 0) return false;
        w->bottom = (int)(height / 2);
        w->right = (int)(width / 2);
        w->top = (int)height - w->bottom;
        w->left = (int)width - w->right;
    } else if (!is_text(automatic, "VALID")) {
        if (onnx_attribute(node, "pads") != NULL && !onnx_ints(node, "pads", pads, 4)) return false;
        for (int i = 0; i < 4; i++)
            if (pads[i] < 0 || pads[i] > WINDOW_MOST) return false;
        w->top = pads[0];
        w->left = pads[1];
        w->bottom = pads[2];
        w->right = pads[3];
    }
    if (!w->same) w->same = is_same(w, flow) && w->top + w->left + w->bottom + w->right > 0;
    return true;
}

/* Reads strides, dilations and padding of a window of height x width. False: a problem. */
static bool read_window(onnx_reader *r, const Onnx__NodeProto *node, const onnx_flow *flow, onnx_window *w) {
    int strides[] = {1, 1}, dilations[] = {1, 1};
    bool strided = onnx_attribute(node, "strides") == NULL || onnx_ints(node, "strides", strides, 2);
    bool dilated = onnx_attribute(node, "dilations") != NULL && !onnx_ints(node, "dilations", dilations, 2);
    bool good = w->height > 0 && w->width > 0 && w->height <= WINDOW_MOST && w->width <= WINDOW_MOST;
    if (!good) {
        onnx_complain(r, node, "has no window that clenet can use");
    } else if (!strided || strides[0] != strides[1] || strides[0] < 1 || strides[0] > WINDOW_MOST) {
        onnx_complain(r, node, "clenet has one stride for both axes, but it has %dx%d", strides[0], strides[1]);
        good = false;
    } else if (dilated || dilations[0] != 1 || dilations[1] != 1) {
        onnx_complain(r, node, "clenet has no dilations, but it has %dx%d", dilations[0], dilations[1]);
        good = false;
    } else {
        w->stride = strides[0];
        good = read_padding(node, flow, w);
        if (!good) onnx_complain(r, node, "clenet cannot use its padding");
    }
    return good;
}

static void set_window(clenet_layer *spec, const onnx_window *w) {
    spec->stride = w->stride;
    spec->padding = w->same ? CLENET_SAME : CLENET_VALID;
    if (w->same || w->top + w->left + w->bottom + w->right == 0) return;
    spec->padding = CLENET_PADDED;
    spec->pad_top = w->top;
    spec->pad_left = w->left;
    spec->pad_bottom = w->bottom;
    spec->pad_right = w->right;
}

/* The side of the output, 0 if it is not known. */
static int64_t windows(int64_t side, int window, int stride, int padding, bool same) {
    if (side <= 0) return 0;
    if (same) return (side + stride - 1) / stride;
    int64_t room = side + padding - window;
    return room < 0 ? 0 : room / stride + 1;
}

static void move_sides(onnx_flow *flow, const onnx_window *w) {
    flow->sides[2] = windows(flow->sides[2], w->height, w->stride, w->top + w->bottom, w->same);
    flow->sides[3] = windows(flow->sides[3], w->width, w->stride, w->left + w->right, w->same);
}

/* ---- layers for images ---------------------------------------------------------------------------------- */

static bool has_input(const onnx_reader *r, const Onnx__NodeProto *node, size_t i) {
    return onnx_input(r, node, i) != NULL;
}

void onnx_conv(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    char text[IMPORT_SHAPE_SIZE];
    const onnx_constant *kernel = onnx_floats_input(r, node, 1);
    if (!take_image(r, node, flow)) return;
    if (kernel == NULL || kernel->rank != 4 || kernel->shape[0] == 0) {
        if (kernel != NULL)
            onnx_complain(r, node, "clenet has no convolution with a kernel of %s",
                          import_shape_text(text, kernel->rank, kernel->shape));
        flow->rank = 0;
        return;
    }
    onnx_window w = {.height = kernel->shape[2] <= WINDOW_MOST ? (int)kernel->shape[2] : 0,
                     .width = kernel->shape[3] <= WINDOW_MOST ? (int)kernel->shape[3] : 0};
    if (!read_window(r, node, flow, &w)) {
        flow->rank = 0;
        return;
    }
    import_layer *fresh = onnx_layer(r, node, flow, CLENET_CONV2D);
    if (fresh == NULL) return;
    fresh->spec.filters = (int)kernel->shape[0];
    fresh->spec.kernel_height = w.height;
    fresh->spec.kernel_width = w.width;
    fresh->spec.groups = onnx_int(node, "group", 1);
    set_window(&fresh->spec, &w);
    float *to = import_set_tensor(r->network, fresh, PARAMETER_KERNEL, IMPORT_OIHW, 4, kernel->shape);
    if (to != NULL && kernel->count > 0) memcpy(to, kernel->floats, kernel->count * sizeof *to);
    if (has_input(r, node, 2)) {
        set_vector(r, node, 2, fresh, PARAMETER_BIAS);
    } else {
        (void)import_set_tensor(r->network, fresh, PARAMETER_BIAS, IMPORT_OWN, 1, kernel->shape);
        r->linear = (int)r->network->layer_count;
    }
    move_sides(flow, &w);
    flow->sides[1] = (int64_t)kernel->shape[0];
}

/* Rounding up: one more window, which begins in the image or before it, if numbers are left over. */
static int ceiling(int64_t side, int window, int stride, int before, int after) {
    int64_t room = side + before + after - window;
    if (side <= 0 || room < 0 || room % stride == 0) return after;
    int64_t begin = (room / stride + 1) * stride; /* of that window */
    return begin < side + before ? (int)(begin + window - side - before) : after;
}

/* Zeros around images, as a layer. */
static void add_zeros(onnx_reader *r, const Onnx__NodeProto *node, const onnx_flow *flow, const onnx_window *w) {
    import_layer *fresh = onnx_layer(r, node, flow, CLENET_ZEROPAD2D);
    if (fresh == NULL) return;
    fresh->spec.pad_top = w->top;
    fresh->spec.pad_left = w->left;
    fresh->spec.pad_bottom = w->bottom;
    fresh->spec.pad_right = w->right;
}

/* An average that counts the zeros around the image: a layer of zeros, and then the pool. */
static void split_padding(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow, onnx_window *w) {
    if (w->same) { /* as numbers */
        int64_t height = same_total(flow->sides[2], w->height, w->stride);
        int64_t width = same_total(flow->sides[3], w->width, w->stride);
        w->top = (int)(height / 2);
        w->left = (int)(width / 2);
        w->bottom = (int)height - w->top;
        w->right = (int)width - w->left;
    }
    add_zeros(r, node, flow, w);
    if (flow->sides[2] > 0) flow->sides[2] += w->top + w->bottom;
    if (flow->sides[3] > 0) flow->sides[3] += w->left + w->right;
    w->top = w->left = w->bottom = w->right = 0;
    w->same = false;
}

void onnx_pool(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    bool most = strcmp(node->op_type, "MaxPool") == 0;
    int sides[] = {0, 0};
    if (!take_image(r, node, flow)) return;
    bool square = onnx_ints(node, "kernel_shape", sides, 2) && sides[0] == sides[1];
    onnx_window w = {.height = sides[0], .width = sides[1]};
    if (!square) onnx_complain(r, node, "clenet has square windows only, but it has %dx%d", sides[0], sides[1]);
    if (!square || !read_window(r, node, flow, &w)) {
        flow->rank = 0;
        return;
    }
    bool zeros =
        !most && onnx_int(node, "count_include_pad", 0) != 0 && (w.same || w.top + w.left + w.bottom + w.right > 0);
    if (onnx_int(node, "ceil_mode", 0) != 0) {
        int bottom = ceiling(flow->sides[2], w.height, w.stride, w.top, w.bottom);
        int right = ceiling(flow->sides[3], w.width, w.stride, w.left, w.right);
        bool more = !w.same && (bottom != w.bottom || right != w.right);
        if (flow->sides[2] == 0 || flow->sides[3] == 0 || (more && zeros)) {
            onnx_complain(r, node, "clenet cannot round its size up");
            flow->rank = 0;
            return;
        }
        if (more) {
            w.bottom = bottom;
            w.right = right;
        }
    }
    if (zeros) split_padding(r, node, flow, &w);
    import_layer *fresh = onnx_layer(r, node, flow, most ? CLENET_MAXPOOL2D : CLENET_AVGPOOL2D);
    if (fresh == NULL) return;
    fresh->spec.pool = w.height;
    set_window(&fresh->spec, &w);
    move_sides(flow, &w);
}

void onnx_globalavgpool(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    if (!take_image(r, node, flow)) return;
    (void)onnx_layer(r, node, flow, CLENET_GLOBALAVGPOOL2D);
    r->flat = true;
    flow->sides[2] = flow->sides[3] = 1;
}

/* The mean over height and width, which may be the last axes or the middle ones. */
void onnx_reduce_mean(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    const Onnx__AttributeProto *given = onnx_attribute(node, "axes");
    const onnx_constant *constant = given == NULL ? onnx_integers_input(r, node, 1) : NULL;
    size_t count = given != NULL ? given->n_ints : constant != NULL ? constant->count : 0;
    bool reduced[ONNX_RANK_MAX] = {false}, good = count == 2 && flow->rank == 4;
    for (size_t i = 0; good && i < count; i++) {
        int64_t axis = given != NULL ? given->ints[i] : constant->integers[i];
        if (axis < 0) axis += flow->rank;
        good = axis >= 0 && axis < flow->rank;
        if (good) reduced[axis] = true;
    }
    if (good && flow->axes[1] == AXIS_PLAIN) onnx_take_image(flow);
    good =
        good && onnx_place(flow, AXIS_H) > 0 && reduced[onnx_place(flow, AXIS_H)] && reduced[onnx_place(flow, AXIS_W)];
    if (!good) {
        onnx_complain(r, node, "clenet has means over height and width only");
        flow->rank = 0;
        return;
    }
    (void)onnx_layer(r, node, flow, CLENET_GLOBALAVGPOOL2D);
    r->flat = true;
    int64_t channels = onnx_side(flow, AXIS_C);
    for (int i = 1; i < flow->rank; i++)
        if (reduced[i]) flow->sides[i] = 1;
    if (onnx_int(node, "keepdims", 1) == 0)
        *flow = (onnx_flow){.rank = 2, .sides = {0, channels}, .axes = {AXIS_N, AXIS_FLAT}};
}

/* pads are before all axes, then after all axes; an attribute until opset 11. */
static bool read_pads(onnx_reader *r, const Onnx__NodeProto *node, int64_t before[4], int64_t after[4]) {
    int given[2 * 4], axes[] = {0, 1, 2, 3}, count = 4;
    const onnx_constant *pads = onnx_integers_input(r, node, 1), *some = onnx_integers_input(r, node, 3);
    bool attribute = pads == NULL && onnx_ints(node, "pads", given, 8);
    if (some != NULL) {
        count = some->count <= 4 ? (int)some->count : 0;
        for (int i = 0; i < count; i++) {
            int64_t axis = some->integers[i] < 0 ? some->integers[i] + 4 : some->integers[i];
            if (axis < 0 || axis >= 4) return false;
            axes[i] = (int)axis;
        }
    }
    if (!attribute && (pads == NULL || (int)pads->count != 2 * count)) return false;
    for (int i = 0; i < count; i++) {
        before[axes[i]] = attribute ? given[i] : pads->integers[i];
        after[axes[i]] = attribute ? given[i + count] : pads->integers[i + count];
    }
    for (int i = 0; i < 4; i++)
        if (before[i] < 0 || after[i] < 0 || before[i] > WINDOW_MOST || after[i] > WINDOW_MOST) return false;
    return true;
}

void onnx_pad(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    const Onnx__AttributeProto *mode = onnx_attribute(node, "mode");
    const onnx_constant *value = onnx_floats_input(r, node, 2);
    int64_t before[4] = {0}, after[4] = {0};
    bool zero = value == NULL ? onnx_float(node, "value", 0) == 0.0F : value->count == 1 && value->floats[0] == 0.0F;
    if (flow->rank == 4 && flow->axes[1] == AXIS_PLAIN) onnx_take_image(flow);
    int high = onnx_place(flow, AXIS_H), wide = onnx_place(flow, AXIS_W), deep = onnx_place(flow, AXIS_C);
    bool good = flow->rank == 4 && high > 0 && wide > 0 && deep > 0 && zero &&
                (mode == NULL || is_text(mode, "constant")) && read_pads(r, node, before, after) && before[0] == 0 &&
                after[0] == 0 && before[deep] == 0 && after[deep] == 0;
    if (!good) {
        onnx_complain(r, node, "clenet has zeros around height and width only");
        flow->rank = 0;
        return;
    }
    onnx_window w = {
        .top = (int)before[high], .bottom = (int)after[high], .left = (int)before[wide], .right = (int)after[wide]};
    add_zeros(r, node, flow, &w);
    if (flow->sides[high] > 0) flow->sides[high] += w.top + w.bottom;
    if (flow->sides[wide] > 0) flow->sides[wide] += w.left + w.right;
}

/* ---- layers for images and flat numbers ----------------------------------------------------------------- */

void onnx_batchnorm(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    static const parameter_role roles[] = {PARAMETER_GAMMA, PARAMETER_BETA, PARAMETER_MOVING_MEAN,
                                           PARAMETER_MOVING_VARIANCE};
    if (flow->rank != 2 && !take_image(r, node, flow)) return;
    if (flow->rank == 2 && flow->axes[1] == AXIS_PLAIN) onnx_make_flat(r, node, flow);
    if (onnx_int(node, "training_mode", 0) != 0) onnx_complain(r, node, "is in training mode; export it for inference");
    import_layer *fresh = onnx_layer(r, node, flow, CLENET_BATCHNORM);
    if (fresh == NULL) return;
    fresh->spec.epsilon = onnx_float(node, "epsilon", 1e-5F);
    for (size_t i = 0; i < 4; i++) set_vector(r, node, 1 + i, fresh, roles[i]);
}

void onnx_activation(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    static const struct {
        const char *operator_name;
        clenet_layer_kind kind;
    } kinds[] = {
        {"Relu", CLENET_RELU}, {"Tanh", CLENET_TANH}, {"Sigmoid", CLENET_SIGMOID}, {"LeakyRelu", CLENET_LEAKY_RELU}};
    clenet_layer_kind kind = CLENET_RELU;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].operator_name, node->op_type) == 0) kind = kinds[i].kind;
    float slope = kind == CLENET_LEAKY_RELU ? onnx_float(node, "alpha", 0.01F) : 0;
    if (slope == 0.0F && kind == CLENET_LEAKY_RELU) kind = CLENET_RELU; /* for clenet 0 is the default */
    if (!r->started && flow->rank == 2) onnx_make_flat(r, node, flow);
    if (!r->started) onnx_take_image(flow);
    import_layer *fresh = onnx_layer(r, node, flow, kind);
    if (fresh != NULL) fresh->spec.negative_slope = slope;
}

/* The rate was an attribute until opset 12. */
void onnx_dropout(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    const onnx_constant *ratio = onnx_floats_input(r, node, 1);
    float rate = ratio != NULL && ratio->count == 1 ? ratio->floats[0] : onnx_float(node, "ratio", 0.5F);
    if (!r->started || !(rate > 0) || rate >= 1) return;
    import_layer *fresh = onnx_layer(r, node, flow, CLENET_DROPOUT);
    if (fresh != NULL) fresh->spec.rate = rate;
}

void onnx_softmax(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    int axis = onnx_int(node, "axis", r->opset < 13 ? 1 : -1);
    if (axis < 0) axis += flow->rank;
    if (flow->rank == 4 && r->flat) onnx_make_flat(r, node, flow);
    if (axis != 1 || flow->rank != 2) {
        onnx_complain(r, node, "clenet has a softmax over the classes of a flat output only");
        flow->rank = 0;
        return;
    }
    if (flow->axes[1] == AXIS_PLAIN) onnx_make_flat(r, node, flow);
    if (strcmp(node->op_type, "LogSoftmax") == 0)
        import_note(r->network, "node '%s' (LogSoftmax) becomes a softmax: clenet gives probabilities, not logarithms",
                    onnx_node_name(node));
    (void)onnx_layer(r, node, flow, CLENET_SOFTMAX);
}

/* ---- dense ---------------------------------------------------------------------------------------------- */

/* A dense layer of the matrix in input 1, times `factor`. NULL: a problem. */
static import_layer *add_dense(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow, bool turned,
                               float factor) {
    char text[IMPORT_SHAPE_SIZE];
    const onnx_constant *kernel = onnx_floats_input(r, node, 1);
    if (flow->rank == 4 && r->flat) onnx_make_flat(r, node, flow); /* [N][C][1][1] */
    if (flow->rank == 2 && flow->axes[1] == AXIS_PLAIN) onnx_make_flat(r, node, flow);
    if (flow->rank != 2 || kernel == NULL || kernel->rank != 2) {
        if (flow->rank != 2)
            onnx_complain(r, node, "needs flat numbers, but %s reaches it", onnx_flow_text(text, flow));
        else if (kernel != NULL)
            onnx_complain(r, node, "clenet has no dense layer with a matrix of %s",
                          import_shape_text(text, kernel->rank, kernel->shape));
        else if (!has_input(r, node, 1))
            onnx_complain(r, node, "has no matrix");
        flow->rank = 0;
        return NULL;
    }
    import_layer *fresh = onnx_layer(r, node, flow, CLENET_DENSE);
    if (fresh == NULL) return NULL;
    size_t units = kernel->shape[turned ? 0 : 1];
    fresh->spec.units = units <= INT32_MAX ? (int)units : 0;
    float *to =
        import_set_tensor(r->network, fresh, PARAMETER_KERNEL, turned ? IMPORT_OI : IMPORT_OWN, 2, kernel->shape);
    for (size_t i = 0; to != NULL && i < kernel->count; i++) to[i] = kernel->floats[i] * factor;
    flow->sides[1] = (int64_t)units;
    return fresh;
}

static void add_zero_bias(onnx_reader *r, import_layer *to) {
    size_t units = (size_t)to->spec.units;
    (void)import_set_tensor(r->network, to, PARAMETER_BIAS, IMPORT_OWN, 1, &units);
    r->linear = (int)r->network->layer_count;
}

/* y = alpha x B + beta C, with C of [units], [1][units] or one number */
void onnx_gemm(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    const onnx_value *x = onnx_input(r, node, 0);
    if (x == NULL || x->kind != VALUE_FLOW || onnx_int(node, "transA", 0) != 0) {
        onnx_complain(r, node, "clenet has a dense layer only for images times a constant matrix");
        flow->rank = 0;
        return;
    }
    import_layer *fresh = add_dense(r, node, flow, onnx_int(node, "transB", 0) != 0, onnx_float(node, "alpha", 1));
    if (fresh == NULL) return;
    if (!has_input(r, node, 2)) {
        add_zero_bias(r, fresh);
        return;
    }
    const onnx_constant *bias = onnx_floats_input(r, node, 2);
    if (bias == NULL) return;
    float beta = onnx_float(node, "beta", 1);
    size_t units = (size_t)fresh->spec.units;
    bool row = bias->rank == 2 && bias->shape[0] == 1;
    size_t shape[ONNX_RANK_MAX];
    memcpy(shape, bias->shape, sizeof shape);
    if (bias->count == 1 || row) shape[0] = bias->count == 1 ? units : bias->shape[1];
    float *to = import_set_tensor(r->network, fresh, PARAMETER_BIAS, IMPORT_OWN,
                                  bias->count == 1 || row ? 1 : bias->rank, shape);
    size_t count = bias->count == 1 ? units : bias->count;
    for (size_t i = 0; to != NULL && i < count; i++) to[i] = beta * bias->floats[bias->count == 1 ? 0 : i];
}

void onnx_matmul(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    const onnx_value *x = onnx_input(r, node, 0);
    if (x == NULL || x->kind != VALUE_FLOW) {
        onnx_complain(r, node, "clenet has a dense layer only for images times a constant matrix");
        flow->rank = 0;
        return;
    }
    import_layer *fresh = add_dense(r, node, flow, false, 1);
    if (fresh != NULL) add_zero_bias(r, fresh);
}
