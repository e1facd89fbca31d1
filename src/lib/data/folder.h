/* folder.h - reads a data set from a folder with one folder per class.
 *
 *     animals/cat/1.jpg
 *     animals/cat/2.png
 *     animals/dog/a.jpg
 *
 * The classes are the folders' names. Rows are in the order of the classes, then of the files' names: it does not depend on threads
 * or the disk. */
#ifndef CLENET_LIB_DATA_FOLDER_H
#define CLENET_LIB_DATA_FOLDER_H

#include <stdbool.h>

#include "lib/data/dataset.h"

bool folder_is(const char *path);

/* Reads it by options' picture_side, color, threads, classes and class_names. Hidden files and folders, and files that are no
 * pictures, are passed over. Errors: CLENET_ERROR_FORMAT (no folders with pictures; a picture that cannot be read),
 * CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
clenet_status folder_dataset(clenet_dataset *dataset, const char *path, const clenet_load_options *options,
                             clenet_error *error);

#endif
