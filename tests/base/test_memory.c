/* test_memory.c - blocks are zeroed and aligned; running out of memory is an error. */
#include "lib/base/memory.h"

#include <stdint.h>

#include "../scratch.h"

static bool all_zero(const unsigned char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (block[i] != 0) return false;
    }
    return true;
}

Test(memory, a_new_block_is_zeroed) {
    unsigned char *block = memory_new(1000, 3);
    cr_assert_not_null(block);
    cr_expect(all_zero(block, 3000));
    memory_free(block);
}

Test(memory, a_block_of_no_bytes_is_a_block) {
    void *a = memory_new(0, 4), *b = memory_new_aligned(0), *c = memory_resize(NULL, 0, 4);
    cr_expect(a != NULL && b != NULL && c != NULL);
    memory_free(a);
    memory_free(b);
    memory_free(c);
    memory_free(NULL);
}

Test(memory, a_product_that_does_not_fit_is_refused) {
    volatile size_t half = SIZE_MAX / 2;
    unsigned char *block = memory_new(4, 1);
    cr_assert_not_null(block);
    block[3] = 9;
    cr_expect_null(memory_new(half, 3));
    cr_expect_null(memory_resize(block, half, 3));
    cr_expect_eq(block[3], 9);
    memory_free(block);
}

Test(memory, a_resized_block_keeps_its_bytes) {
    unsigned char *block = memory_new(4, 1);
    cr_assert_not_null(block);
    for (int i = 0; i < 4; i++) block[i] = (unsigned char)i;
    block = memory_resize(block, 1 << 20, 4);
    cr_assert_not_null(block);
    for (int i = 0; i < 4; i++) cr_expect_eq(block[i], i);
    memory_free(block);
}

Test(memory, an_aligned_block_is_zeroed_and_aligned_and_a_large_one_to_huge_pages) {
    const size_t sizes[] = {1, 63, 64, 4097, (2 << 20) - 1, 2 << 20, (5 << 20) + 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int again = 0; again < 2; again++) {
            unsigned char *block = memory_new_aligned(sizes[i]);
            cr_assert_not_null(block);
            cr_expect_eq((uintptr_t)block % (sizes[i] >= 2 << 20 ? 2 << 20 : MEMORY_ALIGNMENT), 0);
            cr_expect(all_zero(block, sizes[i]));
            memset(block, 0xFF, sizes[i]); /* the next one may be the same */
            memory_free(block);
        }
    }
}

Test(memory, an_aligned_block_that_is_too_large_is_refused) {
    if (SCRATCH_SANITIZED) return;
    scratch_limit(16 << 20);
    void *block = memory_new_aligned((size_t)1 << 40);
    scratch_limit(RLIM_INFINITY);
    cr_expect_null(block);
}

Test(memory, a_copied_string_is_the_callers_own) {
    char text[] = "text";
    char *copy = memory_copy_string(text);
    cr_assert_not_null(copy);
    text[0] = 'n';
    cr_expect_str_eq(copy, "text");
    memory_free(copy);
}

Test(memory, what_is_more_than_the_machine_has_is_refused_before_it_is_touched) {
    size_t most = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    void *block = memory_new(1, 1);
    cr_expect_null(memory_new(most / 4096 + 1, 4096));
    cr_expect_null(memory_new_aligned(most + 4096));
    cr_expect_null(memory_resize(block, most + 4096, 1));
    memory_free(block);
}
