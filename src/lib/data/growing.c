/* growing.c - see growing.h. */
#include "lib/data/growing.h"

#include "lib/base/memory.h"

/* Each step adds a quarter. The C libraries of Linux grow a large block by remapping its pages, and pages that were never written
 * cost nothing. So the memory in use stays near count, also in the middle of a step. */
enum { FIRST_CAPACITY = MEMORY_BLOCK(64 * 1024), GROWTH_DIVISOR = 4 };

static bool resize(growing *block, size_t capacity) {
    uint8_t *bytes = memory_resize(block->bytes, capacity, 1);
    if (bytes == NULL) return false;
    block->bytes = bytes;
    block->capacity = capacity;
    return true;
}

bool growing_reserve(growing *block, size_t more) {
    if (more <= block->capacity - block->count) return true;
    if (more > SIZE_MAX - block->count) return false;
    size_t needed = block->count + more, step = block->capacity / GROWTH_DIVISOR;
    size_t wanted = block->capacity > SIZE_MAX - step ? needed : block->capacity + step;
    if (wanted < FIRST_CAPACITY) wanted = FIRST_CAPACITY;
    if (wanted < needed) wanted = needed;
    return resize(block, wanted) || (wanted > needed && resize(block, needed));
}

uint8_t *growing_take(growing *block) {
    if (block->count < block->capacity) (void)resize(block, block->count); /* keeps its size if it cannot shrink */
    uint8_t *bytes = block->bytes;
    *block = (growing){0};
    return bytes;
}
