/* import_keras_none.c - in a library without HDF5: says so. */
#include "lib/import/import.h"

clenet_status import_read_keras(import_network *to, const import_source *from, clenet_error *error) {
    (void)to;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "'%s' is a Keras model, and this clenet was built without HDF5; export it from Keras as ONNX",
                     from->name);
}
