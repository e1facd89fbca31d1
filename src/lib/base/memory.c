/* memory.c - see memory.h. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise */
#endif
#include "lib/base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A huge page of x86-64, and of arm64 with 4 KiB pages: blocks of this size or larger are aligned to it. */
enum { HUGE_PAGE = 2 * 1024 * 1024, SURELY_THERE = 64 * 1024 * 1024 };

/* malloc(0) may return NULL, which would look like a failure: so at least one byte is requested. */
static size_t at_least_one(size_t bytes) {
    return bytes > 0 ? bytes : 1;
}

/* True if the product fits into a size_t and is no more than the machine's memory. Systems that promise more memory than they
 * have kill the process when it touches the memory; it is better to fail here. */
static bool fits(size_t count, size_t size) {
    if (size == 0 || count <= SURELY_THERE / size) return true;
    if (count > SIZE_MAX / size) return false;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages <= 0 || page <= 0 || count * size / (size_t)page <= (size_t)pages;
}

void *memory_new(size_t count, size_t size) {
    if (!fits(count, size)) return NULL; /* calloc() checks it too, but a sanitizer's calloc() ends the process */
    return calloc(at_least_one(count), at_least_one(size));
}

void *memory_resize(void *block, size_t count, size_t size) {
    if (!fits(count, size)) return NULL;
    return realloc(block, at_least_one(count * size));
}

void *memory_new_aligned(size_t bytes) {
    if (!fits(bytes, 1)) return NULL;
    size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : MEMORY_ALIGNMENT;
    void *block = NULL;
    if (posix_memalign(&block, alignment, at_least_one(bytes)) != 0) return NULL;
#ifdef MADV_HUGEPAGE
    /* Advice before the first touch; a kernel without huge pages ignores it. */
    if (bytes >= HUGE_PAGE) (void)madvise(block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    memset(block, 0, bytes);
    return block;
}

void memory_free(void *block) {
    free(block);
}

char *memory_copy_string(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = memory_new(bytes, 1);
    if (copy != NULL) memcpy(copy, text, bytes);
    return copy;
}
