/* onnx_reader.h - what the parts of the reader of ONNX share.
 *
 * The nodes of a graph are read in their order, each of whose inputs must be made before. A value is a constant, or it is the flow:
 * the numbers of the images on their way through the network. clenet's networks are chains, so a node reads the last value of the flow;
 * one that reads an earlier value begins a branch, which is a problem. Nodes that only move axes change the flow's axes and add no
 * layer. Whatever is not possible becomes a line of problems, and reading continues, so that all of it is named at once. */
#ifndef CLENET_LIB_IMPORT_ONNX_READER_H
#define CLENET_LIB_IMPORT_ONNX_READER_H

#include <onnx.pb-c.h>
#include <sys/types.h>

#include "lib/import/import.h"

enum {
    ONNX_RANK_MAX = IMPORT_RANK_MAX,
    ONNX_SIDE_MAX = 1 << 20, /* of an axis; the product of three of them is an int64_t */
    ONNX_INTEGERS_MAX = 64,  /* of a constant of integers that is used */
    ONNX_FILES_MAX = 256,    /* with numbers, outside the model's */
};

/* In a shape that was computed: the number of images, and a number that the file does not say. */
#define ONNX_BATCH INT64_MIN
#define ONNX_UNKNOWN (INT64_MIN + 1)

typedef struct onnx_constant {
    int rank;
    size_t shape[ONNX_RANK_MAX], count;
    const float *floats; /* [count] if they are floats; otherwise NULL */
    const int64_t *integers;
} onnx_constant;

typedef enum onnx_axis { AXIS_PLAIN, AXIS_N, AXIS_C, AXIS_H, AXIS_W, AXIS_FLAT } onnx_axis;

/* The flow's axes. Before the first layer, they are PLAIN after N: the first layer says which is which. */
typedef struct onnx_flow {
    int rank;                     /* 2 to 4, or 0: unknown after a problem */
    int64_t sides[ONNX_RANK_MAX]; /* of N: 0; otherwise 0 is unknown */
    onnx_axis axes[ONNX_RANK_MAX];
} onnx_flow;

typedef enum onnx_kind { VALUE_LATER, VALUE_TENSOR, VALUE_CONSTANT, VALUE_FLOW, VALUE_NOTHING } onnx_kind;

typedef struct onnx_value {
    const char *name;
    onnx_kind kind;                  /* LATER: its node was not read yet; NOTHING: it cannot be used */
    const Onnx__TensorProto *tensor; /* TENSOR: its numbers were not converted yet */
    onnx_constant constant;
    onnx_flow flow;
} onnx_value;

/* Multiplies the flow and adds to it, before the first layer: y = factor x + term, for each channel. */
typedef struct onnx_scale {
    int count;      /* 0: not used; 1: one for all; or one per place of the axis */
    onnx_axis axis; /* its tag; PLAIN: place */
    int place;      /* of the axis in the flow, 1 to 3 */
    double factor[CLENET_IMPORT_CHANNELS], term[CLENET_IMPORT_CHANNELS];
} onnx_scale;

typedef struct onnx_reader {
    import_network *network;
    const import_source *source;
    const Onnx__GraphProto *graph;
    int opset;
    onnx_value *values; /* [value_count], in order of name */
    size_t value_count;
    onnx_value *last; /* of the flow */
    bool started;     /* the input's axes are known: a layer was read */
    bool flat;        /* clenet's numbers are flat */
    bool bytes;       /* the input is uint8 */
    int64_t batch;    /* images that the file is made for; 0: any number */
    onnx_scale scale;
    int linear; /* index + 1 of the layer that the flow comes from, if it is a dense or conv2d without a bias; otherwise 0 */
    int affine;                  /* the same for a batchnorm that is a product or sum in the file */
    struct onnx_store *store;    /* converted constants */
    size_t budget;               /* bytes that may still be stored */
    ino_t files[ONNX_FILES_MAX]; /* that numbers were read from: each adds to the budget once */
    int file_count;
} onnx_reader;

/* ---- nodes (import_onnx.c) ---- */

/* Appends "node 'NAME' (OPERATOR): ..." to the problems. */
void onnx_complain(onnx_reader *r, const Onnx__NodeProto *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

const char *onnx_node_name(const Onnx__NodeProto *node);

/* The value of input i; NULL if the node does not have it. */
onnx_value *onnx_input(const onnx_reader *r, const Onnx__NodeProto *node, size_t i);

const Onnx__AttributeProto *onnx_attribute(const Onnx__NodeProto *node, const char *name); /* or NULL */
float onnx_float(const Onnx__NodeProto *node, const char *name, float standard);
/* A number that an int cannot hold becomes the nearest. */
int onnx_int(const Onnx__NodeProto *node, const char *name, int standard);
/* False, and `to` unchanged, if there is no such list of `count` integers. */
bool onnx_ints(const Onnx__NodeProto *node, const char *name, int *to, size_t count);

/* ---- constants (onnx_constants.c) ---- */

/* The constant that input i is; NULL if it is missing, the flow, or not convertible, which is a problem already, unless it is missing. */
const onnx_constant *onnx_constant_input(onnx_reader *r, const Onnx__NodeProto *node, size_t i);

/* The same, if its numbers have the type; otherwise a problem. */
const onnx_constant *onnx_floats_input(onnx_reader *r, const Onnx__NodeProto *node, size_t i);
const onnx_constant *onnx_integers_input(onnx_reader *r, const Onnx__NodeProto *node, size_t i);

/* Computes a node that reads only constants, or the flow's shape: its output becomes a constant. */
void onnx_fold(onnx_reader *r, const Onnx__NodeProto *node, onnx_value *output);

/* `count` numbers in the store; NULL if out of memory, or beyond the budget, which is a problem. */
void *onnx_store_new(onnx_reader *r, size_t count, size_t size);
void onnx_store_free(onnx_reader *r);

/* ---- the numbers of a tensor (onnx_tensor.c) ---- */

/* Converts the tensor. False, and a problem, if that is not possible. */
bool onnx_tensor_read(onnx_reader *r, onnx_constant *to, const Onnx__TensorProto *tensor, const char *name);

/* ---- axes (onnx_axes.c) ---- */

bool onnx_is_image(const onnx_flow *flow);                /* [N][C][H][W], after PLAIN axes became these */
void onnx_take_image(onnx_flow *flow);                    /* PLAIN axes of rank 4 become N, C, H, W */
int onnx_place(const onnx_flow *flow, onnx_axis axis);    /* of the axis; -1: it is not there */
int64_t onnx_side(const onnx_flow *flow, onnx_axis axis); /* 1 if the axis is not there */
int64_t onnx_numbers(const onnx_flow *flow);              /* of one image; 0: unknown */
const char *onnx_flow_text(char text[IMPORT_SHAPE_SIZE], const onnx_flow *flow);

/* Makes the flow [N][numbers], and adds a flatten unless clenet's numbers are flat already. */
void onnx_make_flat(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow);

/* Nodes that only move axes; each changes *flow, or adds a problem and makes its rank 0. */
typedef void onnx_operator(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow);
onnx_operator onnx_transpose, onnx_reshape, onnx_flatten, onnx_squeeze, onnx_unsqueeze;

/* ---- layers (onnx_layers.c, onnx_scale.c) ---- */

onnx_operator onnx_conv, onnx_pool, onnx_globalavgpool, onnx_reduce_mean, onnx_batchnorm, onnx_pad;
onnx_operator onnx_gemm, onnx_matmul, onnx_activation, onnx_softmax, onnx_dropout, onnx_arithmetic;

/* Called before the first layer: the input's size, and the scale of its pixels. */
void onnx_start(onnx_reader *r, const onnx_flow *flow);

/* Appends a layer; NULL if out of memory, or if there are too many. */
import_layer *onnx_layer(onnx_reader *r, const Onnx__NodeProto *node, const onnx_flow *flow, clenet_layer_kind kind);

#endif
