/* stage_run.c - see stage_run.h. */
#include "lib/export/stage_run.h"

#include <math.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/export/reference.h"
#include "lib/net/layer.h"

/* ---- weights -------------------------------------------------------------------------------------------- */

static size_t filters_of_group(const stage *s) {
    return (size_t)(s->computed.channels / s->groups);
}

double *stage_weight_at(double *kernel, const stage *s, size_t k, size_t f) {
    size_t filters = filters_of_group(s), group = f / filters;
    return &kernel[(group * s->weights + k) * filters + f % filters];
}

clenet_status stage_weights_new(stage_weights *weights, const stage_list *list, clenet_error *error) {
    size_t stages = (size_t)list->count, bytes = 0;
    weights->kernels = memory_new(stages, sizeof *weights->kernels);
    weights->biases = memory_new(stages, sizeof *weights->biases);
    bool ready = weights->kernels != NULL && weights->biases != NULL;
    for (size_t i = 0; i < stages && ready; i++) {
        const stage *s = &list->stages[i];
        if (s->kernel == NULL) continue;
        size_t filters = (size_t)s->computed.channels;
        bytes += filters * (s->weights + 1) * sizeof(double);
        weights->kernels[i] = memory_new(filters * s->weights, sizeof(double));
        weights->biases[i] = memory_new(filters, sizeof(double));
        ready = weights->kernels[i] != NULL && weights->biases[i] != NULL;
    }
    if (ready) return CLENET_OK;
    stage_weights_free(weights, list);
    return error_memory(error, bytes, "the weights to export");
}

clenet_status stage_weights_take(stage_weights *weights, const stage_list *list, clenet_error *error) {
    clenet_status status = stage_weights_new(weights, list, error);
    for (int i = 0; i < list->count && status == CLENET_OK; i++) {
        const stage *s = &list->stages[i];
        for (size_t f = 0; s->kernel != NULL && f < (size_t)s->computed.channels; f++) {
            weights->biases[i][f] = s->bias[f];
            for (size_t k = 0; k < s->weights; k++)
                *stage_weight_at(weights->kernels[i], s, k, f) = s->kernel[f * s->weights + k];
        }
    }
    return status;
}

void stage_weights_free(stage_weights *weights, const stage_list *list) {
    for (int i = 0; i < list->count; i++) {
        if (weights->kernels != NULL) memory_free(weights->kernels[i]);
        if (weights->biases != NULL) memory_free(weights->biases[i]);
    }
    memory_free(weights->kernels);
    memory_free(weights->biases);
    *weights = (stage_weights){.kernels = NULL};
}

/* ---- arrays --------------------------------------------------------------------------------------------- */

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

clenet_status stage_arrays_new(stage_arrays *arrays, const stage_list *list, clenet_error *error) {
    size_t most = shape_size(list->model->network->input), patch = 1;
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        most = larger(most, larger(shape_size(s->in), larger(shape_size(s->computed), shape_size(s->out))));
        patch = larger(patch, s->weights);
    }
    *arrays = (stage_arrays){.x = memory_new(most, sizeof(double)),
                             .computed = memory_new(most, sizeof(double)),
                             .y = memory_new(most, sizeof(double)),
                             .patch = memory_new(patch, sizeof(double))};
    if (arrays->x != NULL && arrays->computed != NULL && arrays->y != NULL && arrays->patch != NULL) return CLENET_OK;
    stage_arrays_free(arrays);
    return error_memory(error, (3 * most + patch) * sizeof(double), "the numbers of a network to export");
}

void stage_arrays_free(stage_arrays *arrays) {
    memory_free(arrays->x);
    memory_free(arrays->computed);
    memory_free(arrays->y);
    memory_free(arrays->patch);
    *arrays = (stage_arrays){.x = NULL};
}

/* ---- sources -------------------------------------------------------------------------------------------- */

/* x[row][column], or NULL outside of the image. */
static const double *position_of(const double *x, clenet_shape shape, int row, int column) {
    if (row < 0 || row >= shape.height || column < 0 || column >= shape.width) return NULL;
    return x + ((size_t)row * (size_t)shape.width + (size_t)column) * (size_t)shape.channels;
}

/* patch [kernel_height][kernel_width][channels of a group]: what the filters of a group read for one position. */
static void take_patch(double *patch, const stage *s, const double *x, int row, int column, int group) {
    size_t channels = (size_t)(s->in.channels / s->groups), first = (size_t)group * channels;
    for (int i = 0; i < s->kernel_height; i++)
        for (int j = 0; j < s->kernel_width; j++, patch += channels) {
            const double *at =
                position_of(x, s->in, row * s->stride + i - s->pad_top, column * s->stride + j - s->pad_left);
            if (at != NULL)
                memcpy(patch, at + first, channels * sizeof *patch);
            else
                memset(patch, 0, channels * sizeof *patch);
        }
}

/* sums[f] = bias[f] + sum over k of patch[k] kernel[k][f] */
static void add_products(double *restrict sums, const double *restrict bias, const double *restrict kernel,
                         const double *restrict patch, size_t weights, size_t filters) {
    memcpy(sums, bias, filters * sizeof *sums);
    for (size_t k = 0; k < weights; k++, kernel += filters) {
        double value = patch[k];
        if (value == 0) continue; /* much of a digit is background */
        for (size_t f = 0; f < filters; f++) sums[f] += value * kernel[f];
    }
}

static void run_conv2d(double *computed, double *patch, const stage *s, const double *kernel, const double *bias,
                       const double *x) {
    size_t filters = filters_of_group(s);
    for (int row = 0; row < s->computed.height; row++)
        for (int column = 0; column < s->computed.width; column++)
            for (int g = 0; g < s->groups; g++, computed += filters) {
                take_patch(patch, s, x, row, column, g);
                add_products(computed, bias + (size_t)g * filters, kernel + (size_t)g * filters * s->weights, patch,
                             s->weights, filters);
            }
}

/* The input, with zeros around it if the stage pads. */
static void run_input(double *computed, const stage *s, const double *x) {
    size_t channels = (size_t)s->in.channels;
    for (int row = 0; row < s->computed.height; row++)
        for (int column = 0; column < s->computed.width; column++, computed += channels) {
            const double *at = position_of(x, s->in, row - s->pad_top, column - s->pad_left);
            if (at != NULL)
                memcpy(computed, at, channels * sizeof *computed);
            else
                memset(computed, 0, channels * sizeof *computed);
        }
}

void stage_run_source(double *computed, double *patch, const stage *s, int i, const stage_weights *weights,
                      const double *x) {
    switch (s->source) {
    case STAGE_CONV2D:
        run_conv2d(computed, patch, s, weights->kernels[i], weights->biases[i], x);
        break;
    case STAGE_DENSE:
        add_products(computed, weights->biases[i], weights->kernels[i], x, s->weights, (size_t)s->out.channels);
        break;
    case STAGE_INPUT:
        run_input(computed, s, x);
        break;
    }
}

/* ---- pools ---------------------------------------------------------------------------------------------- */

/* The maximum or the mean of the positions of a window that are inside the image. */
static double pool_at(const stage *s, const double *x, int row, int column, int channel,
                      double (*mean)(double sum, int count)) {
    double best = -INFINITY, sum = 0;
    int count = 0;
    for (int i = 0; i < s->window_height; i++)
        for (int j = 0; j < s->window_width; j++) {
            const double *at = position_of(x, s->computed, row * s->window_stride + i - s->window_top,
                                           column * s->window_stride + j - s->window_left);
            if (at == NULL) continue;
            best = at[channel] > best ? at[channel] : best;
            sum += at[channel];
            count++;
        }
    return s->mean ? mean(sum, count) : best;
}

void stage_run_pool(double *y, const stage *s, const double *computed, double (*mean)(double sum, int count)) {
    for (int row = 0; row < s->out.height; row++)
        for (int column = 0; column < s->out.width; column++)
            for (int c = 0; c < s->out.channels; c++) *y++ = pool_at(s, computed, row, column, c, mean);
}

bool stage_pools_first(const stage *s) {
    return s->window_height > 0 && !s->mean && s->before == 0;
}

/* ---- the network with its weights ----------------------------------------------------------------------- */

size_t stage_point(const stage_list *list, int i, int steps) {
    return (size_t)i + (size_t)list->stages[i].step_first + (size_t)steps;
}

size_t stage_points(const stage_list *list) {
    return (size_t)list->count + (size_t)list->step_count;
}

static void widen(double *ranges, size_t point, const double *numbers, size_t count) {
    if (ranges == NULL) return;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] < ranges[2 * point]) ranges[2 * point] = numbers[i];
        if (numbers[i] > ranges[2 * point + 1]) ranges[2 * point + 1] = numbers[i];
    }
}

static void run_step(double *x, const stage_step *step, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (step->activation != CLENET_ACTIVATION_NONE)
            x[i] = reference_activate(x[i], step->activation, (double)step->slope);
        else if (step->scale != NULL)
            x[i] = x[i] * step->scale[i % step->channels] + step->shift[i % step->channels];
        else
            x[i] /= UINT8_MAX;
    }
}

static double mean_of(double sum, int count) {
    return sum / count;
}

/* Runs stage i from arrays->x, and leaves its output there. */
static void run_one(const stage_list *list, int i, const stage_weights *weights, stage_arrays *arrays, double *ranges) {
    const stage *s = &list->stages[i];
    double *numbers = arrays->computed;
    size_t count = shape_size(s->computed);
    stage_run_source(numbers, arrays->patch, s, i, weights, arrays->x);
    if (!stage_pools_first(s)) widen(ranges, stage_point(list, i, 0), numbers, count);
    for (int k = 0; k <= s->step_count; k++) {
        if (s->window_height > 0 && k == s->before) {
            stage_run_pool(arrays->y, s, numbers, mean_of);
            numbers = arrays->y;
            count = shape_size(s->out);
            if (k == 0 && !s->mean) widen(ranges, stage_point(list, i, 0), numbers, count);
        }
        if (k == s->step_count) break;
        run_step(numbers, &list->steps[s->step_first + k], count);
        widen(ranges, stage_point(list, i, k + 1), numbers, count);
    }
    memcpy(arrays->x, numbers, count * sizeof *numbers);
}

void stage_run(double *logits, const stage_list *list, const stage_weights *weights, stage_arrays *arrays,
               const uint8_t *image, double *ranges) {
    size_t pixels = shape_size(list->model->network->input);
    for (size_t i = 0; i < pixels; i++) arrays->x[i] = image[i];
    for (int i = 0; i < list->count; i++) run_one(list, i, weights, arrays, ranges);
    memcpy(logits, arrays->x, (size_t)network_classes(list->model->network) * sizeof *logits);
}

int stage_largest(const double *numbers, int count) {
    int largest = 0;
    for (int i = 1; i < count; i++)
        if (numbers[i] > numbers[largest]) largest = i;
    return largest;
}
