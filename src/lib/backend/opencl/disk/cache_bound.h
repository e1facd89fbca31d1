/* cache_bound.h - how much the compiled programs in the cache folder may come to. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_BOUND_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_BOUND_H

#include <stddef.h>
#include <stdint.h>

/* A LeNet on one device has some 20 programs of 20 to 200 KB: room for a dozen of devices, networks and tiles. */
enum { CACHE_FILES_MOST = 256 };
#define CACHE_BYTES_MOST (UINT64_C(64) << 20)

/* Removes the programs, "<hash>.bin", that were not used for longest, until no more than so many files and bytes of them are
 * left; and half files that are older than an hour. No other file is touched; what cannot be removed is no error. */
void cache_bound(const char *folder, size_t files, uint64_t bytes);

#endif
