/* tensors.c - see tensors.h. */
#include "lib/import/tensors.h"

#include <string.h>

/* ---- shapes --------------------------------------------------------------------------------------------- */

/* The word of the parameter: "kernel" of "conv2d_1.kernel". */
static const char *word_of(const parameter *p) {
    const char *dot = strchr(p->name, '.');
    return dot != NULL ? dot + 1 : p->name;
}

int import_shape_in(import_layout layout, const parameter *p, const layer *l, size_t shape[IMPORT_RANK_MAX]) {
    memcpy(shape, p->shape, sizeof p->shape);
    const size_t *own = p->shape;
    if (layout == IMPORT_OIHW && p->rank == 4) {
        memcpy(shape, (const size_t[]){own[3], own[2], own[0], own[1]}, 4 * sizeof *shape);
    } else if (layout == IMPORT_OI && p->rank == 2) {
        memcpy(shape, (const size_t[]){own[1], own[0]}, 2 * sizeof *shape);
    } else if (layout == IMPORT_HWCM && p->rank == 4) {
        size_t channels = (size_t)l->in.channels;
        memcpy(shape, (const size_t[]){own[0], own[1], channels, own[3] / channels}, 4 * sizeof *shape);
    }
    return p->rank;
}

static bool may_be_missing(parameter_role role) {
    return role == PARAMETER_BIAS || role == PARAMETER_GAMMA || role == PARAMETER_BETA;
}

static void check_tensor(import_network *network, const import_layer *from, const parameter *p, const layer *l) {
    const import_tensor *tensor = &from->tensors[p->role];
    size_t shape[IMPORT_RANK_MAX];
    char has[IMPORT_SHAPE_SIZE], needs[IMPORT_SHAPE_SIZE];
    int rank = import_shape_in(tensor->layout, p, l, shape);
    (void)import_shape_text(needs, rank, shape);
    if (tensor->values == NULL) {
        if (!may_be_missing(p->role))
            import_problem(network, "layer '%s': the file has no %s of %s for it", from->name, word_of(p), needs);
        return;
    }
    if (tensor->rank == rank && memcmp(tensor->shape, shape, (size_t)rank * sizeof *shape) == 0) return;
    (void)import_shape_text(has, tensor->rank, tensor->shape);
    if (l->flat)
        import_problem(network, "layer '%s': its %s is %s, but must be %s, since %d numbers reach it and %d leave",
                       from->name, word_of(p), has, needs, l->in.channels, l->out.channels);
    else
        import_problem(network, "layer '%s': its %s is %s, but must be %s, since %dx%dx%d reach it and %dx%dx%d leave",
                       from->name, word_of(p), has, needs, l->in.height, l->in.width, l->in.channels, l->out.height,
                       l->out.width, l->out.channels);
}

void import_check_tensors(const clenet_network *own, import_network *network) {
    for (int i = 0; i < own->layer_count; i++) {
        const layer *l = &own->layers[i];
        for (int k = 0; k < l->parameter_count; k++)
            check_tensor(network, &network->layers[i], &own->parameters[l->parameter_first + k], l);
    }
}

/* ---- values --------------------------------------------------------------------------------------------- */

/* The images that were flattened as [c][h][w] in the file, while their order matters; height 0: it does not. */
typedef clenet_shape flat_order;

/* The place of number i of clenet's [h][w][c] in the file's [c][h][w]. */
static size_t place_in(flat_order order, size_t i) {
    if (order.height == 0) return i;
    size_t channels = (size_t)order.channels, pixels = (size_t)order.height * (size_t)order.width;
    return i % channels * pixels + i / channels;
}

/* to[kh][kw][in][out] = from[out][in][kh][kw] */
static void turn_kernel(float *to, const float *from, const size_t *shape /* of to */) {
    size_t window = shape[0] * shape[1], in = shape[2], out = shape[3];
    for (size_t k = 0; k < window; k++)
        for (size_t i = 0; i < in; i++)
            for (size_t o = 0; o < out; o++) to[(k * in + i) * out + o] = from[(o * in + i) * window + k];
}

/* to[in][out] from the file's [in][out] or [out][in], whose inputs may be in another order. */
static void turn_dense(float *to, const import_tensor *from, const size_t *shape /* of to */, flat_order order) {
    size_t in = shape[0], out = shape[1];
    for (size_t i = 0; i < in; i++) {
        size_t place = place_in(order, i);
        for (size_t o = 0; o < out; o++)
            to[i * out + o] = from->layout == IMPORT_OI ? from->values[o * in + place] : from->values[place * out + o];
    }
}

static void fill_parameter(float *to, const import_tensor *from, const parameter *p, flat_order order) {
    if (p->role == PARAMETER_KERNEL && p->rank == 2)
        turn_dense(to, from, p->shape, order);
    else if (p->role == PARAMETER_KERNEL && from->layout == IMPORT_OIHW)
        turn_kernel(to, from->values, p->shape);
    else if (p->role == PARAMETER_KERNEL || p->role == PARAMETER_BIAS)
        /* [kh][kw][c][m] is [kh][kw][1][c * m]; a bias is of outputs, whose order is the same */
        memcpy(to, from->values, p->count * sizeof *to);
    else
        for (size_t i = 0; i < p->count; i++) to[i] = from->values[place_in(order, i)];
}

/* The order of the numbers behind the layer. */
static flat_order order_after(const layer *l, bool channels_first, flat_order order) {
    bool image = l->in.height * l->in.width > 1 && l->in.channels > 1;
    if (l->spec.kind == CLENET_FLATTEN && image) return channels_first ? l->in : (flat_order){0, 0, 0};
    return l->spec.kind == CLENET_DENSE ? (flat_order){0, 0, 0} : order;
}

void import_fill_tensors(clenet_model *model, import_network *network) {
    const clenet_network *own = model->network;
    flat_order order = {0, 0, 0};
    for (int i = 0; i < own->layer_count; i++) {
        const layer *l = &own->layers[i];
        for (int k = 0; k < l->parameter_count; k++) {
            const parameter *p = &own->parameters[l->parameter_first + k];
            const import_tensor *tensor = &network->layers[i].tensors[p->role];
            float *to = model_values(model, 0) + p->offset;
            if (tensor->values == NULL) continue;
            fill_parameter(to, tensor, p, order);
            const char *fault = model_find_fault(p, to);
            if (fault != NULL)
                import_problem(network, "layer '%s': its %s %s", network->layers[i].name, word_of(p), fault);
        }
        order = order_after(l, network->channels_first, order);
    }
    if (order.height != 0)
        import_problem(network, "the classes are a flattened image; end the network with a dense layer");
}
