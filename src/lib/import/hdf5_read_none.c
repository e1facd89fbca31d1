/* hdf5_read_none.c - hdf5_read.h without libhdf5: says what to install. */
#include "lib/import/hdf5_read.h"

clenet_status hdf5_read(hdf5_content *content, const uint8_t *bytes, size_t size, const char *name,
                        clenet_error *error) {
    (void)content, (void)bytes, (void)size;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: is a file of Keras, and this clenet was built without libhdf5. Install it (Debian: "
                     "libhdf5-dev), and build clenet again",
                     name);
}
