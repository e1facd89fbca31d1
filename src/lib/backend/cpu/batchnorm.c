/* batchnorm.c - batch normalisation over the last axis, with fused dropout, and its gradients. float32.
 *
 * y = (x - mean) * inverse_deviation * gamma + beta, inverse_deviation = 1 / sqrt(variance + epsilon). In training, mean and
 * (biased) variance are those of the batch, otherwise the moving averages; moving = momentum * moving + (1 - momentum) * batch's.
 * Ioffe and Szegedy 2015, as in Keras.
 *
 * Sums over a batch are computed per block (each in two passes, so that no digits cancel) and then combined in the order of the
 * blocks, by Chan, Golub and LeVeque 1979.
 *
 * Layout : x, y, dx, dy, mask [positions][C][L]; statistics [C]; the blocks' sums [slots][C][2].
 * Blocking: up to 6 neighbouring channels (3 with 16 registers) at a time, position after position: their sums stay in
 *          registers, and memory is read in order.
 * Twin   : cl/batchnorm.cl */
#include "lib/backend/cpu/mask.h"

#include <math.h>

enum { MOST_CHANNELS = 6, TILE_CHANNELS = VEC_REGISTERS == 32 ? MOST_CHANNELS : 3 };

static int channels_of(const cpu_task *task) {
    return task->op->in.channels;
}
static int positions_of(const cpu_task *task) {
    return task->op->in.height * task->op->in.width;
}

/* The two sums of one block and channel. */
static float *sums_at(const cpu_task *task, int block, int channel) {
    return task->work[0] + (size_t)(block * channels_of(task) + channel) * 2;
}

/* The start of channel `channel` in a block; its positions are C * L apart. */
static float *channel_at(const cpu_task *task, float *buffer, int block, int channel) {
    return block_at(buffer, block, shape_size(task->op->in)) + channel * LANES;
}

/* Calls body(task, batch, block, c, n) for the channels from begin to end, n at a time, with n a constant in each case. */
#define TILE_CASE(body, n)                                      \
    case n:                                                     \
        if (n <= TILE_CHANNELS) body(task, batch, block, c, n); \
        break
#define EACH_TILE(body)                                        \
    for (int c = begin, n; c < end; c += n) {                  \
        n = end - c < TILE_CHANNELS ? end - c : TILE_CHANNELS; \
        switch (n) {                                           \
            TILE_CASE(body, 1);                                \
            TILE_CASE(body, 2);                                \
            TILE_CASE(body, 3);                                \
            TILE_CASE(body, 4);                                \
            TILE_CASE(body, 5);                                \
            TILE_CASE(body, 6);                                \
        default:                                               \
            break;                                             \
        }                                                      \
    }

/* The count of numbers of a channel in the whole batch. */
static float batch_numbers(const cpu_task *task, const cpu_batch *batch) {
    return (float)positions_of(task) * (float)batch->count;
}

/* ---- statistics --------------------------------------------------------------------------------------------- */

/* Mean, and sum of squared differences from it, of n channels of the block. */
INLINE void tile_moments(const cpu_task *task, const cpu_batch *batch, int block, int c, int n) {
    int images = cpu_block_images(batch, block, LANES), positions = positions_of(task);
    size_t stride = (size_t)channels_of(task) * LANES;
    const float *x = channel_at(task, task->x, block, c);
    vec sum[MOST_CHANNELS], mean[MOST_CHANNELS], squares[MOST_CHANNELS], counted = vec_first(images);
#pragma GCC unroll 6
    for (int k = 0; k < n; k++) sum[k] = squares[k] = vec_zero();
    for (int i = 0; i < positions; i++) {
#pragma GCC unroll 6
        for (int k = 0; k < n; k++) sum[k] += vec_load(x + (size_t)i * stride + k * LANES);
    }
#pragma GCC unroll 6
    for (int k = 0; k < n; k++) mean[k] = vec_all(vec_sum(sum[k] * counted) / (float)(images * positions));
    for (int i = 0; i < positions; i++) {
#pragma GCC unroll 6
        for (int k = 0; k < n; k++) {
            vec difference = vec_load(x + (size_t)i * stride + k * LANES) - mean[k];
            squares[k] += difference * difference;
        }
    }
    for (int k = 0; k < n; k++) {
        sums_at(task, block, c + k)[0] = mean[k][0];
        sums_at(task, block, c + k)[1] = vec_sum(squares[k] * counted);
    }
}

/* A part is a channel. */
static void NAME(block_moments)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    EACH_TILE(tile_moments);
}

/* A part is a channel. Computes the batch's statistics, the moving averages, and what the forward pass needs: work[1] is scale
 * and shift of each channel, so that y = x * scale + shift. */
static void NAME(batch_moments)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    const plan_op *op = task->op;
    for (int c = begin; c < end; c++) {
        double count = 0, mean = 0, squares = 0;
        for (int block = 0; block < batch->blocks; block++) {
            const float *sums = sums_at(task, block, c);
            double more = (double)cpu_block_images(batch, block, LANES) * positions_of(task);
            double difference = (double)sums[0] - mean, total = count + more;
            mean += difference * more / total;
            squares += (double)sums[1] + difference * difference * count * more / total;
            count = total;
        }
        float variance = (float)(squares / count);
        task->mean[c] = (float)mean;
        task->inverse_deviation[c] = 1 / sqrtf(variance + op->epsilon);
        float scale = task->gamma[c] * task->inverse_deviation[c];
        task->work[1][c] = scale;
        task->work[1][channels_of(task) + c] = task->beta[c] - task->mean[c] * scale;
        task->moving_mean[c] = op->momentum * task->moving_mean[c] + (1 - op->momentum) * (float)mean;
        task->moving_variance[c] = op->momentum * task->moving_variance[c] + (1 - op->momentum) * variance;
    }
}

/* Adds two tasks: the sums of every block, then those of the batch. */
static void add_statistics(cpu_program *program, const plan_op *op, cpu_kernel *block_sums, cpu_kernel *batch_sums) {
    float *sums = cpu_program_workspace(program, (size_t)program->slots * (size_t)op->in.channels * 2);
    cpu_task *task = cpu_program_add(program, op, block_sums, false, op->in.channels);
    if (!task) return;
    task->work[0] = sums;
    cpu_task_reads(task, task->x);
    cpu_task_reads(task, task->mean);
    cpu_task_reads(task, task->mask);
    cpu_task_writes(task, task->dy);
    cpu_task_writes(task, sums);
    task = cpu_program_add(program, op, batch_sums, true, op->in.channels);
    if (!task) return;
    task->serial = true;
    task->work[0] = sums;
    cpu_task_reads(task, sums);
    cpu_task_writes(task, task->d_gamma);
    cpu_task_writes(task, task->mean);
    cpu_task_writes(task, task->moving_mean);
}

void NAME(batchnorm_statistics)(cpu_program *program, const plan_op *op) {
    add_statistics(program, op, NAME(block_moments), NAME(batch_moments));
    float *factors = cpu_program_workspace(program, 2 * (size_t)op->in.channels);
    if (program->failed) return;
    program->tasks[program->count - 1].work[1] = factors;
    cpu_task_writes(&program->tasks[program->count - 1], factors);
}

/* Scale and shift of the layer's statistics. */
static float *factors_of(const cpu_program *program, const plan_op *op) {
    for (int i = program->count - 1; i >= 0; i--)
        if (program->tasks[i].run == NAME(batch_moments) && program->tasks[i].op->layer == op->layer)
            return program->tasks[i].work[1];
    return NULL;
}

/* ---- forward ------------------------------------------------------------------------------------------------ */

/* y = x * scale + shift of n channels of a block. */
INLINE void scale_tile(const cpu_task *task, int block, int c, int n, const float *scale, const float *shift) {
    size_t stride = (size_t)channels_of(task) * LANES;
    const float *x = channel_at(task, task->x, block, c);
    float *y = channel_at(task, task->y, block, c);
    vec a[MOST_CHANNELS], b[MOST_CHANNELS];
#pragma GCC unroll 6
    for (int k = 0; k < n; k++) a[k] = vec_all(scale[k]), b[k] = vec_all(shift[k]);
    for (int i = 0; i < positions_of(task); i++) {
#pragma GCC unroll 6
        for (int k = 0; k < n; k++) {
            size_t at = (size_t)i * stride + (size_t)k * LANES;
            vec_store(y + at, vec_load(x + at) * a[k] + b[k]);
        }
    }
}

INLINE void forward_tile(const cpu_task *task, const cpu_batch *batch, int block, int c, int n) {
    (void)batch;
    scale_tile(task, block, c, n, task->work[0] + c, task->work[0] + channels_of(task) + c);
}

/* gamma / deviation of n channels by the moving averages. */
INLINE void moving_scale(float scale[MOST_CHANNELS], const cpu_task *task, int c, int n) {
    for (int k = 0; k < n; k++) scale[k] = task->gamma[c + k] / sqrtf(task->moving_variance[c + k] + task->op->epsilon);
}

INLINE void inference_tile(const cpu_task *task, const cpu_batch *batch, int block, int c, int n) {
    (void)batch;
    float scale[MOST_CHANNELS], shift[MOST_CHANNELS];
    moving_scale(scale, task, c, n);
    for (int k = 0; k < n; k++) shift[k] = task->beta[c + k] - task->moving_mean[c + k] * scale[k];
    scale_tile(task, block, c, n, scale, shift);
}

/* A part is a channel. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    EACH_TILE(forward_tile);
}

/* A part is a channel. */
static void NAME(inference)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    EACH_TILE(inference_tile);
}

/* A part is a group of MASK_GROUP features. */
static void NAME(forward_dropout)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    int size = (int)shape_size(task->op->in), c = begin * MASK_GROUP % channels_of(task);
    const float *x = block_at(task->x, block, (size_t)size);
    float *y = block_at(task->y, block, (size_t)size);
    uint8_t *mask = block_bytes_at(task->mask, block, (size_t)size);
    const float *scale = task->work[0], *shift = scale + channels_of(task);
    vec keep = vec_all(1 / (1 - task->op->rate));
    for (int group = begin; group < end; group++) {
        vec_int kept[MASK_GROUP];
        mask_group(kept, task, batch, block, group, mask_threshold(task->op->rate));
        for (int i = 0; i < MASK_GROUP && group * MASK_GROUP + i < size; i++) {
            size_t at = (size_t)(group * MASK_GROUP + i) * LANES;
            vec normal = vec_load(x + at) * vec_all(scale[c]) + vec_all(shift[c]);
            vec_store(y + at, (vec)(kept[i] & (vec_int)(normal * keep)));
            mask_store(mask + at, kept[i]);
            if (++c == channels_of(task)) c = 0;
        }
    }
}

void NAME(batchnorm_forward)(cpu_program *program, const plan_op *op) {
    bool drops = op->mask != NO_BUFFER;
    int parts = drops ? ceil_div((int)shape_size(op->in), MASK_GROUP) : op->in.channels;
    cpu_task *task = cpu_program_add(program, op, drops ? NAME(forward_dropout) : NAME(forward), false, parts);
    if (!task) return;
    task->work[0] = factors_of(program, op);
    cpu_task_reads(task, task->x);
    cpu_task_reads(task, task->work[0]);
    cpu_task_writes(task, task->y);
    cpu_task_writes(task, task->mask);
}

void NAME(batchnorm_inference)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(inference), false, op->in.channels);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
}

/* ---- backward ----------------------------------------------------------------------------------------------- */

/* The block's sums of dy, and of dy times normalised x, of n channels. dy is passed back through the dropout first, and stored.
 * It is zero in the padding. */
INLINE void tile_gradients(const cpu_task *task, const cpu_batch *batch, int block, int c, int n) {
    (void)batch;
    size_t stride = (size_t)channels_of(task) * LANES, size = shape_size(task->op->in);
    const float *x = channel_at(task, task->x, block, c);
    float *dy = channel_at(task, task->dy, block, c);
    const uint8_t *mask = task->mask ? block_bytes_at(task->mask, block, size) + c * LANES : NULL;
    vec keep = vec_all(1 / (1 - task->op->rate)), sum[MOST_CHANNELS], products[MOST_CHANNELS];
#pragma GCC unroll 6
    for (int k = 0; k < n; k++) sum[k] = products[k] = vec_zero();
    for (int i = 0; i < positions_of(task); i++) {
#pragma GCC unroll 6
        for (int k = 0; k < n; k++) {
            size_t at = (size_t)i * stride + (size_t)k * LANES;
            vec g = vec_load(dy + at);
            if (mask) {
                g *= vec_from_bytes(mask + at) * keep;
                vec_store(dy + at, g);
            }
            sum[k] += g;
            products[k] += g * (vec_load(x + at) - vec_all(task->mean[c + k]));
        }
    }
    for (int k = 0; k < n; k++) {
        sums_at(task, block, c + k)[0] = vec_sum(sum[k]);
        sums_at(task, block, c + k)[1] = vec_sum(products[k]) * task->inverse_deviation[c + k];
    }
}

/* A part is a channel. */
static void NAME(block_gradients)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    EACH_TILE(tile_gradients);
}

/* A part is a channel. Computes the gradients of beta and gamma. */
static void NAME(batch_gradients)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    for (int c = begin; c < end; c++) {
        float d_beta = 0, d_gamma = 0;
        for (int block = 0; block < batch->blocks; block++) {
            d_beta += sums_at(task, block, c)[0];
            d_gamma += sums_at(task, block, c)[1];
        }
        task->d_beta[c] = d_beta;
        task->d_gamma[c] = d_gamma;
    }
}

void NAME(batchnorm_backward_statistics)(cpu_program *program, const plan_op *op) {
    add_statistics(program, op, NAME(block_gradients), NAME(batch_gradients));
}

/* dx = gamma * inverse_deviation * (dy - mean(dy) - normal * mean(dy * normal)) of n channels, means over the batch. The padding
 * is set to zero, since the means would make it nonzero. */
INLINE void backward_tile(const cpu_task *task, const cpu_batch *batch, int block, int c, int n) {
    size_t stride = (size_t)channels_of(task) * LANES;
    float numbers = batch_numbers(task, batch);
    const float *x = channel_at(task, task->x, block, c);
    const float *dy = channel_at(task, task->dy, block, c);
    float *dx = channel_at(task, task->dx, block, c);
    vec counted = vec_first(cpu_block_images(batch, block, LANES));
    vec s[MOST_CHANNELS], shift[MOST_CHANNELS], slope[MOST_CHANNELS], mean[MOST_CHANNELS];
#pragma GCC unroll 6
    for (int k = 0; k < n; k++) {
        s[k] = vec_all(task->gamma[c + k] * task->inverse_deviation[c + k]) * counted;
        shift[k] = vec_all(task->d_beta[c + k] / numbers);
        slope[k] = vec_all(task->d_gamma[c + k] / numbers * task->inverse_deviation[c + k]);
        mean[k] = vec_all(task->mean[c + k]);
    }
    for (int i = 0; i < positions_of(task); i++) {
#pragma GCC unroll 6
        for (int k = 0; k < n; k++) {
            size_t at = (size_t)i * stride + (size_t)k * LANES;
            vec_store(dx + at, s[k] * (vec_load(dy + at) - shift[k] - (vec_load(x + at) - mean[k]) * slope[k]));
        }
    }
}

/* A part is a channel. */
static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    EACH_TILE(backward_tile);
}

void NAME(batchnorm_backward)(cpu_program *program, const plan_op *op) {
    cpu_program_share(program, op->dx, op->dy); /* dx replaces dy */
    cpu_task *task = cpu_program_add(program, op, NAME(backward), false, op->in.channels);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_reads(task, task->dy);
    cpu_task_reads(task, task->mean);
    cpu_task_reads(task, task->d_gamma);
    cpu_task_writes(task, task->dx);
}

/* ---- backward, of a frozen layer ---------------------------------------------------------------------------- */

/* dx = dy * gamma / deviation of n channels: the moving averages do not depend on x. */
INLINE void frozen_tile(const cpu_task *task, const cpu_batch *batch, int block, int c, int n) {
    (void)batch;
    size_t stride = (size_t)channels_of(task) * LANES;
    const float *dy = channel_at(task, task->dy, block, c);
    float *dx = channel_at(task, task->dx, block, c), scale[MOST_CHANNELS];
    moving_scale(scale, task, c, n);
    for (int i = 0; i < positions_of(task); i++) {
#pragma GCC unroll 6
        for (int k = 0; k < n; k++) {
            size_t at = (size_t)i * stride + (size_t)k * LANES;
            vec_store(dx + at, vec_load(dy + at) * vec_all(scale[k]));
        }
    }
}

/* A part is a channel. */
static void NAME(frozen_backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    EACH_TILE(frozen_tile);
}

void NAME(batchnorm_frozen_backward)(cpu_program *program, const plan_op *op) {
    cpu_program_share(program, op->dx, op->dy); /* dx replaces dy */
    cpu_task *task = cpu_program_add(program, op, NAME(frozen_backward), false, op->in.channels);
    if (!task) return;
    cpu_task_reads(task, task->dy);
    cpu_task_writes(task, task->dx);
}
