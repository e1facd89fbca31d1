/* keras_archive.h - the two parts of a .keras archive. */
#ifndef CLENET_LIB_IMPORT_KERAS_ARCHIVE_H
#define CLENET_LIB_IMPORT_KERAS_ARCHIVE_H

#include "lib/data/growing.h"
#include "lib/import/import.h"

/* All zeros: nothing. */
typedef struct keras_archive {
    growing config;  /* config.json: the layers */
    growing weights; /* model.weights.h5, an HDF5 file */
} keras_archive;

/* Unpacks the archive. Errors: CLENET_ERROR_FORMAT (damaged, or one of the two is missing), CLENET_ERROR_MEMORY. keras_archive_free() it,
 * also after a failure. */
clenet_status keras_archive_open(keras_archive *archive, const import_source *from, clenet_error *error);
void keras_archive_free(keras_archive *archive);

#endif
