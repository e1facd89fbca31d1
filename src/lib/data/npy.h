/* npy.h - the header of NumPy's files, .npy, of the versions 1, 2 and 3.
 *
 * The format: six magic bytes, a version, the length of the header, the header as a Python dictionary in text, and the elements.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html describes it. */
#ifndef CLENET_LIB_DATA_NPY_H
#define CLENET_LIB_DATA_NPY_H

#include "lib/data/array.h"

bool npy_begins(const uint8_t *bytes, size_t count);

/* Reads the header of a file that begins so. Arrays of Python objects are refused: reading them would run code. */
clenet_status npy_header(array *header, stream *input, clenet_error *error);

#endif
