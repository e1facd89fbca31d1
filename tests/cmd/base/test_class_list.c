/* test_class_list.c - names of classes, and the columns that they take. */
#include "cmd/base/class_list.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

Test(class_list, columns_are_letters_and_wide_letters_count_twice) {
    cr_expect_eq(text_columns(""), 0);
    cr_expect_eq(text_columns("cat"), 3);
    cr_expect_eq(text_columns("\xc3\xa9t\xc3\xa9"), 3);        /* two accents in one code each */
    cr_expect_eq(text_columns("e\xcc\x81"), 1);                /* one on its own */
    cr_expect_eq(text_columns("\xe3\x81\x8b\xe3\x81\x84"), 4); /* hiragana */
    cr_expect_eq(text_columns("\xff"
                              "a"),
                 2, "bytes that are no UTF-8");
}

Test(class_list, a_name_that_is_too_wide_ends_in_a_point) {
    char name[CLASS_NAME_SIZE];
    cr_expect_str_eq(text_cut(name, "cat", 3), "cat");
    cr_expect_str_eq(text_cut(name, "cardigan", 5), "card.");
    cr_expect_str_eq(text_cut(name, "cardigan", 0), "");
    cr_expect_str_eq(text_cut(name, "\xe3\x81\x8b\xe3\x81\x84\xe3\x81\x8b", 4), "\xe3\x81\x8b.");
    cr_expect_str_eq(text_cut(name, "a\nb\x1b[", 9), "a?b?[", "a terminal would obey them");
}

Test(class_list, the_longest_name_is_whole_and_a_longer_one_is_cut_between_letters) {
    char name[CLASS_NAME_SIZE], text[CLASS_NAME_SIZE + 8];
    memset(text, 'x', sizeof text);
    text[CLASS_NAME_SIZE - 1] = '\0';
    cr_expect_str_eq(text_cut(name, text, 200), text);
    for (int i = 0; i < 69; i++) text[i] = "\xe3\x81\x8b"[i % 3];
    text[69] = '\0';
    (void)text_cut(name, text, 200);
    cr_expect_eq(strlen(name), 20 * 3 + 1);
    cr_expect_eq(name[60], '.');
    memset(text, 0x80, sizeof text - 1); /* no letter begins anywhere */
    text[sizeof text - 1] = '\0';
    cr_expect_str_eq(text_cut(name, text, 200), ".");
}

/* A data set of so few rows has these classes. */
static clenet_dataset *of_classes(int classes) {
    static const uint8_t images[4], labels[1];
    clenet_dataset *dataset = NULL;
    cr_assert_eq(clenet_dataset_new(&dataset, images, labels, 1, 2, 2, 1, classes, NULL), CLENET_OK);
    return dataset;
}

Test(class_list, ten_numbers_are_digits_and_eleven_are_not) {
    clenet_dataset *ten = of_classes(10), *more = of_classes(11);
    class_list digits = class_list_of_dataset(ten), numbers = class_list_of_dataset(more);
    cr_expect(digits.digits && digits.numbers && digits.count == 10);
    cr_expect(!numbers.digits && numbers.numbers && numbers.count == 11);
    cr_expect_str_eq(class_list_word(&digits, "digit", "class"), "digit");
    cr_expect_str_eq(class_list_word(&numbers, "digit", "class"), "class");
    cr_expect_eq(class_list_find(&digits, "7"), 7);
    cr_expect_eq(class_list_find(&digits, "07"), 7);
    cr_expect_eq(class_list_find(&digits, "cat"), -1);
    cr_expect_eq(class_list_find(&digits, ""), -1);
    clenet_dataset_free(more);
    clenet_dataset_free(ten);
}

/* What text_print_wrapped() prints. */
static const char *wrapped(const char *text, int column, int indent) {
    static char printed[1024];
    cr_redirect_stdout();
    text_print_wrapped(text, column, indent);
    (void)fflush(stdout);
    size_t length = fread(printed, 1, sizeof printed - 1, cr_get_redirected_stdout());
    printed[length] = '\0';
    return printed;
}

Test(class_list, a_long_text_is_broken_at_blanks_and_nothing_is_left_out) {
    char text[128] = "", wanted[160];
    for (int i = 0; i < 12; i++) strcat(text, "123456789 ");
    strcat(text, "end");
    (void)snprintf(wanted, sizeof wanted, "%.69s\n    %s\n", text, text + 70);
    cr_expect_str_eq(wrapped(text, 6, 4), wanted);
}

Test(class_list, a_word_that_is_longer_than_a_line_is_broken) {
    char text[101] = "", wanted[160];
    memset(text, 'x', sizeof text - 1);
    (void)snprintf(wanted, sizeof wanted, "%.80s\n  %s\n", text, text + 80);
    cr_expect_str_eq(wrapped(text, 0, 2), wanted);
}
