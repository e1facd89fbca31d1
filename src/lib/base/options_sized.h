/* options_sized.h - options structs that begin with their size and can grow.
 *
 * A program says with `size` how much of a struct it was compiled with. A program that is older than the library has a smaller
 * struct: the fields that it does not have take their defaults. A program that is newer has a larger struct: it is served if it
 * leaves the fields that the library does not know at zero. */
#ifndef CLENET_LIB_BASE_OPTIONS_SIZED_H
#define CLENET_LIB_BASE_OPTIONS_SIZED_H

#include "lib/base/status.h"

/* Fills `size` bytes at `options` with the defaults, a struct of `known` bytes, and sets the size that the struct begins with.
 * Bytes beyond `known` become zero. Does nothing if options is NULL, or if size has no room for a size. */
void options_sized_init(void *options, size_t size, const void *defaults, size_t known);

/* Copies the struct `given`, whose size is its first member, over *options, a struct of `known` bytes that holds the defaults.
 * given may be NULL: then the defaults stay. name is that of the struct, for the error.
 * Error: CLENET_ERROR_ARGUMENT if the size is too small for any field, or if bytes beyond `known` are not zero; *options then
 * holds the defaults. */
clenet_status options_sized_take(void *options, size_t known, const void *given, const char *name, clenet_error *error);

#endif
