/* softmax_cross_entropy.c - softmax, the loss, and its gradient with respect to the logits. float32.
 *
 * probability = exp(x - max) / sum; loss = log(sum) - (x[label] - max). The loss uses the logits, so it does not need the
 * clipping at 1e-7 with which Keras protects a logarithm of probabilities. dx = (probability - [class is label]) / images.
 *
 * With label smoothing the target is smoothing / classes for every class, plus 1 - smoothing for the label (as in Keras and
 * PyTorch): smoothing (x[label] - mean of x) is added to the loss, and dx = (probability - target) / images.
 *
 * Layout : x, y, dx [classes][L].
 * Twin   : cl/softmax_cross_entropy.cl */
#include <math.h>

#include "lib/backend/cpu/vec_math.h"

typedef struct softmax {
    vec max, sum;
    vec_int best; /* the first class with the largest logit */
} softmax;

/* y = exp(x - max), not yet divided by the sum. */
static softmax exponentials(float *y, const float *x, int classes) {
    softmax s = {.max = vec_load(x), .sum = vec_zero(), .best = {0}};
    for (int i = 1; i < classes; i++) {
        vec xi = vec_load(x + i * LANES);
        vec_int above = xi > s.max;
        s.max = vec_select(above, xi, s.max);
        s.best = (above & i) | (~above & s.best);
    }
    for (int i = 0; i < classes; i++) {
        vec e = exp_negative(vec_load(x + i * LANES) - s.max);
        vec_store(y + i * LANES, e);
        s.sum += e;
    }
    return s;
}

/* The labels of the block's images; -1 in the padding. */
static vec_int labels_of(const cpu_batch *batch, int block) {
    vec_int labels = (vec_int){0} - 1;
    size_t first = (size_t)(block - batch->first_block) * LANES;
    for (int lane = 0; lane < cpu_block_images(batch, block, LANES); lane++) {
        size_t i = first + (size_t)lane;
        labels[lane] = batch->labels[batch->rows ? batch->rows[i] : batch->first_row + i];
    }
    return labels;
}

/* The addition of label smoothing to the loss of a lane. */
static double smoothed(const float *x, int classes, int lane, int label, float smoothing) {
    double sum = 0;
    for (int i = 0; i < classes; i++) sum += (double)x[i * LANES + lane];
    return (double)smoothing * ((double)x[label * LANES + lane] - sum / classes);
}

/* Loss and correct answers of the block. */
static void score(const cpu_task *task, const cpu_batch *batch, int block, const float *x, const softmax *s,
                  vec_int labels) {
    float smoothing = task->p->options.label_smoothing;
    double loss = 0;
    uint32_t correct = 0;
    for (int lane = 0; lane < cpu_block_images(batch, block, LANES); lane++) {
        loss += (double)(logf(s->sum[lane]) - (x[labels[lane] * LANES + lane] - s->max[lane]));
        if (smoothing > 0) loss += smoothed(x, task->op->in.channels, lane, labels[lane], smoothing);
        correct += s->best[lane] == labels[lane];
    }
    batch->loss[block - batch->first_block] = loss;
    batch->correct[block - batch->first_block] = correct;
}

static void NAME(run_softmax)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)begin, (void)end;
    int classes = task->op->in.channels;
    const float *x = block_at(task->x, block, (size_t)classes);
    float *y = block_at(task->y, block, (size_t)classes);
    softmax s = exponentials(y, x, classes);
    vec reciprocal = vec_all(1) / s.sum;
    for (int i = 0; i < classes; i++) vec_store(y + i * LANES, vec_load(y + i * LANES) * reciprocal);
    if (!batch->labels) return;
    vec_int labels = labels_of(batch, block);
    score(task, batch, block, x, &s, labels);
    if (!task->dx) return;
    float *dx = block_at(task->dx, block, (size_t)classes);
    vec share = vec_first(cpu_block_images(batch, block, LANES)) * vec_all(1.0F / (float)batch->count);
    float smoothing = task->p->options.label_smoothing;
    vec miss = vec_all(smoothing / (float)classes), hit = vec_all(1 - smoothing) + miss;
    for (int i = 0; i < classes; i++) {
        vec target = vec_select(labels == i, hit, miss);
        vec_store(dx + i * LANES, (vec_load(y + i * LANES) - target) * share);
    }
}

void NAME(softmax_cross_entropy)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(run_softmax), false, 1);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
    cpu_task_writes(task, task->dx);
}
