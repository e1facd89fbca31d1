/* keras_weights.h - the weights of a layer in an HDF5 file of Keras, in any of its three forms. */
#ifndef CLENET_LIB_IMPORT_KERAS_WEIGHTS_H
#define CLENET_LIB_IMPORT_KERAS_WEIGHTS_H

#include "lib/import/hdf5_read.h"

enum { KERAS_GROUP_SIZE = 64, KERAS_PATH_SIZE = 512 };

/* Of Keras 3: "layers/conv2d_1/vars/0", by class, number in the class and number in the layer; of Keras 2.12 to 2.15 with another folder.
 * Of earlier versions and .h5: "model_weights/NAME/.../kernel:0", by the layer's name. */
typedef struct keras_weights {
    const hdf5_content *content; /* borrowed */
    const char *folder;          /* "layers/", "_layer_checkpoint_dependencies/", "model_weights/", "" */
    bool numbered;               /* Keras 3 */
} keras_weights;

/* Detects the form. Returns false if the file has no weights of Keras. */
bool keras_weights_open(keras_weights *weights, const hdf5_content *content);

/* Finds an array of a layer. group: its class and number, "conv2d_1". name: of the layer. number: of the array in the layer. word: "kernel".
 * Returns NULL if the file does not have it. */
const hdf5_entry *keras_weights_find(const keras_weights *weights, const char *group, const char *name, int number,
                                     const char *word);

/* The group of layer `number` of a class, counted from 0: "conv2d", "conv2d_1". */
void keras_put_group(char group[KERAS_GROUP_SIZE], const char *class_group, int number);

/* True if a file of Keras 3 has arrays of the group. */
bool keras_weights_has(const keras_weights *weights, const char *group);

#endif
