/* array.h - turns arrays of numbers (IDX, NumPy) into images or labels.
 *
 * A file begins with a header, which idx.h or npy.h reads, then come the elements. The sizes in a header are not trusted: memory grows
 * as bytes really arrive. */
#ifndef CLENET_LIB_DATA_ARRAY_H
#define CLENET_LIB_DATA_ARRAY_H

#include <stdbool.h>

#include "lib/data/dataset.h"
#include "lib/data/labels.h"
#include "lib/data/stream.h"

enum { ARRAY_AXES_MOST = 4 };

typedef enum array_type { ARRAY_UNSIGNED, ARRAY_SIGNED, ARRAY_FLOAT } array_type;

typedef struct array {
    const char *format; /* "IDX" or "NumPy" */
    array_type type;
    size_t element_bytes; /* 1, 2, 4 or 8; of ARRAY_FLOAT 2, 4 or 8 */
    bool big_endian;
    bool fortran;                    /* the first axis varies fastest, not the last */
    int axes;                        /* 1 to ARRAY_AXES_MOST */
    uint64_t sizes[ARRAY_AXES_MOST]; /* each below 2^32 */
    size_t header_bytes;
} array;

/* Reads the elements as images: axes rows, height, width; rows, height, width, channels; rows, channels, height, width with 1 or 3
 * channels; or rows, pixels of a square image. Fills rows, height, width, channels, images and reading of *dataset, on success only.
 * scale: of clenet_load_options. */
clenet_status array_images(clenet_dataset *dataset, const array *header, stream *input, double scale,
                           clenet_error *error);

/* Reads the elements as labels of `rows` images: one axis; or two, if the second is 1, one-hot, or QMNIST's eight numbers, of which the
 * first is the label. *told is a remark about the form, or NULL. The caller frees the labels also after a failure. */
clenet_status array_labels(label_set *labels, const char **told, const array *header, size_t rows, stream *input,
                           clenet_error *error);

/* The file ends after `count` bytes, though its header promises `expected`. */
clenet_status array_cut_off(const char *format, const stream *input, uint64_t count, uint64_t expected,
                            clenet_error *error);

#endif
