/* safetensors.h - reads and writes safetensors files of F32 and U8 tensors, and reads those of other programs.
 *
 * The format (github.com/huggingface/safetensors, "Format"):
 *
 * 8 bytes   N, little-endian
 * N bytes   JSON {"NAME": {"dtype": "F32" or "U8", "shape": [...], "data_offsets": [BEGIN, END]}, ...,
 *           "__metadata__": {"KEY": "TEXT", ...}}, which begins with '{' and may end in spaces
 * the rest  the numbers, little-endian, row by row; BEGIN and END count bytes from here
 *
 * Numbers are converted byte by byte, so that hosts of both byte orders read and write the same files. */
#ifndef CLENET_LIB_NET_SAFETENSORS_H
#define CLENET_LIB_NET_SAFETENSORS_H

#include "lib/base/status.h"

enum {
    SAFETENSORS_HEADER_MAX = 16 * 1024 * 1024, /* bytes */
    SAFETENSORS_RANK_MAX = 8,
    SAFETENSORS_NAME_MAX = 255 /* bytes */
};

/* A file whose header was read and checked; numbers are read on request. */
typedef struct safetensors_file safetensors_file;

/* Files of other programs have all of them, clenet's the first two. */
typedef enum safetensors_type {
    SAFETENSORS_F32,
    SAFETENSORS_U8,
    SAFETENSORS_F64,
    SAFETENSORS_F16,
    SAFETENSORS_BF16,
    SAFETENSORS_OTHER /* whole numbers, truth values, 8-bit floats */
} safetensors_type;

typedef struct safetensors_tensor {
    const char *name;
    safetensors_type type;
    size_t number_bytes; /* of a number */
    int rank;            /* 0 to SAFETENSORS_RANK_MAX */
    size_t shape[SAFETENSORS_RANK_MAX];
    size_t count;   /* numbers: the product of shape, 1 for rank 0; at most INT32_MAX */
    uint64_t begin; /* bytes from the start of the numbers to the tensor's first */
} safetensors_tensor;

/* Opens a file and reads its header. Nothing in it is trusted: lengths, shapes and offsets are checked against the file's size.
 * The tensors must follow each other without overlap or gap, up to the end of the file. Errors: CLENET_ERROR_IO,
 * CLENET_ERROR_FORMAT, CLENET_ERROR_MEMORY. */
clenet_status safetensors_open(safetensors_file **file, const char *path, clenet_error *error);

/* The same for a file in memory, whose bytes [size] are lent until it is closed. name is for messages. foreign: another program wrote it,
 * so its tensors may be of any type. */
clenet_status safetensors_open_memory(safetensors_file **file, const void *bytes, size_t size, const char *name,
                                      bool foreign, clenet_error *error);
void safetensors_close(safetensors_file *file); /* takes NULL */

size_t safetensors_count(const safetensors_file *file);
const safetensors_tensor *safetensors_get(const safetensors_file *file, size_t i);          /* in order of name */
const safetensors_tensor *safetensors_find(const safetensors_file *file, const char *name); /* an F32 tensor, or NULL */
const safetensors_tensor *safetensors_find_bytes(const safetensors_file *file,
                                                 const char *name);              /* a U8 tensor, or NULL */
const char *safetensors_metadata(const safetensors_file *file, const char *key); /* or NULL */

/* Reads the numbers of an F32 tensor of the file into the caller's values [tensor->count]. */
clenet_status safetensors_read(const safetensors_file *file, const safetensors_tensor *tensor, float *values,
                               clenet_error *error);

/* The bytes [count * number_bytes] of a tensor of any type, as they are in the file: little-endian. */
clenet_status safetensors_read_bytes(const safetensors_file *file, const safetensors_tensor *tensor, uint8_t *bytes,
                                     clenet_error *error);

typedef struct safetensors_note {
    const char *key, *text;
} safetensors_note;

/* A U8 tensor of one axis, for writing. */
typedef struct safetensors_bytes {
    const char *name;
    const uint8_t *bytes; /* [size] */
    size_t size;
} safetensors_bytes;

/* Writes tensors, in their order, after them the bytes (NULL: none), and metadata. The same input gives the same bytes. The file is complete under its name, or
 * absent. The data begin at a multiple of 8 bytes: the header is padded with spaces. A header that is too large to be read again
 * is CLENET_ERROR_ARGUMENT. */
clenet_status safetensors_write(const char *path, const clenet_tensor *tensors /* [tensor_count] */,
                                size_t tensor_count, const safetensors_bytes *bytes,
                                const safetensors_note *metadata /* [metadata_count] */, size_t metadata_count,
                                clenet_error *error);

/* The same bytes in memory, with a zero behind them: memory_free() them. */
clenet_status safetensors_write_memory(uint8_t **written, size_t *size, const clenet_tensor *tensors,
                                       size_t tensor_count, const safetensors_bytes *bytes,
                                       const safetensors_note *metadata, size_t metadata_count, clenet_error *error);

#endif
