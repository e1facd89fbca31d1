/* cache_file.h - names, checks and writes the files of the cache folder.
 *
 * A file is trusted if it is regular, belongs to the user, and no other user may write it: then only this user's processes wrote
 * it. The folder is made, for the user alone, if it is missing. A file that cannot be written is not an error. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_FILE_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/backend/opencl/discover.h"

/* FNV-1a, 64 bits: public domain, by Fowler, Noll and Vo. Continues from value; begin with CACHE_HASH_START. */
#define CACHE_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t cache_hash(uint64_t value, const void *bytes, size_t count);

/* The identity of platform, device and driver, and then the parts [count], each followed by a newline. Two keys differ in their
 * text if only the last part has newlines. NULL if out of memory; memory_free() it. */
char *cache_key(const opencl_found *device, const char *const *parts, size_t count);

/* "folder/<prefix><hash of the key><suffix>"; NULL if folder is NULL or "", or if out of memory. memory_free() it. */
char *cache_path(const char *folder, const char *prefix, const char *key, const char *suffix);

/* Opens the file for reading if it is trusted. Sets its size in bytes and returns a descriptor to close(); otherwise -1. */
int cache_open(const char *path, uint64_t *size);

/* Reads exactly count bytes. */
bool cache_read(int file, void *bytes, size_t count);

typedef struct cache_part {
    const void *bytes;
    size_t count;
} cache_part;

/* Replaces the file at path with the parts [count], one after the other: completely or not at all. */
void cache_replace(const char *path, const char *folder, const cache_part *parts, int count);

#endif
