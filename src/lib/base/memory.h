/* memory.h - every allocation of the library goes through here. What is more than the machine's memory is refused. */
#ifndef CLENET_LIB_BASE_MEMORY_H
#define CLENET_LIB_BASE_MEMORY_H

#include <stddef.h>

enum { MEMORY_ALIGNMENT = 64 }; /* bytes: a cache line, and the widest vector */

/* The size of a block that files are worked through by. A fuzzer's are small: a few bytes are several blocks there, and an input
 * takes microseconds. */
#if defined(CLENET_SMALL_BLOCKS)
#define MEMORY_BLOCK(bytes) ((bytes) / 256)
#else
#define MEMORY_BLOCK(bytes) (bytes)
#endif

/* count * size zeroed bytes, or NULL where they cannot be had or the product does not fit. memory_free() it. */
void *memory_new(size_t count, size_t size);

/* Resizes what memory_new gave to count * size bytes; new bytes are not set. NULL: *block is as it was. */
void *memory_resize(void *block, size_t count, size_t size);

/* bytes zeroed bytes, aligned to MEMORY_ALIGNMENT, on huge pages where that pays; NULL where they cannot be had. */
void *memory_new_aligned(size_t bytes);

void memory_free(void *block); /* takes NULL, and blocks of all three kinds */

char *memory_copy_string(const char *text); /* NULL where memory cannot be had */

#endif
