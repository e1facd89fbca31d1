/* reference.c - see reference.h. */
#include "lib/export/reference.h"

#include <math.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/net/layer.h"

/* One network of the model. */
typedef struct reference {
    const clenet_network *network;
    const float *values; /* packed */
} reference;

static const float *parameter_of(const reference *r, const layer *l, int k) {
    return r->values + r->network->parameters[l->parameter_first + k].offset;
}

double reference_activate(double x, clenet_activation activation, double slope) {
    switch (activation) {
    case CLENET_ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case CLENET_ACTIVATION_TANH:
        return tanh(x);
    case CLENET_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    case CLENET_ACTIVATION_LEAKY_RELU:
        return x > 0 ? x : slope * x;
    case CLENET_ACTIVATION_NONE:
    case CLENET_ACTIVATION_SOFTMAX:
        break;
    }
    return x;
}

/* Position [row][column] of x, or NULL outside of the image. */
static const double *position_of(const layer *l, const double *x, int row, int column) {
    if (row < 0 || row >= l->in.height || column < 0 || column >= l->in.width) return NULL;
    return x + ((size_t)row * (size_t)l->in.width + (size_t)column) * (size_t)l->in.channels;
}

/* y[h][w][f] = bias[f] + sum over i, j, c of x[h stride + i - top][w stride + j - left][first + c] kernel[i][j][c][f], first of f's
 * group; outside the image x is 0 */
static double conv2d_at(const reference *r, const layer *l, const double *x, int h, int w, int f) {
    const float *kernel = parameter_of(r, l, 0);
    double sum = (double)parameter_of(r, l, 1)[f];
    int channels = l->in.channels / l->spec.groups, first = f / (l->out.channels / l->spec.groups) * channels;
    for (int i = 0; i < l->spec.kernel_height; i++)
        for (int j = 0; j < l->spec.kernel_width; j++) {
            const double *at =
                position_of(l, x, h * l->spec.stride + i - l->pad_top, w * l->spec.stride + j - l->pad_left);
            if (at == NULL) continue;
            const float *k =
                kernel + (size_t)(i * l->spec.kernel_width + j) * (size_t)channels * (size_t)l->out.channels;
            for (int c = 0; c < channels; c++)
                sum += at[first + c] * (double)k[(size_t)c * (size_t)l->out.channels + (size_t)f];
        }
    return sum;
}

static double dense_at(const reference *r, const layer *l, const double *x, int unit) {
    const float *kernel = parameter_of(r, l, 0);
    double sum = (double)parameter_of(r, l, 1)[unit];
    for (size_t i = 0; i < (size_t)l->in.channels; i++)
        sum += x[i] * (double)kernel[i * (size_t)l->out.channels + (size_t)unit];
    return sum;
}

/* The maximum or the mean of the positions of a window of height x width, from x[row][column], that are in the image. */
static double pool_at(const layer *l, const double *x, int row, int column, int channel, int height, int width) {
    double best = -INFINITY, sum = 0;
    int count = 0;
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) {
            const double *at = position_of(l, x, row + i, column + j);
            if (at == NULL) continue;
            best = at[channel] > best ? at[channel] : best;
            sum += at[channel];
            count++;
        }
    return l->spec.kind == CLENET_MAXPOOL2D ? best : sum / count;
}

static double zeropad_at(const layer *l, const double *x, int h, int w, int c) {
    const double *at = position_of(l, x, h - l->pad_top, w - l->pad_left);
    return at != NULL ? at[c] : 0;
}

static double batchnorm_at(const reference *r, const layer *l, double x, int c) {
    double gamma = (double)parameter_of(r, l, 0)[c], beta = (double)parameter_of(r, l, 1)[c];
    double mean = (double)parameter_of(r, l, 2)[c], variance = (double)parameter_of(r, l, 3)[c];
    return (x - mean) * gamma / sqrt(variance + (double)l->spec.epsilon) + beta;
}

/* Number `at` of the layer's output, which is y[h][w][c]. */
static double layer_at(const reference *r, const layer *l, const double *x, size_t at, int h, int w, int c) {
    int pool = l->spec.pool, stride = l->spec.stride;
    switch (l->spec.kind) {
    case CLENET_CONV2D:
        return reference_activate(conv2d_at(r, l, x, h, w, c), l->spec.activation, (double)LAYER_ACTIVATION_SLOPE);
    case CLENET_DENSE:
        return reference_activate(dense_at(r, l, x, c), l->spec.activation, (double)LAYER_ACTIVATION_SLOPE);
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
        return pool_at(l, x, h * stride - l->pad_top, w * stride - l->pad_left, c, pool, pool);
    case CLENET_ZEROPAD2D:
        return zeropad_at(l, x, h, w, c);
    case CLENET_GLOBALAVGPOOL2D:
        return pool_at(l, x, 0, 0, c, l->in.height, l->in.width);
    case CLENET_BATCHNORM:
        return batchnorm_at(r, l, x[at], c);
    case CLENET_RELU:
    case CLENET_TANH:
    case CLENET_SIGMOID:
    case CLENET_LEAKY_RELU:
        return reference_activate(x[at], layer_kind_activation(l->spec.kind), (double)l->spec.negative_slope);
    case CLENET_DROPOUT:
    case CLENET_FLATTEN:
    case CLENET_SOFTMAX:
        break;
    }
    return x[at];
}

static void run_layer(const reference *r, const layer *l, double *y, const double *x) {
    size_t at = 0;
    for (int h = 0; h < l->out.height; h++)
        for (int w = 0; w < l->out.width; w++)
            for (int c = 0; c < l->out.channels; c++, at++) y[at] = layer_at(r, l, x, at, h, w, c);
}

static void softmax(double *x, int count) {
    double largest = x[0], sum = 0;
    for (int i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
    for (int i = 0; i < count; i++) sum += x[i] = exp(x[i] - largest);
    for (int i = 0; i < count; i++) x[i] /= sum;
}

clenet_status reference_answer(double *answers, const clenet_model *model, const uint8_t *image, bool logits,
                               clenet_error *error) {
    const clenet_network *network = model->network;
    size_t most = shape_size(network->input), pixels = most;
    int classes = network_classes(network);
    for (int i = 0; i < network->layer_count; i++)
        if (shape_size(network->layers[i].out) > most) most = shape_size(network->layers[i].out);
    double *buffers[2] = {memory_new(most, sizeof(double)), memory_new(most, sizeof(double))};
    clenet_status status = CLENET_OK;
    if (buffers[0] == NULL || buffers[1] == NULL)
        status = error_memory(error, 2 * most * sizeof(double), "the self-test of the exported network");
    for (int c = 0; status == CLENET_OK && c < classes; c++) answers[c] = 0;
    for (int m = 0; status == CLENET_OK && m < model->members; m++) {
        reference r = {.network = network, .values = model_values(model, m)};
        double *x = buffers[0], *y = buffers[1];
        for (size_t i = 0; i < pixels; i++) x[i] = image[i] / (double)UINT8_MAX;
        for (int i = 0; i < network->layer_count; i++) {
            run_layer(&r, &network->layers[i], y, x);
            double *made = y;
            y = x;
            x = made;
        }
        if (!logits) softmax(x, classes);
        for (int c = 0; c < classes; c++) answers[c] += x[c] / model->members;
    }
    memory_free(buffers[0]);
    memory_free(buffers[1]);
    return status;
}
