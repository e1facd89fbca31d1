/* dense.c - fully connected layer with fused relu, and its gradients. float32.
 *
 * Layout : x, dx [I][L], y, dy [O][L] per block; kernel [I][O], bias [O]; dz, the gradient before relu, replaces
 *          dy, and is copied with the images outside to work[0] [slots * L][O rounded up to L] for the kernel's gradient.
 * Blocking: forward and dx: 6 neurons times 2 blocks of images in registers, so that a weight is read once for both, or 12
 *          times 1: a multiply-add takes 4 cycles, and two begin in each. The kernel's gradient: 4 inputs times up to 4
 *          vectors of outputs (3 with 16 registers), over CHUNK images: dz and x of a chunk stay in the second cache
 *          until all tiles are through.
 * Threads: a block of images stays with its thread. But all weights would then be read by all cores, and the one that
 *          updates them would have to wait until no other core's cache has them. So in training, if a layer has many weights for
 *          the images of a step, rows of its kernel stay with a thread, from their use to their update:
 *
 *              kernel [I][O]   thread 0  rows of slice 0, 1 ──► sums 0, 1 ┐   of all blocks, then of each block
 *                              thread 1  rows of slice 2, 3 ──► sums 2, 3 ┴─► y = relu(sums 0 + 1 + 2 + 3 + bias)
 * Twin   : cl/dense.cl */
#include "lib/backend/cpu/vec.h"

enum {
    WIDE = VEC_REGISTERS == 32,
    TILE_NEURONS = 6, /* of forward and dx */
    TILE_BLOCKS = 2,
    TILE_SUMS = TILE_NEURONS * TILE_BLOCKS, /* of one block: this many neurons */
    TILE_INPUTS = 4,                        /* of the kernel's gradient */
    TILE_VECTORS = WIDE ? 4 : 3,
    CHUNK = 128,             /* images: 32 KB of dz for a tile of 64 outputs */
    SLICES = 4,              /* of the inputs; fixed, because the order of sums decides the bits */
    WEIGHTS_MOVED = 1 << 14, /* 64 KiB: moving fewer between cores costs less than two barriers */
    WEIGHTS_CACHED = 1 << 16 /* 256 KiB: half of the smallest second-level cache of processors with AVX2 */
};

static int inputs_of(const plan_op *op) {
    return op->in.channels;
}
static int outputs_of(const plan_op *op) {
    return op->out.channels;
}
static int rounded_outputs(const plan_op *op) {
    return ceil_div(outputs_of(op), LANES) * LANES;
}

/* acc [neurons][blocks] += over `terms`: x [term][L] of each block times the weights of the neurons. Neuron n's weight
 * for term t is w[n * neuron_step + t * term_step]; x's blocks are block_step floats apart. */
INLINE void multiply(vec *acc, const float *x, size_t block_step, const float *w, size_t neuron_step, size_t term_step,
                     int terms, int neurons, int blocks) {
    for (int t = 0; t < terms; t++) {
        vec xt[TILE_BLOCKS];
#pragma GCC unroll 2
        for (int b = 0; b < blocks; b++) xt[b] = vec_load(x + (size_t)b * block_step);
#pragma GCC unroll 12
        for (int n = 0; n < neurons; n++) {
            vec wn = vec_all(w[(size_t)n * neuron_step]);
#pragma GCC unroll 2
            for (int b = 0; b < blocks; b++) acc[n * blocks + b] += xt[b] * wn;
        }
        x += LANES;
        w += term_step;
    }
}

/* multiply() from zero: the sums stay in registers. */
INLINE void multiply_from_zero(vec *acc, const float *x, size_t block_step, const float *w, size_t neuron_step,
                               size_t term_step, int terms, int neurons, int blocks) {
    vec sum[TILE_SUMS];
#pragma GCC unroll 12
    for (int i = 0; i < neurons * blocks; i++) sum[i] = vec_zero();
    multiply(sum, x, block_step, w, neuron_step, term_step, terms, neurons, blocks);
#pragma GCC unroll 12
    for (int i = 0; i < neurons * blocks; i++) acc[i] = sum[i];
}

/* The same with the number of neurons and blocks as constants. */
static void product(vec *acc, const float *x, size_t block_step, const float *w, size_t neuron_step, size_t term_step,
                    int terms, int neurons, int blocks) {
#define CASE(n, m)                                                                      \
    case (n)*4 + (m):                                                                   \
        multiply_from_zero(acc, x, block_step, w, neuron_step, term_step, terms, n, m); \
        break
    switch (neurons * 4 + blocks) {
        CASE(1, 1);
        CASE(2, 1);
        CASE(3, 1);
        CASE(4, 1);
        CASE(5, 1);
        CASE(6, 1);
        CASE(7, 1);
        CASE(8, 1);
        CASE(9, 1);
        CASE(10, 1);
        CASE(11, 1);
        CASE(12, 1);
        CASE(1, 2);
        CASE(2, 2);
        CASE(3, 2);
        CASE(4, 2);
        CASE(5, 2);
        CASE(6, 2);
    default:
        break;
    }
#undef CASE
}

/* ---- forward ------------------------------------------------------------------------------------------------ */

/* True for a training step of a layer whose weights stay with a thread, not its blocks of images. */
static bool by_inputs(const cpu_program *program, const plan_op *op) {
    bool training = op >= program->p->training && op < program->p->training + program->p->training_count;
    size_t weights = (size_t)inputs_of(op) * (size_t)outputs_of(op);
    return training && weights > (program->slots > CPU_FEW_BLOCKS ? WEIGHTS_CACHED : WEIGHTS_MOVED);
}

/* Tiles of n neurons: for two blocks at a time, or for one. */
static int tiles_of(int n, bool whole_batch) {
    return ceil_div(n, whole_batch ? TILE_NEURONS : TILE_SUMS);
}

/* relu of a sum and its bias. */
INLINE vec output_of(const plan_op *op, vec sum, float bias) {
    vec y = sum + vec_all(bias);
    return op->relu ? vec_select(y < vec_zero(), vec_zero(), y) : y;
}

/* A part is a tile of neurons. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    const plan_op *op = task->op;
    int inputs = inputs_of(op), outputs = outputs_of(op), tiles = tiles_of(outputs, false);
    const float *x = block_at(task->x, block, (size_t)inputs);
    float *y = block_at(task->y, block, (size_t)outputs);
    for (int tile = begin; tile < end; tile++) {
        int o = part_at(tile, outputs, tiles), neurons = part_at(tile + 1, outputs, tiles) - o;
        vec acc[TILE_SUMS];
        product(acc, x, 0, task->kernel + o, 1, (size_t)outputs, inputs, neurons, 1);
        for (int n = 0; n < neurons; n++) vec_store(y + (o + n) * LANES, output_of(op, acc[n], task->bias[o + n]));
    }
}

/* The sums of slice `slice` of the inputs: work[1] [slots][SLICES][O][L]. */
static float *sums_at(const cpu_task *task, int block, int slice) {
    return block_at(task->work[1], block * SLICES + slice, (size_t)outputs_of(task->op));
}

/* A part is a tile of neurons of a slice, for all blocks. */
static void NAME(forward_slices)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    const plan_op *op = task->op;
    int inputs = inputs_of(op), outputs = outputs_of(op), tiles = tiles_of(outputs, true);
    for (int part = begin; part < end; part++) {
        int slice = part / tiles, tile = part % tiles;
        int i = part_at(slice, inputs, SLICES), terms = part_at(slice + 1, inputs, SLICES) - i;
        int o = part_at(tile, outputs, tiles), neurons = part_at(tile + 1, outputs, tiles) - o;
        for (int block = 0; block < batch->blocks; block += TILE_BLOCKS) {
            int blocks = batch->blocks - block < TILE_BLOCKS ? batch->blocks - block : TILE_BLOCKS;
            vec acc[TILE_SUMS];
            product(acc, block_at(task->x, block, (size_t)inputs) + i * LANES, (size_t)inputs * LANES,
                    task->kernel + (size_t)i * (size_t)outputs + o, 1, (size_t)outputs, terms, neurons, blocks);
            for (int n = 0; n < neurons; n++)
                for (int b = 0; b < blocks; b++)
                    vec_store(sums_at(task, block + b, slice) + (o + n) * LANES, acc[n * blocks + b]);
        }
    }
}

/* A part is a neuron. */
static void NAME(add_slices)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    float *y = block_at(task->y, block, (size_t)outputs_of(task->op));
    for (int o = begin; o < end; o++) {
        vec sum = vec_load(sums_at(task, block, 0) + o * LANES);
        for (int slice = 1; slice < SLICES; slice++) sum += vec_load(sums_at(task, block, slice) + o * LANES);
        vec_store(y + o * LANES, output_of(task->op, sum, task->bias[o]));
    }
}

/* Sums of all slices by all threads, and then y by the thread that has the block. */
static void lower_slices(cpu_program *program, const plan_op *op) {
    size_t numbers = (size_t)program->slots * SLICES * LANES * (size_t)outputs_of(op);
    float *sums = cpu_program_workspace(program, numbers);
    cpu_task *task = cpu_program_add(program, op, NAME(forward_slices), true, SLICES * tiles_of(outputs_of(op), true));
    if (!task) return;
    task->work[1] = sums;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, sums);
    task = cpu_program_add(program, op, NAME(add_slices), false, outputs_of(op));
    if (!task) return;
    task->work[1] = sums;
    cpu_task_reads(task, sums);
    cpu_task_writes(task, task->y);
}

void NAME(dense_forward)(cpu_program *program, const plan_op *op) {
    if (by_inputs(program, op)) {
        lower_slices(program, op);
        return;
    }
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, tiles_of(outputs_of(op), false));
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
}

/* ---- backward ----------------------------------------------------------------------------------------------- */

/* A part is L neurons: dz replaces dy, and goes to work[0] with the images outside. */
static void NAME(gate)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    int outputs = outputs_of(task->op);
    size_t row = (size_t)rounded_outputs(task->op);
    const float *y = block_at(task->y, block, (size_t)outputs);
    float *dy = block_at(task->dy, block, (size_t)outputs);
    float *by_image = task->work[0] + (size_t)block * LANES * row;
    for (int part = begin; part < end; part++) {
        vec dz[LANES];
        for (int i = 0, o = part * LANES; i < LANES; i++, o++) {
            dz[i] = o < outputs ? vec_load(dy + o * LANES) : vec_zero();
            if (o < outputs && task->op->relu) dz[i] = (vec)((vec_load(y + o * LANES) > vec_zero()) & (vec_int)dz[i]);
            if (o < outputs) vec_store(dy + o * LANES, dz[i]);
        }
        vec_transpose(dz);
        for (int lane = 0; lane < LANES; lane++) vec_store(by_image + (size_t)lane * row + part * LANES, dz[lane]);
    }
}

/* A part is a tile of inputs: dx = dz * kernel, transposed. */
static void NAME(input_gradient)(const cpu_task *task, const cpu_batch *batch, int first, int begin, int end) {
    int inputs = inputs_of(task->op), outputs = outputs_of(task->op), tiles = tiles_of(inputs, task->whole_batch);
    int last = task->whole_batch ? batch->blocks : first + 1;
    for (int block = first; block < last; block += TILE_BLOCKS) {
        int blocks = last - block < TILE_BLOCKS ? last - block : TILE_BLOCKS;
        for (int tile = begin; tile < end; tile++) {
            int i = part_at(tile, inputs, tiles), rows = part_at(tile + 1, inputs, tiles) - i;
            vec acc[TILE_SUMS];
            product(acc, block_at(task->dy, block, (size_t)outputs), (size_t)outputs * LANES,
                    task->kernel + (size_t)i * (size_t)outputs, (size_t)outputs, 1, outputs, rows, blocks);
            for (int n = 0; n < rows; n++)
                for (int b = 0; b < blocks; b++)
                    vec_store(block_at(task->dx, block + b, (size_t)inputs) + (i + n) * LANES, acc[n * blocks + b]);
        }
    }
}

/* Adds the blocks first .. last to the gradient of `rows` rows of the kernel, `vectors` vectors of outputs starting at o:
 * acc [rows][vectors]. */
INLINE void outer(vec *acc, const cpu_task *task, int first, int last, int i, int o, int rows, int vectors) {
    size_t inputs = (size_t)inputs_of(task->op), row = (size_t)rounded_outputs(task->op);
    const float *dz = task->work[0] + (size_t)first * LANES * row + o;
    for (int block = first; block < last; block++) {
        const float *x = block_at(task->x, block, inputs) + i * LANES;
        for (int lane = 0; lane < LANES; lane++) {
            vec z[TILE_VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) z[v] = vec_load(dz + v * LANES);
#pragma GCC unroll 4
            for (int n = 0; n < rows; n++) {
                vec xn = vec_all(x[n * LANES + lane]);
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++) acc[n * vectors + v] += xn * z[v];
            }
            dz += row;
        }
    }
}

/* The first count floats at `from`, then 0; and writes as many. Pieces have constant sizes: a call of memcpy takes longer than
 * the sums of a small batch. */
INLINE vec load_some(const float *from, int count) {
    _Alignas(64) float lanes[LANES] = {0};
    if (count >= LANES) return vec_load_anywhere(from);
#pragma GCC unroll 4
    for (int piece = LANES / 2, at = 0; piece > 0; piece /= 2)
        if (count > 0 && count & piece) {
            memcpy(lanes + at, from + at, (size_t)piece * sizeof(float));
            at += piece;
        }
    return vec_load(lanes);
}
INLINE void store_some(float *to, vec x, int count) {
    _Alignas(64) float lanes[LANES];
    if (count >= LANES) {
        vec_store_anywhere(to, x);
        return;
    }
    vec_store(lanes, x);
#pragma GCC unroll 4
    for (int piece = LANES / 2, at = 0; piece > 0; piece /= 2)
        if (count > 0 && count & piece) {
            memcpy(to + at, lanes + at, (size_t)piece * sizeof(float));
            at += piece;
        }
}

INLINE void kernel_gradient_tile(const cpu_task *task, int first, int last, int i, int o, int rows, int vectors) {
    int outputs = outputs_of(task->op);
    float *to = task->d_kernel + (size_t)i * (size_t)outputs + o;
    vec acc[TILE_INPUTS * TILE_VECTORS];
#pragma GCC unroll 4
    for (int n = 0; n < rows; n++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            acc[n * vectors + v] =
                first == 0 ? vec_zero() : load_some(to + n * outputs + v * LANES, outputs - o - v * LANES);
    outer(acc, task, first, last, i, o, rows, vectors);
#pragma GCC unroll 4
    for (int n = 0; n < rows; n++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            store_some(to + n * outputs + v * LANES, acc[n * vectors + v], outputs - o - v * LANES);
}

/* All rows of a tile, for `vectors` vectors of outputs starting at o. */
static void kernel_gradient_rows(const cpu_task *task, int first, int last, int i, int rows, int o, int vectors) {
#define CASE(v)                                                                                     \
    case v:                                                                                         \
        if (rows == TILE_INPUTS)                                                                    \
            kernel_gradient_tile(task, first, last, i, o, TILE_INPUTS, v);                          \
        else                                                                                        \
            for (int n = 0; n < rows; n++) kernel_gradient_tile(task, first, last, i + n, o, 1, v); \
        break
    switch (vectors) {
        CASE(1);
        CASE(2);
        CASE(3);
#if defined(__AVX512F__) || defined(__aarch64__)
        CASE(4);
#endif
    default:
        break;
    }
#undef CASE
}

/* A part is TILE_INPUTS rows of the kernel. Adds chunk after chunk, with the same sums as all images at once. */
static void NAME(kernel_gradient)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    int inputs = inputs_of(task->op), vectors = rounded_outputs(task->op) / LANES;
    int tiles = ceil_div(vectors, TILE_VECTORS), chunk = CHUNK / LANES;
    for (int first = 0; first < batch->blocks; first += chunk)
        for (int tile = 0; tile < tiles; tile++) {
            int v = part_at(tile, vectors, tiles), width = part_at(tile + 1, vectors, tiles) - v;
            int last = first + chunk < batch->blocks ? first + chunk : batch->blocks;
            for (int part = begin; part < end; part++) {
                int i = part * TILE_INPUTS, rows = inputs - i < TILE_INPUTS ? inputs - i : TILE_INPUTS;
                kernel_gradient_rows(task, first, last, i, rows, v * LANES, width);
            }
        }
}

/* A part is L neurons. */
static void NAME(bias_gradient)(const cpu_task *task, const cpu_batch *batch, int unused, int begin, int end) {
    (void)unused;
    int outputs = outputs_of(task->op), row = rounded_outputs(task->op);
    for (int part = begin; part < end; part++) {
        vec sum = vec_zero();
        for (int i = 0; i < batch->blocks * LANES; i++)
            sum += vec_load(task->work[0] + (size_t)i * (size_t)row + part * LANES);
        store_some(task->d_bias + part * LANES, sum, outputs - part * LANES);
    }
}

void NAME(dense_backward)(cpu_program *program, const plan_op *op) {
    size_t numbers = (size_t)program->slots * LANES * (size_t)rounded_outputs(op);
    float *by_image = cpu_program_workspace(program, numbers);
    cpu_task *task = cpu_program_add(program, op, NAME(gate), false, rounded_outputs(op) / LANES);
    if (!task) return;
    task->work[0] = by_image;
    cpu_task_reads(task, task->y);
    cpu_task_writes(task, task->dy);
    cpu_task_writes(task, by_image);
    if (op->dx != NO_BUFFER) {
        bool whole_batch = by_inputs(program, op);
        task = cpu_program_add(program, op, NAME(input_gradient), whole_batch, tiles_of(inputs_of(op), whole_batch));
        if (!task) return;
        cpu_task_reads(task, task->dy);
        cpu_task_writes(task, task->dx);
    }
    const struct {
        cpu_kernel *run;
        int parts;
    } gradients[] = {{NAME(kernel_gradient), ceil_div(inputs_of(op), TILE_INPUTS)},
                     {NAME(bias_gradient), rounded_outputs(op) / LANES}};
    for (int i = 0; i < 2 && !op->frozen; i++) {
        task = cpu_program_add(program, op, gradients[i].run, true, gradients[i].parts);
        if (!task) return;
        task->work[0] = by_image;
        cpu_task_reads(task, task->x);
        cpu_task_reads(task, by_image);
        cpu_task_writes(task, i == 0 ? task->d_kernel : task->d_bias);
    }
}
