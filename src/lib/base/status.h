/* status.h - how functions of the library report errors. */
#ifndef CLENET_LIB_BASE_STATUS_H
#define CLENET_LIB_BASE_STATUS_H

#include "clenet/clenet.h"

/* Fills *error (if not NULL) with one formatted line, cut at its size; control characters are replaced by '?'. Numbers are written
 * as in the C locale. */
void error_fill(clenet_error *error, clenet_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Calls error_fill and returns the status: return error_set(error, CLENET_ERROR_IO, "cannot open '%s': ...", path); A macro, so
 * that compilers and analysers see which status is returned. */
#define error_set(error, status, ...) (error_fill((error), (status), __VA_ARGS__), (status))

/* Public functions begin with it: if the pointer is NULL they return CLENET_ERROR_ARGUMENT, and say the function's name and the
 * parameter's. */
#define REQUIRE_AS(pointer, parameter, error)                                                          \
    do {                                                                                               \
        if ((pointer) == NULL)                                                                         \
            return error_set((error), CLENET_ERROR_ARGUMENT, "%s: %s is NULL", __func__, (parameter)); \
    } while (0)
#define REQUIRE(parameter, error) REQUIRE_AS(parameter, #parameter, error)

/* "out of memory (<bytes> bytes for <what>)": every out-of-memory error is reported by this function. */
static inline clenet_status error_memory(clenet_error *error, size_t bytes, const char *what) {
    return error_set(error, CLENET_ERROR_MEMORY, "out of memory (%zu bytes for %s)", bytes, what);
}

#endif
