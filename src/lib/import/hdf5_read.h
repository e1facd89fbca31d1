/* hdf5_read.h - all arrays and texts of an HDF5 file.
 *
 * libhdf5 reads past its buffers in damaged files, and may end the process. So a child process reads the file, and what it writes to a
 * pipe is checked here. */
#ifndef CLENET_LIB_IMPORT_HDF5_READ_H
#define CLENET_LIB_IMPORT_HDF5_READ_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

enum { HDF5_RANK_MAX = 8, HDF5_ENTRIES_MAX = 20000 };

/* A data set of numbers, or an attribute of text; an attribute of several texts is as many entries. */
typedef struct hdf5_entry {
    const char *path; /* "layers/conv2d/vars/0"; of an attribute: of its group or data set, "" for the file */
    const char *name; /* of an attribute: "model_config"; NULL: this is a data set */
    const char *text; /* of an attribute */
    int rank;         /* 0 to HDF5_RANK_MAX */
    size_t shape[HDF5_RANK_MAX];
    size_t count;          /* the product of shape, at most INT32_MAX */
    const uint8_t *values; /* float [count], not aligned */
} hdf5_entry;

typedef struct hdf5_content {
    hdf5_entry *entries; /* [count]; those of an attribute are in its order */
    size_t count, capacity;
    uint8_t *block; /* what they point to; owned */
} hdf5_content;

/* Reads the file in bytes [size]; name is for messages. Links to other files are not followed. Errors: CLENET_ERROR_FORMAT (damaged;
 * clenet was built without libhdf5), CLENET_ERROR_IO (no child process), CLENET_ERROR_MEMORY. The content is all zeros before the call;
 * hdf5_free() it, also after a failure. */
clenet_status hdf5_read(hdf5_content *content, const uint8_t *bytes, size_t size, const char *name,
                        clenet_error *error);
void hdf5_free(hdf5_content *content);

const hdf5_entry *hdf5_find(const hdf5_content *content, const char *path);                  /* a data set, or NULL */
const char *hdf5_find_text(const hdf5_content *content, const char *path, const char *name); /* the first, or NULL */
bool hdf5_has_below(const hdf5_content *content,
                    const char *folder); /* true if a path begins with the folder, "layers/" */

/* ---- between the two processes (hdf5_content.c) ---- */

/* The records that the child writes; numbers have the byte order of the machine:
 *   'A'  path, a zero; rank, 4 bytes; shape, 8 bytes each; floats
 *   'T'  path, name and text, each with a zero
 *   'E'  text, a zero: why the file cannot be read; the last record
 *   'Z'  the last record of a file that was read */
enum { HDF5_ARRAY = 'A', HDF5_TEXT = 'T', HDF5_ERROR = 'E', HDF5_END = 'Z' };

/* Fills content from the records in content->block [size]. None of it is trusted. */
clenet_status hdf5_take_apart(hdf5_content *content, size_t size, const char *name, clenet_error *error);

#endif
