/* stages.c - see stages.h. */
#include "lib/export/stages.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/net/layer.h"

/* A scale and a shift per channel that no stage has applied yet. */
typedef struct pending {
    double *scale, *shift; /* [members][channels]; NULL: nothing is pending */
    size_t channels;
    bool shifts; /* some shift is not 0 */
    int layer;   /* the last batchnorm in it; NO_LAYER: the pixels' 1/255 alone */
} pending;

enum { IS_PENDING = -2 }; /* in stage_of, until it is known */

typedef struct folding {
    stage_list *list;
    const clenet_network *network;
    size_t members;
    pending later;
    bool failed; /* out of memory */
} folding;

static double *new_doubles(folding *f, size_t members, size_t count) {
    size_t total = SIZE_MAX;
    if (__builtin_mul_overflow(members, count, &total)) total = SIZE_MAX;
    double *fresh = memory_new(total, sizeof *fresh);
    if (fresh == NULL) f->failed = true;
    return fresh;
}

static stage *last_stage(const folding *f) {
    return f->list->count > 0 ? &f->list->stages[f->list->count - 1] : NULL;
}

/* ---- stages and steps ----------------------------------------------------------------------------------- */

static stage *add_stage(folding *f, stage_source source, int first_layer, clenet_shape in, clenet_shape computed) {
    stage *s = &f->list->stages[f->list->count++];
    *s = (stage){.source = source,
                 .layer = first_layer,
                 .in = in,
                 .computed = computed,
                 .out = computed,
                 .kernel_height = 1,
                 .kernel_width = 1,
                 .stride = 1,
                 .groups = 1};
    s->reads_bytes = f->list->count == 1;
    s->step_first = f->list->step_count;
    return s;
}

static stage_step *add_step(folding *f, stage *s) {
    stage_step *step = &f->list->steps[f->list->step_count++];
    *step = (stage_step){.layer = NO_LAYER, .channels = (size_t)s->out.channels};
    s->step_count++;
    return step;
}

static void add_activation(folding *f, int i, clenet_activation activation) {
    const layer *l = &f->network->layers[i];
    stage_step *step = add_step(f, last_stage(f));
    step->activation = activation;
    step->layer = i;
    step->slope = l->spec.kind == CLENET_LEAKY_RELU ? l->spec.negative_slope : LAYER_ACTIVATION_SLOPE;
    f->list->stage_of[i] = f->list->count - 1;
}

/* ---- what is pending ------------------------------------------------------------------------------------ */

static void drop_pending(folding *f) {
    memory_free(f->later.scale);
    memory_free(f->later.shift);
    f->later = (pending){.layer = NO_LAYER};
}

/* Gives the pending scale and shift this many channels: after a flatten, the channels repeat. */
static void repeat_pending(folding *f, size_t channels) {
    pending *p = &f->later;
    if (p->channels == channels) return;
    double *scale = new_doubles(f, f->members, channels), *shift = new_doubles(f, f->members, channels);
    for (size_t m = 0; m < f->members && !f->failed; m++)
        for (size_t c = 0; c < channels; c++) {
            scale[m * channels + c] = p->scale[m * p->channels + c % p->channels];
            shift[m * channels + c] = p->shift[m * p->channels + c % p->channels];
        }
    memory_free(p->scale);
    memory_free(p->shift);
    p->scale = scale;
    p->shift = shift;
    p->channels = channels;
}

/* At the start, the factor of the pixels is pending. */
static void begin_pending(folding *f) {
    f->later = (pending){.channels = 1, .layer = NO_LAYER};
    f->later.scale = new_doubles(f, f->members, 1);
    f->later.shift = new_doubles(f, f->members, 1);
    for (size_t m = 0; m < f->members && !f->failed; m++) f->later.scale[m] = 1.0 / UINT8_MAX;
}

/* Notes that the pending batchnorms are in the current stage. */
static void settle(folding *f, bool folded) {
    for (int i = 0; i < f->network->layer_count; i++) {
        if (f->list->stage_of[i] != IS_PENDING) continue;
        f->list->stage_of[i] = f->list->count - 1;
        f->list->folded[i] = folded;
    }
}

/* Makes what is pending a step of the last stage, or of a new one, before layer i. */
static void apply_pending(folding *f, int i) {
    pending *p = &f->later;
    if (p->scale == NULL || f->failed) return;
    clenet_shape shape = f->network->layers[i].in;
    stage *s = last_stage(f);
    if (f->list->count == 0 || (p->layer != NO_LAYER && p->channels != (size_t)s->out.channels))
        s = add_stage(f, STAGE_INPUT, p->layer, shape, shape);
    if (p->layer != NO_LAYER) repeat_pending(f, (size_t)s->out.channels);
    stage_step *step = add_step(f, s);
    step->layer = p->layer;
    if (p->layer != NO_LAYER) {
        step->scale = p->scale;
        step->shift = p->shift;
        p->scale = p->shift = NULL;
    }
    settle(f, false);
    drop_pending(f);
}

/* ---- folding -------------------------------------------------------------------------------------------- */

/* True if a convolution reads zeros around its input. */
static bool layer_pads(const layer *l) {
    int bottom = (l->out.height - 1) * l->spec.stride + l->spec.kernel_height - l->pad_top;
    int right = (l->out.width - 1) * l->spec.stride + l->spec.kernel_width - l->pad_left;
    return l->spec.kind == CLENET_CONV2D &&
           (l->pad_top > 0 || l->pad_left > 0 || bottom > l->in.height || right > l->in.width);
}

/* The values of parameter k of layer i in a network of the model. */
static const float *values_of(const folding *f, size_t member, int i, int k) {
    const parameter *p = &f->network->parameters[f->network->layers[i].parameter_first + k];
    return model_values(f->list->model, (int)member) + p->offset;
}

/* Copies kernel and bias of layer i, filters first. */
static void take_weights(folding *f, stage *s, int i) {
    size_t out = (size_t)s->computed.channels;
    s->weights = f->network->parameters[f->network->layers[i].parameter_first].count / out;
    s->kernel = new_doubles(f, f->members * out, s->weights);
    s->bias = new_doubles(f, f->members, out);
    for (size_t m = 0; m < f->members && !f->failed; m++) {
        const float *kernel = values_of(f, m, i, 0), *bias = values_of(f, m, i, 1);
        double *to = s->kernel + m * out * s->weights;
        for (size_t k = 0; k < s->weights; k++)
            for (size_t o = 0; o < out; o++) to[o * s->weights + k] = (double)kernel[k * out + o];
        for (size_t o = 0; o < out; o++) s->bias[m * out + o] = (double)bias[o];
    }
}

/* kernel (scale x + shift) + bias = (kernel scale) x + (bias + kernel shift) */
static void fold_forward(folding *f, stage *s) {
    const pending *p = &f->later;
    size_t out = (size_t)s->computed.channels, groups = (size_t)s->groups;
    size_t channels = (size_t)s->in.channels / groups; /* that a filter reads */
    for (size_t m = 0; m < f->members && !f->failed && p->scale != NULL; m++)
        for (size_t o = 0; o < out; o++) {
            double *kernel = s->kernel + (m * out + o) * s->weights;
            for (size_t k = 0; k < s->weights; k++) {
                size_t c = m * p->channels + (o / (out / groups) * channels + k % channels) % p->channels;
                s->bias[m * out + o] += kernel[k] * p->shift[c];
                kernel[k] *= p->scale[c];
            }
        }
    settle(f, true);
    drop_pending(f);
}

/* Zeros around the input of a convolution become part of it, if nothing is between. */
static void take_zeros(folding *f, stage *zeros /* as the last stage had them */, stage_source source) {
    stage *s = last_stage(f);
    *zeros = (stage){.in = {0, 0, 0}};
    if (source != STAGE_CONV2D || f->list->count == 0 || s->source != STAGE_INPUT || !stage_pads(s) ||
        s->step_count > 0 || s->window_height > 0)
        return;
    *zeros = *s;
    f->list->count--;
}

static void fold_weights(folding *f, int i, stage_source source) {
    const layer *l = &f->network->layers[i];
    stage zeros;
    if (f->later.shifts && layer_pads(l)) apply_pending(f, i);
    take_zeros(f, &zeros, source);
    bool merges = shape_size(zeros.in) > 0;
    stage *s = add_stage(f, source, i, merges ? zeros.in : l->in, l->out);
    if (source == STAGE_CONV2D) {
        s->kernel_height = l->spec.kernel_height;
        s->kernel_width = l->spec.kernel_width;
        s->stride = l->spec.stride;
        s->groups = l->spec.groups;
        s->pad_top = l->pad_top + zeros.pad_top;
        s->pad_left = l->pad_left + zeros.pad_left;
    }
    take_weights(f, s, i);
    fold_forward(f, s);
    f->list->stage_of[i] = f->list->count - 1;
    clenet_activation activation = l->spec.activation;
    if (activation != CLENET_ACTIVATION_NONE && activation != CLENET_ACTIVATION_SOFTMAX)
        add_activation(f, i, activation);
}

static void fold_zeros(folding *f, int i) {
    const layer *l = &f->network->layers[i];
    if (f->later.shifts) apply_pending(f, i); /* zeros are padded after the shift */
    stage *s = add_stage(f, STAGE_INPUT, i, l->in, l->out);
    s->pad_top = l->pad_top;
    s->pad_left = l->pad_left;
    f->list->stage_of[i] = f->list->count - 1;
}

/* The scale and shift that channel c's batch norm i is. */
static void scale_of(const folding *f, size_t member, int i, size_t c, double *scale, double *shift) {
    double gamma = (double)values_of(f, member, i, 0)[c], beta = (double)values_of(f, member, i, 1)[c];
    double mean = (double)values_of(f, member, i, 2)[c], variance = (double)values_of(f, member, i, 3)[c];
    *scale = gamma / sqrt(variance + (double)f->network->layers[i].spec.epsilon);
    *shift = beta - mean * *scale;
}

/* Into the weights of stage s, whose output up to here is linear. */
static void fold_backward(folding *f, stage *s, int i) {
    size_t out = (size_t)s->out.channels;
    for (size_t m = 0; m < f->members && !f->failed; m++)
        for (size_t o = 0; o < out; o++) {
            double scale, shift, *kernel = s->kernel + (m * out + o) * s->weights;
            scale_of(f, m, i, o, &scale, &shift);
            for (size_t k = 0; k < s->weights; k++) kernel[k] *= scale;
            s->bias[m * out + o] = s->bias[m * out + o] * scale + shift;
        }
    f->list->stage_of[i] = f->list->count - 1;
    f->list->folded[i] = true;
}

static void fold_batchnorm(folding *f, int i) {
    size_t channels = (size_t)f->network->layers[i].out.channels;
    stage *s = last_stage(f);
    bool linear = f->list->count > 0 && s->kernel != NULL && s->step_count == 0 && (s->window_height == 0 || s->mean);
    if (linear && f->later.scale == NULL && (size_t)s->out.channels == channels) {
        fold_backward(f, s, i);
        return;
    }
    pending *p = &f->later;
    if (p->scale == NULL) {
        begin_pending(f);
        for (size_t m = 0; m < f->members && !f->failed; m++) p->scale[m] = 1;
    }
    repeat_pending(f, channels);
    p->layer = i;
    p->shifts = true;
    f->list->stage_of[i] = IS_PENDING;
    for (size_t m = 0; m < f->members && !f->failed; m++)
        for (size_t c = 0; c < channels; c++) {
            double scale, shift, *of = &p->scale[m * channels + c], *by = &p->shift[m * channels + c];
            scale_of(f, m, i, c, &scale, &shift);
            *by = *by * scale + shift;
            *of *= scale;
        }
}

/* ---- pooling -------------------------------------------------------------------------------------------- */

/* True if pooling before what is pending gives the same as after it. */
static bool pool_commutes(const folding *f, bool mean) {
    const pending *p = &f->later;
    for (size_t i = 0; !mean && p->scale != NULL && i < f->members * p->channels; i++)
        if (p->scale[i] < 0) return false;
    return true;
}

/* True if the pool can be computed together with stage s. Windows that overlap would compute the source's numbers several times. */
static bool takes_pool(const stage *s, int window, int stride) {
    return s->window_height == 0 && (window <= stride || (s->source == STAGE_INPUT && s->step_count == 0));
}

static void fold_pool(folding *f, int i, bool mean, int height, int width, int stride) {
    const layer *l = &f->network->layers[i];
    if (!f->failed && !pool_commutes(f, mean)) apply_pending(f, i);
    stage *s = last_stage(f);
    if (f->list->count == 0 || !takes_pool(s, height > width ? height : width, stride))
        s = add_stage(f, STAGE_INPUT, i, l->in, l->in);
    s->window_height = height;
    s->window_width = width;
    s->window_stride = stride;
    s->window_top = l->pad_top;
    s->window_left = l->pad_left;
    s->mean = mean;
    s->before = s->step_count;
    s->out = l->out;
    f->list->stage_of[i] = f->list->count - 1;
}

/* An activation rises with its input, so the maximum may be taken first: fewer are computed. */
static void move_activations(stage_list *list, stage *s) {
    if (s->mean || s->window_height == 0) return;
    for (int k = 0; k < s->before; k++)
        if (list->steps[s->step_first + k].activation == CLENET_ACTIVATION_NONE) return;
    s->before = 0;
}

/* ---- layers --------------------------------------------------------------------------------------------- */

static void fold_layer(folding *f, int i) {
    const layer *l = &f->network->layers[i];
    switch (l->spec.kind) {
    case CLENET_CONV2D:
        fold_weights(f, i, STAGE_CONV2D);
        break;
    case CLENET_DENSE:
        fold_weights(f, i, STAGE_DENSE);
        break;
    case CLENET_BATCHNORM:
        fold_batchnorm(f, i);
        break;
    case CLENET_MAXPOOL2D:
    case CLENET_AVGPOOL2D:
        fold_pool(f, i, l->spec.kind == CLENET_AVGPOOL2D, l->spec.pool, l->spec.pool, l->spec.stride);
        break;
    case CLENET_GLOBALAVGPOOL2D:
        fold_pool(f, i, true, l->in.height, l->in.width, l->in.height > l->in.width ? l->in.height : l->in.width);
        break;
    case CLENET_ZEROPAD2D:
        fold_zeros(f, i);
        break;
    case CLENET_RELU:
    case CLENET_TANH:
    case CLENET_SIGMOID:
    case CLENET_LEAKY_RELU:
        apply_pending(f, i);
        if (!f->failed) add_activation(f, i, layer_kind_activation(l->spec.kind));
        break;
    case CLENET_SOFTMAX:
        apply_pending(f, i);
        break;
    case CLENET_DROPOUT:
    case CLENET_FLATTEN:
        break;
    }
}

/* ---- the arena ------------------------------------------------------------------------------------------ */

/* A stage without weights makes each number from numbers that no later one needs, so it can overwrite its input, unless windows
 * overlap or zeros are in front. */
static bool can_overwrite(const stage *s) {
    bool apart = s->window_height <= s->window_stride && s->window_width <= s->window_stride;
    return s->source == STAGE_INPUT && !s->reads_bytes && !stage_pads(s) && apart && s->window_top == 0 &&
           s->window_left == 0;
}

static void place(stage_list *list) {
    for (int i = 0; i < list->count; i++) {
        stage *s = &list->stages[i];
        bool last = i + 1 == list->count;
        s->in_place = can_overwrite(s) && !last;
        size_t live = s->reads_bytes ? 0 : shape_size(s->in);
        if (!s->in_place && !last) live += shape_size(s->out);
        if (live > list->arena) list->arena = live;
    }
    /* Outputs are at the start and at the end of the arena in turn. */
    bool at_end = false;
    size_t x = 0;
    for (int i = 0; i < list->count; i++) {
        stage *s = &list->stages[i];
        if (!s->in_place) at_end = !at_end;
        s->x = x;
        if (i + 1 < list->count) s->y = at_end ? list->arena - shape_size(s->out) : 0;
        s->backward = s->in_place && at_end && shape_size(s->in) > shape_size(s->out);
        x = s->y;
    }
}

/* Positions that a pool drops are not computed. */
static uint64_t multiply_adds_of(const stage *s) {
    uint64_t window = s->window_height > 0 ? (uint64_t)s->window_height * (uint64_t)s->window_width : 1;
    uint64_t positions = (uint64_t)s->out.height * (uint64_t)s->out.width * window;
    return positions * (uint64_t)s->computed.channels * s->weights;
}

/* ---- lists ---------------------------------------------------------------------------------------------- */

static bool all_finite(const double *values, size_t count) {
    for (size_t i = 0; values != NULL && i < count; i++)
        if (!isfinite(values[i]) || fabs(values[i]) > (double)FLT_MAX) return false;
    return true;
}

/* Batch norm's scale may be anything up to gamma / sqrt(epsilon). */
static clenet_status check_finite(const stage_list *list, clenet_error *error) {
    size_t members = (size_t)list->model->members;
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        size_t out = members * (size_t)s->computed.channels;
        bool good = all_finite(s->kernel, out * s->weights) && all_finite(s->bias, out);
        for (int k = 0; k < s->step_count; k++) {
            const stage_step *step = &list->steps[s->step_first + k];
            good = good && all_finite(step->scale, members * step->channels) &&
                   all_finite(step->shift, members * step->channels);
        }
        if (good) continue;
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "cannot export: the weights of %s with batch norm folded in are too large for a float; train "
                         "the model again",
                         s->layer == NO_LAYER ? "the first layer" : list->model->network->layers[s->layer].name);
    }
    return CLENET_OK;
}

static bool allocate(stage_list *list, size_t layers) {
    list->stages =
        memory_new(2 * layers + 2, sizeof *list->stages); /* a layer makes two stages and two steps at most */
    list->steps = memory_new(2 * layers + 2, sizeof *list->steps);
    list->stage_of = memory_new(layers, sizeof *list->stage_of);
    list->folded = memory_new(layers, sizeof *list->folded);
    return list->stages != NULL && list->steps != NULL && list->stage_of != NULL && list->folded != NULL;
}

clenet_status stage_list_new(stage_list *list, const clenet_model *model, clenet_error *error) {
    *list = (stage_list){.model = model};
    folding f = {.list = list, .network = model->network, .members = (size_t)model->members};
    size_t layers = (size_t)f.network->layer_count;
    if (!allocate(list, layers)) {
        stage_list_free(list);
        return error_memory(error, 2 * layers * sizeof *list->stages, "the layers to export");
    }
    begin_pending(&f);
    for (size_t i = 0; i < layers && !f.failed; i++) {
        list->stage_of[i] = NO_STAGE;
        fold_layer(&f, (int)i);
    }
    drop_pending(&f);
    clenet_status status = CLENET_OK;
    if (f.failed)
        status = error_memory(error, f.members * f.network->packed_size * sizeof(double), "the weights to export");
    if (status == CLENET_OK) status = check_finite(list, error);
    if (status != CLENET_OK) {
        stage_list_free(list);
        return status;
    }
    for (int i = 0; i < list->count; i++) {
        move_activations(list, &list->stages[i]);
        list->multiply_adds += (uint64_t)model->members * multiply_adds_of(&list->stages[i]);
    }
    place(list);
    return CLENET_OK;
}

void stage_list_free(stage_list *list) {
    for (int i = 0; i < list->count; i++) {
        memory_free(list->stages[i].kernel);
        memory_free(list->stages[i].bias);
    }
    for (int i = 0; i < list->step_count; i++) {
        memory_free(list->steps[i].scale);
        memory_free(list->steps[i].shift);
    }
    memory_free(list->stages);
    memory_free(list->steps);
    memory_free(list->stage_of);
    memory_free(list->folded);
    *list = (stage_list){.model = NULL};
}

bool stage_pads(const stage *s) {
    int bottom = (s->computed.height - 1) * s->stride + s->kernel_height - s->pad_top;
    int right = (s->computed.width - 1) * s->stride + s->kernel_width - s->pad_left;
    return s->source != STAGE_DENSE &&
           (s->pad_top > 0 || s->pad_left > 0 || bottom > s->in.height || right > s->in.width);
}

size_t stage_list_numbers(const stage_list *list) {
    size_t numbers = 0;
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        if (s->kernel != NULL) numbers += (size_t)s->computed.channels * (s->weights + 1);
    }
    for (int i = 0; i < list->step_count; i++)
        if (list->steps[i].scale != NULL) numbers += 2 * list->steps[i].channels;
    return numbers * (size_t)list->model->members;
}
