/* philox.c - see philox.h. */
#include "lib/base/philox.h"

/* A number in [0, bound), all equally likely (Lemire, "Fast random integer generation in an interval", 2019): the upper half of
 * word * bound. If the lower half of a product is in the incomplete interval, the word is drawn again. draw is the position that
 * is being filled; the counter is (draw, retry, step, stream). */
static uint32_t draw_below(uint64_t seed, philox_stream stream, uint32_t step, uint32_t draw, uint32_t bound) {
    uint32_t incomplete = (0u - bound) % bound;
    for (uint32_t retry = 0;; retry++) {
        philox_block block = philox(seed, (const uint32_t[4]){draw, retry, step, (uint32_t)stream});
        for (int i = 0; i < 4; i++) {
            uint64_t product = (uint64_t)block.word[i] * bound;
            if ((uint32_t)product >= incomplete) return (uint32_t)(product >> 32);
        }
    }
}

void philox_shuffle(uint64_t seed, philox_stream stream, uint32_t step, uint32_t *rows, size_t count) {
    for (size_t i = count; i-- > 1;) {
        uint32_t j = draw_below(seed, stream, step, (uint32_t)i, (uint32_t)i + 1);
        uint32_t row = rows[i];
        rows[i] = rows[j];
        rows[j] = row;
    }
}
