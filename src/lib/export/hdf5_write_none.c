/* hdf5_write_none.c - hdf5_write.h without libhdf5: says what to install. */
#include "lib/export/hdf5_write.h"

/* NOLINTNEXTLINE(readability-non-const-parameter): hdf5_write.c writes to them */
clenet_status hdf5_write(uint8_t **bytes, size_t *count, const hdf5_vars *groups, size_t group_count,
                         clenet_error *error) {
    (void)bytes, (void)count, (void)groups, (void)group_count;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "cannot write files of Keras: this clenet was built without libhdf5. Install it (Debian: "
                     "libhdf5-dev), and build clenet again");
}
