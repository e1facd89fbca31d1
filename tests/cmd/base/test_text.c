/* test_text.c - numbers as people read them. */
#include "cmd/base/text.h"

#include <criterion/criterion.h>

Test(text, a_count_has_its_noun_in_the_singular_or_the_plural) {
    char text[TEXT_SIZE];
    cr_expect_str_eq(text_counted(text, 1, "epoch"), "1 epoch");
    cr_expect_str_eq(text_counted(text, 2, "epoch"), "2 epochs");
    cr_expect_str_eq(text_counted(text, 0, "image"), "0 images");
    cr_expect_str_eq(text_counted(text, 33600, "image"), "33,600 images");
    cr_expect_str_eq(text_counted(text, 1, "class"), "1 class");
    cr_expect_str_eq(text_counted(text, 26, "class"), "26 classes");
}

Test(text, the_largest_count_fits) {
    char text[TEXT_SIZE];
    cr_expect_str_eq(text_counted(text, UINT64_MAX, "validation image"),
                     "18,446,744,073,709,551,615 validation images");
}
