/* idx.h - the header of IDX files, the format of the original MNIST.
 *
 * The format: a type, a number of axes, the sizes as big-endian 32-bit numbers, and the elements, big-endian too.
 * http://yann.lecun.com/exdb/mnist/ describes it. */
#ifndef CLENET_LIB_DATA_IDX_H
#define CLENET_LIB_DATA_IDX_H

#include "lib/data/array.h"

/* True if these first bytes begin an IDX file of any kind. No CSV begins with two NUL bytes. */
bool idx_begins(const uint8_t *bytes, size_t count);

/* True if they begin an IDX file with a type and a number of axes that can be read. */
bool idx_is_known(const uint8_t *bytes, size_t count);

/* True if they begin an IDX header that was written in little-endian order: the type and the axes come first. */
bool idx_begins_reversed(const uint8_t *bytes, size_t count);

/* Reads the header of a file that begins so. */
clenet_status idx_header(array *header, stream *input, clenet_error *error);

#endif
