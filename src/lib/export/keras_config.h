/* keras_config.h - a model as the description that Keras 3 keeps in config.json, and the weights of its layers. */
#ifndef CLENET_LIB_EXPORT_KERAS_CONFIG_H
#define CLENET_LIB_EXPORT_KERAS_CONFIG_H

#include "lib/export/hdf5_write.h"
#include "lib/export/text.h"
#include "lib/net/model.h"

typedef struct keras_config {
    text_buffer json;
    hdf5_vars *weights; /* [count]: of the layers that have some */
    size_t count;
} keras_config;

/* One network becomes a Sequential model; those of an ensemble become a Functional one that averages. Bytes go in: the first layer is
 * Rescaling(1/255). keras_config_free() it, also after a failure. Errors: CLENET_ERROR_ARGUMENT names every layer for which Keras has
 * no equal; CLENET_ERROR_MEMORY. */
clenet_status keras_config_new(keras_config *config, const clenet_model *model, clenet_error *error);
void keras_config_free(keras_config *config);

#endif
