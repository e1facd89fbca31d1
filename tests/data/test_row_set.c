/* test_row_set.c - a set of rows finds each of its rows, hardly any other, and refuses bytes that are no set. */
#include "lib/data/row_set.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/dataset.h"

enum { SIDE = 2, PIXELS = SIDE * SIDE };

static clenet_error error;

/* Rows of 2x2 pixels: row i has the bytes of the number first + i * step. */
static clenet_dataset *numbered(size_t rows, uint32_t first, uint32_t step) {
    clenet_dataset *dataset = NULL;
    uint8_t *images = malloc(rows * PIXELS);
    cr_assert_not_null(images);
    for (size_t i = 0; i < rows; i++) {
        uint32_t number = first + (uint32_t)i * step;
        for (int k = 0; k < PIXELS; k++) images[i * PIXELS + (size_t)k] = (uint8_t)(number >> (8 * k) & 0xFF);
    }
    cr_assert_eq(clenet_dataset_new(&dataset, images, NULL, rows, SIDE, SIDE, 1, 10, &error), CLENET_OK);
    free(images);
    return dataset;
}

static row_set empty(void) {
    row_set set = {.known = false};
    cr_assert_eq(row_set_begin(&set, &error), CLENET_OK);
    return set;
}

/* Adds rows first, first + 1 ... of the data set. */
static void add(row_set *set, const clenet_dataset *dataset, size_t first, size_t count) {
    uint32_t *rows = malloc(count * sizeof *rows);
    cr_assert_not_null(rows);
    for (size_t i = 0; i < count; i++) rows[i] = (uint32_t)(first + i);
    cr_assert_eq(row_set_add(set, dataset, rows, count, &error), CLENET_OK);
    free(rows);
}

static size_t found_in(const row_set *set, const clenet_dataset *dataset, uint8_t *found) {
    size_t count = SIZE_MAX;
    cr_assert_eq(row_set_find(set, dataset, found, &count, &error), CLENET_OK);
    return count;
}

static void expect_same(const row_set *a, const row_set *b) {
    cr_expect_eq(a->known, b->known);
    cr_expect_eq(a->count, b->count);
    cr_assert_eq(a->size, b->size);
    if (a->size > 0) cr_expect_arr_eq(a->bytes, b->bytes, a->size);
}

Test(row_set, has_the_bytes_that_another_program_makes) {
    /* By Python's xxhash, from the definition in row_set.h. The last row is the first again. */
    static const uint8_t wanted[] = {0x06, 0x00, 0x00, 0x00, 0xf7, 0x24, 0xd6, 0x82, 0x8c, 0x39, 0xf5,
                                     0x0b, 0x78, 0x38, 0xa0, 0x8b, 0xf8, 0xd2, 0x15, 0xec, 0x87, 0xe5,
                                     0x9d, 0x7f, 0x75, 0x16, 0x47, 0x41, 0x02, 0x1f, 0x00};
    static const uint8_t images[] = {0,  1,  2,  3,  7,  8,  9, 10, 14, 15, 16, 17, 21, 22,
                                     23, 24, 28, 29, 30, 31, 0, 7,  14, 21, 0,  1,  2,  3};
    clenet_dataset *dataset = NULL;
    cr_assert_eq(clenet_dataset_new(&dataset, images, NULL, 7, SIDE, SIDE, 1, 10, &error), CLENET_OK);
    row_set set = empty();
    add(&set, dataset, 0, 7);
    cr_assert_eq(set.size, sizeof wanted);
    cr_expect_arr_eq(set.bytes, wanted, sizeof wanted);
    row_set_free(&set);
    clenet_dataset_free(dataset);
}

Test(row_set, finds_exactly_the_rows_that_were_added) {
    enum { ROWS = 40000 };
    static uint8_t found[ROWS];
    for (size_t added = 0; added <= ROWS; added = added * 3 + 1) {
        clenet_dataset *dataset = numbered(ROWS, 5, 977);
        row_set set = empty();
        add(&set, dataset, 0, added);
        cr_expect_eq(set.count, added);
        cr_expect_eq(found_in(&set, dataset, found), added);
        for (size_t i = 0; i < ROWS; i++) cr_assert_eq(found[i], i < added, "row %zu of %zu", i, added);
        row_set_free(&set);
        clenet_dataset_free(dataset);
    }
}

Test(row_set, takes_at_most_23_bits_per_row_of_kaggles_digits) {
    clenet_dataset *dataset = numbered(33600, 1, 31);
    row_set set = empty();
    add(&set, dataset, 0, 33600);
    cr_expect_leq(set.size * 8, 33600 * 23 + 64, "%zu bytes", set.size);
    row_set_free(&set);
    clenet_dataset_free(dataset);
}

/* The largest set: 2^20 hashes of 36 bits take another row for one of theirs with a probability of 2^-16. Of 2^20 other rows that is
 * 16 on average; more than 40 have a probability of 1e-7. The hash is fixed, so the test always ends in the same way. */
Test(row_set, the_largest_set_takes_one_other_row_of_65536_for_its_own) {
    clenet_dataset *own = numbered(ROW_SET_MOST, 0, 2), *other = numbered(ROW_SET_MOST, 1, 2);
    uint8_t *found = malloc(ROW_SET_MOST);
    row_set set = empty();
    add(&set, own, 0, ROW_SET_MOST);
    cr_assert(set.known);
    cr_expect_leq(set.size, (size_t)ROW_SET_BYTES_MOST);
    cr_expect_eq(found_in(&set, own, found), ROW_SET_MOST);
    size_t mistakes = found_in(&set, other, found);
    cr_expect_leq(mistakes, 40, "%zu", mistakes);
    cr_expect_geq(mistakes, 1, "a hash of more bits than it says?");
    free(found);
    row_set_free(&set);
    clenet_dataset_free(own);
    clenet_dataset_free(other);
}

Test(row_set, of_too_many_rows_says_nothing) {
    clenet_dataset *half = numbered(ROW_SET_MOST, 0, 1), *more = numbered(ROW_SET_MOST + 1, 7, 1);
    row_set set = empty(), other = empty();
    add(&set, half, 0, ROW_SET_MOST);
    cr_assert(set.known);
    add(&other, more, ROW_SET_MOST - 10, 10);
    cr_assert_eq(row_set_join(&set, &other, &error), CLENET_OK);
    cr_expect_not(set.known, "a join of more than 2^20 rows");
    add(&other, more, 0, ROW_SET_MOST + 1);
    cr_expect_not(other.known);
    add(&other, more, 0, 1);
    cr_expect_not(other.known, "what is not known is not known later");
    cr_expect_null(other.bytes);
    row_set_free(&set);
    clenet_dataset_free(half);
    clenet_dataset_free(more);
}

Test(row_set, depends_on_neither_order_nor_repetition_nor_joins) {
    clenet_dataset *dataset = numbered(3000, 5, 77);
    static uint32_t backwards[6000];
    for (uint32_t i = 0; i < 6000; i++) backwards[i] = 2999 - i % 3000;
    row_set all = empty(), turned = empty(), first = empty(), rest = empty();
    add(&all, dataset, 0, 3000);
    cr_assert_eq(row_set_add(&turned, dataset, backwards, 6000, &error), CLENET_OK);
    add(&first, dataset, 0, 2000);
    add(&rest, dataset, 1000, 2000);
    cr_assert_eq(row_set_join(&first, &rest, &error), CLENET_OK);
    expect_same(&turned, &all);
    expect_same(&first, &all);
    row_set none = {.known = false};
    cr_assert_eq(row_set_join(&all, &none, &error), CLENET_OK);
    cr_expect_not(all.known, "a join with a set that knows nothing");
    row_set_free(&turned);
    row_set_free(&first);
    row_set_free(&rest);
    clenet_dataset_free(dataset);
}

/* ---- bytes of a stranger ---- */

static const char *read_fault(const uint8_t *bytes, size_t size) {
    row_set set = {.known = false};
    const char *fault = NULL;
    uint8_t *copy = memory_new(size, 1);
    cr_assert_not_null(copy);
    memcpy(copy, bytes, size);
    clenet_status status = row_set_read(&set, copy, size, &fault, &error);
    cr_assert_eq(status == CLENET_OK, fault == NULL);
    row_set_free(&set);
    return fault;
}

static void expect_fault(const uint8_t *bytes, size_t size, const char *wanted) {
    const char *fault = read_fault(bytes, size);
    cr_assert_not_null(fault, "wanted: %s", wanted);
    cr_expect_str_eq(fault, wanted);
}

Test(row_set, bytes_that_are_no_set_are_refused) {
    uint8_t bytes[64] = {0};
    expect_fault(bytes, 0, "ends before its number of rows");
    expect_fault(bytes, 3, "ends before its number of rows");
    cr_expect_null(read_fault(bytes, 4));
    expect_fault(bytes, 5, "has bytes after its last row");
    memset(bytes, 0xFF, 4);
    expect_fault(bytes, 64, "has more than 1,048,576 rows");
    memcpy(bytes, (uint8_t[]){0, 0, 16, 0}, 4);
    expect_fault(bytes, 64, "ends before its last row");
    memcpy(bytes, (uint8_t[]){1, 0, 0, 0}, 4);
    expect_fault(bytes, 8, "ends before its last row");
    cr_expect_null(read_fault(bytes, 9));
    bytes[8] = 1;
    expect_fault(bytes, 9, "has bits after its last row");
    memset(bytes + 4, 0xFF, 60);
    expect_fault(bytes, 64, "ends before its last row");
    bytes[4] = 0xC0;
    expect_fault(bytes, 9, "has a hash of more than 36 bits");
}

Test(row_set, any_changed_or_missing_byte_gives_a_set_or_a_fault) {
    clenet_dataset *dataset = numbered(200, 5, 77);
    row_set set = empty();
    add(&set, dataset, 0, 200);
    for (size_t at = 0; at < set.size; at++) {
        expect_fault(set.bytes, at, at < 4 ? "ends before its number of rows" : "ends before its last row");
        for (int bit = 0; bit < 8; bit++) {
            set.bytes[at] ^= (uint8_t)(1 << bit);
            (void)read_fault(set.bytes, set.size);
            set.bytes[at] ^= (uint8_t)(1 << bit);
        }
    }
    cr_expect_null(read_fault(set.bytes, set.size));
    row_set_free(&set);
    clenet_dataset_free(dataset);
}
