/* memory.h - all allocations of the library.
 *
 * A request for more than the machine's physical memory fails. */
#ifndef CLENET_LIB_BASE_MEMORY_H
#define CLENET_LIB_BASE_MEMORY_H

#include <stddef.h>

enum { MEMORY_ALIGNMENT = 64 }; /* bytes: a cache line, and the widest vector */

/* The size of the blocks in which files are processed. It is small for fuzzers: then a few bytes are several blocks, and an input
 * takes microseconds. */
#if defined(CLENET_SMALL_BLOCKS)
#define MEMORY_BLOCK(bytes) ((bytes) / 256)
#else
#define MEMORY_BLOCK(bytes) (bytes)
#endif

/* count * size zeroed bytes; NULL if out of memory, or if the product overflows. memory_free() it. */
void *memory_new(size_t count, size_t size);

/* Resizes a block from memory_new to count * size bytes; new bytes are not set. On failure returns NULL, and the block is
 * unchanged. */
void *memory_resize(void *block, size_t count, size_t size);

/* `bytes` zeroed bytes, aligned to MEMORY_ALIGNMENT, on huge pages if that is faster; NULL if out of memory. */
void *memory_new_aligned(size_t bytes);

void memory_free(void *block); /* takes NULL, and blocks of all three kinds */

char *memory_copy_string(const char *text); /* NULL if out of memory */

#endif
