/* growing.h - bytes that come in without saying how many there will be. */
#ifndef CLENET_LIB_DATA_GROWING_H
#define CLENET_LIB_DATA_GROWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct growing {
    uint8_t *bytes; /* [capacity], of which count are in use; memory_free() it */
    size_t count, capacity;
} growing;

/* Makes room for more bytes behind the first count. Where memory cannot be had: false, and all is as it was.
 */
bool growing_reserve(growing *block, size_t more);

/* Gives the block up, no larger than its count. */
uint8_t *growing_take(growing *block);

#endif
