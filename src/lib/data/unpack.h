/* unpack.h - libarchive: unpacks bzip2, xz, zstd and gzip, and the members of zip archives.
 *
 * Nothing else of libarchive is used: no other format, and no external program. */
#ifndef CLENET_LIB_DATA_UNPACK_H
#define CLENET_LIB_DATA_UNPACK_H

#include "lib/base/status.h"
#include "lib/data/packing.h"

typedef struct unpack unpack;

/* Packed bytes. */
typedef struct unpack_source {
    void *from;       /* of the functions */
    const char *name; /* for messages; lent for as long as the unpacker */
    /* Lends the next bytes until the next call; *count is 0 at the end. */
    clenet_status (*next)(void *from, const uint8_t **bytes, size_t *count, clenet_error *error);
    /* Moves to an offset from the start, SEEK_SET, or from the end, SEEK_END; returns the offset from the start, or -1. Used for zip. */
    int64_t (*seek)(void *from, int64_t offset, int whence);
    void (*close)(void *from); /* called by unpack_close(); NULL: nothing to do */
} unpack_source;

/* Copies the source, and closes it on failure. unpack_close() it. Without libarchive, an error that says how to unpack the file. */
clenet_status unpack_open(unpack **input, const unpack_source *source, packing kind, clenet_error *error);
void unpack_close(unpack *input); /* takes NULL */

/* Moves to the next member of a zip archive that is a regular file, and lends its path until the next call; NULL after the last.
 * Of other kinds there is one member, without a name: do not call it. */
clenet_status unpack_next(unpack *input, const char **path, clenet_error *error);

/* Reads up to count bytes of content; fewer only at the end. */
clenet_status unpack_read(unpack *input, uint8_t *bytes, size_t count, size_t *read, clenet_error *error);

/* Bytes that the source has lent so far. */
uint64_t unpack_packed(const unpack *input);

#endif
