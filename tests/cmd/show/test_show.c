/* test_show.c - rows by their numbers. */
#include "cmd/show/show.h"

#include <criterion/criterion.h>

Test(row_list, numbers_from_1_are_rows_from_0_in_their_order) {
    uint32_t rows[3];
    cr_assert_eq(row_list_count("250,1,4294967295"), 3);
    row_list_read(rows, "250,1,4294967295");
    cr_expect_eq(rows[0], 249);
    cr_expect_eq(rows[1], 0);
    cr_expect_eq(rows[2], 4294967294U);
}

Test(row_list, anything_else_is_refused) {
    static const char *const wrong[] = {"",   "0",    ",",   "1,",         "1,,2",
                                        "-1", "1, 2", "1-3", "4294967296", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(row_list_count(wrong[i]), 0, "'%s'", wrong[i]);
}
