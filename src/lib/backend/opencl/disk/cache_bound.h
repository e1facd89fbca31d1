/* cache_bound.h - limits the size of the cache of compiled programs. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_BOUND_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_BOUND_H

#include <stddef.h>
#include <stdint.h>

/* A LeNet on one device has about 20 programs of 20 to 200 KB: room for a dozen devices, networks and tiles. */
enum { CACHE_FILES_MOST = 256 };
#define CACHE_BYTES_MOST (UINT64_C(64) << 20)

/* Removes the least recently used programs, "<hash>.bin", until no more than this many files and bytes are left; and incomplete
 * files that are older than an hour. No other file is touched. A file that cannot be removed is not an error. */
void cache_bound(const char *folder, size_t files, uint64_t bytes);

#endif
