/* idx.h - a data set from IDX files, the format of the original MNIST.
 *
 * The format: a type, a number of dimensions, the sizes as big-endian 32-bit numbers, and the values.
 * http://yann.lecun.com/exdb/mnist/ describes it. */
#ifndef CLENET_LIB_DATA_IDX_H
#define CLENET_LIB_DATA_IDX_H

#include <stdbool.h>

#include "lib/data/dataset.h"
#include "lib/data/stream.h"

/* True if these first bytes begin an IDX file of any kind. No CSV begins with two NUL bytes. */
bool idx_begins(const uint8_t *bytes, size_t count);

/* Reads all of input, and of labels if not NULL. Of the options, classes and class_names matter. *dataset is filled on success and left
 * unchanged on failure. */
clenet_status idx_dataset(clenet_dataset *dataset, stream *input, stream *labels, const clenet_load_options *options,
                          clenet_error *error);

#endif
