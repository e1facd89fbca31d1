/* hash.c - see hash.h. The names are those of the specification. */
#include "lib/base/hash.h"

enum { STRIPE = 32, LANES = 4, WORD = 8, HALF = 4 }; /* bytes; words of a stripe */

static const uint64_t prime_1 = 0x9E3779B185EBCA87U, prime_2 = 0xC2B2AE3D27D4EB4FU, prime_3 = 0x165667B19E3779F9U,
                      prime_4 = 0x85EBCA77C2B2AE63U, prime_5 = 0x27D4EB2F165667C5U;

/* Four and eight bytes as a little-endian number. Compilers know the form: it is one load on a little-endian machine. */
static uint64_t read_half(const uint8_t *b) {
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24;
}

static uint64_t read_word(const uint8_t *b) {
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static uint64_t round_of(uint64_t accumulator, uint64_t lane) {
    return rotate(accumulator + lane * prime_2, 31) * prime_1;
}

static uint64_t merge(uint64_t accumulator, uint64_t lane) {
    return (accumulator ^ round_of(0, lane)) * prime_1 + prime_4;
}

/* Mixes whole stripes, and moves *bytes behind them. */
static uint64_t mix_stripes(const uint8_t **bytes, size_t stripes) {
    uint64_t lanes[LANES] = {prime_1 + prime_2, prime_2, 0, 0 - prime_1};
    for (; stripes > 0; stripes--, *bytes += STRIPE) {
        for (int i = 0; i < LANES; i++) lanes[i] = round_of(lanes[i], read_word(*bytes + (size_t)i * WORD));
    }
    uint64_t hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (int i = 0; i < LANES; i++) hash = merge(hash, lanes[i]);
    return hash;
}

uint64_t hash_64(const void *input, size_t count) {
    const uint8_t *bytes = input;
    size_t left = count % STRIPE;
    uint64_t hash = (count < STRIPE ? prime_5 : mix_stripes(&bytes, count / STRIPE)) + count;
    for (; left >= WORD; left -= WORD, bytes += WORD)
        hash = rotate(hash ^ round_of(0, read_word(bytes)), 27) * prime_1 + prime_4;
    for (; left >= HALF; left -= HALF, bytes += HALF)
        hash = rotate(hash ^ read_half(bytes) * prime_1, 23) * prime_2 + prime_3;
    for (; left > 0; left--, bytes++) hash = rotate(hash ^ *bytes * prime_5, 11) * prime_1;
    hash = (hash ^ hash >> 33) * prime_2;
    hash = (hash ^ hash >> 29) * prime_3;
    return hash ^ hash >> 32;
}
