/* hdf5_write.h - makes an HDF5 file of weights in memory, as Keras 3 writes it.
 *
 * Keras keeps the arrays of a layer in the group "<path>/vars", under the names "0", "1", ...; the group's attribute "name" is the
 * name of the layer. */
#ifndef CLENET_LIB_EXPORT_HDF5_WRITE_H
#define CLENET_LIB_EXPORT_HDF5_WRITE_H

#include "lib/base/status.h"

enum { HDF5_PATH_SIZE = 64, HDF5_NAME_SIZE = 64, HDF5_ARRAYS_MAX = 4 };

/* A layer's group. */
typedef struct hdf5_vars {
    char path[HDF5_PATH_SIZE]; /* "layers/conv2d_1/vars" */
    char name[HDF5_NAME_SIZE]; /* "conv2d_2" */
    int count;
    clenet_tensor arrays[HDF5_ARRAYS_MAX]; /* [count]: rank, shape and data; data is lent */
} hdf5_vars;

/* The same input gives the same bytes; a byte of room follows them. memory_free() them. Errors: CLENET_ERROR_MEMORY; CLENET_ERROR_ARGUMENT if libhdf5 fails, or
 * if clenet was built without it. */
clenet_status hdf5_write(uint8_t **bytes, size_t *count, const hdf5_vars *groups /* [group_count] */,
                         size_t group_count, clenet_error *error);

#endif
