/* stream.h - reads a file or standard input, unpacked.
 *
 * The packing (gzip, bzip2, xz or zstd) is detected from the content, and may be nested (gzip in gzip). Concatenated gzip files read as one. A zip archive is
 * not unpacked: zip.h opens streams on its members. */
#ifndef CLENET_LIB_DATA_STREAM_H
#define CLENET_LIB_DATA_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"
#include "lib/data/unpack.h"

typedef struct stream stream;

/* Opens path; "-" is standard input. A folder is CLENET_ERROR_IO. stream_close() it. */
clenet_status stream_open(stream **input, const char *path, clenet_error *error);

/* Opens what the unpacker, a member of an archive, has to give, and owns it, also on failure. The name is for messages. */
clenet_status stream_open_member(stream **input, unpack *member, const char *name, clenet_error *error);

void stream_close(stream *input); /* takes NULL; standard input itself stays open */

/* The path for messages: "<stdin>" for "-"; of a very long path only the end. */
const char *stream_name(const stream *input);

/* Lends the next bytes without consuming them: at least 4, or all that are left; count is 0 at the end. */
clenet_status stream_peek(stream *input, const uint8_t **bytes, size_t *count, clenet_error *error);

/* Lends the next bytes until the next call: at least 4, or all that are left; count is 0 at the end. */
clenet_status stream_next(stream *input, const uint8_t **bytes, size_t *count, clenet_error *error);

/* Copies the next count bytes into bytes; *read is smaller only at the end. */
clenet_status stream_read(stream *input, void *bytes, size_t count, size_t *read, clenet_error *error);

/* The file descriptor of a plain file, of which any part may be read with pread(); -1 for anything else. */
int stream_descriptor(const stream *input);

/* The bytes of such a file; 0 of anything else. */
uint64_t stream_size(const stream *input);

#endif
