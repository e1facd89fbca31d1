/* test_hash.c - hash_64 is XXH64: the values are those of the Python package xxhash. */
#include "lib/base/hash.h"

#include <criterion/criterion.h>

Test(hash, of_few_bytes_is_that_of_xxh64) {
    cr_expect_eq(hash_64("", 0), 0xef46db3751d8e999U);
    cr_expect_eq(hash_64("a", 1), 0xd24ec4f1a98c6e5bU);
    cr_expect_eq(hash_64("abc", 3), 0x44bc2cf5ad770999U);
}

Test(hash, of_stripes_and_of_what_follows_them_is_that_of_xxh64) {
    uint8_t bytes[785];
    for (size_t i = 0; i < sizeof bytes - 1; i++) bytes[i + 1] = (uint8_t)(i & 0xFF); /* at an odd address */
    cr_expect_eq(hash_64(bytes + 1, 31), 0xc346d2b59b4d8ee1U);
    cr_expect_eq(hash_64(bytes + 1, 32), 0xcbf59c5116ff32b4U);
    cr_expect_eq(hash_64(bytes + 1, 784), 0x897aa2536283f47dU);
}
