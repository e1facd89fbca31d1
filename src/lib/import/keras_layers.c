/* keras_layers.c - see keras_layers.h: one function per class of Keras. An argument that is not in the config has Keras's default. */
#include "lib/import/keras_layers.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/net/layer.h"

enum { QUOTE_SIZE = 64 /* bytes of a word of the file in a message */ };

/* ---- problems ------------------------------------------------------------------------------------------- */

void keras_problem(const keras_reader *r, const keras_layer *l, const char *format, ...) {
    char why[IMPORT_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    import_problem(r->to, "layer '%.*s' (%.*s): %s", QUOTE_SIZE, l->name, QUOTE_SIZE, l->class, why);
}

/* ---- arguments ------------------------------------------------------------------------------------------ */

static int whole_of(const json_t *value) {
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= 0 && number <= INT_MAX ? (int)number : -1;
}

/* A whole number from 0; a wrong one is -1, which no layer accepts. */
static int read_whole(const keras_layer *l, const char *key, int usual) {
    const json_t *value = json_object_get(l->config, key);
    return value == NULL || json_is_null(value) ? usual : whole_of(value);
}

static float read_float(const keras_layer *l, const char *key, float usual) {
    const json_t *value = json_object_get(l->config, key);
    return json_is_number(value) ? (float)json_number_value(value) : usual;
}

static bool read_flag(const keras_layer *l, const char *key, bool usual) {
    const json_t *value = json_object_get(l->config, key);
    return json_is_boolean(value) ? json_is_true(value) : usual;
}

static const char *read_word(const keras_layer *l, const char *key, const char *usual) {
    const char *word = json_string_value(json_object_get(l->config, key));
    return word != NULL ? word : usual;
}

/* One whole number or a list of two. */
static void read_pair(int pair[2], const keras_layer *l, const char *key, int usual) {
    const json_t *value = json_object_get(l->config, key);
    bool two = json_array_size(value) == 2;
    for (size_t i = 0; i < 2; i++) pair[i] = two ? whole_of(json_array_get(value, i)) : read_whole(l, key, usual);
}

/* The same, for clenet's one number: a problem if they differ. */
static int read_square(const keras_reader *r, const keras_layer *l, const char *key, int usual) {
    int pair[2];
    read_pair(pair, l, key, usual);
    if (pair[0] != pair[1]) keras_problem(r, l, "%s %dx%d; clenet has only the same for both", key, pair[0], pair[1]);
    return pair[0] >= 1 ? pair[0] : -1;
}

/* "valid" and "same". */
static clenet_padding read_padding(const keras_reader *r, const keras_layer *l) {
    const char *word = read_word(l, "padding", "valid");
    if (strcmp(word, "same") != 0 && strcmp(word, "valid") != 0)
        keras_problem(r, l, "clenet has no padding '%.*s'", QUOTE_SIZE, word);
    return strcmp(word, "same") == 0 ? CLENET_SAME : CLENET_VALID;
}

/* Notes whether channels come first. All layers must say the same. */
static void read_format(keras_reader *r, const keras_layer *l) {
    const char *word = json_string_value(json_object_get(l->config, "data_format"));
    if (word == NULL) return;
    bool first = strcmp(word, "channels_first") == 0;
    if (r->oriented && first != r->to->channels_first)
        keras_problem(r, l, "its data_format '%.*s' is not that of the layers before it", QUOTE_SIZE, word);
    r->to->channels_first = first;
    r->oriented = true;
}

/* The word of an activation: "relu", or an object with it. */
static const char *activation_word(const json_t *value) {
    if (value == NULL || json_is_null(value)) return "linear";
    if (json_is_object(value)) {
        const json_t *config = json_object_get(value, "config");
        const char *name = json_string_value(json_is_object(config) ? json_object_get(config, "name") : config);
        const char *class = json_string_value(json_object_get(value, "class_name"));
        return name != NULL ? name : class != NULL ? class : "?";
    }
    return json_string_value(value) != NULL ? json_string_value(value) : "?";
}

/* Finds the layer of clenet that the activation is. Returns false for "linear", and after a problem. */
static bool find_activation(const keras_reader *r, const keras_layer *l, clenet_layer_kind *kind) {
    static const struct {
        const char *word;
        clenet_layer_kind kind;
    } known[] = {
#define ACTIVATION(KIND, word) {#word, CLENET_##KIND},
#include "lib/net/layers.def"
        {"softmax", CLENET_SOFTMAX},
    };
    const char *word = activation_word(json_object_get(l->config, "activation"));
    if (strcmp(word, "linear") == 0) return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(word, known[i].word) != 0) continue;
        *kind = known[i].kind;
        return true;
    }
    keras_problem(r, l, "clenet has no activation '%.*s'", QUOTE_SIZE, word);
    return false;
}

static clenet_activation read_activation(const keras_reader *r, const keras_layer *l) {
    clenet_layer_kind kind = CLENET_FLATTEN;
    if (!find_activation(r, l, &kind)) return CLENET_ACTIVATION_NONE;
    return kind == CLENET_SOFTMAX ? CLENET_ACTIVATION_SOFTMAX : layer_kind_activation(kind);
}

/* ---- weights -------------------------------------------------------------------------------------------- */

static float *take_in(const keras_reader *r, const keras_layer *l, import_layer *to, parameter_role role,
                      import_layout layout, int number, const char *word, bool is_needed) {
    const hdf5_entry *array = keras_weights_find(r->weights, l->group, l->name, number, word);
    if (array == NULL) {
        if (is_needed) keras_problem(r, l, "the file has no %s for it", word);
        return NULL;
    }
    float *values = import_set_tensor(r->to, to, role, layout, array->rank, array->shape);
    if (values != NULL) memcpy(values, array->values, array->count * sizeof *values);
    return values;
}

void keras_take(const keras_reader *r, const keras_layer *l, import_layer *to, parameter_role role, int number,
                const char *word, bool is_needed) {
    (void)take_in(r, l, to, role, IMPORT_OWN, number, word, is_needed);
}

/* ---- layers with weights -------------------------------------------------------------------------------- */

static import_layer *add(keras_reader *r, const keras_layer *l, clenet_layer_kind kind) {
    r->begun = true;
    return import_add_layer(r->to, l->name, kind);
}

/* What all convolutions have. */
static void read_window(keras_reader *r, const keras_layer *l, clenet_layer *spec) {
    int sides[2];
    read_format(r, l);
    read_pair(sides, l, "kernel_size", 1);
    spec->kernel_height = sides[0] >= 1 ? sides[0] : -1;
    spec->kernel_width = sides[1] >= 1 ? sides[1] : -1;
    spec->stride = read_square(r, l, "strides", 1);
    spec->padding = read_padding(r, l);
    if (read_square(r, l, "dilation_rate", 1) != 1) keras_problem(r, l, "clenet has no dilation_rate");
}

static void read_conv2d(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_CONV2D);
    if (to == NULL) return;
    read_window(r, l, &to->spec);
    to->spec.filters = read_whole(l, "filters", -1);
    to->spec.groups = read_whole(l, "groups", 1);
    to->spec.activation = read_activation(r, l);
    keras_take(r, l, to, PARAMETER_KERNEL, 0, "kernel", true);
    if (read_flag(l, "use_bias", true)) keras_take(r, l, to, PARAMETER_BIAS, 1, "bias", true);
}

/* Takes the kernel [kh][kw][channels][multiplier], which says the number of channels. */
static void take_depthwise(keras_reader *r, const keras_layer *l, import_layer *to) {
    read_window(r, l, &to->spec);
    /* Files of Keras 2 and 3 have either word. */
    bool named = keras_weights_find(r->weights, l->group, l->name, 0, "depthwise_kernel") != NULL;
    (void)take_in(r, l, to, PARAMETER_KERNEL, IMPORT_HWCM, 0, named ? "depthwise_kernel" : "kernel", true);
    const import_tensor *kernel = &to->tensors[PARAMETER_KERNEL];
    if (kernel->values == NULL || kernel->rank != 4 || kernel->shape[2] > INT_MAX || kernel->shape[3] > INT_MAX ||
        kernel->shape[2] * kernel->shape[3] > INT_MAX) {
        if (kernel->values != NULL) keras_problem(r, l, "its kernel does not have four axes");
        return;
    }
    to->spec.groups = (int)kernel->shape[2];
    to->spec.filters = (int)(kernel->shape[2] * kernel->shape[3]);
}

static void read_depthwise(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_CONV2D);
    if (to == NULL) return;
    take_depthwise(r, l, to);
    to->spec.activation = read_activation(r, l);
    if (read_flag(l, "use_bias", true)) keras_take(r, l, to, PARAMETER_BIAS, 1, "bias", true);
}

/* A depthwise convolution, then one of 1x1. */
static void read_separable(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_CONV2D);
    if (to == NULL) return;
    take_depthwise(r, l, to);
    to = add(r, l, CLENET_CONV2D);
    if (to == NULL) return;
    to->spec.filters = read_whole(l, "filters", -1);
    to->spec.kernel_height = to->spec.kernel_width = 1;
    to->spec.activation = read_activation(r, l);
    keras_take(r, l, to, PARAMETER_KERNEL, 1, "pointwise_kernel", true);
    if (read_flag(l, "use_bias", true)) keras_take(r, l, to, PARAMETER_BIAS, 2, "bias", true);
}

static void read_dense(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_DENSE);
    if (to == NULL) return;
    to->spec.units = read_whole(l, "units", -1);
    to->spec.activation = read_activation(r, l);
    keras_take(r, l, to, PARAMETER_KERNEL, 0, "kernel", true);
    if (read_flag(l, "use_bias", true)) keras_take(r, l, to, PARAMETER_BIAS, 1, "bias", true);
}

/* The axis of the channels: the last one, or the first behind the images. Old files have a list of one. */
static void check_axis(const keras_reader *r, const keras_layer *l) {
    const json_t *value = json_object_get(l->config, "axis");
    if (json_array_size(value) == 1) value = json_array_get(value, 0);
    if (value == NULL) return;
    json_int_t axis = json_integer_value(value), last = r->flat ? 1 : 3;
    bool first = r->to->channels_first && !r->flat;
    if (!json_is_integer(value) || !(first ? axis == 1 || axis == -3 : axis == -1 || axis == last))
        keras_problem(r, l, "its axis is not that of the channels");
}

static void read_batchnorm(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_BATCHNORM);
    bool scale = read_flag(l, "scale", true), center = read_flag(l, "center", true);
    int number = 0;
    if (to == NULL) return;
    check_axis(r, l);
    to->spec.momentum = read_float(l, "momentum", LAYER_MOMENTUM);
    to->spec.epsilon = read_float(l, "epsilon", LAYER_EPSILON);
    if (scale) keras_take(r, l, to, PARAMETER_GAMMA, number++, "gamma", true);
    if (center) keras_take(r, l, to, PARAMETER_BETA, number++, "beta", true);
    keras_take(r, l, to, PARAMETER_MOVING_MEAN, number++, "moving_mean", true);
    keras_take(r, l, to, PARAMETER_MOVING_VARIANCE, number, "moving_variance", true);
}

/* ---- layers without weights ----------------------------------------------------------------------------- */

static void read_pool(keras_reader *r, const keras_layer *l, clenet_layer_kind kind) {
    import_layer *to = add(r, l, kind);
    if (to == NULL) return;
    read_format(r, l);
    to->spec.pool = read_square(r, l, "pool_size", 2);
    to->spec.stride = read_square(r, l, "strides", to->spec.pool);
    to->spec.padding = read_padding(r, l);
}

static void read_maxpool(keras_reader *r, const keras_layer *l) {
    read_pool(r, l, CLENET_MAXPOOL2D);
}

static void read_avgpool(keras_reader *r, const keras_layer *l) {
    read_pool(r, l, CLENET_AVGPOOL2D);
}

static void read_globalavgpool(keras_reader *r, const keras_layer *l) {
    (void)add(r, l, CLENET_GLOBALAVGPOOL2D);
    read_format(r, l);
    if (read_flag(l, "keepdims", false)) keras_problem(r, l, "clenet has no keepdims=True");
    r->flat = true;
}

/* [[top, bottom], [left, right]], [rows, columns], or one number. */
static void read_zeropad(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_ZEROPAD2D);
    const json_t *value = json_object_get(l->config, "padding");
    int sides[2][2];
    if (to == NULL) return;
    read_format(r, l);
    for (size_t axis = 0; axis < 2; axis++) {
        const json_t *both = json_is_array(value) ? json_array_get(value, axis) : value;
        for (size_t end = 0; end < 2; end++)
            sides[axis][end] = value == NULL ? 1 : whole_of(json_is_array(both) ? json_array_get(both, end) : both);
    }
    to->spec.pad_top = sides[0][0];
    to->spec.pad_bottom = sides[0][1];
    to->spec.pad_left = sides[1][0];
    to->spec.pad_right = sides[1][1];
}

static void read_dropout(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_DROPOUT);
    if (to != NULL) to->spec.rate = read_float(l, "rate", 0.5f);
}

/* With channels first, Keras's Flatten moves them to the end, unless it is told that they are there. */
static void read_flatten(keras_reader *r, const keras_layer *l) {
    const char *word = read_word(l, "data_format", "channels_last");
    (void)add(r, l, CLENET_FLATTEN);
    if (strcmp(word, "channels_first") == 0) r->to->channels_first = false;
    r->flat = true;
}

static void read_activation_layer(keras_reader *r, const keras_layer *l) {
    clenet_layer_kind kind = CLENET_FLATTEN;
    if (!find_activation(r, l, &kind)) return;
    import_layer *to = add(r, l, kind);
    if (to != NULL && kind == CLENET_LEAKY_RELU) to->spec.negative_slope = LAYER_ACTIVATION_SLOPE;
}

static void read_relu(keras_reader *r, const keras_layer *l) {
    float slope = read_float(l, "negative_slope", 0);
    import_layer *to = add(r, l, slope == 0 ? CLENET_RELU : CLENET_LEAKY_RELU);
    if (to != NULL && slope != 0) to->spec.negative_slope = slope;
    if (json_is_number(json_object_get(l->config, "max_value"))) keras_problem(r, l, "clenet has no max_value");
    if (read_float(l, "threshold", 0) != 0) keras_problem(r, l, "clenet has no threshold");
}

/* Keras 2 calls the slope alpha. */
static void read_leaky_relu(keras_reader *r, const keras_layer *l) {
    import_layer *to = add(r, l, CLENET_LEAKY_RELU);
    if (to != NULL) to->spec.negative_slope = read_float(l, "negative_slope", read_float(l, "alpha", 0.3f));
}

static void read_softmax(keras_reader *r, const keras_layer *l) {
    (void)add(r, l, CLENET_SOFTMAX);
    if (read_whole(l, "axis", -1) > 1) keras_problem(r, l, "its axis is not the last one");
}

/* ---- the input ------------------------------------------------------------------------------------------ */

/* Sets the input from [batch, height, width, channels] without `skipped` numbers at the beginning, if it is an image. */
static bool set_input(import_network *to, const json_t *shape, size_t skipped) {
    int sides[3];
    if (json_array_size(shape) != skipped + 3) return false;
    for (size_t i = 0; i < 3; i++) {
        int side = whole_of(json_array_get(shape, skipped + i));
        sides[i] = side > 0 ? side : 0;
    }
    to->input = (clenet_shape){sides[0], sides[1], sides[2]};
    return true;
}

/* Keras 2's first layer may have the shape of an InputLayer. */
static void read_input_shape(keras_reader *r, const keras_layer *l) {
    const json_t *shape = json_object_get(l->config, "batch_shape");
    if (shape == NULL) shape = json_object_get(l->config, "batch_input_shape");
    if (!json_is_array(shape) || r->begun || r->to->input.channels > 0) return;
    /* A flat input may become an image by a Reshape. */
    if (!set_input(r->to, shape, 1) && json_array_size(shape) != 2)
        keras_problem(r, l, "its input is no image of height, width and channels");
}

static void read_input(keras_reader *r, const keras_layer *l) {
    (void)r, (void)l;
}

static void read_reshape(keras_reader *r, const keras_layer *l) {
    if (r->begun || !set_input(r->to, json_object_get(l->config, "target_shape"), 0))
        keras_problem(r, l, "clenet reshapes only the input, to an image of height, width and channels");
}

/* ---- scaling of pixels ---------------------------------------------------------------------------------- */

/* Returns how many numbers the argument has, in values: 1, or one for each channel; 0: it has none, or a wrong number of them. */
static int read_numbers(double values[CLENET_IMPORT_CHANNELS], const json_t *value) {
    if (json_is_number(value)) values[0] = json_number_value(value);
    if (json_is_number(value)) return 1;
    while (json_array_size(value) == 1 && json_is_array(json_array_get(value, 0))) value = json_array_get(value, 0);
    size_t count = json_array_size(value);
    for (size_t i = 0; i < count && i < CLENET_IMPORT_CHANNELS; i++)
        values[i] = json_number_value(json_array_get(value, i));
    return count <= CLENET_IMPORT_CHANNELS ? (int)count : 0;
}

/* The first scaling says whether the network expects pixels from 0 to 255, or to 1. */
static void begin_scaling(keras_reader *r, bool to_255) {
    if (r->scales > 0) return;
    r->scales = 1;
    r->scale[0] = to_255 ? 255 : 1;
    r->offset[0] = 0;
}

static void spread(keras_reader *r, int count) {
    for (int i = r->scales; i < count; i++) {
        r->scale[i] = r->scale[0];
        r->offset[i] = r->offset[0];
    }
    if (count > r->scales) r->scales = count;
}

/* The input becomes factor * input + shift. */
static void scale_input(keras_reader *r, const keras_layer *l, int factors, const double *factor, int shifts,
                        const double *shift) {
    int count = factors > shifts ? factors : shifts;
    if (factors == 0 || shifts == 0) {
        keras_problem(r, l, "clenet scales with one number, or one for each of at most %d channels",
                      (int)CLENET_IMPORT_CHANNELS);
        return;
    }
    spread(r, count);
    for (int i = 0; i < r->scales; i++) {
        double f = factor[factors > i ? i : 0];
        r->scale[i] *= f;
        r->offset[i] = r->offset[i] * f + shift[shifts > i ? i : 0];
        if (!isfinite(r->offset[i]) || !isfinite(r->scale[i]) || r->scale[i] == 0.0) {
            keras_problem(r, l, "its numbers are 0 or not finite");
            return;
        }
    }
}

static void read_rescaling(keras_reader *r, const keras_layer *l) {
    double factor[CLENET_IMPORT_CHANNELS] = {1}, shift[CLENET_IMPORT_CHANNELS] = {0};
    const json_t *offset = json_object_get(l->config, "offset");
    int factors = read_numbers(factor, json_object_get(l->config, "scale"));
    int shifts = offset != NULL ? read_numbers(shift, offset) : 1;
    if (r->begun) {
        keras_problem(r, l, "clenet scales only the input");
        return;
    }
    begin_scaling(r, fabs(factor[0]) < 0.1); /* 1/255 and 1/127.5 are for bytes; 2 is for numbers up to 1 */
    scale_input(r, l, factors, factor, shifts, shift);
}

/* The numbers of an array of the file, or of the config. */
static int read_statistic(double values[CLENET_IMPORT_CHANNELS], const keras_reader *r, const keras_layer *l,
                          const char *word, int number) {
    const json_t *given = json_object_get(l->config, word);
    if (given != NULL && !json_is_null(given)) return read_numbers(values, given);
    const hdf5_entry *array = keras_weights_find(r->weights, l->group, l->name, number, word);
    if (array == NULL || array->count > CLENET_IMPORT_CHANNELS) return 0;
    for (size_t i = 0; i < array->count; i++) {
        float value;
        memcpy(&value, array->values + i * sizeof value, sizeof value);
        values[i] = (double)value;
    }
    return (int)array->count;
}

/* (x - mean) / sqrt(variance) */
static void read_normalization(keras_reader *r, const keras_layer *l) {
    double mean[CLENET_IMPORT_CHANNELS] = {0}, variance[CLENET_IMPORT_CHANNELS] = {1};
    double factor[CLENET_IMPORT_CHANNELS] = {0}, shift[CLENET_IMPORT_CHANNELS] = {0};
    const double least = 1e-7; /* of the deviation, in Keras */
    int means = read_statistic(mean, r, l, "mean", 0), variances = read_statistic(variance, r, l, "variance", 1);
    if (r->begun || read_flag(l, "invert", false)) {
        keras_problem(r, l, "clenet scales only the input, and not back");
        return;
    }
    for (int i = 0; i < CLENET_IMPORT_CHANNELS; i++) {
        factor[i] = 1 / fmax(sqrt(fmax(variance[variances > i ? i : 0], 0)), least);
        shift[i] = -mean[means > i ? i : 0] * factor[i];
    }
    begin_scaling(r, mean[0] > 1 || variance[0] > 1);
    int count = means > variances ? means : variances;
    scale_input(r, l, means == 0 || variances == 0 ? 0 : count, factor, count, shift);
}

/* ---- classes -------------------------------------------------------------------------------------------- */

typedef void read_function(keras_reader *r, const keras_layer *l);

/* group: of the weights in files of Keras 3; NULL: the class has none. */
static const struct {
    const char *class, *group;
    read_function *read;
} classes[] = {
    {"InputLayer", NULL, read_input},
    {"Reshape", NULL, read_reshape},
    {"Rescaling", NULL, read_rescaling},
    {"Normalization", "normalization", read_normalization},
    {"Conv2D", "conv2d", read_conv2d},
    {"DepthwiseConv2D", "depthwise_conv2d", read_depthwise},
    {"SeparableConv2D", "separable_conv2d", read_separable},
    {"Dense", "dense", read_dense},
    {"BatchNormalization", "batch_normalization", read_batchnorm},
    {"MaxPooling2D", NULL, read_maxpool},
    {"AveragePooling2D", NULL, read_avgpool},
    {"GlobalAveragePooling2D", NULL, read_globalavgpool},
    {"ZeroPadding2D", NULL, read_zeropad},
    {"Dropout", NULL, read_dropout},
    {"Flatten", NULL, read_flatten},
    {"Activation", NULL, read_activation_layer},
    {"ReLU", NULL, read_relu},
    {"LeakyReLU", NULL, read_leaky_relu},
    {"Softmax", NULL, read_softmax},
};
_Static_assert(sizeof classes / sizeof classes[0] == KERAS_CLASSES, "a number for each class");

/* Classes that do nothing when a model predicts. */
static const char *const only_in_training[] = {"RandomFlip",        "RandomRotation",        "RandomZoom",
                                               "RandomTranslation", "RandomContrast",        "RandomBrightness",
                                               "GaussianNoise",     "GaussianDropout",       "AlphaDropout",
                                               "SpatialDropout2D",  "ActivityRegularization"};

void keras_read_layer(keras_reader *r, const keras_layer *read) {
    keras_layer l = *read;
    read_input_shape(r, &l);
    for (size_t i = 0; i < KERAS_CLASSES; i++) {
        if (strcmp(l.class, classes[i].class) != 0) continue;
        if (classes[i].group != NULL) keras_put_group(l.group, classes[i].group, r->seen[i]++);
        classes[i].read(r, &l);
        return;
    }
    for (size_t i = 0; i < sizeof only_in_training / sizeof only_in_training[0]; i++) {
        if (strcmp(l.class, only_in_training[i]) != 0) continue;
        import_note(r->to, "left out layer '%.*s' (%s), which does nothing when a model predicts", QUOTE_SIZE, l.name,
                    l.class);
        return;
    }
    keras_problem(r, &l, "clenet has no such layer");
}
