/* csv.h - a data set from a CSV with a header: Kaggle's digit-recognizer files. */
#ifndef CLENET_DATA_CSV_H
#define CLENET_DATA_CSV_H

#include "data/dataset.h"
#include "data/stream.h"

/* Reads all of input. dataset->classes is set by the caller and bounds the labels; everything else of
 * *dataset is filled on success and left alone on failure. Blank lines are skipped, but count in the lines of
 * messages. */
clenet_status csv_dataset(clenet_dataset *dataset, stream *input, clenet_error *error);

#endif
