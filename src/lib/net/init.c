/* init.c - the initial values of a network's parameters. */
#include "lib/net/model.h"

#include <math.h>

#include "lib/base/philox.h"

/* Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010),
 * formula 16: uniform in [-limit, limit). */
static void fill_glorot(float *values /* [count] */, size_t count, float limit, uint64_t seed, uint32_t stream) {
    philox_block block = {{0}};
    for (size_t i = 0; i < count; i++) {
        if (i % 4 == 0) block = philox(seed, (const uint32_t[4]){(uint32_t)(i / 4), 0, 0, stream});
        values[i] = (2.0f * philox_unit(block.word[i % 4]) - 1.0f) * limit;
    }
}

static void fill(float *values /* [count] */, size_t count, float value) {
    for (size_t i = 0; i < count; i++) values[i] = value;
}

void network_initialise(const clenet_network *network, uint64_t seed, float *values) {
    fill(values, network->packed_size, 0.0f);
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        switch (p->role) {
        case PARAMETER_KERNEL: {
            double limit = sqrt(6.0 / (double)(p->fan_in + p->fan_out));
            fill_glorot(values + p->offset, p->count, (float)limit, seed, PHILOX_WEIGHTS + (uint32_t)i);
            break;
        }
        case PARAMETER_GAMMA:
        case PARAMETER_MOVING_VARIANCE:
            fill(values + p->offset, p->count, 1.0f);
            break;
        case PARAMETER_BIAS:
        case PARAMETER_BETA:
        case PARAMETER_MOVING_MEAN:
            break;
        }
    }
}
