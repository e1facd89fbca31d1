/* test_philox.c - the random numbers are the paper's, and a shuffle is fair and can be repeated. */
#include "lib/base/philox.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_block(uint64_t seed, const uint32_t counter[4], const uint32_t expected[4]) {
    philox_block block = philox(seed, counter);
    for (int i = 0; i < 4; i++) cr_expect_eq(block.word[i], expected[i], "word %d is %08x", i, block.word[i]);
}

/* Known answers: kat_vectors of Random123, the paper's own code, philox4x32 10. */
Test(philox, zeros_give_the_known_answer) {
    expect_block(0, (const uint32_t[4]){0, 0, 0, 0},
                 (const uint32_t[4]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
}

Test(philox, ones_give_the_known_answer) {
    expect_block(UINT64_MAX, (const uint32_t[4]){UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
                 (const uint32_t[4]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

Test(philox, digits_of_pi_give_the_known_answer) {
    expect_block(0x299f31d0a4093822u, (const uint32_t[4]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                 (const uint32_t[4]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

Test(philox, a_unit_number_is_at_least_0_and_below_1) {
    cr_expect(philox_unit(0) == 0.0f);
    cr_expect(philox_unit(UINT32_MAX) < 1.0f);
    cr_expect(philox_unit(UINT32_MAX) > 0.9999999f);
    cr_expect(philox_unit(0x80000000u) == 0.5f);
}

enum { ROWS = 1000 };

static void shuffled(uint32_t rows[ROWS], uint64_t seed, philox_stream stream, uint32_t step) {
    for (uint32_t i = 0; i < ROWS; i++) rows[i] = i;
    philox_shuffle(seed, stream, step, rows, ROWS);
}

Test(philox, a_shuffle_holds_every_row_once) {
    uint32_t rows[ROWS];
    bool seen[ROWS] = {false};
    shuffled(rows, 1, PHILOX_ORDER, 0);
    int moved = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        cr_assert(rows[i] < ROWS && !seen[rows[i]]);
        seen[rows[i]] = true;
        moved += rows[i] != i;
    }
    cr_expect_gt(moved, ROWS * 9 / 10);
}

Test(philox, a_shuffle_is_the_same_for_the_same_seed_stream_and_step_and_else_another) {
    uint32_t first[ROWS], other[ROWS];
    shuffled(first, 7, PHILOX_ORDER, 3);
    shuffled(other, 7, PHILOX_ORDER, 3);
    cr_expect_arr_eq(first, other, sizeof first);
    shuffled(other, 8, PHILOX_ORDER, 3);
    cr_expect_neq(memcmp(first, other, sizeof first), 0);
    shuffled(other, 7 + (UINT64_C(1) << 32), PHILOX_ORDER, 3);
    cr_expect_neq(memcmp(first, other, sizeof first), 0);
    shuffled(other, 7, PHILOX_SPLIT, 3);
    cr_expect_neq(memcmp(first, other, sizeof first), 0);
    shuffled(other, 7, PHILOX_ORDER, 4);
    cr_expect_neq(memcmp(first, other, sizeof first), 0);
}

/* Written down from the first version: a seed means the same split and order in every later one. */
Test(philox, a_shuffle_is_the_same_on_every_machine_and_in_every_version) {
    static const uint32_t expected[] = {4, 2, 9, 7, 1, 6, 0, 3, 5, 8};
    uint32_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    philox_shuffle(1, PHILOX_SPLIT, 0, rows, 10);
    cr_expect_arr_eq(rows, expected, sizeof rows);
}

Test(philox, every_order_of_four_rows_is_equally_likely) {
    enum { DRAWS = 24000, ORDERS = 256 };
    int counts[ORDERS] = {0}, found = 0;
    double chi_square = 0.0, expected = DRAWS / 24.0;
    for (uint32_t step = 0; step < DRAWS; step++) {
        uint32_t rows[4] = {0, 1, 2, 3};
        philox_shuffle(1, PHILOX_ORDER, step, rows, 4);
        counts[rows[0] * 64 + rows[1] * 16 + rows[2] * 4 + rows[3]]++;
    }
    for (int i = 0; i < ORDERS; i++) {
        if (counts[i] == 0) continue;
        found++;
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    cr_expect_eq(found, 24);
    cr_expect_lt(chi_square, 49.7, "chi square %g", chi_square); /* 23 degrees of freedom: 0.1 % lie above */
}

Test(philox, a_shuffle_of_no_row_and_of_one_row_changes_nothing) {
    uint32_t row = 5;
    philox_shuffle(1, PHILOX_ORDER, 0, &row, 0);
    philox_shuffle(1, PHILOX_ORDER, 0, &row, 1);
    cr_expect_eq(row, 5);
}
