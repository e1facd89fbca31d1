/* A command in a child process, and what it prints. */
#include <criterion/criterion.h>
#include <string.h>

#include "lib/base/child.h"

typedef struct heard {
    int lines;
    char all[256];
    size_t longest;
} heard;

static void hear(const char *line, void *user) {
    heard *h = user;
    size_t length = strlen(line);
    h->lines++;
    if (length > h->longest) h->longest = length;
    if (length < 100 && strlen(h->all) + length + 2 < sizeof h->all) strcat(strcat(h->all, line), "|");
}

static heard run(const char *script) {
    const char *const arguments[] = {"/bin/sh", "-c", script, NULL};
    heard h = {0};
    child_result ran;
    cr_assert_eq(child_run_lines(&ran, arguments, 20, hear, &h), 0);
    return h;
}

Test(child, every_line_of_a_command_is_handed_over_in_order) {
    heard h = run("echo one; echo; echo three; exit 3");
    cr_expect_str_eq(h.all, "one||three|");
    cr_expect_eq(h.lines, 3);
}

Test(child, a_line_without_an_end_is_dropped) {
    cr_expect_str_eq(run("echo whole; printf half").all, "whole|");
}

Test(child, lines_before_a_crash_are_handed_over) {
    cr_expect_str_eq(run("echo before; kill -SEGV $$; echo after").all, "before|");
}

Test(child, a_line_that_is_too_long_loses_its_beginning_and_the_next_one_is_whole) {
    heard h = run("printf '%09999d\\n' 7; echo next");
    cr_expect_eq(h.lines, 2);
    cr_expect(h.longest < CHILD_SAID);
    cr_expect_str_eq(h.all, "next|");
}

Test(child, a_command_ends_when_another_thread_says_so) {
    const char *const arguments[] = {"/bin/sh", "-c", "exec sleep 1000", NULL};
    atomic_bool stop;
    child_result ran;
    atomic_init(&stop, true);
    cr_assert_eq(child_run_command(&ran, arguments, 1000, &stop), 0);
    cr_expect_eq(ran.ending, CHILD_HUNG);
}
