/* status.h - how a function inside the library says why it failed. */
#ifndef CLENET_LIB_BASE_STATUS_H
#define CLENET_LIB_BASE_STATUS_H

#include "clenet/clenet.h"

/* Fills *error (where not NULL) with one formatted line, cut at its size and with control characters replaced
 * by '?'. */
void error_fill(clenet_error *error, clenet_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Does so and gives the status back: return error_set(error, CLENET_ERROR_IO, "cannot open '%s': ...", path);
 * A macro, so that compilers and analysers see which status comes back. */
#define error_set(error, status, ...) (error_fill((error), (status), __VA_ARGS__), (status))

/* "cannot have <bytes> bytes for <what>: free memory, or ...": the one way to say that memory is short. */
static inline clenet_status error_memory(clenet_error *error, size_t bytes, const char *what) {
    return error_set(error, CLENET_ERROR_MEMORY,
                     "cannot have %zu bytes for %s: free memory, or use a machine with more", bytes, what);
}

#endif
