/* formats.h - a data set from a file of any format, which is detected from the content. */
#ifndef CLENET_LIB_DATA_FORMATS_H
#define CLENET_LIB_DATA_FORMATS_H

#include "lib/data/dataset.h"
#include "lib/data/stream.h"

/* Reads all of input. *dataset is filled on success, and left as it was on failure. */
clenet_status formats_dataset(clenet_dataset *dataset, stream *input, const clenet_load_options *options,
                              clenet_error *error);

#endif
