/* test_labels.c - labels become classes. */
#include <criterion/criterion.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/labels.h"

static clenet_error error;

/* Collects labels, with blanks between them, and makes them classes. */
static clenet_status classes_of(clenet_dataset *dataset, const char *text, int classes, const char *const *names) {
    label_set set = {.text_count = 0};
    *dataset = (clenet_dataset){.rows = 0};
    for (const char *at = text; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        cr_assert_eq(labels_text(&set, at, length, &error), CLENET_OK, "%s", error.message);
        at += length;
    }
    return labels_finish(&set, dataset, classes, names, "a.csv", &error);
}

static void let_go(clenet_dataset *dataset) {
    memory_free(dataset->labels);
    memory_free(dataset->class_names);
}

/* The labels give these classes: names with blanks between them, and the class of each row. */
static void expect_classes(const char *labels, const char *names, const char *of_rows) {
    clenet_dataset d;
    char said[4096] = "", rows[256] = "";
    cr_assert_eq(classes_of(&d, labels, 0, NULL), CLENET_OK, "%s", error.message);
    for (int i = 0; i < d.classes; i++) {
        if (i > 0) strcat(said, " ");
        strcat(said, d.class_names[i]);
    }
    cr_expect_str_eq(said, names, "%s: %s", labels, said);
    for (size_t i = 0; i < strlen(of_rows); i++) rows[i] = (char)('a' + d.labels[i]);
    cr_expect_str_eq(rows, of_rows, "%s: %s", labels, rows);
    let_go(&d);
}

Test(labels, numbers_from_0_or_1_are_counted) {
    expect_classes("0 1 2 1", "0 1 2", "abcb");
    expect_classes("3 1 2 10 4 9 8 7", "1 2 3 4 5 6 7 8 9 10", "cabjdihg");
    expect_classes("2 0 3", "0 1 2 3", "cad");
    expect_classes("03 +1 2", "1 2 3", "cab");
}

Test(labels, labels_far_apart_are_the_classes_themselves) {
    expect_classes("10 30 20 10", "10 20 30", "acba");
    expect_classes("-1 1", "-1 1", "ab");
    expect_classes("1000000 7", "7 1000000", "ba");
}

Test(labels, texts_are_classes_behind_numbers) {
    expect_classes("cat dog ant cat", "ant cat dog", "bcab");
    expect_classes("10 b 9 a", "9 10 a b", "bdac");
    expect_classes("A", "A", "a");
}

Test(labels, the_largest_count_is_256) {
    label_set set = {.text_count = 0};
    clenet_dataset d = {.rows = 0};
    for (int i = 0; i < 256; i++) cr_assert_eq(labels_number(&set, i, &error), CLENET_OK);
    cr_assert_eq(labels_finish(&set, &d, 0, NULL, "a.csv", &error), CLENET_OK);
    cr_expect_eq(d.classes, 256);
    cr_expect_eq(d.labels[255], 255);
    let_go(&d);
    for (int i = 0; i < 257; i++) cr_assert_eq(labels_number(&set, i, &error), CLENET_OK);
    cr_expect_eq(labels_finish(&set, &d, 0, NULL, "a.csv", &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message,
                     "a.csv: there are 257 different labels; at most 256 can be learned: is another column the "
                     "label?");
    for (int i = 0; i < 256; i++) cr_assert_eq(labels_number(&set, 1000 + i, &error), CLENET_OK);
    cr_expect_eq(labels_number(&set, 2000, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "there are more than 256 different labels: is this the column of the labels?");
    labels_free(&set);
}

Test(labels, names_that_are_given_decide) {
    static const char *const names[] = {"1", "2", "cat"};
    clenet_dataset d;
    cr_assert_eq(classes_of(&d, "cat 02 1", 3, names), CLENET_OK, "%s", error.message);
    cr_expect_arr_eq(d.labels, "\2\1\0", 3);
    cr_expect_str_eq(d.class_names[2], "cat");
    let_go(&d);
    cr_expect_eq(classes_of(&d, "1 2 3", 3, names), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "a.csv: the label '3' of row 3 is not one of the 3 classes 1 to cat");
    cr_expect_eq(classes_of(&d, "1 10", 10, NULL), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "a.csv: the label '10' of row 2 is not one of the 10 classes 0 to 9");
}

Test(labels, what_is_no_label_is_refused) {
    label_set set = {.text_count = 0};
    char longest[LABEL_BYTES];
    memset(longest, 'x', sizeof longest);
    cr_expect_eq(labels_text(&set, " \t", 2, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "the label is empty");
    cr_expect_eq(labels_text(&set, longest, LABEL_BYTES, &error), CLENET_ERROR_FORMAT);
    cr_expect_eq(labels_text(&set, longest, LABEL_BYTES - 1, &error), CLENET_OK);
    cr_expect_eq(labels_text(&set, "a\nb", 3, &error), CLENET_ERROR_FORMAT);
    cr_expect_eq(labels_text(&set, "a\0b", 3, &error), CLENET_ERROR_FORMAT);
    cr_expect_eq(labels_text(&set, "\xff", 1, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "the label is not UTF-8: convert the file with iconv");
    labels_free(&set);
}
