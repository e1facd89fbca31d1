/* layer.c - see layer.h. The rules are those of Keras's layers. */
#include "lib/net/layer.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

/* ---- kinds ---------------------------------------------------------------------------------------------- */

/* A bit for each field of layers.def. */
enum {
#define COUNT(field, words, most, standard) FIELD_##field,
#define SIDE(field) FIELD_##field,
#define NUMBER(field, least, below, standard, range) FIELD_##field,
#define CHOICE(field) FIELD_##field,
#include "lib/net/layers.def"
    FIELDS
};
_Static_assert(FIELDS <= 32, "fields are bits of an unsigned");
#define HAS(field) (1U << FIELD_##field)
#define HAS_SIDES (HAS(pad_top) | HAS(pad_bottom) | HAS(pad_left) | HAS(pad_right))
#define HAS_WINDOW (HAS(stride) | HAS(padding) | HAS_SIDES)

typedef enum layer_input { INPUT_ANY, INPUT_IMAGE, INPUT_FLAT } layer_input;

typedef clenet_status shape_function(layer *l, clenet_error *error);
typedef clenet_status parameters_function(parameter *parameters, int *count, const layer *l, clenet_error *error);

#define LAYER(KIND, word, keras, input, fields, shape, parameters, statement, operations) \
    static shape_function shape_##shape;                                                  \
    static parameters_function parameters_##parameters;
#include "lib/net/layers.def"

/* One row of layers.def. */
typedef struct layer_kind {
    const char *word, *keras;
    layer_input input;
    unsigned fields;
    shape_function *shape; /* works out l->out, and l->pad_top, pad_left */
    parameters_function *parameters;
} layer_kind;

/* A kind of clenet.h without a row in layers.def does not compile. */
#pragma GCC diagnostic error "-Wswitch"

/* NULL if there is no such kind. */
static const layer_kind *kind_of(clenet_layer_kind kind) {
    switch (kind) {
#define LAYER(KIND, word, keras, input, fields, shape, parameters, statement, operations)                            \
    case CLENET_##KIND: {                                                                                            \
        static const layer_kind row = {#word, keras, INPUT_##input, fields, shape_##shape, parameters_##parameters}; \
        _Static_assert(sizeof #word "_1000" <= NETWORK_LAYER_NAME_SIZE, "a layer's name has room");                  \
        return &row;                                                                                                 \
    }
#include "lib/net/layers.def"
    }
    return NULL;
}

const char *clenet_layer_word(clenet_layer_kind kind) {
    const layer_kind *of = kind_of(kind);
    return of ? of->word : NULL;
}

const char *clenet_layer_keras_name(clenet_layer_kind kind) {
    const layer_kind *of = kind_of(kind);
    return of ? of->keras : NULL;
}

const char *clenet_activation_word(clenet_activation activation) {
    switch (activation) {
#define ACTIVATION(KIND, word)     \
    case CLENET_ACTIVATION_##KIND: \
        return #word;
#include "lib/net/layers.def"
    case CLENET_ACTIVATION_SOFTMAX:
        return "softmax";
    case CLENET_ACTIVATION_NONE:
        break;
    }
    return NULL;
}

clenet_activation layer_kind_activation(clenet_layer_kind kind) {
#define ACTIVATION(KIND, word) \
    if (kind == CLENET_##KIND) return CLENET_ACTIVATION_##KIND;
#include "lib/net/layers.def"
    return CLENET_ACTIVATION_NONE;
}

bool layer_kind_learns(clenet_layer_kind kind) {
    return kind_of(kind)->parameters != parameters_none;
}

bool layer_is_softmax(const layer *l) {
    return l->spec.kind == CLENET_SOFTMAX || l->spec.activation == CLENET_ACTIVATION_SOFTMAX;
}

static clenet_status check_int(const layer *l, const char *what, int value, int most, clenet_error *error) {
    if (value >= 1 && value <= most) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%s: %s %d is out of range 1..%d", l->name, what, value, most);
}

static clenet_status check_side(const layer *l, const char *what, int value, clenet_error *error) {
    if (value >= 0 && value <= LAYER_PAD_MAX) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%s: %s %d is out of range 0..%d", l->name, what, value,
                     (int)LAYER_PAD_MAX);
}

static clenet_status check_number(const layer *l, const char *what, float value, float least, float below,
                                  const char *range, clenet_error *error) {
    if (value >= least && value < below) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%s: %s %g is out of range; it %s", l->name, what, (double)value,
                     range);
}

static clenet_status check_input(const layer *l, layer_input wanted, bool flat, clenet_error *error) {
    if (wanted == INPUT_IMAGE && flat)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: needs an image, but %d flat numbers reach it; put it before the flatten", l->name,
                         l->in.channels);
    if (wanted == INPUT_FLAT && !flat)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: needs a flat input, but %dx%dx%d reaches it; put a flatten before it", l->name,
                         l->in.height, l->in.width, l->in.channels);
    return CLENET_OK;
}

/* Copies the fields that the kind reads, with defaults, and checks their ranges. */
static clenet_status take_fields(layer *l, const clenet_layer *spec, unsigned fields, clenet_error *error) {
    clenet_layer *own = &l->spec;
    clenet_status status = CLENET_OK;
    bool padded = (fields & HAS(padding)) == 0 || spec->padding == CLENET_PADDED;
#define COUNT(field, words, most, standard)                       \
    if (status == CLENET_OK && (fields & HAS(field)) != 0) {      \
        own->field = spec->field != 0 ? spec->field : (standard); \
        status = check_int(l, words, own->field, most, error);    \
    }
#define SIDE(field)                                                    \
    if (status == CLENET_OK && (fields & HAS(field)) != 0 && padded) { \
        own->field = spec->field;                                      \
        status = check_side(l, #field, own->field, error);             \
    }
#define NUMBER(field, least, below, standard, range)                               \
    if (status == CLENET_OK && (fields & HAS(field)) != 0) {                       \
        own->field = spec->field != 0.0f ? spec->field : (standard); /* -0 is 0 */ \
        status = check_number(l, #field, own->field, least, below, range, error);  \
    }
#define CHOICE(field) \
    if ((fields & HAS(field)) != 0) own->field = spec->field;
#include "lib/net/layers.def"
    return status;
}

#define ACTIVATION(KIND, word) ", " #word
static const char known_activations[] = "none"
#include "lib/net/layers.def"
                                        " or softmax";

static clenet_status check_activation(const layer *l, clenet_error *error) {
    clenet_activation activation = l->spec.activation;
    if (activation == CLENET_ACTIVATION_SOFTMAX && l->spec.kind != CLENET_DENSE)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: activation softmax is not allowed here; end the network with a dense layer that has it",
                         l->name);
    if (activation == CLENET_ACTIVATION_NONE || clenet_activation_word(activation) != NULL) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%s: activation %d is not known; use %s", l->name, (int)activation,
                     known_activations);
}

static clenet_status check_padding(const layer *l, clenet_error *error) {
    clenet_padding padding = l->spec.padding;
    if (padding == CLENET_VALID || padding == CLENET_SAME || padding == CLENET_PADDED) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "%s: padding %d is not known; use valid, same or padded", l->name,
                     (int)padding);
}

/* ---- shapes --------------------------------------------------------------------------------------------- */

static clenet_status shape_same(layer *l, clenet_error *error) {
    (void)l, (void)error;
    return CLENET_OK;
}

/* Works out one side of the output of a window that moves over one side of the input, `after` being the padding after it, and sets
 * *before to the padding before it. Returns 0 or less if the window does not fit. */
static int windows_along(const layer *l, int in, int window, int after, int *before) {
    int stride = l->spec.stride;
    if (l->spec.padding == CLENET_SAME) {
        int out = (in + stride - 1) / stride, total = (out - 1) * stride + window - in;
        *before = total > 0 ? total / 2 : 0;
        return out;
    }
    int room = in + *before + after - window;
    return room < 0 ? 0 : room / stride + 1;
}

/* Sets the height and width of the output, and the padding before the first row and column. Returns false if the window does not
 * fit. */
static bool fit_window(layer *l, int height, int width) {
    const clenet_layer *own = &l->spec;
    l->pad_top = own->pad_top;
    l->pad_left = own->pad_left;
    l->out.height = windows_along(l, l->in.height, height, own->pad_bottom, &l->pad_top);
    l->out.width = windows_along(l, l->in.width, width, own->pad_right, &l->pad_left);
    return l->out.height >= 1 && l->out.width >= 1;
}

static clenet_status check_groups(const layer *l, clenet_error *error) {
    int groups = l->spec.groups;
    bool divides_in = l->in.channels % groups == 0;
    if (divides_in && l->spec.filters % groups == 0) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: %d groups do not divide the %d %s; take a divisor of both numbers", l->name, groups,
                     divides_in ? l->spec.filters : l->in.channels, divides_in ? "filters" : "channels that reach it");
}

static clenet_status shape_conv2d(layer *l, clenet_error *error) {
    const clenet_layer *own = &l->spec;
    clenet_status status = check_activation(l, error);
    if (status == CLENET_OK) status = check_padding(l, error);
    if (status == CLENET_OK) status = check_groups(l, error);
    if (status != CLENET_OK) return status;
    l->out.channels = own->filters;
    if (fit_window(l, own->kernel_height, own->kernel_width)) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: a kernel of %dx%d does not fit into the %dx%d that reach it; take a smaller kernel, "
                     "or padding same",
                     l->name, own->kernel_height, own->kernel_width, l->in.height, l->in.width);
}

static clenet_status shape_pool2d(layer *l, clenet_error *error) {
    const clenet_layer *own = &l->spec;
    int pool = own->pool;
    clenet_status status = check_padding(l, error);
    if (status != CLENET_OK) return status;
    /* Otherwise a window could be nothing but padding. */
    if (own->pad_top >= pool || own->pad_bottom >= pool || own->pad_left >= pool || own->pad_right >= pool)
        return error_set(error, CLENET_ERROR_ARGUMENT, "%s: the padding must be smaller than the window of %dx%d",
                         l->name, pool, pool);
    if (fit_window(l, pool, pool)) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: a window of %dx%d does not fit into the %dx%d that reach it; take a smaller window", l->name,
                     pool, pool, l->in.height, l->in.width);
}

static clenet_status shape_zeropad2d(layer *l, clenet_error *error) {
    const clenet_layer *own = &l->spec;
    (void)error;
    l->pad_top = own->pad_top;
    l->pad_left = own->pad_left;
    l->out.height += own->pad_top + own->pad_bottom;
    l->out.width += own->pad_left + own->pad_right;
    return CLENET_OK;
}

static clenet_status shape_flatten(layer *l, clenet_error *error) {
    (void)error;
    l->out = (clenet_shape){1, 1, (int)shape_size(l->in)};
    l->flat = true;
    return CLENET_OK;
}

static clenet_status shape_channels(layer *l, clenet_error *error) {
    (void)error;
    l->out = (clenet_shape){1, 1, l->in.channels};
    l->flat = true;
    return CLENET_OK;
}

static clenet_status shape_dense(layer *l, clenet_error *error) {
    l->out.channels = l->spec.units;
    return check_activation(l, error);
}

clenet_status layer_fit(layer *l, const clenet_layer *spec, clenet_shape in, bool flat, clenet_error *error) {
    l->spec = (clenet_layer){.kind = spec->kind};
    l->in = l->out = in;
    l->flat = flat;
    l->pad_top = l->pad_left = 0;
    const layer_kind *kind = kind_of(spec->kind);
    l->spec.frozen = spec->frozen && layer_kind_learns(spec->kind);
    clenet_status status = check_input(l, kind->input, flat, error);
    if (status == CLENET_OK) status = take_fields(l, spec, kind->fields, error);
    if (status == CLENET_OK) status = kind->shape(l, error);
    if (status != CLENET_OK) return status;
    /* At most 4096 * 4096 * INT32_MAX: it fits. */
    uint64_t numbers = (uint64_t)l->out.height * (uint64_t)l->out.width * (uint64_t)l->out.channels;
    if (numbers <= NETWORK_NUMBERS_MAX) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "%s: an output of %dx%dx%d is more than %d numbers; make the layer smaller", l->name,
                     l->out.height, l->out.width, l->out.channels, (int)NETWORK_NUMBERS_MAX);
}

/* ---- parameters ----------------------------------------------------------------------------------------- */

static parameter *add_parameter(parameter *parameters, int *count, const layer *l, parameter_role role,
                                const char *word) {
    assert(*count < LAYER_PARAMETERS_MAX);
    parameter *fresh = &parameters[(*count)++];
    *fresh = (parameter){.role = role, .rank = 1};
    fresh->frozen = l->spec.frozen;
    fresh->trained = !fresh->frozen && role != PARAMETER_MOVING_MEAN && role != PARAMETER_MOVING_VARIANCE;
    fresh->shape[0] = fresh->count = (size_t)l->out.channels;
    (void)snprintf(fresh->name, sizeof fresh->name, "%s.%s", l->name, word);
    return fresh;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): all parameters_function's have one type */
static clenet_status parameters_none(parameter *parameters, int *count, const layer *l, clenet_error *error) {
    (void)parameters, (void)count, (void)l, (void)error;
    return CLENET_OK;
}

/* Of a convolution, or of a dense layer, whose window is 1. */
static clenet_status parameters_kernel_and_bias(parameter *parameters, int *count, const layer *l,
                                                clenet_error *error) {
    bool conv2d = l->spec.kind == CLENET_CONV2D;
    int window = conv2d ? l->spec.kernel_height * l->spec.kernel_width : 1;
    size_t in = (size_t)(l->in.channels / (conv2d ? l->spec.groups : 1)), out = (size_t)l->out.channels;
    /* At most 2^12 * 2^31 * 2^16: it fits. */
    uint64_t numbers = (uint64_t)window * (uint64_t)in * (uint64_t)out;
    if (numbers > NETWORK_NUMBERS_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%s: %llu weights are more than %d; make the layer or its input smaller", l->name,
                         (unsigned long long)numbers, (int)NETWORK_NUMBERS_MAX);
    }
    parameter *kernel = add_parameter(parameters, count, l, PARAMETER_KERNEL, "kernel");
    kernel->rank = 0;
    if (conv2d) {
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

static clenet_status parameters_batchnorm(parameter *parameters, int *count, const layer *l, clenet_error *error) {
    (void)error;
    add_parameter(parameters, count, l, PARAMETER_GAMMA, "gamma");
    add_parameter(parameters, count, l, PARAMETER_BETA, "beta");
    add_parameter(parameters, count, l, PARAMETER_MOVING_MEAN, "moving_mean");
    add_parameter(parameters, count, l, PARAMETER_MOVING_VARIANCE, "moving_variance");
    return CLENET_OK;
}

clenet_status layer_parameters(parameter parameters[LAYER_PARAMETERS_MAX], int *count, const layer *l,
                               clenet_error *error) {
    *count = 0;
    return kind_of(l->spec.kind)->parameters(parameters, count, l, error);
}
