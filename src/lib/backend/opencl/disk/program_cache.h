/* program_cache.h - binaries of programs on disk. program.h says what a file holds and which files count. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_PROGRAM_CACHE_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_PROGRAM_CACHE_H

#include <stddef.h>

/* The binary that was stored under key in folder: *size bytes, memory_free() it. NULL: there is none that can be
 * trusted. folder NULL or "": no cache. */
unsigned char *cache_load(size_t *size, const char *folder, const char *key);

/* Stores it, in place of what stands there; what fails is left. */
void cache_store(const char *folder, const char *key, const unsigned char *binary, size_t size);

/* Removes what stands there: the driver did not take it. */
void cache_forget(const char *folder, const char *key);

#endif
