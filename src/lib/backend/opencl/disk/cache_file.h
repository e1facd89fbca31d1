/* cache_file.h - the files of the cache folder: how they are named, which of them count, and how they are put there.
 *
 * A file counts that is regular, the user's own, and writable by nobody else: what it holds is then what this user's
 * processes wrote. The folder is made, for the user alone, when it is missing; what cannot be written is no error. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_FILE_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_CACHE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/backend/opencl/discover.h"

/* FNV-1a, 64 bits: of public domain, by Fowler, Noll and Vo. Goes on from value; begin with CACHE_HASH_START. */
#define CACHE_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t cache_hash(uint64_t value, const void *bytes, size_t count);

/* The identity of platform, device and driver, and then the parts [count], each with a newline behind it: no two keys read the
 * same where only the last part holds newlines. NULL where memory is short; memory_free() it. */
char *cache_key(const opencl_found *device, const char *const *parts, size_t count);

/* "folder/<prefix><hash of the key><suffix>"; NULL where folder is NULL or "", or memory is short. memory_free() it. */
char *cache_path(const char *folder, const char *prefix, const char *key, const char *suffix);

/* Opens the file for reading where it counts: its size in bytes, and a descriptor to close(); -1 else. */
int cache_open(const char *path, uint64_t *size);

/* Reads exactly so many bytes. */
bool cache_read(int file, void *bytes, size_t count);

typedef struct cache_part {
    const void *bytes;
    size_t count;
} cache_part;

/* Puts the parts [count], one behind the other, in the place of what stands under path: whole or not at all. */
void cache_replace(const char *path, const char *folder, const cache_part *parts, int count);

#endif
