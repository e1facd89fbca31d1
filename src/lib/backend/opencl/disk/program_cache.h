/* program_cache.h - binaries of programs on disk.
 *
 * program.h describes the contents of a file, and which files are trusted. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_PROGRAM_CACHE_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_PROGRAM_CACHE_H

#include <stddef.h>
#include <stdint.h>

/* The binary that was stored under key in folder: *size bytes, memory_free() it. NULL: there is none that can be trusted. folder
 * NULL or "": no cache. */
unsigned char *cache_load(size_t *size, const char *folder, const char *key);

/* Stores the binary, and replaces an earlier one. Failures are ignored. */
void cache_store(const char *folder, const char *key, const unsigned char *binary, size_t size);

/* Removes the binary after the driver refused it. */
void cache_forget(const char *folder, const char *key);

/* A LeNet on one device has about 20 programs of 20 to 200 KB: room for a dozen devices, networks and tiles. */
enum { CACHE_FILES_MOST = 256 };
#define CACHE_BYTES_MOST (UINT64_C(64) << 20)

/* Removes the least recently used programs, "<hash>.bin", until no more than this many files and bytes are left; and incomplete
 * files that are older than an hour. No other file is touched. A file that cannot be removed is not an error. */
void cache_bound(const char *folder, size_t files, uint64_t bytes);

#endif
