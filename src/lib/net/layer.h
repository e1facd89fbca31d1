/* layer.h - the output shape and parameters of one layer. The kinds are in layers.def. */
#ifndef CLENET_LIB_NET_LAYER_H
#define CLENET_LIB_NET_LAYER_H

#include "lib/net/network.h"

enum {
    LAYER_PARAMETERS_MAX = 4,
    LAYER_PAD_MAX = 64,
    LAYER_LINE_SIZE = 160 /* bytes of a layer's line of text, terminating zero included */
};

/* Batch norm's defaults, which are Keras's. */
#define LAYER_MOMENTUM 0.99f
#define LAYER_EPSILON 1e-3f

/* The slope of the activation "leaky_relu", which is Keras 3's, in place of that of its layer LeakyReLU. */
#define LAYER_ACTIVATION_SLOPE 0.2f

/* Fills l->spec (with defaults; fields of other kinds are zero), in, out, flat, pad_top and pad_left, if spec fits a shape that
 * is flat or not. The caller sets l->name, which begins the error. */
clenet_status layer_fit(layer *l, const clenet_layer *spec, clenet_shape in, bool flat, clenet_error *error);

/* Fills in the parameters of a layer that fits, except layer and offset, and returns their number. Errors: CLENET_ERROR_ARGUMENT
 * if they are too many numbers. */
clenet_status layer_parameters(parameter parameters[LAYER_PARAMETERS_MAX], int *count, const layer *l,
                               clenet_error *error);

/* True if layers of this kind have parameters. */
bool layer_kind_learns(clenet_layer_kind kind);

/* True if the layer ends in a softmax. */
bool layer_is_softmax(const layer *l);

/* The activation that a layer of this kind is; CLENET_ACTIVATION_NONE if it is another kind. */
clenet_activation layer_kind_activation(clenet_layer_kind kind);

/* The layer as a line of text with its newline (network_text.c). */
void layer_line(char line[LAYER_LINE_SIZE], const clenet_layer *spec);

#endif
