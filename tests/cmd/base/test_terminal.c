/* test_terminal.c - what is taken from the environment and from the terminal itself: a pseudo-terminal of the test's own. */
#define _XOPEN_SOURCE 700 /* posix_openpt and what belongs to it */
#include "cmd/base/terminal.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int terminal;

/* A terminal that has all colours. */
static void open_terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert(terminal >= 0);
    (void)unsetenv("NO_COLOR");
    (void)unsetenv("LC_ALL");
    (void)unsetenv("LC_CTYPE");
    (void)setenv("LANG", "en_GB.UTF-8", 1);
    (void)setenv("TERM", "xterm-256color", 1);
    (void)setenv("COLORTERM", "truecolor", 1);
}

static terminal_look with(const char *name, const char *value) {
    (void)setenv(name, value, 1);
    return terminal_look_of(terminal);
}

TestSuite(terminal, .init = open_terminal);

Test(terminal, colours_are_as_many_as_COLORTERM_and_TERM_promise) {
    cr_expect_eq(terminal_look_of(terminal), TERMINAL_24_BIT);
    cr_expect_eq(with("COLORTERM", "24bit"), TERMINAL_24_BIT);
    cr_expect_eq(with("COLORTERM", ""), TERMINAL_256);
    cr_expect_eq(with("TERM", "xterm-direct"), TERMINAL_24_BIT);
    cr_expect_eq(with("TERM", "tmux-256color"), TERMINAL_256);
    cr_expect_eq(with("TERM", "linux"), TERMINAL_PLAIN);
}

Test(terminal, NO_COLOR_is_plain_if_it_is_not_empty) {
    cr_expect_eq(with("NO_COLOR", ""), TERMINAL_24_BIT);
    cr_expect_eq(with("NO_COLOR", "1"), TERMINAL_PLAIN);
}

Test(terminal, a_dumb_one_is_plain_and_no_terminal_to_draw_over) {
    cr_expect(terminal_is(terminal));
    cr_expect_eq(with("TERM", "dumb"), TERMINAL_PLAIN);
    cr_expect_not(terminal_is(terminal));
}

Test(terminal, a_locale_that_is_not_UTF_8_is_plain) {
    cr_expect_eq(with("LANG", "C"), TERMINAL_PLAIN);
    cr_expect_eq(with("LANG", ""), TERMINAL_PLAIN);
    cr_expect_eq(with("LANG", "de_DE.ISO-8859-1"), TERMINAL_PLAIN);
    cr_expect_eq(with("LANG", "C.utf8"), TERMINAL_24_BIT);
    cr_expect_eq(with("LC_CTYPE", "POSIX"), TERMINAL_PLAIN);
    cr_expect_eq(with("LC_ALL", "de_DE.UTF-8@euro"), TERMINAL_24_BIT);
}

Test(terminal, a_pipe_is_plain) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_expect_eq(terminal_look_of(ends[1]), TERMINAL_PLAIN);
    cr_expect_not(terminal_is(ends[1]));
}

Test(terminal, the_width_is_read_each_time_and_is_80_if_unknown) {
    cr_expect_eq(terminal_columns(terminal), 80, "%d", terminal_columns(terminal));
    struct winsize size = {.ws_row = 40, .ws_col = 132};
    cr_assert_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
    cr_expect_eq(terminal_columns(terminal), 132);
    cr_expect_eq(terminal_columns(-1), 80);
}

Test(terminal, has_colour_unless_NO_COLOR_or_TERM_says_otherwise) {
    cr_expect(terminal_colour(terminal));
    (void)setenv("LANG", "C", 1);
    cr_expect(terminal_colour(terminal), "colours need no UTF-8");
    (void)setenv("NO_COLOR", "1", 1);
    cr_expect_not(terminal_colour(terminal));
    (void)setenv("NO_COLOR", "", 1);
    (void)setenv("TERM", "dumb", 1);
    cr_expect_not(terminal_colour(terminal));
    (void)unsetenv("TERM");
    cr_expect_not(terminal_colour(terminal));
    (void)setenv("TERM", "xterm", 1);
    cr_expect_not(terminal_colour(-1));
    cr_expect_str_eq(terminal_code(false, TERMINAL_BEST), "");
}
