/* layer.c - see layer.h. The rules are those of Keras's layers. */
#include "lib/net/layer.h"

#include <math.h>
#include <stdio.h>

enum { FILTERS_MAX = 4096, KERNEL_MAX = 64, POOL_MAX = 16, POOL_DEFAULT = 2, UNITS_MAX = 65536 };

const char *layer_word(clenet_layer_kind kind) {
    switch (kind) {
    case CLENET_CONV2D:
        return "conv2d";
    case CLENET_MAXPOOL2D:
        return "maxpool2d";
    case CLENET_BATCHNORM:
        return "batchnorm";
    case CLENET_DROPOUT:
        return "dropout";
    case CLENET_FLATTEN:
        return "flatten";
    case CLENET_DENSE:
        return "dense";
    case CLENET_RELU:
        return "relu";
    case CLENET_SOFTMAX:
        return "softmax";
    case CLENET_AVGPOOL2D:
        return "avgpool2d";
    case CLENET_TANH:
        return "tanh";
    }
    return NULL;
}

bool layer_is_softmax(const layer *l) {
    return l->spec.kind == CLENET_SOFTMAX || l->spec.activation == CLENET_ACTIVATION_SOFTMAX;
}

static clenet_status check_int(const layer *l, const char *what, int value, int most, clenet_error *error) {
    if (value >= 1 && value <= most) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%s: %s %d is out of range 1..%d", l->name, what, value, most);
}

static clenet_status check_not_flat(const layer *l, bool flat, clenet_error *error) {
    if (!flat) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: needs an image, but %d flat numbers reach it; put it before the flatten", l->name,
                     l->in.channels);
}

static clenet_status check_flat(const layer *l, bool flat, clenet_error *error) {
    if (flat) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: needs a flat input, but %dx%dx%d reaches it; put a flatten before it", l->name, l->in.height,
                     l->in.width, l->in.channels);
}

static clenet_status check_activation(const layer *l, clenet_activation activation, clenet_error *error) {
    switch (activation) {
    case CLENET_ACTIVATION_NONE:
    case CLENET_ACTIVATION_RELU:
    case CLENET_ACTIVATION_TANH:
        return CLENET_OK;
    case CLENET_ACTIVATION_SOFTMAX:
        if (l->spec.kind == CLENET_DENSE) return CLENET_OK;
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: cannot have a softmax; end the network with a dense layer that has one", l->name);
    }
    return error_set(error, CLENET_ERROR_ARGUMENT, "%s: activation %d is not known; use none, relu, tanh or softmax",
                     l->name, (int)activation);
}

static clenet_status check_padding(const layer *l, clenet_error *error) {
    const clenet_layer *spec = &l->spec;
    if (spec->padding == CLENET_SAME) return CLENET_OK;
    if (spec->padding != CLENET_VALID) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "%s: padding %d is not known; use valid or same", l->name,
                         (int)spec->padding);
    }
    if (spec->kernel_height <= l->in.height && spec->kernel_width <= l->in.width) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: a kernel of %dx%d does not fit into the %dx%d that reach it; take a smaller kernel, "
                     "or padding same",
                     l->name, spec->kernel_height, spec->kernel_width, l->in.height, l->in.width);
}

static clenet_status fit_conv2d(layer *l, const clenet_layer *spec, bool flat, clenet_error *error) {
    clenet_layer *own = &l->spec;
    own->filters = spec->filters;
    own->kernel_height = spec->kernel_height != 0 ? spec->kernel_height : spec->kernel_width;
    own->kernel_width = spec->kernel_width != 0 ? spec->kernel_width : spec->kernel_height;
    own->padding = spec->padding;
    own->activation = spec->activation;
    clenet_status status = check_not_flat(l, flat, error);
    if (status == CLENET_OK) status = check_int(l, "filters", own->filters, FILTERS_MAX, error);
    if (status == CLENET_OK) status = check_int(l, "kernel height", own->kernel_height, KERNEL_MAX, error);
    if (status == CLENET_OK) status = check_int(l, "kernel width", own->kernel_width, KERNEL_MAX, error);
    if (status == CLENET_OK) status = check_activation(l, own->activation, error);
    if (status == CLENET_OK) status = check_padding(l, error);
    if (status != CLENET_OK) return status;

    bool same = own->padding == CLENET_SAME;
    l->out.height = same ? l->in.height : l->in.height - own->kernel_height + 1;
    l->out.width = same ? l->in.width : l->in.width - own->kernel_width + 1;
    l->out.channels = own->filters;
    /* The extra zero of an even kernel is after the image, as in TensorFlow. */
    l->pad_top = same ? (own->kernel_height - 1) / 2 : 0;
    l->pad_left = same ? (own->kernel_width - 1) / 2 : 0;
    return CLENET_OK;
}

static clenet_status fit_pool2d(layer *l, const clenet_layer *spec, bool flat, clenet_error *error) {
    int pool = spec->pool != 0 ? spec->pool : POOL_DEFAULT;
    l->spec.pool = pool;
    clenet_status status = check_not_flat(l, flat, error);
    if (status == CLENET_OK) status = check_int(l, "pool", pool, POOL_MAX, error);
    if (status != CLENET_OK) return status;
    l->out = (clenet_shape){l->in.height / pool, l->in.width / pool, l->in.channels};
    if (l->out.height >= 1 && l->out.width >= 1) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: a window of %dx%d does not fit into the %dx%d that reach it; take a smaller window", l->name,
                     pool, pool, l->in.height, l->in.width);
}

static clenet_status fit_batchnorm(layer *l, const clenet_layer *spec, clenet_error *error) {
    clenet_layer *own = &l->spec;
    own->momentum = spec->momentum != 0.0f ? spec->momentum : LAYER_MOMENTUM;
    own->epsilon = spec->epsilon != 0.0f ? spec->epsilon : LAYER_EPSILON;
    if (!(own->momentum > 0.0f && own->momentum < 1.0f)) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "%s: momentum %g is out of range; it lies above 0 and below 1",
                         l->name, (double)own->momentum);
    }
    if (!(own->epsilon > 0.0f && isfinite(own->epsilon))) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "%s: epsilon %g is out of range; it is a finite number above 0",
                         l->name, (double)own->epsilon);
    }
    return CLENET_OK;
}

static clenet_status fit_dropout(layer *l, const clenet_layer *spec, clenet_error *error) {
    if (!(spec->rate >= 0.0f && spec->rate < 1.0f)) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "%s: rate %g is out of range; it is 0 or more, and below 1",
                         l->name, (double)spec->rate);
    }
    l->spec.rate = spec->rate == 0.0f ? 0.0f : spec->rate; /* -0 is 0 */
    return CLENET_OK;
}

static clenet_status fit_dense(layer *l, const clenet_layer *spec, bool flat, clenet_error *error) {
    l->spec.units = spec->units;
    l->spec.activation = spec->activation;
    clenet_status status = check_flat(l, flat, error);
    if (status == CLENET_OK) status = check_int(l, "units", spec->units, UNITS_MAX, error);
    if (status == CLENET_OK) status = check_activation(l, spec->activation, error);
    l->out.channels = spec->units;
    return status;
}

static clenet_status fit_kind(layer *l, const clenet_layer *spec, bool flat, clenet_error *error) {
    switch (spec->kind) {
    case CLENET_CONV2D:
        return fit_conv2d(l, spec, flat, error);
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
        return fit_pool2d(l, spec, flat, error);
    case CLENET_BATCHNORM:
        return fit_batchnorm(l, spec, error);
    case CLENET_DROPOUT:
        return fit_dropout(l, spec, error);
    case CLENET_DENSE:
        return fit_dense(l, spec, flat, error);
    case CLENET_SOFTMAX:
        return check_flat(l, flat, error);
    case CLENET_FLATTEN:
        l->out = (clenet_shape){1, 1, (int)shape_size(l->in)};
        return CLENET_OK;
    case CLENET_RELU:
    case CLENET_TANH:
        break;
    }
    return CLENET_OK;
}

clenet_status layer_fit(layer *l, const clenet_layer *spec, clenet_shape in, bool flat, clenet_error *error) {
    l->spec = (clenet_layer){.kind = spec->kind};
    l->in = l->out = in;
    l->flat = flat || spec->kind == CLENET_FLATTEN;
    l->pad_top = l->pad_left = 0;
    clenet_status status = fit_kind(l, spec, flat, error);
    if (status != CLENET_OK) return status;
    /* At most 4096 * 4096 * INT32_MAX: it fits. */
    uint64_t numbers = (uint64_t)l->out.height * (uint64_t)l->out.width * (uint64_t)l->out.channels;
    if (numbers <= NETWORK_NUMBERS_MAX) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: an output of %dx%dx%d is more than %d numbers; make the layer smaller", l->name,
                     l->out.height, l->out.width, l->out.channels, (int)NETWORK_NUMBERS_MAX);
}

static parameter *add_parameter(parameter *parameters, int *count, const layer *l, parameter_role role,
                                const char *word) {
    parameter *fresh = &parameters[(*count)++];
    *fresh = (parameter){.role = role, .rank = 1};
    fresh->trained = role != PARAMETER_MOVING_MEAN && role != PARAMETER_MOVING_VARIANCE;
    fresh->shape[0] = fresh->count = (size_t)l->out.channels;
    (void)snprintf(fresh->name, sizeof fresh->name, "%s.%s", l->name, word);
    return fresh;
}

/* window: kernel_height * kernel_width of a convolution, 1 of a dense layer. */
static clenet_status add_kernel_and_bias(parameter *parameters, int *count, const layer *l, int window,
                                         clenet_error *error) {
    size_t in = (size_t)l->in.channels, out = (size_t)l->out.channels;
    /* At most 2^12 * 2^31 * 2^16: it fits. */
    uint64_t numbers = (uint64_t)window * (uint64_t)in * (uint64_t)out;
    if (numbers > NETWORK_NUMBERS_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: %llu weights are more than %d; make the layer or its input smaller", l->name,
                         (unsigned long long)numbers, (int)NETWORK_NUMBERS_MAX);
    }
    parameter *kernel = add_parameter(parameters, count, l, PARAMETER_KERNEL, "kernel");
    kernel->rank = 0;
    if (l->spec.kind == CLENET_CONV2D) {
        kernel->shape[kernel->rank++] = (size_t)l->spec.kernel_height;
        kernel->shape[kernel->rank++] = (size_t)l->spec.kernel_width;
    }
    kernel->shape[kernel->rank++] = in;
    kernel->shape[kernel->rank++] = out;
    kernel->count = (size_t)numbers;
    kernel->fan_in = (size_t)window * in;
    kernel->fan_out = (size_t)window * out;
    add_parameter(parameters, count, l, PARAMETER_BIAS, "bias");
    return CLENET_OK;
}

clenet_status layer_parameters(parameter parameters[LAYER_PARAMETERS_MAX], int *count, const layer *l,
                               clenet_error *error) {
    *count = 0;
    switch (l->spec.kind) {
    case CLENET_CONV2D:
        return add_kernel_and_bias(parameters, count, l, l->spec.kernel_height * l->spec.kernel_width, error);
    case CLENET_DENSE:
        return add_kernel_and_bias(parameters, count, l, 1, error);
    case CLENET_BATCHNORM:
        add_parameter(parameters, count, l, PARAMETER_GAMMA, "gamma");
        add_parameter(parameters, count, l, PARAMETER_BETA, "beta");
        add_parameter(parameters, count, l, PARAMETER_MOVING_MEAN, "moving_mean");
        add_parameter(parameters, count, l, PARAMETER_MOVING_VARIANCE, "moving_variance");
        return CLENET_OK;
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
    case CLENET_DROPOUT:
    case CLENET_FLATTEN:
    case CLENET_RELU:
    case CLENET_TANH:
    case CLENET_SOFTMAX:
        break;
    }
    return CLENET_OK;
}
