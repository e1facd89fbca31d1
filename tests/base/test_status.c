/* test_status.c - an error is one printable line that fits. */
#include "lib/base/status.h"

#include <criterion/criterion.h>
#include <string.h>

Test(status, an_error_holds_its_status_and_its_formatted_line) {
    clenet_error error;
    cr_expect_eq(error_set(&error, CLENET_ERROR_IO, "cannot open '%s': %d", "a.csv", 7), CLENET_ERROR_IO);
    cr_expect_eq(error.status, CLENET_ERROR_IO);
    cr_expect_str_eq(error.message, "cannot open 'a.csv': 7");
}

Test(status, who_wants_no_message_gets_the_status_alone) {
    cr_expect_eq(error_set(NULL, CLENET_ERROR_FORMAT, "%s", "unheard"), CLENET_ERROR_FORMAT);
    cr_expect_eq(error_memory(NULL, 1, "anything"), CLENET_ERROR_MEMORY);
}

Test(status, a_line_too_long_is_cut_and_ends_in_three_dots) {
    clenet_error error;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)error_set(&error, CLENET_ERROR_IO, "%s", text);
    cr_expect_eq(strlen(error.message), sizeof error.message - 1);
    cr_expect_str_eq(error.message + strlen(error.message) - 4, "x...");
    text[sizeof error.message - 1] = '\0';
    (void)error_set(&error, CLENET_ERROR_IO, "%s", text);
    cr_expect_str_eq(error.message, text);
}

Test(status, a_cut_does_not_tear_a_character) {
    for (size_t shift = 0; shift < 4; shift++) {
        clenet_error error;
        char text[2000] = "xxx";
        text[shift] = '\0';
        for (int i = 0; i < 300; i++) strcat(text, "\xF0\x9F\x94\xA2"); /* U+1F522, input numbers */
        (void)error_set(&error, CLENET_ERROR_IO, "%s", text);
        size_t length = strlen(error.message);
        cr_expect_str_eq(error.message + length - 7, "\xF0\x9F\x94\xA2...");
        cr_expect_null(strchr(error.message, '?'));
    }
}

Test(status, control_characters_become_question_marks) {
    clenet_error error;
    (void)error_set(&error, CLENET_ERROR_IO,
                    "a\nb\r\tc\x1b[31m\x7f"
                    "d\xC2\x9B"
                    "31m");
    cr_expect_str_eq(error.message, "a?b??c?[31m?d??31m");
}

Test(status, utf8_stays_and_other_bytes_become_question_marks) {
    clenet_error error;
    (void)error_set(&error, CLENET_ERROR_IO, "%s",
                    "\xC3\xA9 \xE2\x82\xAC \xED\x9F\xBF \xF0\x9F\x94\xA2 \xF4\x8F\xBF\xBF");
    cr_expect_str_eq(error.message, "\xC3\xA9 \xE2\x82\xAC \xED\x9F\xBF \xF0\x9F\x94\xA2 \xF4\x8F\xBF\xBF");
    (void)error_set(&error, CLENET_ERROR_IO, "%s",
                    "\x80 \xC0\x80 \xE0\x80\x80 \xED\xA0\x80 \xF0\x80\x80\x80 \xF4\x90\x80\x80 \xE2\x82");
    cr_expect_str_eq(error.message, "? ?? ??? ??? ???? ???? ??");
}

Test(status, a_message_may_be_built_from_the_one_before) {
    clenet_error error;
    (void)error_set(&error, CLENET_ERROR_FORMAT, "inner");
    (void)error_set(&error, CLENET_ERROR_IO, "outer: %s", error.message);
    cr_expect_str_eq(error.message, "outer: inner");
}

Test(status, short_memory_is_said_in_bytes_and_for_what) {
    clenet_error error;
    cr_expect_eq(error_memory(&error, 4096, "a test"), CLENET_ERROR_MEMORY);
    cr_expect_str_eq(error.message, "out of memory (4096 bytes for a test)");
}
