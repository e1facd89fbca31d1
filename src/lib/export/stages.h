/* stages.h - a model as few stages of inference: batch norm folded, pooling fused, buffers placed.
 *
 * A stage makes every number of its output from a source (a convolution, a dense layer, or its input as it is), applies steps,
 * pools, and applies more steps. Stages run one after the other; each reads the output of the stage before it.
 *
 * Batch norm is a scale and a shift per channel. It goes into the weights before it, if these are linear up to it; otherwise into
 * the weights after it, if no zeros are padded between; otherwise it is a step. The pixels' factor 1/255 is treated alike.
 * Dropout and flatten leave nothing behind. */
#ifndef CLENET_LIB_EXPORT_STAGES_H
#define CLENET_LIB_EXPORT_STAGES_H

#include "lib/net/model.h"

typedef enum stage_source { STAGE_CONV2D, STAGE_DENSE, STAGE_INPUT } stage_source;

/* A function of one number. */
typedef struct stage_step {
    clenet_activation activation; /* CLENET_ACTIVATION_NONE: scale x + shift */
    float slope;                  /* leaky_relu */
    int layer;                    /* batchnorm: its index; NO_LAYER: x / 255 */
    size_t channels;
    double *scale, *shift; /* batchnorm: [members][channels], owned; otherwise NULL */
} stage_step;

enum { NO_LAYER = -1 };

typedef struct stage {
    stage_source source;
    int layer;             /* names the stage: its first layer; NO_LAYER: it only scales pixels */
    bool reads_bytes;      /* x is the image, uint8; otherwise float */
    clenet_shape in;       /* x */
    clenet_shape computed; /* what the source makes, before pooling */
    clenet_shape out;      /* y */
    int kernel_height, kernel_width, stride, groups; /* conv2d; groups is 1 for other sources */
    int pad_top, pad_left;                           /* zeros in front of x, of conv2d and of the input as it is */
    size_t weights;                                  /* per filter or unit */
    double *kernel;                  /* [members][computed.channels][weights], owned; of a convolution, weights are
                                        * [kernel_height][kernel_width][in.channels / groups] */
    double *bias;                    /* [members][computed.channels], owned */
    int window_height, window_width; /* of the pool; 0: none */
    int window_stride, window_top, window_left; /* of the pool; positions outside of `computed` are ignored */
    bool mean;                                  /* the pool is the mean of its window; otherwise the maximum */
    int step_first, step_count, before;         /* steps; the first `before` come before the pool */
    bool in_place;                              /* y overwrites x: both begin, or both end, at one number */
    bool backward; /* in place, and both end at one number: the last number must be made first */
    size_t x,
        y; /* offsets into the arena in numbers, unless x is the image, or the stage the last one, whose y is the answer */
} stage;

typedef struct stage_list {
    const clenet_model *model; /* lent */
    stage *stages;
    int count;
    stage_step *steps;
    int step_count;
    int *stage_of;                   /* [layers]: the stage that computes the layer; NO_STAGE: none does */
    bool *folded;                    /* [layers]: in the weights of its stage */
    size_t arena;                    /* numbers: the largest sum of an input and an output that live at the same time */
    const struct int8_network *int8; /* the same stages with 8-bit integers (int8.h), lent; NULL: floats */
    uint64_t multiply_adds;          /* of convolutions and dense layers, padding included, for one image */
} stage_list;

enum { NO_STAGE = -1 };

/* The model's network must be complete. The model is lent. Errors: CLENET_ERROR_MEMORY; CLENET_ERROR_ARGUMENT if weights with
 * batch norm folded are too large for a float. */
clenet_status stage_list_new(stage_list *list, const clenet_model *model, clenet_error *error);
void stage_list_free(stage_list *list);

/* True if the source, a convolution or the input as it is, reads zeros around x. */
bool stage_pads(const stage *s);

/* The numbers that the model's weights, scales and shifts are. */
size_t stage_list_numbers(const stage_list *list);

#endif
