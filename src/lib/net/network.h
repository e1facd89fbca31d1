/* network.h - a network: its layers with shapes, names and parameters. */
#ifndef CLENET_LIB_NET_NETWORK_H
#define CLENET_LIB_NET_NETWORK_H

#include "lib/base/status.h"

enum {
    NETWORK_NAME_SIZE = 48,
    NETWORK_LAYER_NAME_SIZE = 24,
    NETWORK_LAYERS_MAX = 1000,
    NETWORK_NUMBERS_MAX = INT32_MAX /* of one layer's output, and of all packed values */
};

typedef enum parameter_role {
    PARAMETER_KERNEL,         /* conv2d [kh][kw][in][out], dense [in][out]: Glorot uniform */
    PARAMETER_BIAS,           /* zero */
    PARAMETER_GAMMA,          /* one */
    PARAMETER_BETA,           /* zero */
    PARAMETER_MOVING_MEAN,    /* zero, not trained */
    PARAMETER_MOVING_VARIANCE /* one, not trained */
} parameter_role;

typedef struct parameter {
    char name[NETWORK_NAME_SIZE]; /* "conv2d_1.kernel" */
    parameter_role role;
    int layer; /* index of its layer */
    int rank;  /* 1 to 4 */
    size_t shape[4];
    size_t count;           /* numbers: the product of shape */
    size_t offset;          /* of the first number in the packed values, a multiple of PARAMETER_ALIGNMENT */
    size_t fan_in, fan_out; /* of a kernel: kh * kw * in, kh * kw * out */
    bool frozen;            /* of a frozen layer: training does not change it */
    bool trained;           /* by the optimizer */
} parameter;

/* Packed values: the trained parameters first, in the order of the layers, then the moving averages, then what is frozen, which no
 * loop over the first two reaches. Each begins at a multiple of PARAMETER_ALIGNMENT numbers; the gaps are always zero. */
enum { PARAMETER_ALIGNMENT = 16 };

/* Its numbers with the gap after them. */
static inline size_t parameter_room(const parameter *p) {
    return (p->count + PARAMETER_ALIGNMENT - 1) / PARAMETER_ALIGNMENT * PARAMETER_ALIGNMENT;
}

typedef struct layer {
    clenet_layer spec;                  /* with defaults */
    char name[NETWORK_LAYER_NAME_SIZE]; /* "conv2d_1": its kind, and a number from 1 within the kind */
    clenet_shape in, out;
    bool flat;           /* the output is flat */
    int parameter_first; /* its parameters are parameter_first .. + parameter_count in the network's list */
    int parameter_count; /* conv2d, dense: kernel, bias. batchnorm: gamma, beta, moving_mean, moving_variance. */
    int pad_top,
        pad_left; /* conv2d, pools, zeropad2d: zeros before the first row and column; those after the last follow from out */
} layer;

struct clenet_network {
    clenet_shape input;
    layer *layers;
    int layer_count, layer_capacity;
    parameter *parameters; /* in the order of the layers */
    int parameter_count, parameter_capacity;
    size_t trained_size; /* numbers of the packed values that are trained, gaps included */
    size_t changed_size; /* the same, with the moving averages: all that a training step may change */
    size_t packed_size;  /* numbers of all packed values, gaps included */
    char *text;          /* kept up to date by clenet_network_add */
};

/* Offsets and sizes of the packed values are up to date after every clenet_network_add. */

int network_classes(const clenet_network *network); /* channels of the last output */
clenet_status network_copy(clenet_network **copy, const clenet_network *network, clenet_error *error);

/* Checks that the network is complete: it has layers, and ends in a softmax over 2 to 256 classes. */
clenet_status network_check_complete(const clenet_network *network, clenet_error *error);

/* Checks that images of this size fit. */
clenet_status network_check_images(const clenet_network *network, int height, int width, int channels,
                                   clenet_error *error);

static inline size_t shape_size(clenet_shape shape) {
    return (size_t)shape.height * (size_t)shape.width * (size_t)shape.channels;
}

#endif
