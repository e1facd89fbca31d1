/* plan.h - a network lowered to operations, with every buffer placed.
 *
 * There are two lists of operations, a training step and inference, and one arena. A plan knows no device: a backend runs its
 * lists.
 *
 * Activations have the batch innermost, in blocks of L = lanes images: [n/L][h][w][c][L]. A short last block is padded. The
 * padding is finite, and does not count in the loss, the gradients and batch norm's sums. */
#ifndef CLENET_LIB_NET_PLAN_H
#define CLENET_LIB_NET_PLAN_H

#include "lib/net/augment.h"
#include "lib/net/network.h"

/* The kinds of operations, ops.def. */
typedef enum op_kind {
#define OP(KIND, word, gradient, learns, cpu, single, opencl) OP_##KIND,
#include "lib/net/ops.def"
    OP_KINDS
} op_kind;

/* What a row of ops.def says of an operation. */
typedef struct op_row {
    const char *word;  /* of the profile */
    op_kind gradient;  /* the operation that makes its gradient; OP_KINDS: none does */
    bool learns;       /* has parameters that are trained */
    bool is_inference; /* inference may have it; the CPU then has a function for a single image */
} op_row;

extern const op_row op_rows[OP_KINDS];

enum { NO_BUFFER = -1 };

/* Pooled positions of a window are numbered row by row; this number in index means that relu made all of it 0. */
static inline int pool_index_dead(int pool) {
    return pool * pool;
}

typedef struct plan_buffer {
    bool per_image; /* [batch/L][count][L]; else [count] */
    bool bytes;     /* of uint8; else of float */
    size_t count;
    size_t offset; /* bytes into the arena, a multiple of PLAN_ALIGNMENT */
} plan_buffer;

/* One operation. Buffers are indices into the plan's, or NO_BUFFER; parameters are indices into the network's. */
typedef struct plan_op {
    op_kind kind;
    bool relu;                    /* conv2d, dense: fused */
    clenet_activation activation; /* activation */
    int layer;                    /* index of the operation's layer */
    bool frozen;                  /* the layer is: an operation of its gradient makes dx only */
    int dropout_layer;            /* keys the mask's random numbers: layer of the (fused) dropout */
    clenet_shape in, out;         /* of one image: x and y; out is after the fused pooling */
    int kernel_height, kernel_width, pad_top, pad_left;
    int pool;                      /* maxpool2d, avgpool2d; conv2d: fused, or 0 */
    int stride;                    /* conv2d_general, maxpool2d, avgpool2d */
    int groups;                    /* conv2d_general */
    float negative_slope;          /* activation: leaky_relu */
    float momentum, epsilon, rate; /* batchnorm; dropout, 0: none */
    int x, y, index, mask;         /* index: uint8 [out], mask: uint8 [out], 1 kept, 0 dropped */
    int mean, inverse_deviation;   /* batchnorm: float [channels] */
    augmentation augment;          /* gather */
    int dx, dy;                    /* dy is overwritten by backward operations that say so */
    int kernel, bias, gamma, beta, moving_mean, moving_variance;
} plan_op;

enum { PLAN_ALIGNMENT = 256 }; /* bytes */

/* The packed values of a plan, [packed_size] each. The options decide which there are, except the first two. */
typedef enum plan_region {
    REGION_PARAMETERS,
    REGION_GRADIENTS, /* of the last training step; zero if not trained */
    REGION_SQUARES,   /* rmsprop, adam, adamw: the running mean of squared gradients */
    REGION_MOMENTS,   /* adam, adamw: the running mean of gradients; sgd: their running sum */
    REGION_AVERAGES,  /* with a moving average: of all parameters after each step; inference uses it */
    REGIONS
} plan_region;

typedef struct plan_options {
    bool training;          /* false: the training list is empty */
    int lanes;              /* L: a power of two from 1 to 64 */
    size_t batch;           /* images of a training step */
    size_t inference_batch; /* images per inference */
    uint64_t seed;          /* of dropout and augmentation */
    augmentation augment;   /* in training */
    augmentation copies;    /* in inference, for each copy but 0 */
    clenet_optimizer optimizer;
    float rho;             /* rmsprop */
    float momentum;        /* sgd */
    float beta_1, beta_2;  /* adam, adamw */
    float epsilon;         /* rmsprop, adam, adamw */
    float weight_decay;    /* adamw: decoupled; otherwise L2, added to the gradient */
    float weight_average;  /* decay of the moving average of the weights, per step; 0: off */
    float label_smoothing; /* the share of a label that is spread over all classes, in the loss and its gradient */
} plan_options;

typedef struct plan {
    plan_options options;
    const clenet_network *network; /* lent */
    plan_op *training, *inference;
    int training_count, inference_count;
    plan_buffer *buffers;
    int buffer_count;
    int training_logits, inference_logits, inference_probabilities; /* buffers */
    size_t regions[REGIONS];                                        /* byte offsets of the regions that plan_has() */
    size_t arena_bytes;
} plan;

/* Lowers a network that network_check_complete accepts. The network is lent and must outlive the plan. Errors:
 * CLENET_ERROR_MEMORY, CLENET_ERROR_ARGUMENT (an arena larger than the address space). */
clenet_status plan_new(plan **out, const clenet_network *network, const plan_options *options, clenet_error *error);
void plan_free(plan *p);

bool plan_has(const plan_options *options, plan_region region);

/* The parameters that inference uses. */
plan_region plan_inferred(const plan_options *options);

/* One kind of optimizer: the name of its OpenCL kernel, and the regions that it has. */
typedef struct plan_optimizer {
    const char *kernel;
    bool squares, moments;
} plan_optimizer;

enum { PLAN_OPTIMIZERS = CLENET_OPTIMIZER_ADAMW + 1 };
extern const plan_optimizer plan_optimizers[]; /* by clenet_optimizer */

/* Every number of one update of the parameters x by their gradients:
 *   g = gradient + decay x;  square = square_keep square + square_add g^2;  moment = moment_keep moment + moment_add g;
 *   average = average_keep average + (1 - average_keep) x.
 * src/lib/backend/cpu/optimizer.c and cl/optimizer.cl compute the step from rate, keep and epsilon. */
typedef struct plan_update {
    float rate; /* learning rate, with Adam's corrections for means that began at zero */
    float keep; /* the factor of decoupled weight decay for a parameter */
    float decay, square_keep, square_add, moment_keep, moment_add, epsilon, average_keep;
} plan_update;

/* The numbers of training step `step`, counted from 0. */
plan_update plan_update_at(const plan_options *options, uint32_t step, float learning_rate);

/* The number of blocks of L images for count images. */
static inline size_t plan_blocks(const plan *p, size_t count) {
    size_t lanes = (size_t)p->options.lanes;
    return (count + lanes - 1) / lanes;
}

#endif
