/* test_digits.c - the digits of a picture are found, put together and put in order. */
#include <criterion/criterion.h>
#include <string.h>

#include "clenet/clenet.h"

enum { SIDE = CLENET_PICTURE_SIDE, HEIGHT = 300, WIDTH = 400 };

static clenet_error error;
static uint8_t grey[HEIGHT * WIDTH];
static clenet_picture_digits *digits;

static void page(void) {
    memset(grey, 240, sizeof grey);
}

static void box(int top, int left, int tall, int wide) {
    for (int y = top; y < top + tall; y++) memset(grey + y * WIDTH + left, 30, (size_t)wide);
}

/* A frame: a digit that is as wide as it is high. */
static void ring(int top, int left, int side) {
    box(top, left, side, 8);
    box(top, left + side - 8, side, 8);
    box(top, left, 8, side);
    box(top + side - 8, left, 8, side);
}

static void find(int wanted) {
    clenet_picture_options options;
    clenet_picture_options_init(&options, sizeof options);
    options.digits = wanted;
    cr_assert_eq(clenet_picture_digits_new(&digits, grey, HEIGHT, WIDTH, &options, &error), CLENET_OK, "%s",
                 error.message);
}

static void expect_count(size_t count) {
    cr_expect_eq(clenet_picture_digits_count(digits), count, "%zu digits in place of %zu",
                 clenet_picture_digits_count(digits), count);
}

static void expect_box(size_t i, int top, int left, int tall, int wide, int line) {
    clenet_picture_box b = clenet_picture_digits_box(digits, i);
    cr_expect(b.top == top && b.left == left && b.height == tall && b.width == wide && b.line == line,
              "digit %zu: top %d, left %d, height %d, width %d, line %d", i, b.top, b.left, b.height, b.width, b.line);
}

static void finish(void) {
    clenet_picture_digits_free(digits);
    digits = NULL;
}

TestSuite(digits, .init = page, .fini = finish);

Test(digits, one_digit_is_the_image_of_clenet_picture_normalise) {
    uint8_t image[SIDE * SIDE];
    ring(100, 150, 80);
    find(0);
    expect_count(1);
    expect_box(0, 100, 150, 80, 80, 0);
    cr_assert_eq(clenet_picture_normalise(image, grey, HEIGHT, WIDTH, &error), CLENET_OK);
    cr_expect_arr_eq(clenet_picture_digits_images(digits), image, sizeof image);
}

Test(digits, lines_are_read_from_the_top_and_each_from_the_left) {
    ring(200, 40, 50);
    box(30, 200, 50, 8);
    ring(34, 60, 50);
    ring(196, 120, 50);
    find(0);
    expect_count(4);
    expect_box(0, 34, 60, 50, 50, 0);
    expect_box(1, 30, 200, 50, 8, 0);
    expect_box(2, 200, 40, 50, 50, 1);
    expect_box(3, 196, 120, 50, 50, 1);
}

Test(digits, a_rising_line_is_one_line) {
    for (int i = 0; i < 5; i++) ring(180 - 20 * i, 20 + 70 * i, 50);
    ring(245, 20, 50);
    find(0);
    expect_count(6);
    for (int i = 0; i < 5; i++) expect_box((size_t)i, 180 - 20 * i, 20 + 70 * i, 50, 50, 0);
    expect_box(5, 245, 20, 50, 50, 1);
}

Test(digits, a_digit_s_image_has_no_ink_of_its_neighbours) {
    uint8_t alone[SIDE * SIDE];
    ring(100, 50, 60);
    find(0);
    memcpy(alone, clenet_picture_digits_images(digits), sizeof alone);
    finish();
    box(95, 114, 70, 8); /* four pixels away */
    find(0);
    expect_count(2);
    cr_expect_arr_eq(clenet_picture_digits_images(digits), alone, sizeof alone);
}

Test(digits, the_bar_of_a_five_and_the_stroke_of_an_open_four_are_parts) {
    ring(120, 50, 60);
    box(104, 70, 8, 50);  /* a bar above, and further to the right */
    box(100, 200, 40, 8); /* the left stroke of a 4 */
    box(132, 200, 8, 24);
    box(100, 228, 80, 8);
    find(0);
    expect_count(2);
    expect_box(0, 104, 50, 76, 70, 0);
    expect_box(1, 100, 200, 80, 36, 0);
}

Test(digits, halves_of_a_broken_digit_are_one) {
    ring(100, 100, 30);
    ring(136, 96, 46);
    find(0);
    expect_count(1);
    expect_box(0, 100, 96, 82, 46, 0);
}

Test(digits, what_touches_is_cut_if_it_is_too_wide_for_one) {
    ring(100, 100, 60);
    ring(102, 166, 60);
    box(128, 160, 8, 6); /* a bridge */
    find(0);
    expect_count(2);
    for (size_t i = 0; i < 2; i++) {
        clenet_picture_box b = clenet_picture_digits_box(digits, i);
        cr_expect(b.width >= 55 && b.width <= 63, "digit %zu is %d wide", i, b.width);
    }
}

Test(digits, specks_and_dashes_are_no_digits) {
    ring(100, 100, 60);
    box(20, 300, 3, 3);
    box(130, 250, 6, 40);
    find(0);
    expect_count(1);
    expect_box(0, 100, 100, 60, 60, 0);
}

Test(digits, their_number_can_be_given) {
    ring(100, 50, 60);
    box(100, 150, 60, 8);
    box(100, 162, 60, 8);
    find(0);
    expect_count(3);
    finish();
    find(2);
    expect_count(2);
    expect_box(1, 100, 150, 60, 20, 0);
    finish();
    find(1);
    expect_count(1);
    expect_box(0, 100, 50, 60, 120, 0);
    finish();
    find(4); /* the ring is cut */
    expect_count(4);
    finish();
    page();
    box(100, 100, 60, 8);
    find(3); /* a stroke cannot be cut */
    expect_count(1);
}

static void expect_failure(clenet_status status, const clenet_picture_options *options, const char *says) {
    cr_expect_eq(clenet_picture_digits_new(&digits, grey, HEIGHT, WIDTH, options, &error), status);
    cr_expect_not_null(strstr(error.message, says), "%s", error.message);
    cr_expect_null(digits);
}

Test(digits, an_empty_page_has_none) {
    expect_failure(CLENET_ERROR_FORMAT, NULL, "no digit found");
}

Test(digits, wrong_options_and_null_are_refused) {
    ring(100, 100, 60);
    clenet_picture_options options;
    clenet_picture_options_init(&options, sizeof options);
    options.digits = -1;
    expect_failure(CLENET_ERROR_ARGUMENT, &options, "digits is -1: give 0 (find them) to 1000");
    options.digits = 1001;
    expect_failure(CLENET_ERROR_ARGUMENT, &options, "digits is 1001");
    options.size = 0;
    expect_failure(CLENET_ERROR_ARGUMENT, &options, "clenet_picture_options_init");
    cr_expect_eq(clenet_picture_digits_new(&digits, grey, 0, WIDTH, NULL, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_picture_digits_new(&digits, NULL, 1, 1, NULL, NULL), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_picture_digits_new(NULL, grey, 1, 1, NULL, NULL), CLENET_ERROR_ARGUMENT);
    clenet_picture_digits_free(NULL);
    cr_expect_eq(clenet_picture_digits_count(NULL), 0);
    cr_expect_null(clenet_picture_digits_images(NULL));
    cr_expect_eq(clenet_picture_digits_box(NULL, 0).height, 0);
    find(0);
    cr_expect_eq(clenet_picture_digits_box(digits, 1).height, 0);
}
