/* csv.h - a data set from a CSV with a header: Kaggle's digit-recognizer files. */
#ifndef CLENET_LIB_DATA_CSV_H
#define CLENET_LIB_DATA_CSV_H

#include "lib/data/dataset.h"
#include "lib/data/stream.h"

typedef struct csv_options {
    int threads;        /* 0: as many as the process may run on, as far as they help */
    size_t block_bytes; /* of text that a thread takes at a time; 0: what was measured best */
} csv_options;

/* Reads all of input; the outcome depends on no option. dataset->classes is set by the caller and bounds the labels; everything else of
 * *dataset is filled on success and left alone on failure. Blank lines are skipped, but count in the lines of
 * messages. */
clenet_status csv_dataset(clenet_dataset *dataset, stream *input, const csv_options *options, clenet_error *error);

#endif
