/* test_findings.c - evaluation of answers that can be counted by hand. */
#include "cmd/figures/findings.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { ROWS = 6, CLASSES = 3 };

/* Four right, two wrong: row 2 hardly, row 5 surely. Nothing is taken for class 2 but row 5. */
static const uint8_t labels[ROWS] = {0, 0, 0, 1, 1, 1};
static const float probabilities[ROWS][CLASSES] = {{0.9F, 0.1F, 0.0F}, {0.8F, 0.1F, 0.1F},   {0.3F, 0.4F, 0.3F},
                                                   {0.2F, 0.7F, 0.1F}, {0.05F, 0.9F, 0.05F}, {0.01F, 0.01F, 0.98F}};

static findings *look(const uint32_t *numbers) {
    findings *found = NULL;
    clenet_error error = {.message = ""};
    cr_assert_eq(findings_new(&found, labels, probabilities[0], numbers, ROWS, CLASSES, &error), CLENET_OK, "%s",
                 error.message);
    return found;
}

Test(findings, the_confusion_matrix_counts_truth_by_prediction) {
    static const uint64_t wanted[CLASSES * CLASSES] = {2, 1, 0, 0, 2, 1, 0, 0, 0};
    findings *found = look(NULL);
    cr_expect_arr_eq(found->confusion, wanted, sizeof wanted);
    cr_expect_eq(found->right, 4);
    cr_expect_float_eq(found->accuracy, 4.0 / 6.0, 1e-12);
    findings_free(found);
}

Test(findings, precision_is_of_what_was_predicted_and_recall_of_what_was_shown) {
    findings *found = look(NULL);
    cr_expect_float_eq(found->by_class[0].precision, 1.0, 1e-12);
    cr_expect_float_eq(found->by_class[0].recall, 2.0 / 3.0, 1e-12);
    cr_expect_float_eq(found->by_class[1].precision, 2.0 / 3.0, 1e-12);
    cr_expect_eq(found->by_class[1].support, 3);
    cr_expect_eq(found->by_class[2].predicted, 1);
    cr_expect_float_eq(found->by_class[2].precision, 0.0, 1e-12);
    cr_expect(isnan(found->by_class[2].recall), "nothing shows class 2");
    findings_free(found);
}

Test(findings, the_most_confident_mistake_comes_first_with_the_row_of_the_data_set) {
    static const uint32_t numbers[ROWS] = {10, 20, 30, 40, 50, 60};
    findings *found = look(numbers);
    cr_assert_eq(found->mistake_count, 2);
    cr_expect_eq(found->mistakes[0].row, 60);
    cr_expect_eq(found->mistakes[0].truth, 1);
    cr_expect_eq(found->mistakes[0].prediction, 2);
    cr_expect_float_eq(found->mistakes[0].probability, 0.98F, 1e-6F);
    cr_expect_float_eq(found->mistakes[0].truth_probability, 0.01F, 1e-6F);
    cr_expect_eq(found->mistakes[1].row, 30);
    findings_free(found);
}

Test(findings, mistakes_that_are_as_sure_come_by_row) {
    static const uint8_t truth[3] = {1, 1, 0};
    static const float same[3][2] = {{0.75F, 0.25F}, {0.75F, 0.25F}, {0.25F, 0.75F}};
    findings *found = NULL;
    cr_assert_eq(findings_new(&found, truth, same[0], NULL, 3, 2, NULL), CLENET_OK);
    cr_assert_eq(found->mistake_count, 3);
    for (uint32_t i = 0; i < 3; i++) cr_expect_eq(found->mistakes[i].row, i);
    findings_free(found);
}

Test(findings, of_two_classes_that_are_as_likely_the_lower_is_the_prediction) {
    static const uint8_t truth[1] = {0};
    static const float even[2] = {0.5F, 0.5F};
    findings *found = NULL;
    cr_assert_eq(findings_new(&found, truth, even, NULL, 1, 2, NULL), CLENET_OK);
    cr_expect_eq(found->right, 1);
    cr_expect_eq(found->mistake_count, 0);
    findings_free(found);
}

/* Against Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3. */
Test(findings, the_interval_is_wilsons) {
    static const struct {
        uint64_t right, rows;
        double low, high;
    } known[] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0.0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double low = -1.0, high = -1.0;
        findings_interval(&low, &high, known[i].right, known[i].rows);
        cr_expect_float_eq(low, known[i].low, 5e-5, "%g", low);
        cr_expect_float_eq(high, known[i].high, 5e-5, "%g", high);
    }
}

Test(findings, the_interval_of_all_right_ends_at_one_and_of_none_right_begins_at_zero) {
    double low = -1.0, high = -1.0;
    findings_interval(&low, &high, 8400, 8400);
    cr_expect_eq(high, 1.0);
    cr_expect(low > 0.999 && low < 1.0);
    findings_interval(&low, &high, 0, 8400);
    cr_expect_eq(low, 0.0);
}

Test(findings, a_label_that_is_too_high_and_no_rows_are_errors_that_say_so) {
    static const uint8_t high[1] = {3};
    findings *found = NULL;
    clenet_error error;
    cr_expect_eq(findings_new(&found, high, probabilities[0], NULL, 1, CLASSES, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "label 3 of image 0 is out of range 0..2");
    cr_expect_eq(findings_new(&found, labels, probabilities[0], NULL, 0, CLASSES, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "no predictions"));
    cr_expect_null(found);
}
