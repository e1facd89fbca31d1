/* likeness.c - see likeness.h. */
#include "lib/data/likeness.h"

#include <math.h>

enum { SIDE = CLENET_PICTURE_SIDE, FULL = 255 };

double likeness_of(const uint8_t *image) {
    double input[LIKENESS_INPUTS];
    for (int i = 0; i < LIKENESS_INPUTS; i++) {
        const uint8_t *upper = image + (i / LIKENESS_SIDE) * 2 * SIDE + (i % LIKENESS_SIDE) * 2, *lower = upper + SIDE;
        input[i] = (upper[0] + upper[1] + lower[0] + lower[1]) / (4.0 * FULL);
    }
    double output = (double)likeness_weights.output_bias;
    for (int u = 0; u < LIKENESS_UNITS; u++) {
        double sum = 0.0;
        for (int i = 0; i < LIKENESS_INPUTS; i++) sum += likeness_weights.weight[u][i] * input[i];
        double hidden = (double)likeness_weights.bias[u] + (double)likeness_weights.scale[u] * sum;
        if (hidden > 0.0) output += (double)likeness_weights.output[u] * hidden;
    }
    return 1.0 / (1.0 + exp(-output));
}
