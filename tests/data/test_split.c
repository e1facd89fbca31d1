/* test_split.c - every row is trained on or held out, by the seed alone. */
#include "lib/data/split.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static clenet_error error;

static row_split made_part(size_t rows, double validation, int fold, uint64_t seed) {
    row_split split = {0};
    cr_assert_eq(row_split_new(&split, rows, validation, fold, seed, &error), CLENET_OK, "%s", error.message);
    return split;
}

static row_split made(size_t rows, double validation, uint64_t seed) {
    return made_part(rows, validation, 0, seed);
}

static void expect_counts(size_t rows, double validation, size_t held) {
    row_split split = made(rows, validation, 1);
    cr_expect_eq(split.validation_count, held, "%zu of %zu rows at %g", split.validation_count, rows, validation);
    cr_expect_eq(split.training_count, rows - held);
    row_split_free(&split);
}

Test(split, the_share_is_rounded_up_as_scikit_learn_does) {
    expect_counts(42000, 0.2, 8400);
    expect_counts(42001, 0.2, 8401);
    expect_counts(10000, 0.2, 2000);
    expect_counts(10, 0.01, 1);
    expect_counts(10, 0.0, 0);
    expect_counts(3, 0.5, 2);
}

Test(split, at_least_one_row_is_left_to_train_on) {
    expect_counts(1, 0.2, 0);
    expect_counts(2, 0.9, 1);
    expect_counts(100, 0.999, 99);
}

Test(split, every_row_is_in_one_of_two_ascending_lists) {
    row_split split = made(1000, 0.3, 5);
    size_t training = 0, held = 0;
    for (uint32_t row = 0; row < 1000; row++) {
        bool trained = training < split.training_count && split.training[training] == row;
        bool validated = held < split.validation_count && split.validation[held] == row;
        cr_assert(trained != validated, "row %u", row);
        training += trained;
        held += validated;
    }
    cr_expect_eq(training, 700);
    cr_expect_eq(held, 300);
    row_split_free(&split);
}

Test(split, the_seed_decides_and_decides_alike_every_time) {
    row_split first = made(1000, 0.2, 5), again = made(1000, 0.2, 5), other = made(1000, 0.2, 6);
    cr_expect_arr_eq(first.validation, again.validation, 200 * sizeof(uint32_t));
    cr_expect_arr_eq(first.training, again.training, 800 * sizeof(uint32_t));
    cr_expect_neq(memcmp(first.validation, other.validation, 200 * sizeof(uint32_t)), 0);
    row_split_free(&first);
    row_split_free(&again);
    row_split_free(&other);
}

/* The rows are spread over the whole file: among 8,400 of 42,000, each tenth of the file has 840 give or
 * take. */
Test(split, held_out_rows_come_from_everywhere) {
    row_split split = made(42000, 0.2, 1);
    int tenths[10] = {0};
    for (size_t i = 0; i < split.validation_count; i++) tenths[split.validation[i] / 4200]++;
    for (int i = 0; i < 10; i++) cr_expect(abs(tenths[i] - 840) < 130, "tenth %d has %d", i, tenths[i]);
    row_split_free(&split);
}

static void expect_refused(size_t rows, double validation, const char *message) {
    row_split split = {.training_count = 77};
    cr_expect_eq(row_split_new(&split, rows, validation, 0, 1, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, message);
    cr_expect_eq(split.training_count, 77);
}

Test(split, shares_and_rows_out_of_range_are_refused) {
    expect_refused(10, -0.1, "validation share -0.1 is out of range: give 0 or more, and less than 1");
    expect_refused(10, 1.0, "validation share 1 is out of range: give 0 or more, and less than 1");
    expect_refused(10, (double)NAN, "validation share nan is out of range: give 0 or more, and less than 1");
    expect_refused(0, 0.2, "cannot split 0 rows: give 1 to 4294967295");
    expect_refused((size_t)UINT32_MAX + 1, 0.2, "cannot split 4294967296 rows: give 1 to 4294967295");
}

/* The rows that were held out before there were parts: a run of then is the run of now. */
Test(split, part_0_holds_out_the_rows_that_it_always_did) {
    static const uint32_t held[] = {5, 18, 24, 28, 29, 31, 36, 41, 42, 43};
    row_split split = made(50, 0.2, 7);
    cr_assert_eq(split.validation_count, sizeof held / sizeof held[0]);
    cr_expect_arr_eq(split.validation, held, sizeof held);
    row_split_free(&split);
}

Test(split, there_are_as_many_parts_as_the_share_says) {
    cr_expect_eq(clenet_validation_parts(0.2), 5);
    cr_expect_eq(clenet_validation_parts(0.3), 3);
    cr_expect_eq(clenet_validation_parts(1.0 / 7), 7);
    cr_expect_eq(clenet_validation_parts(0.5), 2);
    cr_expect_eq(clenet_validation_parts(0.9), 2);
    cr_expect_eq(clenet_validation_parts(1e-300), INT_MAX);
    cr_expect_eq(clenet_validation_parts(0), 0);
    cr_expect_eq(clenet_validation_parts(1), 0);
    cr_expect_eq(clenet_validation_parts((double)NAN), 0);
}

/* How often each of the rows is held out by one part or another, and trained on by the others; sizes [parts]. */
static void expect_cover(size_t rows, double validation, int parts, const size_t *sizes) {
    int *held = calloc(rows, sizeof *held);
    cr_assert_not_null(held);
    cr_assert_eq(clenet_validation_parts(validation), parts);
    for (int fold = 0; fold < parts; fold++) {
        row_split split = made_part(rows, validation, fold, 3);
        cr_expect_eq(split.validation_count, sizes[fold], "part %d of %zu rows at %g has %zu", fold, rows, validation,
                     split.validation_count);
        cr_expect_eq(split.training_count, rows - split.validation_count);
        for (size_t i = 0; i < split.validation_count; i++) held[split.validation[i]]++;
        for (size_t i = 0; i < split.training_count; i++) held[split.training[i]] += 1000;
        row_split_free(&split);
    }
    for (size_t row = 0; row < rows; row++)
        cr_expect_eq(held[row], 1 + 1000 * (parts - 1), "row %zu: %d", row, held[row]);
    free(held);
}

Test(split, the_parts_hold_out_every_row_once) {
    expect_cover(1000, 0.2, 5, (const size_t[]){200, 200, 200, 200, 200});
    expect_cover(1003, 0.2, 5, (const size_t[]){201, 201, 201, 200, 200});
    expect_cover(100, 0.3, 3, (const size_t[]){30, 35, 35});
    expect_cover(101, 0.3, 3, (const size_t[]){31, 35, 35});
    expect_cover(10, 0.9, 2, (const size_t[]){9, 1});
    expect_cover(20, 1.0 / 3, 3, (const size_t[]){7, 7, 6});
    expect_cover(2, 0.5, 2, (const size_t[]){1, 1});
}

static void expect_part_refused(size_t rows, double validation, int fold, const char *message) {
    row_split split = {.training_count = 77};
    cr_expect_eq(row_split_new(&split, rows, validation, fold, 1, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, message);
    cr_expect_eq(split.training_count, 77);
}

Test(split, a_part_that_there_is_not_is_refused) {
    expect_part_refused(100, 0.2, 5, "validation part 5 is out of range: with a share of 0.2 there are 5, from 0");
    expect_part_refused(100, 0.2, -1, "validation part -1 is out of range: with a share of 0.2 there are 5, from 0");
    expect_part_refused(100, 0, 1, "validation part 1 is out of range: with a share of 0 there are 0, from 0");
    expect_part_refused(3, 0.2, 4, "validation part 4 of 5 is empty, or all of 3 rows: give more");
    expect_part_refused(1, 0.5, 1, "validation part 1 of 2 is empty, or all of 1 rows: give more");
}
