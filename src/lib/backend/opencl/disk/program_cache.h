/* program_cache.h - binaries of programs on disk.
 *
 * program.h describes the contents of a file, and which files are trusted. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_PROGRAM_CACHE_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_PROGRAM_CACHE_H

#include <stddef.h>

/* The binary that was stored under key in folder: *size bytes, memory_free() it. NULL: there is none that can be trusted. folder
 * NULL or "": no cache. */
unsigned char *cache_load(size_t *size, const char *folder, const char *key);

/* Stores the binary, and replaces an earlier one. Failures are ignored. */
void cache_store(const char *folder, const char *key, const unsigned char *binary, size_t size);

/* Removes the binary after the driver refused it. */
void cache_forget(const char *folder, const char *key);

#endif
