/* int8_run.c - see int8_run.h. The doubles are integers of 32 bits. */
#include "lib/export/int8_run.h"

#include <string.h>

clenet_status int8_weights_take(stage_weights *weights, const int8_network *network, clenet_error *error) {
    clenet_status status = stage_weights_new(weights, network->list, error);
    for (int i = 0; i < network->list->count && status == CLENET_OK; i++) {
        const int8_sums *sums = &network->stages[i].sums;
        for (size_t f = 0; f < sums->filters; f++) {
            weights->biases[i][f] = sums->bias[f];
            for (size_t k = 0; k < sums->weights; k++)
                *stage_weight_at(weights->kernels[i], &network->list->stages[i], k, f) =
                    sums->kernel[f * sums->weights + k];
        }
    }
    return status;
}

/* Sums [count], channels innermost, become bytes. */
static void requantize(double *numbers, size_t count, const int8_sums *sums) {
    for (size_t k = 0; k < count; k++) numbers[k] = int8_byte_of(sums, k % sums->filters, (int32_t)numbers[k]);
}

static void run_step(double *bytes, size_t count, const int8_step *step) {
    for (size_t k = 0; k < count; k++) {
        int byte = (int)bytes[k], zero = step->from.zero;
        switch (step->kind) {
        case INT8_SAME:
            break;
        case INT8_RELU:
            if (byte < zero) bytes[k] = zero;
            break;
        case INT8_LOOKUP:
            bytes[k] = step->table[byte - INT8_LEAST];
            break;
        case INT8_AFFINE: {
            size_t c = k % step->affine.filters;
            int32_t sum = step->affine.bias[c] + (byte - zero) * step->affine.kernel[c];
            bytes[k] = int8_byte_of(&step->affine, c, sum);
            break;
        }
        }
    }
}

static double mean_of(double sum, int count) {
    return int8_mean((int)sum, count);
}

/* Runs stage i from arrays->x, which is x - zero, and leaves the bytes of its output there. */
static void run_one(const int8_network *network, int i, const stage_weights *weights, stage_arrays *arrays) {
    const stage *s = &network->list->stages[i];
    const int8_stage *q = &network->stages[i];
    double *numbers = arrays->computed;
    size_t count = shape_size(s->computed);
    bool pools_first = s->kernel != NULL && stage_pools_first(s);
    stage_run_source(numbers, arrays->patch, s, i, weights, arrays->x);
    if (pools_first) {
        stage_run_pool(arrays->y, s, numbers, mean_of);
        numbers = arrays->y;
        count = shape_size(s->out);
    }
    if (s->kernel != NULL)
        requantize(numbers, count, &q->sums);
    else
        for (size_t k = 0; k < count; k++) numbers[k] += q->made.zero;
    for (int k = 0; k <= s->step_count; k++) {
        if (s->window_height > 0 && k == s->before && !pools_first) {
            stage_run_pool(arrays->y, s, numbers, mean_of);
            numbers = arrays->y;
            count = shape_size(s->out);
        }
        if (k < s->step_count) run_step(numbers, count, &network->steps[s->step_first + k]);
    }
    memcpy(arrays->x, numbers, count * sizeof *numbers);
}

void int8_run(int8_t *logits, const int8_network *network, const stage_weights *weights, stage_arrays *arrays,
              const uint8_t *image) {
    const stage_list *list = network->list;
    size_t pixels = shape_size(list->model->network->input);
    for (size_t k = 0; k < pixels; k++) arrays->x[k] = image[k];
    for (int i = 0; i < list->count; i++) {
        run_one(network, i, weights, arrays);
        for (size_t k = 0; i + 1 < list->count && k < shape_size(list->stages[i].out); k++)
            arrays->x[k] -= network->stages[i].out.zero;
    }
    for (int c = 0; c < network_classes(list->model->network); c++) logits[c] = (int8_t)arrays->x[c];
}
