/* torch.c - clenet_export_torch: a state dict of PyTorch, and the module that loads it. */
#include "lib/export/export.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/number.h"
#include "lib/export/text.h"
#include "lib/net/layer.h"
#include "lib/net/model.h"
#include "lib/net/safetensors.h"

enum { TORCH_NAME_SIZE = 32 + NETWORK_NAME_SIZE, MEMBER_SIZE = 24, FLOAT_SIZE = 48, FLOAT_DIGITS = 9 };

/* ---- the state dict ------------------------------------------------------------------------------------- */

/* Images flattened by PyTorch are [c][h][w]; height 0: the order does not matter. */
static size_t place_in(clenet_shape order, size_t i) {
    if (order.height == 0) return i;
    size_t channels = (size_t)order.channels, pixels = (size_t)order.height * (size_t)order.width;
    return i % channels * pixels + i / channels;
}

static clenet_shape order_after(const layer *l, clenet_shape order) {
    const clenet_shape none = {0, 0, 0};
    bool image = l->in.height * l->in.width > 1 && l->in.channels > 1;
    if (l->spec.kind == CLENET_FLATTEN && image) return l->in;
    return l->spec.kind == CLENET_DENSE ? none : order;
}

/* Turns values of clenet's layout into PyTorch's: conv2d [out][in][kh][kw], dense [out][in]. */
static void turn(float *to, const float *from, const parameter *p, clenet_shape order) {
    if (p->role == PARAMETER_KERNEL) {
        size_t out = p->shape[p->rank - 1], in = p->shape[p->rank - 2], window = p->count / in / out;
        for (size_t k = 0; k < window; k++)
            for (size_t i = 0; i < in; i++)
                for (size_t o = 0; o < out; o++)
                    to[(o * in + place_in(order, i)) * window + k] = from[(k * in + i) * out + o];
        return;
    }
    for (size_t i = 0; i < p->count; i++) to[p->role == PARAMETER_BIAS ? i : place_in(order, i)] = from[i];
}

static void put_shape(clenet_tensor *tensor, const parameter *p) {
    tensor->rank = p->rank;
    memcpy(tensor->shape, p->shape, sizeof tensor->shape);
    if (p->role != PARAMETER_KERNEL) return;
    size_t in = p->shape[p->rank - 2], out = p->shape[p->rank - 1];
    const size_t conv2d[] = {out, in, p->shape[0], p->shape[1]}, dense[] = {out, in};
    memcpy(tensor->shape, p->rank == 4 ? conv2d : dense, (size_t)p->rank * sizeof conv2d[0]);
}

static const char *word_of(parameter_role role) {
    static const char *const words[] = {[PARAMETER_KERNEL] = "weight",
                                        [PARAMETER_BIAS] = "bias",
                                        [PARAMETER_GAMMA] = "weight",
                                        [PARAMETER_BETA] = "bias",
                                        [PARAMETER_MOVING_MEAN] = "running_mean",
                                        [PARAMETER_MOVING_VARIANCE] = "running_var"};
    return words[role];
}

/* Fills the tensors [members * parameters], their names and their values [members][packed_size]. */
static void fill_tensors(clenet_tensor *tensors, char (*names)[TORCH_NAME_SIZE], float *values,
                         const clenet_model *model) {
    const clenet_network *network = model->network;
    for (int member = 0; member < model->members; member++) {
        char front[MEMBER_SIZE] = "";
        clenet_shape order = {0, 0, 0};
        if (model->members > 1) (void)snprintf(front, sizeof front, "member_%d.", member + 1);
        for (int i = 0; i < network->layer_count; i++) {
            const layer *l = &network->layers[i];
            for (int k = 0; k < l->parameter_count; k++) {
                int at = member * network->parameter_count + l->parameter_first + k;
                const parameter *p = &network->parameters[l->parameter_first + k];
                float *to = values + (size_t)member * network->packed_size + p->offset;
                turn(to, model_values(model, member) + p->offset, p, order);
                (void)snprintf(names[at], sizeof names[at], "%s%s.%s", front, l->name, word_of(p->role));
                tensors[at] = (clenet_tensor){.name = names[at], .data = to};
                put_shape(&tensors[at], p);
            }
            order = order_after(l, order);
        }
    }
}

static clenet_status write_state(clenet_export **to, const clenet_model *model, clenet_error *error) {
    static const safetensors_note metadata[] = {{"format", "pt"}};
    size_t count = (size_t)model->members * (size_t)model->network->parameter_count, size = 0;
    size_t numbers = (size_t)model->members * model->network->packed_size;
    clenet_tensor *tensors = memory_new(count + 1, sizeof *tensors);
    char(*names)[TORCH_NAME_SIZE] = memory_new(count + 1, sizeof *names);
    float *values = memory_new(numbers + 1, sizeof *values);
    uint8_t *bytes = NULL;
    clenet_status status = CLENET_OK;
    if (tensors == NULL || names == NULL || values == NULL)
        status = error_memory(error, numbers * sizeof *values, "a state dict");
    if (status == CLENET_OK) {
        fill_tensors(tensors, names, values, model);
        status = safetensors_write_memory(&bytes, &size, tensors, count, NULL, metadata, 1, error);
    }
    memory_free(tensors);
    memory_free(names);
    memory_free(values);
    if (status != CLENET_OK) return status;
    return export_new(to, (char *)bytes, size, error);
}

/* ---- the module ----------------------------------------------------------------------------------------- */

typedef struct sides {
    int top, bottom, left, right;
} sides;

/* The rows or columns behind the last, of a window that moves by stride. */
static int behind(int in, int out, int window, int stride, int before) {
    int more = (out - 1) * stride + window - in - before;
    return more > 0 ? more : 0;
}

static sides padding_of(const layer *l) {
    const clenet_layer *spec = &l->spec;
    bool conv2d = spec->kind == CLENET_CONV2D;
    int height = conv2d ? spec->kernel_height : spec->pool, width = conv2d ? spec->kernel_width : spec->pool;
    if (spec->padding == CLENET_VALID) return (sides){0, 0, 0, 0};
    if (spec->padding == CLENET_PADDED)
        return (sides){spec->pad_top, spec->pad_bottom, spec->pad_left, spec->pad_right};
    return (sides){l->pad_top, behind(l->in.height, l->out.height, height, spec->stride, l->pad_top), l->pad_left,
                   behind(l->in.width, l->out.width, width, spec->stride, l->pad_left)};
}

/* "5", or "(5, 3)" */
static void add_pair(text_buffer *t, const char *front, int a, int b) {
    if (a == b)
        text_add(t, "%s%d", front, a);
    else
        text_add(t, "%s(%d, %d)", front, a, b);
}

/* The fewest digits that are read back as the same float. */
static void add_float(text_buffer *t, float value) {
    char text[FLOAT_SIZE];
    for (int digits = 1; digits <= FLOAT_DIGITS; digits++) {
        (void)number_print(text, sizeof text, "%.*g", digits, (double)value);
        if (number_read(text, NULL) == value) break;
    }
    text_add(t, "%s", text);
}

/* PyTorch's momentum is the share of the new mean: 0.01 for 0.99. A float below 1 has 7 decimals. */
static void add_momentum(text_buffer *t, float momentum) {
    char text[FLOAT_SIZE];
    double share = 1.0 - (double)momentum;
    int length = number_print(text, sizeof text, "%.7f", share);
    while (length > 0 && text[length - 1] == '0') text[--length] = '\0';
    if (number_read(text, NULL) > 0.0f)
        text_add(t, "%s", text);
    else
        text_add(t, "%.9g", share);
}

static void add_conv2d(text_buffer *t, const layer *l) {
    const clenet_layer *spec = &l->spec;
    sides pad = padding_of(l);
    bool even = pad.top == pad.bottom && pad.left == pad.right;
    if (!even)
        text_add(t, "%s_pad=nn.ZeroPad2d((%d, %d, %d, %d)), ", l->name, pad.left, pad.right, pad.top, pad.bottom);
    text_add(t, "%s=nn.Conv2d(%d, %d, ", l->name, l->in.channels, spec->filters);
    add_pair(t, "", spec->kernel_height, spec->kernel_width);
    if (spec->stride != 1) text_add(t, ", stride=%d", spec->stride);
    if (even && (pad.top > 0 || pad.left > 0)) add_pair(t, ", padding=", pad.top, pad.left);
    if (spec->groups != 1) text_add(t, ", groups=%d", spec->groups);
    text_add(t, ")");
}

static void add_pool(text_buffer *t, const layer *l) {
    const clenet_layer *spec = &l->spec;
    sides pad = padding_of(l);
    bool average = spec->kind == CLENET_AVGPOOL2D, none = pad.top + pad.bottom + pad.left + pad.right == 0;
    /* PyTorch pads both sides alike, and by half of the window at most. */
    bool plain =
        pad.top == pad.bottom && pad.left == pad.right && 2 * pad.top <= spec->pool && 2 * pad.left <= spec->pool;
    if (average && !plain) {
        text_add(t, "%s=PaddedAvgPool2d(%d, %d, (%d, %d, %d, %d))", l->name, spec->pool, spec->stride, pad.left,
                 pad.right, pad.top, pad.bottom);
        return;
    }
    if (!plain)
        text_add(t, "%s_pad=nn.ConstantPad2d((%d, %d, %d, %d), float(\"-inf\")), ", l->name, pad.left, pad.right,
                 pad.top, pad.bottom);
    text_add(t, "%s=nn.%s(%d", l->name, average ? "AvgPool2d" : "MaxPool2d", spec->pool);
    if (spec->stride != spec->pool) text_add(t, ", stride=%d", spec->stride);
    if (plain && !none) add_pair(t, ", padding=", pad.top, pad.left);
    if (plain && !none && average) text_add(t, ", count_include_pad=False");
    text_add(t, ")");
}

static void add_activation(text_buffer *t, clenet_activation activation, float slope) {
    switch (activation) {
    case CLENET_ACTIVATION_RELU:
        text_add(t, "nn.ReLU()");
        break;
    case CLENET_ACTIVATION_TANH:
        text_add(t, "nn.Tanh()");
        break;
    case CLENET_ACTIVATION_SIGMOID:
        text_add(t, "nn.Sigmoid()");
        break;
    case CLENET_ACTIVATION_LEAKY_RELU:
        text_add(t, "nn.LeakyReLU(");
        add_float(t, slope);
        text_add(t, ")");
        break;
    case CLENET_ACTIVATION_SOFTMAX:
    case CLENET_ACTIVATION_NONE:
    default:
        text_add(t, "nn.Softmax(1)");
        break;
    }
}

static void add_batchnorm(text_buffer *t, const layer *l) {
    text_add(t, "%s=nn.BatchNorm%s(%d, eps=", l->name, l->flat ? "1d" : "2d", l->in.channels);
    add_float(t, l->spec.epsilon);
    text_add(t, ", momentum=");
    add_momentum(t, l->spec.momentum);
    text_add(t, ")");
}

/* A layer without its activation. */
static void add_layer(text_buffer *t, const layer *l) {
    const clenet_layer *spec = &l->spec;
    switch (spec->kind) {
    case CLENET_CONV2D:
        add_conv2d(t, l);
        break;
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
        add_pool(t, l);
        break;
    case CLENET_GLOBALAVGPOOL2D:
        text_add(t, "%s=nn.AdaptiveAvgPool2d(1), %s_flatten=nn.Flatten()", l->name, l->name);
        break;
    case CLENET_ZEROPAD2D:
        text_add(t, "%s=nn.ZeroPad2d((%d, %d, %d, %d))", l->name, spec->pad_left, spec->pad_right, spec->pad_top,
                 spec->pad_bottom);
        break;
    case CLENET_BATCHNORM:
        add_batchnorm(t, l);
        break;
    case CLENET_DROPOUT:
        text_add(t, "%s=nn.Dropout(", l->name);
        add_float(t, spec->rate);
        text_add(t, ")");
        break;
    case CLENET_FLATTEN:
        text_add(t, "%s=nn.Flatten()", l->name);
        break;
    case CLENET_DENSE:
        text_add(t, "%s=nn.Linear(%d, %d)", l->name, l->in.channels, spec->units);
        break;
    default: /* an activation, or the softmax */
        text_add(t, "%s=", l->name);
        add_activation(t, layer_kind_activation(spec->kind), spec->negative_slope);
        break;
    }
}

static void add_network(text_buffer *t, const clenet_network *network, bool logits) {
    clenet_shape in = network->input;
    text_add(t,
             "class Network(nn.Sequential):\n"
             "    \"\"\"Takes images as float32 [n, %d, %d, %d], pixel / 255; gives %s [n, %d].\"\"\"\n\n"
             "    def __init__(self):\n"
             "        super().__init__(OrderedDict(\n",
             in.channels, in.height, in.width, logits ? "logits" : "probabilities", network_classes(network));
    for (int i = 0; i < network->layer_count; i++) {
        const layer *l = &network->layers[i];
        clenet_activation activation = l->spec.activation;
        if (logits && l->spec.kind == CLENET_SOFTMAX) continue;
        text_add(t, "            ");
        add_layer(t, l);
        if (activation != CLENET_ACTIVATION_NONE && !(logits && activation == CLENET_ACTIVATION_SOFTMAX)) {
            text_add(t, ", %s_%s=", l->name, clenet_activation_word(activation));
            add_activation(t, activation, LAYER_ACTIVATION_SLOPE);
        }
        text_add(t, ",\n");
    }
    text_add(t, "        ))\n");
}

/* True if the text has a pool that PyTorch has no module for. */
static bool needs_pool(const clenet_network *network) {
    for (int i = 0; i < network->layer_count; i++) {
        const layer *l = &network->layers[i];
        sides pad = l->spec.kind == CLENET_AVGPOOL2D ? padding_of(l) : (sides){0, 0, 0, 0};
        if (pad.top != pad.bottom || pad.left != pad.right || 2 * pad.top > l->spec.pool || 2 * pad.left > l->spec.pool)
            if (l->spec.kind == CLENET_AVGPOOL2D) return true;
    }
    return false;
}

static void add_module(text_buffer *t, const clenet_model *model, bool logits) {
    bool pool = needs_pool(model->network), several = model->members > 1;
    text_add(
        t,
        "from collections import OrderedDict\n\n%sfrom safetensors.torch import load_file\nfrom torch import nn\n\n\n",
        pool || several ? "import torch\n" : "");
    if (pool)
        text_add(t, "class PaddedAvgPool2d(nn.Module):\n"
                    "    \"\"\"The mean of each window, without its padding.\"\"\"\n\n"
                    "    def __init__(self, size, stride, padding):\n"
                    "        super().__init__()\n"
                    "        self.pad, self.pool = nn.ZeroPad2d(padding), nn.AvgPool2d(size, stride)\n\n"
                    "    def forward(self, x):\n"
                    "        return self.pool(self.pad(x)) / self.pool(self.pad(torch.ones_like(x)))\n\n\n");
    add_network(t, model->network, logits);
    if (several)
        text_add(t,
                 "\n\nclass Ensemble(nn.Module):\n"
                 "    def __init__(self):\n"
                 "        super().__init__()\n"
                 "        for i in range(%d):\n"
                 "            self.add_module(f\"member_{i + 1}\", Network())\n\n"
                 "    def forward(self, x):\n"
                 "        return torch.stack([network(x) for network in self.children()]).mean(0)\n",
                 model->members);
    text_add(t,
             "\n\ndef load(file):\n"
             "    network = %s()\n"
             "    network.load_state_dict(load_file(file))\n"
             "    return network.eval()\n",
             several ? "Ensemble" : "Network");
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

clenet_status clenet_export_torch(clenet_export **exported, const clenet_model *model,
                                  const clenet_export_options *options, clenet_error *error) {
    clenet_export_options taken;
    clenet_export *fresh = NULL;
    clenet_shape order = {0, 0, 0};
    REQUIRE(exported, error);
    REQUIRE(model, error);
    clenet_status status = export_options_take(&taken, options, error);
    if (status != CLENET_OK) return status;
    if (taken.logits && model->members > 1)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "cannot export logits: the model averages the probabilities of %d networks. Export "
                         "probabilities",
                         model->members);
    for (int i = 0; i < model->network->layer_count; i++) order = order_after(&model->network->layers[i], order);
    if (order.height != 0)
        return error_set(
            error, CLENET_ERROR_ARGUMENT,
            "cannot export to PyTorch: the classes are a flattened image, whose order differs there; use a "
            "network that ends in a dense layer");
    text_buffer text = {.bytes = NULL};
    status = write_state(&fresh, model, error);
    if (status != CLENET_OK) return status;
    add_module(&text, model, taken.logits);
    if (text.failed) {
        memory_free(text.bytes);
        status = error_memory(error, text.capacity, "the module of PyTorch");
    } else {
        status = export_set_second(fresh, text.bytes, NULL, error);
    }
    if (status != CLENET_OK) {
        clenet_export_free(fresh);
        return status;
    }
    *exported = fresh;
    return CLENET_OK;
}
