/* int8.c - see int8.h. */
#include "lib/export/int8.h"

#include <assert.h>
#include <math.h>

#include "lib/base/memory.h"
#include "lib/export/reference.h"
#include "lib/export/stage_run.h"

enum {
    WEIGHT_MOST = 127,
    WEIGHTS_AT_MOST = 32768, /* of a filter: their products with bytes are less than 2^30 in sum */
    SHIFT_MOST = 31
};

#define BIAS_MOST 536870912.0       /* 2^29: with the products, a sum has 32 bits */
#define MULTIPLIER_ONE 2147483648.0 /* 2^31 */
#define EXPONENTIAL_ONE 65535.0

/* tanh and sigmoid have bytes for -1 .. 1 and 0 .. 1, as TensorFlow Lite fixes them. */
static const int8_quantity tanh_quantity = {1.0 / 128, 0}, sigmoid_quantity = {1.0 / 256, INT8_LEAST};

/* ---- numbers -------------------------------------------------------------------------------------------- */

static double limited(double x, double least, double most) {
    return x < least ? least : x > most ? most : x;
}

/* Bytes for low .. high and 0, which a byte is exactly. The scale is at least `least`. The whole range is used: with 90, 80 and 70 % of
 * it, LeNet got 98.98, 99.02 and 98.96 % of 8,400 digits instead of 99.00 %, and 5, 5 and 4 instead of 5 changed their class. */
static int8_quantity quantity_of(const double *range, double least) {
    double low = fmin(range[0], 0), high = fmax(range[1], 0);
    double scale = fmax((high - low) / (INT8_TABLE - 1), least);
    if (!(scale > 0)) scale = 1; /* all numbers are 0 */
    return (int8_quantity){scale, (int)limited(round(INT8_LEAST - low / scale), INT8_LEAST, INT8_MOST)};
}

static int8_t byte_at(int8_quantity q, double x) {
    return (int8_t)limited(round(x / q.scale) + q.zero, INT8_LEAST, INT8_MOST);
}

/* Sets multiplier and shift of a factor below 1. */
static void set_factor(int8_sums *sums, size_t f, double factor) {
    int exponent;
    double fraction = frexp(factor, &exponent);
    double multiplier = round(fraction * MULTIPLIER_ONE);
    if (multiplier >= MULTIPLIER_ONE) {
        multiplier /= 2;
        exponent++;
    }
    bool small = exponent < -SHIFT_MOST;
    if (exponent > 0) multiplier = MULTIPLIER_ONE - 1; /* 1, if it were rounded up to it */
    sums->multiplier[f] = small ? 0 : (int32_t)multiplier;
    sums->shift[f] = small || exponent > 0 ? 0 : (uint8_t)-exponent;
}

int32_t int8_requantize(int32_t sum, int32_t multiplier, int shift) {
    int64_t product = (int64_t)sum * multiplier;
    int64_t nudge = product >= 0 ? INT64_C(1) << 30 : 1 - (INT64_C(1) << 30);
    int32_t high = (int32_t)((product + nudge) / (INT64_C(1) << 31));
    int32_t mask = (int32_t)((INT64_C(1) << shift) - 1);
    return (high >> shift) + ((high & mask) > (mask >> 1) + (high < 0));
}

int8_t int8_byte_of(const int8_sums *sums, size_t f, int32_t sum) {
    int64_t byte = (int64_t)int8_requantize(sum, sums->multiplier[f], sums->shift[f]) + sums->zero;
    return (int8_t)(byte < sums->least ? sums->least : byte > INT8_MOST ? INT8_MOST : byte);
}

int int8_mean(int sum, int count) {
    return (sum >= 0 ? sum + count / 2 : sum - count / 2) / count;
}

/* ---- weights -------------------------------------------------------------------------------------------- */

static bool allocate_sums(int8_sums *sums, size_t filters, size_t weights) {
    sums->filters = filters;
    sums->weights = weights;
    sums->kernel = memory_new(filters * weights, 1);
    sums->bias = memory_new(filters, sizeof *sums->bias);
    sums->multiplier = memory_new(filters, sizeof *sums->multiplier);
    sums->shift = memory_new(filters, 1);
    return sums->kernel != NULL && sums->bias != NULL && sums->multiplier != NULL && sums->shift != NULL;
}

static void free_sums(int8_sums *sums) {
    memory_free(sums->kernel);
    memory_free(sums->bias);
    memory_free(sums->multiplier);
    memory_free(sums->shift);
}

/* The scale of a filter's weights: the largest is 127, unless the bias needs a larger unit. */
static double scale_of(const double *kernel, size_t weights, double bias, double in) {
    double largest = 0;
    for (size_t k = 0; k < weights; k++) largest = fmax(largest, fabs(kernel[k]));
    return fmax(largest / WEIGHT_MOST, fabs(bias) / (in * BIAS_MOST));
}

/* Fills the arrays from kernel [filters][weights] and bias [filters]. range: of the numbers that the sums become. */
static int8_quantity fill_sums(int8_sums *sums, const double *kernel, const double *bias, double in,
                               const double *range, bool relu) {
    double coarsest = 0;
    for (size_t f = 0; f < sums->filters; f++)
        coarsest = fmax(coarsest, in * scale_of(kernel + f * sums->weights, sums->weights, bias[f], in));
    int8_quantity to = quantity_of(range, coarsest); /* so no factor is above 1 */
    for (size_t f = 0; f < sums->filters; f++) {
        const double *from = kernel + f * sums->weights;
        double scale = scale_of(from, sums->weights, bias[f], in);
        for (size_t k = 0; k < sums->weights && scale > 0; k++)
            sums->kernel[f * sums->weights + k] = (int8_t)limited(round(from[k] / scale), -WEIGHT_MOST, WEIGHT_MOST);
        if (scale > 0) sums->bias[f] = (int32_t)limited(round(bias[f] / (in * scale)), -BIAS_MOST, BIAS_MOST);
        set_factor(sums, f, in * scale / to.scale);
    }
    sums->zero = to.zero;
    sums->least = relu ? to.zero : INT8_LEAST;
    return to;
}

int32_t int8_bias_of(const int8_sums *sums, size_t filter, int zero) {
    int32_t bias = sums->bias[filter];
    for (size_t k = 0; k < sums->weights; k++) bias -= zero * sums->kernel[filter * sums->weights + k];
    return bias;
}

/* ---- steps ---------------------------------------------------------------------------------------------- */

static bool fill_table(int8_step *to, const stage_step *step, const double *range) {
    to->kind = INT8_LOOKUP;
    to->to = step->activation == CLENET_ACTIVATION_TANH      ? tanh_quantity
             : step->activation == CLENET_ACTIVATION_SIGMOID ? sigmoid_quantity
                                                             : quantity_of(range, 0);
    to->table = memory_new(INT8_TABLE, 1);
    for (int q = INT8_LEAST; q <= INT8_MOST && to->table != NULL; q++) {
        double x = to->from.scale * (q - to->from.zero);
        to->table[q - INT8_LEAST] = byte_at(to->to, reference_activate(x, step->activation, (double)step->slope));
    }
    return to->table != NULL;
}

/* merged: the step is the lower limit of the sums' bytes already. */
static bool fill_step(int8_step *to, const stage_step *step, int8_quantity from, bool merged, const double *range) {
    to->from = to->to = from;
    if (merged) return true;
    switch (step->activation) {
    case CLENET_ACTIVATION_RELU:
        to->kind = INT8_RELU;
        return true;
    case CLENET_ACTIVATION_TANH:
    case CLENET_ACTIVATION_SIGMOID:
    case CLENET_ACTIVATION_LEAKY_RELU:
        return fill_table(to, step, range);
    case CLENET_ACTIVATION_NONE:
    case CLENET_ACTIVATION_SOFTMAX:
        break;
    }
    if (step->scale == NULL) {
        to->to.scale /= UINT8_MAX;
        return true;
    }
    to->kind = INT8_AFFINE;
    if (!allocate_sums(&to->affine, step->channels, 1)) return false;
    to->to = fill_sums(&to->affine, step->scale, step->shift, from.scale, range, false);
    return true;
}

/* ---- stages --------------------------------------------------------------------------------------------- */

/* True if the first step is a relu on the bytes that the sums become. */
static bool merges_relu(const stage_list *list, const stage *s) {
    bool first = s->window_height == 0 || s->before > 0 || !s->mean;
    return first && s->kernel != NULL && s->step_count > 0 &&
           list->steps[s->step_first].activation == CLENET_ACTIVATION_RELU;
}

static bool fill_stage(int8_network *network, int i, int8_quantity in, const double *ranges) {
    const stage_list *list = network->list;
    const stage *s = &list->stages[i];
    int8_stage *to = &network->stages[i];
    bool merged = merges_relu(list, s);
    to->in = to->made = in;
    to->subtracts = in.zero != 0 && s->source == STAGE_CONV2D && stage_pads(s);
    if (s->kernel != NULL) {
        if (!allocate_sums(&to->sums, (size_t)s->computed.channels, s->weights)) return false;
        to->made = fill_sums(&to->sums, s->kernel, s->bias, in.scale, &ranges[2 * stage_point(list, i, merged ? 1 : 0)],
                             merged);
    } else if (s->reads_bytes) {
        to->made.zero = INT8_LEAST; /* the code subtracts 128 from the image's bytes */
    }
    to->out = to->made;
    for (int k = 0; k < s->step_count; k++) {
        int8_step *step = &network->steps[s->step_first + k];
        if (!fill_step(step, &list->steps[s->step_first + k], to->out, merged && k == 0,
                       &ranges[2 * stage_point(list, i, k + 1)]))
            return false;
        to->out = step->to;
    }
    return true;
}

/* ---- softmax -------------------------------------------------------------------------------------------- */

static bool fill_exponentials(int8_network *network) {
    double scale = network->stages[network->list->count - 1].out.scale;
    network->exponentials = memory_new(INT8_TABLE, sizeof *network->exponentials);
    while (network->exponentials != NULL && network->exponential_count < INT8_TABLE) {
        double value = round(EXPONENTIAL_ONE * exp(-network->exponential_count * scale));
        if (value < 1) break;
        network->exponentials[network->exponential_count++] = (uint16_t)value;
    }
    return network->exponentials != NULL;
}

/* exp of a logit that is `difference` below the largest one. */
static uint32_t exponential(const int8_network *network, int difference) {
    return difference < network->exponential_count ? network->exponentials[difference] : 0;
}

void int8_softmax(uint8_t *probabilities, const int8_t *logits, int classes, const int8_network *network) {
    int largest = INT8_LEAST;
    uint32_t sum = 0;
    for (int c = 0; c < classes; c++) largest = logits[c] > largest ? logits[c] : largest;
    for (int c = 0; c < classes; c++) sum += exponential(network, largest - logits[c]);
    assert(sum > 0); /* the largest logit's is EXPONENTIAL_ONE */
    for (int c = 0; c < classes; c++) {
        uint32_t p = (INT8_ONE * exponential(network, largest - logits[c]) + sum / 2) / sum;
        probabilities[c] = (uint8_t)(p < UINT8_MAX ? p : UINT8_MAX);
    }
}

/* ---- networks ------------------------------------------------------------------------------------------- */

static clenet_status check_weights(const stage_list *list, clenet_error *error) {
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        if (s->weights <= WEIGHTS_AT_MOST) continue;
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "cannot export as int8: %s has %zu weights per output, and more than %d products may not fit "
                         "32 bits. Export float",
                         list->model->network->layers[s->layer].name, s->weights, (int)WEIGHTS_AT_MOST);
    }
    return CLENET_OK;
}

clenet_status int8_network_new(int8_network *network, const stage_list *list, const double *ranges,
                               clenet_error *error) {
    *network = (int8_network){.list = list};
    clenet_status status = check_weights(list, error);
    if (status != CLENET_OK) return status;
    network->stages = memory_new((size_t)list->count, sizeof *network->stages);
    network->steps = memory_new((size_t)list->step_count + 1, sizeof *network->steps);
    bool ready = network->stages != NULL && network->steps != NULL;
    int8_quantity in = {1, 0};
    for (int i = 0; ready && i < list->count; i++) {
        ready = fill_stage(network, i, in, ranges);
        in = network->stages[i].out;
    }
    ready = ready && fill_exponentials(network);
    if (ready) return CLENET_OK;
    int8_network_free(network);
    return error_memory(error, stage_list_numbers(list), "the network with 8-bit integers");
}

void int8_network_free(int8_network *network) {
    for (int i = 0; network->stages != NULL && i < network->list->count; i++) free_sums(&network->stages[i].sums);
    for (int i = 0; network->steps != NULL && i < network->list->step_count; i++) {
        free_sums(&network->steps[i].affine);
        memory_free(network->steps[i].table);
    }
    memory_free(network->stages);
    memory_free(network->steps);
    memory_free(network->exponentials);
    *network = (int8_network){.list = NULL};
}

static size_t bytes_of(const int8_sums *sums) {
    size_t each = sums->weights + sizeof *sums->bias + sizeof *sums->multiplier + sizeof *sums->shift;
    return sums->filters * each;
}

size_t int8_network_bytes(const int8_network *network) {
    size_t bytes = (size_t)network->exponential_count * sizeof *network->exponentials;
    for (int i = 0; i < network->list->count; i++) bytes += bytes_of(&network->stages[i].sums);
    for (int i = 0; i < network->list->step_count; i++) {
        const int8_step *step = &network->steps[i];
        bytes += bytes_of(&step->affine) + (step->table != NULL ? INT8_TABLE : 0);
    }
    return bytes;
}
