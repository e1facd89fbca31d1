/* import.h - a model from another program's file: readers of formats, and what they read.
 *
 * A reader turns the bytes of a file into an import_network: layers with their tensors as the file has them. import_build() makes the
 * model of it: it turns layouts, names what does not fit, and adds a softmax. A new format is a row of import.c and a reader. */
#ifndef CLENET_LIB_IMPORT_IMPORT_H
#define CLENET_LIB_IMPORT_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"
#include "lib/net/network.h"

enum {
    IMPORT_RANK_MAX = 8,
    IMPORT_NAME_SIZE = 96,    /* bytes of a layer's name in the file, cut, with the end */
    IMPORT_LINE_SIZE = 320,   /* bytes of a problem or a note, cut, with the end */
    IMPORT_SHAPE_SIZE = 192,  /* bytes of a shape as text */
    IMPORT_LINES_MAX = 200,   /* of each list: no message has room for more */
    IMPORT_LAYERS_MAX = 1000, /* as in a network */
    IMPORT_TENSORS = PARAMETER_MOVING_VARIANCE + 1,
};

/* The order of a kernel's axes in the file. A vector (bias, gamma ...) is always IMPORT_OWN. */
typedef enum import_layout {
    IMPORT_OWN,  /* clenet's: conv2d [kh][kw][in / groups][out] (HWIO), dense [in][out] (IO) */
    IMPORT_OIHW, /* conv2d [out][in / groups][kh][kw] */
    IMPORT_OI,   /* dense [out][in] */
    IMPORT_HWCM, /* Keras's depthwise convolution: [kh][kw][channels][multiplier] */
} import_layout;

typedef struct import_tensor {
    float *values; /* [product of shape], owned; NULL: the file does not have the tensor */
    int rank;
    size_t shape[IMPORT_RANK_MAX];
    import_layout layout;
} import_tensor;

typedef struct import_layer {
    char name[IMPORT_NAME_SIZE]; /* in the file, for messages */
    clenet_layer spec;
    import_tensor tensors[IMPORT_TENSORS]; /* by parameter_role: PARAMETER_KERNEL ... PARAMETER_MOVING_VARIANCE */
} import_layer;

/* Lines of text, one per problem or note. */
typedef struct import_lines {
    char (*lines)[IMPORT_LINE_SIZE];
    size_t count, capacity;
    size_t more; /* lines beyond IMPORT_LINES_MAX, which are only counted */
} import_lines;

/* What a reader makes of a file. All zeros: nothing yet. */
typedef struct import_network {
    clenet_shape input;  /* a side that the file does not say is 0 */
    bool channels_first; /* images are [c][h][w] in the file, so a flatten gives numbers in this order */
    bool separate; /* activations are layers by themselves in the file: joined with the conv2d or dense before them */

    /* The file's network expects (pixel / 255 - mean) / std. pixel_numbers: 0: it expects pixel / 255; 1: one mean and std; or one for
     * each channel. A file whose network takes 0 to 255 has mean 0 and std 1 / 255. */
    int pixel_numbers;
    double pixel_mean[CLENET_IMPORT_CHANNELS], pixel_std[CLENET_IMPORT_CHANNELS];

    import_layer *layers;
    size_t layer_count, layer_capacity;
    char **class_names; /* [class_count], of class_names_new(), owned; NULL: the file does not say them */
    size_t class_count;
    import_lines problems; /* what clenet cannot do, all of it */
    import_lines notes;    /* what the user should know */
    bool failed;           /* out of memory: a layer, tensor or line is missing */
} import_network;

/* A file in memory. */
typedef struct import_source {
    const uint8_t *bytes; /* [size] */
    size_t size;
    const char *name;              /* of the file, for messages */
    const clenet_network *network; /* the caller's --arch, or NULL */
} import_source;

/* Fills *to, all zeros before, from the file. What clenet has no layer for is no error, but a line of problems; so is a tensor that is
 * missing or has a wrong shape, which import_build() finds. Errors: CLENET_ERROR_FORMAT (the file is damaged), CLENET_ERROR_MEMORY,
 * CLENET_ERROR_ARGUMENT (it needs --arch). The file is not trusted: the sizes in it are compared with its bytes before memory is
 * allocated. */
typedef clenet_status import_read_function(import_network *to, const import_source *from, clenet_error *error);

import_read_function import_read_keras; /* without HDF5 it only says so */
import_read_function import_read_onnx;  /* without protobuf-c it only says so */
import_read_function import_read_torch; /* import_torch.c */

/* ---- for readers (network.c); if memory runs out, network->failed is set, and import_build() fails ---- */

/* Appends a layer, and lends it until the next call; NULL if out of memory, or beyond IMPORT_LAYERS_MAX, which is a problem. */
import_layer *import_add_layer(import_network *network, const char *name, clenet_layer_kind kind);

/* Appends the layers of the network, with clenet's names and without tensors, and sets the input. */
void import_add_network(import_network *network, const clenet_network *own);

/* The tensor's zeroed values [product of shape] to fill. NULL if out of memory; or if there are more than INT32_MAX numbers, which is a
 * problem. A tensor that was there before is freed. */
float *import_set_tensor(import_network *network, import_layer *to, parameter_role role, import_layout layout, int rank,
                         const size_t *shape /* [rank] */);

/* Appends a line: import_problem(to, "layer '%s': clenet has no LSTM", name). Control characters become '?'. The same line is appended
 * once. */
void import_problem(import_network *network, const char *format, ...) __attribute__((format(printf, 2, 3)));
void import_note(import_network *network, const char *format, ...) __attribute__((format(printf, 2, 3)));

void import_network_free(import_network *network); /* what it holds; not the struct */

/* "6x1x5x5", or "a single number". Returns text. */
const char *import_shape_text(char text[IMPORT_SHAPE_SIZE], int rank, const size_t *shape /* [rank] */);

/* Types of numbers in files, little-endian. */
typedef enum import_type { IMPORT_F32, IMPORT_F64, IMPORT_F16, IMPORT_BF16 } import_type;
size_t import_type_bytes(import_type type);
void import_convert(float *to /* [count] */, const uint8_t *from, size_t count, import_type type);

/* ---- the model (build.c) ---- */

/* Makes the model. Problems are one error, CLENET_ERROR_FORMAT: as many lines as the message has room for, and a count of the rest.
 * name: of the file. Notes are passed to options->on_note. */
clenet_status import_build(clenet_model **model, import_network *network, const char *name,
                           const clenet_import_options *options, clenet_error *error);

#endif
