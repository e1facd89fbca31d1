#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/philox.h"
#include "lib/net/layer.h"

static double *doubles(size_t count) {
    return calloc(count ? count : 1, sizeof(double));
}

reference *reference_new(const clenet_network *network, const float *values, size_t images, bool training,
                         uint64_t seed, uint32_t step) {
    reference *r = calloc(1, sizeof *r);
    size_t layers = (size_t)network->layer_count;
    *r = (reference){
        .network = network, .images = images, .training = training, .seed = seed, .step = step, .closest = INFINITY};
    r->values = doubles(network->packed_size);
    r->gradients = doubles(network->packed_size);
    for (size_t i = 0; i < network->packed_size; i++) r->values[i] = (double)values[i];
    r->outputs = calloc(layers + 1, sizeof *r->outputs);
    r->before = calloc(layers, sizeof *r->before);
    r->outputs[0] = doubles(images * shape_size(network->input));
    for (size_t i = 0; i < layers; i++) {
        size_t size = images * shape_size(network->layers[i].out);
        r->outputs[i + 1] = doubles(size);
        r->before[i] = doubles(size);
    }
    r->probabilities = doubles(images * (size_t)network_classes(network));
    return r;
}

void reference_free(reference *r) {
    if (!r) return;
    for (int i = 0; i <= r->network->layer_count; i++) free(r->outputs[i]);
    for (int i = 0; i < r->network->layer_count; i++) free(r->before[i]);
    free(r->outputs);
    free(r->before);
    free(r->values);
    free(r->gradients);
    free(r->probabilities);
    free(r);
}

/* Where number (y, x, c) of image n stands. */
static size_t at(clenet_shape s, size_t n, int y, int x, int c) {
    return ((n * (size_t)s.height + (size_t)y) * (size_t)s.width + (size_t)x) * (size_t)s.channels + (size_t)c;
}

static size_t offset_of(const reference *r, const layer *l, int which) {
    return r->network->parameters[l->parameter_first + which].offset;
}

static bool inside(clenet_shape s, int y, int x) {
    return y >= 0 && y < s.height && x >= 0 && x < s.width;
}

/* One (output, input, kernel element) triple after another; visit() adds up what forward or backward wants of it. */
typedef void conv_visit(double *context[4], size_t z, size_t x, size_t k);

static void each_product(const reference *r, const layer *l, conv_visit *visit, double *context[4]) {
    int channels = l->in.channels / l->spec.groups, filters = l->out.channels / l->spec.groups;
    for (size_t n = 0; n < r->images; n++)
        for (int y = 0; y < l->out.height; y++)
            for (int x = 0; x < l->out.width; x++)
                for (int f = 0; f < l->out.channels; f++)
                    for (int a = 0; a < l->spec.kernel_height; a++)
                        for (int b = 0; b < l->spec.kernel_width; b++)
                            for (int c = 0; c < channels; c++) {
                                int from_y = y * l->spec.stride + a - l->pad_top;
                                int from_x = x * l->spec.stride + b - l->pad_left, from_c = f / filters * channels + c;
                                if (!inside(l->in, from_y, from_x)) continue;
                                int k = ((a * l->spec.kernel_width + b) * channels + c) * l->out.channels + f;
                                visit(context, at(l->out, n, y, x, f), at(l->in, n, from_y, from_x, from_c), (size_t)k);
                            }
}

static void visit_forward(double *context[4], size_t z, size_t x, size_t k) {
    context[0][z] += context[1][x] * context[2][k];
}

/* context: dz, x or dx, the kernel or its gradient. */
static void visit_kernel_gradient(double *context[4], size_t z, size_t x, size_t k) {
    context[2][k] += context[0][z] * context[1][x];
}
static void visit_input_gradient(double *context[4], size_t z, size_t x, size_t k) {
    context[1][x] += context[0][z] * context[2][k];
}

static void conv_forward(const reference *r, const layer *l, const double *x, double *z) {
    double *context[4] = {z, (double *)(uintptr_t)x, r->values + offset_of(r, l, 0), NULL};
    each_product(r, l, visit_forward, context);
    const double *bias = r->values + offset_of(r, l, 1);
    for (size_t i = 0; i < r->images * shape_size(l->out); i++) z[i] += bias[i % (size_t)l->out.channels];
}

static void bias_backward(const reference *r, const layer *l, const double *dz) {
    double *bias = r->gradients + offset_of(r, l, 1);
    for (size_t i = 0; i < r->images * shape_size(l->out); i++) bias[i % (size_t)l->out.channels] += dz[i];
}

static void conv_backward(const reference *r, const layer *l, const double *x, double *dz, double *dx) {
    double *by_kernel[4] = {dz, (double *)(uintptr_t)x, r->gradients + offset_of(r, l, 0), NULL};
    each_product(r, l, visit_kernel_gradient, by_kernel);
    double *by_input[4] = {dz, dx, r->values + offset_of(r, l, 0), NULL};
    each_product(r, l, visit_input_gradient, by_input);
    bias_backward(r, l, dz);
}

static void dense_forward(const reference *r, const layer *l, const double *x, double *z) {
    const double *kernel = r->values + offset_of(r, l, 0), *bias = r->values + offset_of(r, l, 1);
    size_t in = shape_size(l->in), out = shape_size(l->out);
    for (size_t n = 0; n < r->images; n++)
        for (size_t o = 0; o < out; o++) {
            double sum = bias[o];
            for (size_t i = 0; i < in; i++) sum += x[n * in + i] * kernel[i * out + o];
            z[n * out + o] = sum;
        }
}

static void dense_backward(const reference *r, const layer *l, const double *x, const double *dz, double *dx) {
    const double *kernel = r->values + offset_of(r, l, 0);
    double *d_kernel = r->gradients + offset_of(r, l, 0);
    size_t in = shape_size(l->in), out = shape_size(l->out);
    for (size_t n = 0; n < r->images; n++)
        for (size_t i = 0; i < in; i++)
            for (size_t o = 0; o < out; o++) {
                d_kernel[i * out + o] += x[n * in + i] * dz[n * out + o];
                dx[n * in + i] += kernel[i * out + o] * dz[n * out + o];
            }
    bias_backward(r, l, dz);
}

enum { WINDOW_MOST = 256 /* positions of a pool's window */ };

/* The positions in x of an output's window that are inside the image, row by row; returns their number. */
static int window_of(size_t positions[WINDOW_MOST], const layer *l, size_t n, int y, int x, int c) {
    int count = 0;
    for (int a = 0; a < l->spec.pool; a++)
        for (int b = 0; b < l->spec.pool; b++) {
            int row = y * l->spec.stride + a - l->pad_top, column = x * l->spec.stride + b - l->pad_left;
            if (inside(l->in, row, column)) positions[count++] = at(l->in, n, row, column, c);
        }
    return count;
}

/* y, or dx, of one output: of max pooling by the largest number, the first of equals; of average pooling by all. */
static void pool_window(const layer *l, const size_t *positions, int count, const double *x, double *y,
                        const double *dy, double *dx) {
    size_t best = positions[0];
    if (l->spec.kind == CLENET_MAXPOOL2D) {
        for (int i = 1; i < count; i++)
            if (x[positions[i]] > x[best]) best = positions[i];
        if (y) *y = x[best];
        if (dx) dx[best] += *dy;
        return;
    }
    for (int i = 0; i < count; i++) {
        if (y) *y += x[positions[i]] / count;
        if (dx) dx[positions[i]] += *dy / count;
    }
}

static void pool_pass(const reference *r, const layer *l, const double *x, double *y, const double *dy, double *dx) {
    size_t positions[WINDOW_MOST];
    for (size_t n = 0; n < r->images; n++)
        for (int row = 0; row < l->out.height; row++)
            for (int column = 0; column < l->out.width; column++)
                for (int c = 0; c < l->out.channels; c++) {
                    size_t to = at(l->out, n, row, column, c);
                    int count = window_of(positions, l, n, row, column, c);
                    pool_window(l, positions, count, x, y ? y + to : NULL, dy ? dy + to : NULL, dx);
                }
}

/* y, with zeros around x; or dx, which ignores the gradients of those zeros. */
static void zeropad_pass(const reference *r, const layer *l, const double *x, double *y, const double *dy, double *dx) {
    for (size_t n = 0; n < r->images; n++)
        for (int row = 0; row < l->in.height; row++)
            for (int column = 0; column < l->in.width; column++)
                for (int c = 0; c < l->in.channels; c++) {
                    size_t from = at(l->in, n, row, column, c);
                    size_t to = at(l->out, n, row + l->spec.pad_top, column + l->spec.pad_left, c);
                    if (y) y[to] = x[from];
                    if (dx) dx[from] = dy[to];
                }
}

typedef struct moments {
    double mean, variance;
} moments;

/* Statistics of the batch; a frozen layer has its moving averages in training, too. */
static bool by_batch(const reference *r, const layer *l) {
    return r->training && !l->spec.frozen;
}

static moments channel_moments(const reference *r, const layer *l, const double *x, size_t c) {
    size_t channels = (size_t)l->in.channels, size = r->images * shape_size(l->in);
    if (!by_batch(r, l)) return (moments){r->values[offset_of(r, l, 2) + c], r->values[offset_of(r, l, 3) + c]};
    moments m = {0, 0};
    double count = (double)(size / channels);
    for (size_t i = c; i < size; i += channels) m.mean += x[i] / count;
    for (size_t i = c; i < size; i += channels) m.variance += (x[i] - m.mean) * (x[i] - m.mean) / count;
    return m;
}

static void batchnorm_forward(const reference *r, const layer *l, const double *x, double *y) {
    size_t channels = (size_t)l->in.channels, size = r->images * shape_size(l->in);
    double momentum = (double)l->spec.momentum, epsilon = (double)l->spec.epsilon;
    for (size_t c = 0; c < channels; c++) {
        moments m = channel_moments(r, l, x, c);
        double gamma = r->values[offset_of(r, l, 0) + c], beta = r->values[offset_of(r, l, 1) + c];
        for (size_t i = c; i < size; i += channels) y[i] = gamma * (x[i] - m.mean) / sqrt(m.variance + epsilon) + beta;
        if (!by_batch(r, l)) continue;
        double *mean = &r->values[offset_of(r, l, 2) + c], *variance = &r->values[offset_of(r, l, 3) + c];
        *mean = momentum * *mean + (1 - momentum) * m.mean;
        *variance = momentum * *variance + (1 - momentum) * m.variance;
    }
}

static void batchnorm_backward(const reference *r, const layer *l, const double *x, const double *dy, double *dx) {
    size_t channels = (size_t)l->in.channels, size = r->images * shape_size(l->in);
    double count = (double)(size / channels);
    for (size_t c = 0; c < channels; c++) {
        moments m = channel_moments(r, l, x, c);
        double deviation = sqrt(m.variance + (double)l->spec.epsilon), gamma = r->values[offset_of(r, l, 0) + c];
        double *d_gamma = &r->gradients[offset_of(r, l, 0) + c], *d_beta = &r->gradients[offset_of(r, l, 1) + c];
        if (l->spec.frozen) {
            for (size_t i = c; i < size; i += channels) dx[i] = gamma / deviation * dy[i];
            continue;
        }
        for (size_t i = c; i < size; i += channels) {
            *d_beta += dy[i];
            *d_gamma += dy[i] * (x[i] - m.mean) / deviation;
        }
        for (size_t i = c; i < size; i += channels)
            dx[i] = gamma / deviation * (dy[i] - *d_beta / count - (x[i] - m.mean) / deviation * *d_gamma / count);
    }
}

/* 0 if feature f of image n is dropped, else 1 / (1 - rate). */
static double dropout_factor(const reference *r, int layer_index, size_t n, size_t f) {
    float rate = r->network->layers[layer_index].spec.rate;
    if (!r->training || rate == 0) return 1;
    uint32_t counter[4] = {(uint32_t)(f / 8), (uint32_t)n, r->step, PHILOX_LAYER + (uint32_t)layer_index};
    uint32_t word = philox(r->seed, counter).word[f % 8 / 2];
    uint32_t half = f % 2 ? word >> 16 : word & 0xFFFF;
    return half < (uint32_t)lround((double)rate * 65536) ? 0 : 1 / (1 - (double)rate);
}

static void dropout_pass(const reference *r, int i, const double *from, double *to) {
    size_t size = shape_size(r->network->layers[i].in);
    for (size_t k = 0; k < r->images * size; k++) to[k] = from[k] * dropout_factor(r, i, k / size, k % size);
}

/* Forward if y: the mean of each channel; else its gradient. */
static void channel_pass(const reference *r, const layer *l, const double *x, double *y, const double *dy, double *dx) {
    size_t channels = (size_t)l->in.channels, positions = shape_size(l->in) / channels;
    for (size_t n = 0; n < r->images; n++)
        for (size_t i = 0; i < positions; i++)
            for (size_t c = 0; c < channels; c++) {
                size_t from = (n * positions + i) * channels + c, to = n * channels + c;
                if (y)
                    y[to] += x[from] / (double)positions;
                else
                    dx[from] = dy[to] / (double)positions;
            }
}

/* The layer's activation of z; or, if slope, its derivative there. */
static double activate(const layer *l, double z, bool slope) {
    clenet_activation own = layer_kind_activation(l->spec.kind), activation = own ? own : l->spec.activation;
    double sigmoid = 1 / (1 + exp(-z));
    switch (activation) {
    case CLENET_ACTIVATION_RELU:
        return z > 0 ? (slope ? 1 : z) : 0;
    case CLENET_ACTIVATION_TANH:
        return slope ? 1 - tanh(z) * tanh(z) : tanh(z);
    case CLENET_ACTIVATION_SIGMOID:
        return slope ? sigmoid * (1 - sigmoid) : sigmoid;
    case CLENET_ACTIVATION_LEAKY_RELU: {
        double below = own ? (double)l->spec.negative_slope : (double)0.2F;
        return z > 0 ? (slope ? 1 : z) : (slope ? below : below * z);
    }
    case CLENET_ACTIVATION_NONE:
    case CLENET_ACTIVATION_SOFTMAX: /* with the loss */
        break;
    }
    return slope ? 1 : z;
}

/* The layer's sums z of x; or, if z is NULL, dx, the gradient of x, and those of the parameters, from dy. */
static void layer_pass(const reference *r, int i, const double *x, double *z, double *dy, double *dx) {
    const layer *l = &r->network->layers[i];
    switch (l->spec.kind) {
    case CLENET_CONV2D:
        if (z)
            conv_forward(r, l, x, z);
        else
            conv_backward(r, l, x, dy, dx);
        break;
    case CLENET_DENSE:
        if (z)
            dense_forward(r, l, x, z);
        else
            dense_backward(r, l, x, dy, dx);
        break;
    case CLENET_BATCHNORM:
        if (z)
            batchnorm_forward(r, l, x, z);
        else
            batchnorm_backward(r, l, x, dy, dx);
        break;
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
        pool_pass(r, l, x, z, dy, dx);
        break;
    case CLENET_ZEROPAD2D:
        zeropad_pass(r, l, x, z, dy, dx);
        break;
    case CLENET_GLOBALAVGPOOL2D:
        channel_pass(r, l, x, z, dy, dx);
        break;
    case CLENET_DROPOUT:
        dropout_pass(r, i, z ? x : dy, z ? z : dx);
        break;
    case CLENET_FLATTEN:
    case CLENET_RELU:
    case CLENET_TANH:
    case CLENET_SIGMOID:
    case CLENET_LEAKY_RELU:
    case CLENET_SOFTMAX:
        memcpy(z ? z : dx, z ? x : dy, r->images * shape_size(l->out) * sizeof *x);
        break;
    }
}

/* The least |z| relative to the root mean square of all. */
static void note_closest(reference *r, const double *z, size_t size) {
    double least = INFINITY, squares = 0;
    for (size_t k = 0; k < size; k++) {
        least = fmin(least, fabs(z[k]));
        squares += z[k] * z[k];
    }
    r->closest = fmin(r->closest, least / sqrt(squares / (double)size));
}

static void layer_forward(reference *r, int i) {
    const layer *l = &r->network->layers[i];
    const double *x = r->outputs[i];
    double *z = r->before[i], *y = r->outputs[i + 1];
    size_t size = r->images * shape_size(l->out);
    memset(z, 0, size * sizeof *z);
    layer_pass(r, i, x, z, NULL, NULL);
    for (size_t k = 0; k < size; k++) y[k] = activate(l, z[k], false);
    if (l->spec.kind == CLENET_DENSE && l->spec.activation == CLENET_ACTIVATION_RELU) note_closest(r, z, size);
}

const double *reference_logits(const reference *r) {
    return r->outputs[r->network->layer_count];
}

static double target(const reference *r, size_t label, size_t c) {
    return (label == c ? 1 - r->smoothing : 0) + r->smoothing / network_classes(r->network);
}

static void softmax(reference *r, const uint8_t *labels) {
    size_t classes = (size_t)network_classes(r->network);
    r->loss = 0;
    r->correct = 0;
    for (size_t n = 0; n < r->images; n++) {
        const double *x = reference_logits(r) + n * classes;
        size_t best = 0;
        double sum = 0;
        for (size_t c = 1; c < classes; c++)
            if (x[c] > x[best]) best = c;
        for (size_t c = 0; c < classes; c++) sum += exp(x[c] - x[best]);
        for (size_t c = 0; c < classes; c++) r->probabilities[n * classes + c] = exp(x[c] - x[best]) / sum;
        for (size_t c = 0; c < classes; c++)
            r->loss -= target(r, labels[n], c) * (x[c] - x[best] - log(sum)) / (double)r->images;
        r->correct += best == labels[n];
    }
}

void reference_forward(reference *r, const uint8_t *pixels, const uint8_t *labels) {
    for (size_t i = 0; i < r->images * shape_size(r->network->input); i++) r->outputs[0][i] = pixels[i] / 255.0;
    for (int i = 0; i < r->network->layer_count; i++) layer_forward(r, i);
    softmax(r, labels);
}

/* dx = the gradient of layer i's input, from dy, that of its output; dy is overwritten. */
static void layer_backward(const reference *r, int i, double *dy, double *dx) {
    const layer *l = &r->network->layers[i];
    const double *x = r->outputs[i];
    size_t size = r->images * shape_size(l->out);
    for (size_t k = 0; k < size; k++) dy[k] *= activate(l, r->before[i][k], true);
    layer_pass(r, i, x, NULL, dy, dx);
}

void reference_backward(reference *r, const uint8_t *labels) {
    size_t classes = (size_t)network_classes(r->network);
    double *dy = doubles(r->images * classes);
    for (size_t i = 0; i < r->images * classes; i++)
        dy[i] = (r->probabilities[i] - target(r, labels[i / classes], i % classes)) / (double)r->images;
    memset(r->gradients, 0, r->network->packed_size * sizeof *r->gradients);
    for (int i = r->network->layer_count - 1; i >= 0; i--) {
        double *dx = doubles(r->images * shape_size(r->network->layers[i].in));
        layer_backward(r, i, dy, dx);
        free(dy);
        dy = dx;
    }
    free(dy);
    for (int i = 0; i < r->network->parameter_count; i++) {
        const parameter *p = &r->network->parameters[i];
        if (p->frozen) memset(r->gradients + p->offset, 0, p->count * sizeof *r->gradients);
    }
}

static void update_adam(reference_number *n, const plan_options *o, uint32_t step, double rate, double g) {
    double beta_1 = (double)o->beta_1, beta_2 = (double)o->beta_2, t = (double)step + 1;
    n->moment += (1 - beta_1) * (g - n->moment);
    n->square += (1 - beta_2) * (g * g - n->square);
    double alpha = rate * sqrt(1 - pow(beta_2, t)) / (1 - pow(beta_1, t));
    n->x -= alpha * n->moment / (sqrt(n->square) + (double)o->epsilon);
}

void reference_update(reference_number *n, const plan_options *o, uint32_t step, double rate, double gradient) {
    double decay = (double)o->weight_decay, rho = (double)o->rho;
    double g = o->optimizer == CLENET_OPTIMIZER_ADAMW ? gradient : gradient + decay * n->x;
    switch (o->optimizer) {
    case CLENET_OPTIMIZER_RMSPROP:
        n->square = rho * n->square + (1 - rho) * g * g;
        n->x -= rate * g / sqrt(n->square + (double)o->epsilon);
        break;
    case CLENET_OPTIMIZER_SGD:
        n->moment = (double)o->momentum * n->moment + g;
        n->x -= rate * n->moment;
        break;
    case CLENET_OPTIMIZER_ADAMW:
        n->x -= rate * decay * n->x;
        update_adam(n, o, step, rate, g);
        break;
    case CLENET_OPTIMIZER_ADAM:
        update_adam(n, o, step, rate, g);
        break;
    }
}
