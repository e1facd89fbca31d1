/* csv.h - reads a data set from a CSV. */
#ifndef CLENET_LIB_DATA_CSV_H
#define CLENET_LIB_DATA_CSV_H

#include "lib/data/dataset.h"
#include "lib/data/stream.h"

typedef struct csv_options {
    const clenet_load_options *load;
    size_t block_bytes; /* of text per thread at a time; 0: the size that was fastest */
} csv_options;

/* Reads all of input. Threads and blocks do not change the result. *dataset is filled on success and left unchanged on failure. Blank lines are skipped, but counted in the line numbers
 * of messages. */
clenet_status csv_dataset(clenet_dataset *dataset, stream *input, const csv_options *options, clenet_error *error);

#endif
