/* int8.h - the stages of a model with 8-bit integers, as TensorFlow Lite's int8 models have them.
 *
 * A number is scale * (q - zero), with q of -128 .. 127; a weight is scale[filter] * q, with q of -127 .. 127. A convolution or dense
 * layer adds products in 32 bits to a bias of 32 bits, whose unit is the product of both scales. The sum becomes a byte of the output
 * by an integer multiplier and a shift (int8_requantize()). Maximum pools take the largest of sums or bytes; mean pools round the mean
 * of bytes. relu is the lower limit of the bytes; other activations are tables of 256 bytes. A batch norm that is not in weights has
 * one weight per channel. Source of the scheme: Jacob et al., "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference" (2018), and TensorFlow Lite's "8-bit quantization specification". */
#ifndef CLENET_LIB_EXPORT_INT8_H
#define CLENET_LIB_EXPORT_INT8_H

#include "lib/export/stages.h"

enum {
    INT8_LEAST = -128,
    INT8_MOST = 127,
    INT8_TABLE = 256,
    INT8_ONE = 256 /* a probability of 1; bytes end at 255, as those of TensorFlow Lite's softmax */
};

/* What a byte q is: scale * (q - zero). */
typedef struct int8_quantity {
    double scale;
    int zero;
} int8_quantity;

/* Weights of -127 .. 127 and how their sums become bytes. */
typedef struct int8_sums {
    size_t filters, weights;
    int8_t *kernel;      /* [filters][weights] */
    int32_t *bias;       /* [filters]; without the zero of the input */
    int32_t *multiplier; /* [filters]: 2^31 times a factor of 0.5 to 1, or 0 */
    uint8_t *shift;      /* [filters]: to the right, 0 to 31 */
    int zero, least;     /* of the bytes: relu's least byte is its zero */
} int8_sums;

typedef enum int8_step_kind {
    INT8_SAME,   /* the same bytes; a merged relu, or the pixels' factor */
    INT8_RELU,   /* bytes below the zero become it */
    INT8_LOOKUP, /* a table */
    INT8_AFFINE  /* batch norm: one weight per channel */
} int8_step_kind;

/* A step of a stage, with the same index as in the list of stages. */
typedef struct int8_step {
    int8_step_kind kind;
    int8_quantity from, to;
    int8_t *table;    /* [INT8_TABLE], by byte + 128; NULL if the kind has none; owned */
    int8_sums affine; /* weights 1; arrays owned */
} int8_step;

typedef struct int8_stage {
    int8_quantity in, made,
        out;        /* of x, of the source's bytes, of y. The image's bytes are 0 .. 255: the zero of in is 0 */
    int8_sums sums; /* without arrays if the source is the input; owned */
    bool subtracts; /* zeros are padded, so the zero of x is subtracted from each x; otherwise the bias has it */
} int8_stage;

typedef struct int8_network {
    const stage_list *list; /* lent */
    int8_stage *stages;     /* [list->count] */
    int8_step *steps;       /* [list->step_count] */
    uint16_t *
        exponentials; /* [exponential_count]: 65,535 exp(-d * scale of the logits), by the difference d of two logits; the next
                             * would be 0 */
    int exponential_count; /* 1 to INT8_TABLE */
} int8_network;

/* ranges: what stage_run() found for the model's images. The list is of one network, and lent. Errors: CLENET_ERROR_ARGUMENT if a layer
 * has too many weights for sums of 32 bits; CLENET_ERROR_MEMORY. */
clenet_status int8_network_new(int8_network *network, const stage_list *list, const double *ranges,
                               clenet_error *error);
void int8_network_free(int8_network *network);

/* The bytes of constants that the network has in C. */
size_t int8_network_bytes(const int8_network *network);

/* The bias that the code adds if it does not subtract the zero of x from each x. */
int32_t int8_bias_of(const int8_sums *sums, size_t filter, int zero);

/* sum * multiplier / 2^31 / 2^shift, rounded twice as TensorFlow Lite and CMSIS-NN do (MultiplyByQuantizedMultiplier,
 * arm_nn_requantize): first as gemmlowp's SaturatingRoundingDoublingHighMul, then as its RoundingDivideByPOT. */
int32_t int8_requantize(int32_t sum, int32_t multiplier, int shift);

/* The byte of filter f for a sum. */
int8_t int8_byte_of(const int8_sums *sums, size_t f, int32_t sum);

/* The mean of count bytes whose sum is this, rounded to the nearest, and away from 0 in the middle, as TensorFlow Lite does. */
int int8_mean(int sum, int count);

/* Fills probabilities [classes] with 256 times the probabilities, at most 255. */
void int8_softmax(uint8_t *probabilities, const int8_t *logits, int classes, const int8_network *network);

#endif
