/* onnx_scale.c - products and sums with constants: the scale of the pixels, a bias, or a batch norm. */
#include <math.h>
#include <string.h>

#include "lib/import/onnx_reader.h"

/* y = factor x + term. */
typedef struct onnx_affine {
    double factor, term;
} onnx_affine;

/* What the node does with one number of its constant. */
static onnx_affine affine_of(const Onnx__NodeProto *node, double constant, bool constant_first) {
    const char *operator_name = node->op_type;
    if (strcmp(operator_name, "Mul") == 0) return (onnx_affine){constant, 0};
    if (strcmp(operator_name, "Div") == 0) return (onnx_affine){1 / constant, 0};
    if (strcmp(operator_name, "Add") == 0) return (onnx_affine){1, constant};
    return constant_first ? (onnx_affine){-1, constant} : (onnx_affine){1, -constant}; /* Sub */
}

/* The place in the flow of the only axis along which the constant differs; 0: it is one number; -1: there are several such axes. */
static int place_of(const onnx_constant *constant, const onnx_flow *flow) {
    int place = 0;
    for (int i = 0; i < constant->rank; i++) {
        if (constant->shape[i] == 1) continue;
        int at = i + flow->rank - constant->rank;
        if (place != 0 || at < 1 || (flow->sides[at] != 0 && (int64_t)constant->shape[i] != flow->sides[at])) return -1;
        place = at;
    }
    return place;
}

/* ---- before the first layer ----------------------------------------------------------------------------- */

static bool scale_pixels(onnx_reader *r, const Onnx__NodeProto *node, const onnx_constant *constant, int place,
                         bool constant_first) {
    onnx_scale *scale = &r->scale;
    if (scale->count == 0) *scale = (onnx_scale){.count = 1, .factor = {1}};
    if (place > 0 && scale->count > 1 && scale->place != place) return false;
    if (place > 0 && constant->count > CLENET_IMPORT_CHANNELS) return false;
    if (place > 0 && scale->count == 1) {
        scale->count = (int)constant->count;
        for (int i = 1; i < scale->count; i++) {
            scale->factor[i] = scale->factor[0];
            scale->term[i] = scale->term[0];
        }
        scale->place = place;
    }
    for (int i = 0; i < scale->count; i++) {
        onnx_affine of = affine_of(node, (double)constant->floats[place > 0 ? i : 0], constant_first);
        scale->factor[i] *= of.factor;
        scale->term[i] = scale->term[i] * of.factor + of.term;
        if (!isfinite(scale->factor[i]) || !isfinite(scale->term[i]) || scale->factor[i] == 0.0) return false;
    }
    return true;
}

/* A factor this small is for pixels 0 to 255, not 0 to 1. */
static const double BYTES_FACTOR_MOST = 1.0 / 16.0;

/* Sets mean and standard deviation of pixel / 255: y = factor 255 pixel / 255 + term. */
static void set_pixels(onnx_reader *r, const onnx_flow *flow) {
    onnx_scale *scale = &r->scale;
    import_network *network = r->network;
    if (scale->count == 0) *scale = (onnx_scale){.count = 1, .factor = {1}};
    bool bytes = r->bytes;
    for (int i = 0; i < scale->count; i++) bytes = bytes || fabs(scale->factor[i]) < BYTES_FACTOR_MOST;
    bool plain = true;
    for (int i = 0; i < scale->count; i++) {
        double factor = bytes ? 255 * scale->factor[i] : scale->factor[i];
        network->pixel_mean[i] = -scale->term[i] / factor;
        network->pixel_std[i] = 1 / factor;
        plain = plain && fabs(factor - 1) < 1e-6 && fabs(scale->term[i]) < 1e-6;
    }
    if (plain) return;
    network->pixel_numbers = scale->count;
    if (scale->count > 1 && flow->axes[scale->place] != AXIS_C)
        import_problem(network, "its pixels are scaled along an axis that is not that of the channels");
}

void onnx_start(onnx_reader *r, const onnx_flow *flow) {
    r->started = true;
    set_pixels(r, flow);
    int64_t height = onnx_side(flow, AXIS_H), width = onnx_side(flow, AXIS_W), channels = onnx_side(flow, AXIS_C);
    int flat = onnx_place(flow, AXIS_FLAT);
    if (flat > 0) { /* an image as a list of its pixels: a square if that is possible */
        int64_t side = (int64_t)sqrt((double)flow->sides[flat]);
        bool square = side * side == flow->sides[flat];
        height = square ? side : 1;
        width = square ? side : flow->sides[flat];
    }
    r->network->input = (clenet_shape){(int)height, (int)width, (int)channels};
}

/* ---- after it ------------------------------------------------------------------------------------------- */

/* Adds a batchnorm that changes nothing. It is the flow's last layer from now on. */
static import_layer *add_identity(onnx_reader *r, const Onnx__NodeProto *node, const onnx_flow *flow, size_t channels) {
    import_layer *fresh = onnx_layer(r, node, flow, CLENET_BATCHNORM);
    if (fresh == NULL) return NULL;
    fresh->spec.epsilon = 1e-3F; /* clenet's default; the variance is 1 with it */
    for (int role = PARAMETER_GAMMA; role <= PARAMETER_MOVING_VARIANCE; role++) {
        float *values = import_set_tensor(r->network, fresh, (parameter_role)role, IMPORT_OWN, 1, &channels);
        if (values == NULL) return NULL;
        for (size_t i = 0; i < channels; i++)
            values[i] = role == PARAMETER_GAMMA ? 1.0F : role == PARAMETER_MOVING_VARIANCE ? 1.0F - 1e-3F : 0.0F;
    }
    r->affine = (int)r->network->layer_count;
    return fresh;
}

static void add_bias(onnx_reader *r, const onnx_constant *constant, size_t channels, bool single) {
    import_layer *to = &r->network->layers[r->linear - 1];
    float *bias = import_set_tensor(r->network, to, PARAMETER_BIAS, IMPORT_OWN, 1, &channels);
    for (size_t i = 0; bias != NULL && i < channels; i++) bias[i] = constant->floats[single ? 0 : i];
    r->linear = 0;
}

static void scale_flow(onnx_reader *r, const Onnx__NodeProto *node, const onnx_constant *constant, onnx_flow *flow,
                       int place, bool constant_first) {
    size_t channels = (size_t)(flow->rank == 4 ? onnx_side(flow, AXIS_C) : onnx_side(flow, AXIS_FLAT));
    bool fits = channels > 0 && (place == 0 || flow->axes[place] == AXIS_C || flow->axes[place] == AXIS_FLAT);
    if (!fits) {
        onnx_complain(r, node, "clenet has no layer for a constant that differs from place to place");
        return;
    }
    if (r->linear > 0 && strcmp(node->op_type, "Add") == 0) {
        add_bias(r, constant, channels, place == 0);
        return;
    }
    import_layer *to = r->affine > 0 ? &r->network->layers[r->affine - 1] : add_identity(r, node, flow, channels);
    if (to == NULL) return;
    float *gamma = to->tensors[PARAMETER_GAMMA].values, *beta = to->tensors[PARAMETER_BETA].values;
    for (size_t i = 0; i < channels; i++) {
        onnx_affine of = affine_of(node, (double)constant->floats[place > 0 ? i : 0], constant_first);
        gamma[i] = (float)((double)gamma[i] * of.factor);
        beta[i] = (float)((double)beta[i] * of.factor + of.term);
    }
}

void onnx_arithmetic(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    const onnx_value *first = onnx_input(r, node, 0), *second = onnx_input(r, node, 1);
    bool constant_first = first != NULL && first->kind != VALUE_FLOW;
    bool both = first != NULL && second != NULL && first->kind == VALUE_FLOW && second->kind == VALUE_FLOW;
    if (both) {
        onnx_complain(r, node, "clenet has no layer that joins two branches");
        return;
    }
    const onnx_constant *constant = onnx_floats_input(r, node, constant_first ? 0 : 1);
    if (constant == NULL) return;
    bool divides = constant_first && strcmp(node->op_type, "Div") == 0;
    int place = constant->rank > flow->rank || constant->count == 0 ? -1 : place_of(constant, flow);
    if (divides || place < 0) {
        onnx_complain(r, node, "clenet has no layer for it");
        return;
    }
    if (r->started) {
        scale_flow(r, node, constant, flow, place, constant_first);
    } else if (!scale_pixels(r, node, constant, place, constant_first)) {
        onnx_complain(r, node, "clenet cannot scale pixels so");
    }
}
