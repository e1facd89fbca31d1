/* test_terminal_digit.c - an image in text, cell by cell. */
#include "cmd/base/terminal_digit.h"

#include <string.h>

#include "../scratch.h"

#define UPPER "\xe2\x96\x80"
#define END "\033[0m"

static const uint8_t square[] = {/* [4][2] */
                                 0, 255, 255, 0, 0, 8, 128, 128};
static char written[4096];

/* What a line of the digit is, in text. */
static const char *line_of(terminal_look look, const terminal_digit *digit, int line) {
    FILE *to = fmemopen(written, sizeof written, "w");
    cr_assert_not_null(to);
    terminal_digit_line(to, look, digit, line);
    (void)fclose(to);
    return written;
}

Test(terminal_digit, a_cell_shows_the_upper_pixel_and_on_its_background_the_lower_one) {
    terminal_digit digit = terminal_digit_fit(square, 4, 2, 80);
    cr_expect_eq(digit.columns, 2);
    cr_expect_eq(digit.lines, 2);
    cr_expect_str_eq(line_of(TERMINAL_24_BIT, &digit, 0),
                     "\033[38;2;0;0;0m\033[48;2;255;255;255m" UPPER "\033[38;2;255;255;255m\033[48;2;0;0;0m" UPPER END);
}

Test(terminal_digit, a_colour_that_stays_is_not_written_again) {
    terminal_digit digit = terminal_digit_fit(square, 4, 2, 80);
    cr_expect_str_eq(line_of(TERMINAL_24_BIT, &digit, 1),
                     "\033[38;2;0;0;0m\033[48;2;128;128;128m" UPPER "\033[38;2;8;8;8m" UPPER END);
}

Test(terminal_digit, with_256_colours_greys_are_the_nearest_there_are) {
    static const struct {
        int grey;
        const char *code;
    } greys[] = {{0, "16"},    {3, "16"},    {4, "232"},   {8, "232"},  {13, "233"},
                 {128, "244"}, {238, "255"}, {243, "231"}, {255, "231"}};
    for (size_t i = 0; i < sizeof greys / sizeof greys[0]; i++) {
        uint8_t pixels[] = {(uint8_t)greys[i].grey, 0};
        terminal_digit digit = terminal_digit_fit(pixels, 2, 1, 80);
        char expected[64];
        (void)snprintf(expected, sizeof expected, "\033[38;5;%sm\033[48;5;16m" UPPER END, greys[i].code);
        cr_expect_str_eq(line_of(TERMINAL_256, &digit, 0), expected, "grey %d", greys[i].grey);
    }
}

Test(terminal_digit, plain_characters_have_the_more_ink_the_more_the_pixels_have) {
    uint8_t pixels[2 * 10]; /* [2][10] */
    for (int x = 0; x < 10; x++) pixels[x] = pixels[10 + x] = (uint8_t)(x * 255 / 9);
    terminal_digit digit = terminal_digit_fit(pixels, 2, 10, 80);
    cr_expect_str_eq(line_of(TERMINAL_PLAIN, &digit, 0), " .:-=+*#%@");
}

Test(terminal_digit, an_odd_height_ends_in_background) {
    static const uint8_t pixels[] = {255, 255, 255}; /* [3][1] */
    terminal_digit digit = terminal_digit_fit(pixels, 3, 1, 80);
    cr_expect_eq(digit.lines, 2);
    cr_expect_str_eq(line_of(TERMINAL_24_BIT, &digit, 1), "\033[38;2;255;255;255m\033[48;2;0;0;0m" UPPER END);
}

Test(terminal_digit, an_image_that_is_too_wide_is_reduced_by_boxes) {
    static const uint8_t pixels[] = {/* [4][4] */
                                     0, 100, 8, 8, 100, 200, 8, 8, 255, 255, 0, 0, 255, 255, 0, 0};
    terminal_digit digit = terminal_digit_fit(pixels, 4, 4, 3);
    cr_expect_eq(digit.reduce, 2);
    cr_expect_eq(digit.columns, 2);
    cr_expect_eq(digit.lines, 1);
    cr_expect_str_eq(line_of(TERMINAL_24_BIT, &digit, 0),
                     "\033[38;2;100;100;100m\033[48;2;255;255;255m" UPPER "\033[38;2;8;8;8m\033[48;2;0;0;0m" UPPER END);
}

Test(terminal_digit, an_image_of_any_size_fits_one_column) {
    enum { SIDE = 4096 };
    uint8_t *pixels = malloc((size_t)SIDE * SIDE);
    cr_assert_not_null(pixels);
    memset(pixels, 255, (size_t)SIDE * SIDE);
    terminal_digit digit = terminal_digit_fit(pixels, SIDE, SIDE, 0);
    cr_expect_eq(digit.columns, 1);
    cr_expect_str_eq(line_of(TERMINAL_24_BIT, &digit, 0), "\033[38;2;255;255;255m\033[48;2;0;0;0m" UPPER END);
    free(pixels);
}

Test(terminal_digit, a_digit_in_a_pipe_is_lines_of_plain_characters) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    FILE *to = fdopen(ends[1], "w");
    terminal_digit_draw(to, square, 4, 2);
    (void)fclose(to);
    ssize_t length = read(ends[0], written, sizeof written - 1);
    cr_assert(length >= 0);
    written[length] = '\0';
    cr_expect_str_eq(written, "++\n::\n");
}
