/* hash.h - a 64-bit hash of bytes: XXH64. */
#ifndef CLENET_LIB_BASE_HASH_H
#define CLENET_LIB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* XXH64 of `count` bytes with seed 0 (Yann Collet, the specification in github.com/Cyan4973/xxHash): the same on every machine, so it may
 * be kept in files. It is no cryptographic hash: a person who wants two inputs with the same hash can make them. */
uint64_t hash_64(const void *input /* [count] */, size_t count);

#endif
