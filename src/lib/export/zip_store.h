/* zip_store.h - makes a zip archive of unpacked files in memory. */
#ifndef CLENET_LIB_EXPORT_ZIP_STORE_H
#define CLENET_LIB_EXPORT_ZIP_STORE_H

#include "lib/base/status.h"

typedef struct zip_file {
    const char *name; /* in ASCII */
    const uint8_t *bytes;
    size_t count;
} zip_file;

/* The same files give the same bytes; a byte of room follows them. memory_free() them. Errors: CLENET_ERROR_MEMORY; CLENET_ERROR_ARGUMENT if the archive would have
 * 4 GiB or more, which needs a newer kind of zip. */
clenet_status zip_store(uint8_t **bytes, size_t *count, const zip_file *files /* [file_count] */, size_t file_count,
                        clenet_error *error);

#endif
