/* unpack_none.c - unpack.h without libarchive: names the command that unpacks. */
#include "lib/data/unpack.h"

clenet_status unpack_open(unpack **input, const unpack_source *source, packing kind, clenet_error *error) {
    (void)input;
    error_fill(error, CLENET_ERROR_FORMAT,
               "%s: is packed with %s, and this clenet was built without libarchive; unpack it with: %s '%s'",
               source->name, packing_name(kind), packing_command(kind), source->name);
    if (source->close != NULL) source->close(source->from); /* the name may be freed with it */
    return CLENET_ERROR_FORMAT;
}

void unpack_close(unpack *input) {
    (void)input;
}

clenet_status unpack_next(unpack *input, const char **path, clenet_error *error) {
    (void)input, (void)path;
    return error_set(error, CLENET_ERROR_FORMAT, "this clenet was built without libarchive");
}

// NOLINTNEXTLINE(readability-non-const-parameter): as in unpack.h
clenet_status unpack_read(unpack *input, uint8_t *bytes, size_t count, size_t *read, clenet_error *error) {
    (void)input, (void)bytes, (void)count;
    *read = 0;
    return error_set(error, CLENET_ERROR_FORMAT, "this clenet was built without libarchive");
}

uint64_t unpack_packed(const unpack *input) {
    (void)input;
    return 0;
}
