/* formats.h - reads a data set from a file of any format. */
#ifndef CLENET_LIB_DATA_FORMATS_H
#define CLENET_LIB_DATA_FORMATS_H

#include "lib/data/dataset.h"
#include "lib/data/stream.h"

/* Reads all of input. *dataset is filled on success, and unchanged on failure. */
clenet_status formats_dataset(clenet_dataset *dataset, stream *input, const clenet_load_options *options,
                              clenet_error *error);

#endif
