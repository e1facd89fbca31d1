/* growing.h - a byte buffer that grows as data arrive. */
#ifndef CLENET_LIB_DATA_GROWING_H
#define CLENET_LIB_DATA_GROWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct growing {
    uint8_t *bytes; /* [capacity], of which count are in use; memory_free() it */
    size_t count, capacity;
} growing;

/* Makes room for more bytes after the first count. If out of memory, returns false and leaves the block unchanged. */
bool growing_reserve(growing *block, size_t more);

/* Returns the bytes, shrunk to count. The caller owns them; the block is empty. */
uint8_t *growing_take(growing *block);

#endif
