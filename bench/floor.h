/* floor.h - the least time that an operation of a plan can take on one thread of this machine.
 *
 * The longer of two: its arithmetic at the speed of multiply-adds from registers, and its bytes at the speed of a copy
 * within the second cache, both measured in this process (measure_limits). Arithmetic is what conv2d and dense cannot do
 * without: of a convolution behind which max pooling lets one position of a window through, that one's gradients. Bytes are
 * those of the buffers that it reads and writes, once each. What it takes beside (random numbers, roots, turning lanes) is
 * above the floor. */
#ifndef CLENET_BENCH_FLOOR_H
#define CLENET_BENCH_FLOOR_H

#include <string.h>

#include "lib/backend/cpu/program.h"
#include "lib/base/clock.h"

typedef struct floor_limits {
    double flops; /* a second; a multiply-add counts 2 */
    double bytes; /* a second; a byte that is read and written counts 2 */
} floor_limits;

enum {
    FLOOR_REPEATS = 9,
    FLOOR_ROUNDS = 200000,
    FLOOR_COPIED = 1 << 17 /* bytes: two of these fit a second cache */,
    FLOOR_COPIES = 200
};

/* The best of some repeats. */
static inline floor_limits measure_limits(const cpu_isa *isa) {
    static uint8_t memory[2][FLOOR_COPIED];
    floor_limits limits = {0, 0};
    float sink;
    memset(memory, 1, sizeof memory);
    for (int repeat = 0; repeat < FLOOR_REPEATS; repeat++) {
        double began = clock_seconds();
        double flops = 2 * isa->multiply_adds(FLOOR_ROUNDS, &sink) / (clock_seconds() - began);
        began = clock_seconds();
        for (int i = 0; i < FLOOR_COPIES; i++) {
            memcpy(memory[(i + 1) % 2], memory[i % 2], FLOOR_COPIED);
            __asm__ volatile("" ::: "memory"); /* each copy is made */
        }
        double bytes = 2.0 * FLOOR_COPIED * FLOOR_COPIES / (clock_seconds() - began);
        if (flops > limits.flops) limits.flops = flops;
        if (bytes > limits.bytes) limits.bytes = bytes;
    }
    return limits;
}

static inline double floor_elements(clenet_shape shape) {
    return (double)shape.height * shape.width * shape.channels;
}

/* Of one image. */
static inline double floor_flop(const plan_op *op) {
    double in = floor_elements(op->in), out = floor_elements(op->out);
    double window = op->pool > 0 ? (double)op->pool * op->pool : 1;
    double conv2d = 2.0 * op->kernel_height * op->kernel_width * op->in.channels * out;
    double general = op->groups > 0 ? conv2d / op->groups : 0;
    int products = op->dx == NO_BUFFER ? 1 : 2; /* the kernel's gradient, and x's */
    switch (op->kind) {
    case OP_CONV2D_FORWARD:
        return conv2d * window;
    case OP_CONV2D_BACKWARD:
        return conv2d * products;
    case OP_CONV2D_GENERAL_FORWARD:
        return general;
    case OP_CONV2D_GENERAL_BACKWARD:
        return general * products;
    case OP_DENSE_FORWARD:
        return 2 * in * out;
    case OP_DENSE_BACKWARD:
        return 2 * in * out * products;
    default:
        return 0;
    }
}

static inline double floor_buffer(const plan *p, int buffer) {
    if (buffer == NO_BUFFER || !p->buffers[buffer].per_image) return 0;
    return (double)p->buffers[buffer].count * (p->buffers[buffer].bytes ? 1 : sizeof(float));
}

/* Of one image; what a batch of `batch` shares is divided among them. */
static inline double floor_bytes(const plan *p, const plan_op *op, int batch) {
    double parameters = (double)(p->regions[REGION_GRADIENTS] - p->regions[REGION_PARAMETERS]);
    switch (op->kind) {
    case OP_OPTIMIZER: /* RMSprop: values and squares read and written, gradients read */
        return 5 * parameters / batch;
    case OP_GATHER:
        return floor_elements(op->out) + floor_buffer(p, op->y);
    case OP_BATCHNORM_STATISTICS:
        return floor_buffer(p, op->x);
    case OP_BATCHNORM_BACKWARD_STATISTICS: /* a fused dropout overwrites dy */
        return floor_buffer(p, op->x) + floor_buffer(p, op->dy) * (op->rate > 0 ? 2 : 1) + floor_buffer(p, op->mask);
    default:
        return floor_buffer(p, op->x) + floor_buffer(p, op->y) + floor_buffer(p, op->index) +
               floor_buffer(p, op->mask) + floor_buffer(p, op->dx) + floor_buffer(p, op->dy);
    }
}

/* Seconds an image. */
static inline double floor_seconds(const plan *p, const plan_op *op, int batch, const floor_limits *limits) {
    double arithmetic = floor_flop(op) / limits->flops, bytes = floor_bytes(p, op, batch) / limits->bytes;
    return arithmetic > bytes ? arithmetic : bytes;
}

#endif
