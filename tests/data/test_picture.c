/* test_picture.c - a picture of a digit comes out as the training data are, whatever paper it was on. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "clenet/clenet.h"

enum { SIDE = CLENET_PICTURE_SIDE, MOST = 400 };

static clenet_error error;
static uint8_t grey[MOST * MOST], image[SIDE * SIDE];

/* A page of one grey. */
static void page(int height, int width, int paper) {
    memset(grey, paper, (size_t)height * (size_t)width);
}

static void box(int width, int top, int left, int tall, int wide, int ink) {
    for (int y = top; y < top + tall; y++) memset(grey + y * width + left, ink, (size_t)wide);
}

static void normalise(int height, int width) {
    cr_assert_eq(clenet_picture_normalise(image, grey, height, width, &error), CLENET_OK, "%s", error.message);
}

/* Draws a box on a square page, and brings it into the form of the training data. */
static void draw(int side, int paper, int top, int left, int tall, int wide, int ink) {
    page(side, side, paper);
    box(side, top, left, tall, wide, ink);
    normalise(side, side);
}

/* The rows or columns that have ink, and the centre of mass. */
typedef struct extent {
    int first, last;
    double centre;
} extent;

static extent extent_of(int along_rows) {
    extent e = {SIDE, -1, 0.0};
    double sum = 0.0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        int at = along_rows ? i % SIDE : i / SIDE;
        if (image[i] == 0) continue;
        if (at < e.first) e.first = at;
        if (at > e.last) e.last = at;
        sum += image[i];
        e.centre += image[i] * (at + 0.5);
    }
    e.centre /= sum;
    return e;
}

Test(picture, a_digit_is_20_pixels_high_and_its_centre_of_mass_is_the_centre) {
    page(300, 200, 250);
    box(200, 30, 120, 100, 30, 10);
    normalise(300, 200);
    extent rows = extent_of(0), columns = extent_of(1);
    cr_expect_eq(rows.last - rows.first + 1, 20, "%d rows", rows.last - rows.first + 1);
    cr_expect_eq(columns.last - columns.first + 1, 6, "%d columns", columns.last - columns.first + 1);
    cr_expect_float_eq(rows.centre, (SIDE + 1) / 2.0, 0.51);
    cr_expect_float_eq(columns.centre, (SIDE + 1) / 2.0, 0.51);
    cr_expect_eq(image[14 * SIDE + 14], 255);
    cr_expect_eq(image[0], 0);
}

Test(picture, a_flat_digit_is_20_pixels_wide) {
    page(100, 300, 0);
    box(300, 40, 50, 30, 200, 200);
    normalise(100, 300);
    extent rows = extent_of(0), columns = extent_of(1);
    cr_expect_eq(columns.last - columns.first + 1, 20);
    cr_expect_eq(rows.last - rows.first + 1, 3, "%d rows", rows.last - rows.first + 1);
}

Test(picture, the_heavier_side_is_nearer_to_the_centre) {
    page(200, 200, 255);
    box(200, 20, 20, 160, 20, 0); /* an L: its stem, and a thick foot to the right */
    box(200, 120, 20, 60, 120, 0);
    normalise(200, 200);
    cr_expect_float_eq(extent_of(0).centre, (SIDE + 1) / 2.0, 0.51);
    cr_expect_float_eq(extent_of(1).centre, (SIDE + 1) / 2.0, 0.51);
    cr_expect_lt(extent_of(0).first, 4);
}

Test(picture, ink_on_paper_and_chalk_on_a_board_look_the_same) {
    uint8_t ink[SIDE * SIDE];
    draw(120, 230, 30, 40, 60, 20, 40);
    memcpy(ink, image, sizeof ink);
    draw(120, 40, 30, 40, 60, 20, 230);
    cr_expect_arr_eq(ink, image, sizeof ink);
    draw(120, 100, 30, 40, 60, 20, 70); /* pale pencil on grey paper */
    cr_expect_arr_eq(ink, image, sizeof ink);
}

Test(picture, its_size_does_not_matter) {
    uint8_t small[SIDE * SIDE];
    draw(40, 255, 10, 15, 20, 8, 0);
    memcpy(small, image, sizeof small);
    draw(400, 255, 100, 150, 200, 80, 0);
    cr_expect_arr_eq(small, image, sizeof small);
}

Test(picture, specks_of_dirt_do_not_move_the_digit) {
    uint8_t clean[SIDE * SIDE];
    draw(200, 240, 60, 80, 80, 30, 20);
    memcpy(clean, image, sizeof clean);
    box(200, 5, 5, 3, 3, 20);
    box(200, 190, 180, 2, 4, 20);
    normalise(200, 200);
    cr_expect_arr_eq(clean, image, sizeof clean);
}

Test(picture, a_hair_line_is_as_dark_and_wide_as_a_pen_s) {
    draw(400, 255, 50, 200, 300, 3, 0);
    int darkest = 0, wide = 0;
    for (int x = 0; x < SIDE; x++) {
        int ink = image[14 * SIDE + x];
        if (ink > darkest) darkest = ink;
        wide += ink;
    }
    cr_expect_geq(darkest, 250, "%d", darkest);
    cr_expect_geq(wide, 255 * 3 / 2, "%d", wide);
    cr_expect_leq(wide, 255 * 3, "%d", wide);
}

Test(picture, the_paper_s_grain_is_no_ink) {
    for (int i = 0; i < 100 * 100; i++) grey[i] = (uint8_t)(225 + i * 7919 % 17);
    box(100, 30, 40, 40, 20, 60);
    normalise(100, 100);
    cr_expect_eq(extent_of(0).last - extent_of(0).first + 1, 20);
}

/* How much of the ink is elsewhere than in `expected`. */
static double elsewhere(const uint8_t *expected) {
    double off = 0.0, ink = 0.0;
    for (int i = 0; i < SIDE * SIDE; i++) off += abs(image[i] - expected[i]), ink += expected[i];
    return off / ink;
}

/* Draws an L, brings it into form under even light, and again with each pixel's light, parts of 256. */
static void under_light(double most, int paper, int ink, int (*light)(int y, int x)) {
    uint8_t even[SIDE * SIDE];
    page(300, 300, paper);
    box(300, 60, 90, 170, 30, ink);
    box(300, 200, 90, 30, 110, ink);
    normalise(300, 300);
    memcpy(even, image, sizeof even);
    for (int i = 0; i < 300 * 300; i++) {
        int grain = i * 7919 % 7 - 3;
        grey[i] = (uint8_t)(grey[i] * light(i / 300, i % 300) / 256 + grain);
    }
    normalise(300, 300);
    cr_expect_lt(elsewhere(even), most, "%g of the ink is elsewhere", elsewhere(even));
}

static int falling(int y, int x) {
    return 256 - 154 * (y + x) / 600;
}

static int dark_corners(int y, int x) {
    return 256 - 102 * ((y - 150) * (y - 150) + (x - 150) * (x - 150)) / 45000;
}

/* With an edge across the stroke; it is not parallel to the grid. */
static int half_in_shadow(int y, int x) {
    return 3 * x + y > 500 ? 256 : 128;
}

static int dark_frame(int y, int x) {
    return y < 9 || y > 293 || x < 12 || x > 290 ? 10 : 256;
}

static int dark_edge_of_a_scan(int y, int x) {
    return x + y / 30 > 285 ? 30 : 256;
}

static int ruled(int y, int x) {
    return (y + x / 40) % 25 < 2 ? 150 : 256;
}

static int squared(int y, int x) {
    return (y + x / 40) % 25 < 2 || (x - y / 40) % 25 == 3 ? 130 : 256;
}

static int boxed(int y, int x) {
    int out = abs(y - 140) > abs(x - 145) ? abs(y - 140) : abs(x - 145); /* distance from the middle, in a square */
    return out > 110 && out < 115 ? 70 : 256;
}

Test(picture, rulings_and_squares_are_no_ink) {
    under_light(0.1, 230, 58, ruled);
    under_light(0.1, 230, 58, squared);
}

Test(picture, a_drawn_box_is_no_ink) {
    under_light(0.05, 230, 58, boxed);
}

Test(picture, light_that_falls_off_does_not_hide_the_digit) {
    under_light(0.05, 230, 58, falling);
    under_light(0.05, 230, 58, dark_corners);
    under_light(0.35, 60, 240, falling); /* chalk; the image may lie one pixel aside */
}

Test(picture, a_shadow_with_a_hard_edge_is_no_ink) {
    under_light(0.08, 230, 58, half_in_shadow);
}

Test(picture, a_dark_frame_is_no_ink) {
    under_light(0.05, 230, 58, dark_frame);
    under_light(0.05, 230, 58, dark_edge_of_a_scan);
}

Test(picture, a_faint_pencil_is_read_on_a_large_page) {
    uint8_t pen[SIDE * SIDE];
    draw(400, 200, 300, 300, 40, 12, 50);
    memcpy(pen, image, sizeof pen);
    for (int i = 0; i < 400 * 400; i++) grey[i] = (uint8_t)(grey[i] == 50 ? 160 : 200 + i * 7919 % 13 - 6);
    normalise(400, 400);
    cr_expect_lt(elsewhere(pen), 0.35, "%g of the ink is elsewhere", elsewhere(pen));
}

Test(picture, a_page_with_uneven_light_alone_is_blank) {
    for (int i = 0; i < 100 * 100; i++) grey[i] = (uint8_t)(220 * falling(i / 34, i % 100) / 256 + i * 7919 % 5);
    memset(image, 77, sizeof image);
    cr_expect_eq(clenet_picture_normalise(image, grey, 100, 100, &error), CLENET_ERROR_FORMAT);
}

static void expect_blank(int height, int width) {
    memset(image, 77, sizeof image);
    cr_expect_eq(clenet_picture_normalise(image, grey, height, width, &error), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "blank"), "%s", error.message);
    for (int i = 0; i < SIDE * SIDE; i++) cr_assert_eq(image[i], 77, "an image was written");
}

Test(picture, a_blank_page_is_refused) {
    page(50, 50, 255);
    expect_blank(50, 50);
    page(50, 50, 0);
    expect_blank(50, 50);
    for (int i = 0; i < 50 * 50; i++) grey[i] = (uint8_t)(230 + i % 12);
    expect_blank(50, 50);
    expect_blank(1, 1);
}

Test(picture, a_size_out_of_range_and_a_null_are_refused) {
    const int wrong[][2] = {{0, 10}, {10, 0}, {-1, 10}, {65537, 1}, {1, 65537}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_expect_eq(clenet_picture_normalise(image, grey, wrong[i][0], wrong[i][1], &error), CLENET_ERROR_ARGUMENT);
        cr_expect_not_null(strstr(error.message, "65536"), "%s", error.message);
    }
    cr_expect_eq(clenet_picture_normalise(NULL, grey, 10, 10, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_picture_normalise(image, NULL, 10, 10, NULL), CLENET_ERROR_ARGUMENT);
}

Test(picture, a_digit_that_is_in_the_form_already_stays_as_it_is) {
    clenet_dataset *digits = NULL;
    cr_assert_eq(clenet_dataset_load(&digits, CLENET_SOURCE_DIR "/examples/digits/test.csv.gz", NULL, &error),
                 CLENET_OK);
    const uint8_t *images = clenet_dataset_images(digits);
    double off = 0.0, ink = 0.0;
    for (int row = 0; row < 200; row++) {
        const uint8_t *original = images + row * SIDE * SIDE;
        cr_assert_eq(clenet_picture_normalise(image, original, SIDE, SIDE, &error), CLENET_OK, "%s", error.message);
        for (int i = 0; i < SIDE * SIDE; i++) off += abs(image[i] - original[i]), ink += original[i];
    }
    cr_expect_lt(off / ink, 0.1, "%g of the ink is elsewhere", off / ink);
    clenet_dataset_free(digits);
}
