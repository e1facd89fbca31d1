/* cifar.h - reads the binary files of CIFAR-10 and CIFAR-100.
 *
 * A record has one or two label bytes, and 32 x 32 pixels: red, green, blue. https://www.cs.toronto.edu/~kriz/cifar.html describes them. */
#ifndef CLENET_LIB_DATA_CIFAR_H
#define CLENET_LIB_DATA_CIFAR_H

#include "lib/data/dataset.h"
#include "lib/data/stream.h"

/* The label bytes per record, 1 or 2, if these first bytes of a file may be of such a file; otherwise 0. The files have no magic bytes:
 * every record that is in sight must begin with possible labels, and no text may do so. */
int cifar_label_bytes(const uint8_t *bytes, size_t count);

/* Reads all of input. The last label byte of a record is its label. Of the options, classes, class_names and scale matter. *dataset is
 * filled on success only. */
clenet_status cifar_dataset(clenet_dataset *dataset, stream *input, int label_bytes, const clenet_load_options *options,
                            clenet_error *error);

#endif
