/* keras_layers.h - the layers of a model in Keras's config. */
#ifndef CLENET_LIB_IMPORT_KERAS_LAYERS_H
#define CLENET_LIB_IMPORT_KERAS_LAYERS_H

#include <jansson.h>

#include "lib/import/import.h"
#include "lib/import/keras_weights.h"

enum { KERAS_CLASSES = 19 /* that are read */ };

/* A layer in the config; texts are lent by the JSON. */
typedef struct keras_layer {
    const char *name, *class;     /* "conv2d_1", "Conv2D" */
    const json_t *config;         /* its arguments; an object */
    char group[KERAS_GROUP_SIZE]; /* of its weights in files of Keras 3: "conv2d"; set by keras_read_layer() */
} keras_layer;

/* What is read, and the state between two layers. */
typedef struct keras_reader {
    import_network *to;
    const keras_weights *weights;
    bool begun;    /* a layer with numbers came: scaling may only be before it */
    bool flat;     /* the numbers are no image any more */
    bool oriented; /* a layer said whether channels come first */
    /* Of the input: scale * (pixel / 255) + offset, for each channel or all. */
    int scales; /* of the two arrays; 0: nothing is scaled */
    double scale[CLENET_IMPORT_CHANNELS], offset[CLENET_IMPORT_CHANNELS];
    int seen[KERAS_CLASSES]; /* layers of each class so far */
} keras_reader;

/* Reads one layer: appends what clenet has for it, or a problem. */
void keras_read_layer(keras_reader *r, const keras_layer *read);

/* Reads a whole model from its description, JSON of `size` bytes (import_keras.c). name: of the file. Errors: CLENET_ERROR_FORMAT,
 * CLENET_ERROR_MEMORY. */
clenet_status keras_read_config(import_network *to, const char *text, size_t size, const keras_weights *weights,
                                const char *name, clenet_error *error);

/* Appends the line "layer 'NAME' (CLASS): ..." to the problems. */
void keras_problem(const keras_reader *r, const keras_layer *l, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Copies an array of the file into the layer; is_needed: it is a problem if the file does not have it. */
void keras_take(const keras_reader *r, const keras_layer *l, import_layer *to, parameter_role role, int number,
                const char *word, bool is_needed);

#endif
