/* test_csv_values.c - pixels of a CSV may be decimal numbers of several ranges. */
#include "clenet/clenet.h"

#include <math.h>

#include "../scratch.h"
#include "lib/data/csv_values.h"

TestSuite(csv_values, .init = scratch_enter, .fini = scratch_leave);

#define HEADER "label,pixel0,pixel1,pixel2,pixel3\n"

static clenet_error error;

static clenet_status load(clenet_dataset **dataset, const char *text, double scale) {
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.scale = scale;
    *dataset = NULL;
    scratch_text("a.csv", text);
    return clenet_dataset_load(dataset, "a.csv", &options, &error);
}

/* The text gives the pixels [4] of two images, and this reading; NULL: none. */
static void expect(const char *text, double scale, const uint8_t *pixels, const char *reading) {
    clenet_dataset *dataset;
    cr_assert_eq(load(&dataset, text, scale), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_dataset_rows(dataset), 2);
    for (int i = 0; i < 8; i++)
        cr_expect_eq(clenet_dataset_images(dataset)[i], pixels[i], "%s: pixel %d is %d", text, i,
                     clenet_dataset_images(dataset)[i]);
    const char *told = clenet_dataset_reading(dataset);
    cr_assert_eq(told == NULL, reading == NULL, "%s: '%s'", text, told);
    if (reading != NULL) cr_expect_str_eq(told, reading, "%s: %s", text, told);
    clenet_dataset_free(dataset);
}

static void expect_refused(const char *text, double scale, const char *message) {
    clenet_dataset *dataset;
    cr_expect_eq(load(&dataset, text, scale), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, message, "%s", error.message);
}

#define PIXELS(...) ((const uint8_t[]){__VA_ARGS__})

Test(csv_values, whole_numbers_may_be_written_in_any_way) {
    expect(HEADER "7.0,0.0,12.0,1.2E+02,255.\n3,+4,5e0,600e-2,0000000007.000\n", 0, PIXELS(0, 12, 120, 255, 4, 5, 6, 7),
           NULL);
    expect("label;pixel0;pixel1;pixel2;pixel3\n7,0;0,0;12,0;1,2E+02;255,\n3;4;5;6;7\n", 0,
           PIXELS(0, 12, 120, 255, 4, 5, 6, 7), NULL);
}

Test(csv_values, pixels_of_0_to_1_with_a_fraction_are_multiplied_by_255) {
    static const char reading[] = "pixels are 0..1: multiplied by 255";
    expect(HEADER "7,0,.5,1,0.25\n3,1.0,0.019607843,1.0000001,1e-9\n", 0, PIXELS(0, 128, 255, 64, 255, 5, 255, 0),
           reading);
    expect(HEADER "7,0,1,1,0\n3,1,0,0,0.1\n", 0, PIXELS(0, 255, 255, 0, 255, 0, 0, 26), reading);
    expect(HEADER "7,0,1,1,0.5\n3,1,0,0,1\n", 0, PIXELS(0, 255, 255, 128, 255, 0, 0, 255), reading);
}

Test(csv_values, pixels_of_0_and_1_without_a_fraction_are_left_as_they_are) {
    expect(HEADER "7,0,1,1,0\n3,1,0,0,1\n", 0, PIXELS(0, 1, 1, 0, 1, 0, 0, 1), NULL);
    expect(HEADER "7,0.0,1.0,1,0\n3,1,0,0,1\n", 0, PIXELS(0, 1, 1, 0, 1, 0, 0, 1), NULL);
}

Test(csv_values, a_pixel_above_1_anywhere_makes_fractions_rounded) {
    static const char reading[] = "pixels have fractions: rounded";
    expect(HEADER "7,0,.5,1,0.4999\n3,2,0.1,12.5,12.49\n", 0, PIXELS(0, 1, 1, 0, 2, 0, 13, 12), reading);
    expect(HEADER "7,0,.5,1,0.4999\n3,2,0,12,255\n", 0, PIXELS(0, 1, 1, 0, 2, 0, 12, 255), reading);
    expect(HEADER "7,0,2,1,0\n3,0.5,0.25,1,0.75\n", 0, PIXELS(0, 2, 1, 0, 1, 0, 1, 1), reading);
    expect(HEADER "7,0,1,1,0\n3,0.5,1,1.5,255.4\n", 0, PIXELS(0, 1, 1, 0, 1, 1, 2, 255), reading);
}

Test(csv_values, the_scale_asked_for_multiplies_pixels) {
    expect(HEADER "7,0,1,2,16\n3,4,0.5,15.9,0.03\n", 15.9375, PIXELS(0, 16, 32, 255, 64, 8, 253, 0), NULL);
    expect(HEADER "7,0,0.5,1,0\n3,1,1,1,1\n", 1, PIXELS(0, 1, 1, 0, 1, 1, 1, 1), NULL);
    expect(HEADER "7,0,65535,32768,256\n3,1,1,1,1000\n", 1 / 257.0, PIXELS(0, 255, 128, 1, 0, 0, 0, 4), NULL);
}

Test(csv_values, what_is_out_of_range_once_it_is_multiplied_is_refused_with_line_and_column) {
    static const char message[] =
        "a.csv:3:4: pixel value 16 times the scale is out of range 0..255: use a smaller --scale";
    expect_refused(HEADER "7,0,1,2,3\n3,4,5,16,17\n1,99,0,0,0\n", 16, message);
    expect_refused(HEADER "7,0,1,2,3\n3,4,5, 16,17\n1,99,0,0,0\n", 16, message);
    expect_refused("pixel3,pixel1,id,pixel2,pixel0\n0,1,2,3,4\n3,4,100,16,5\n", 16, message);
}

Test(csv_values, pixels_outside_0_to_255_are_refused_with_what_to_do) {
    expect_refused(HEADER "7,0,256,0,0\n", 0,
                   "a.csv:2:3: pixel value 256 is out of range 0..255: multiply pixels with --scale");
    expect_refused(HEADER "7,0,255.5,0,0\n", 0,
                   "a.csv:2:3: pixel value 255.5 is out of range 0..255: multiply pixels with --scale");
    expect_refused(HEADER "7,0,1e300,0,0\n", 0,
                   "a.csv:2:3: pixel value 1e300 is out of range 0..255: multiply pixels with --scale");
    expect_refused(
        HEADER "7,0,-0.5,0,0\n", 0,
        "a.csv:2:3: pixel value -0.5 is out of range 0..255: if this column is not a pixel, name it with --skip");
}

Test(csv_values, labels_may_be_whole_numbers_with_a_point) {
    clenet_dataset *dataset;
    cr_assert_eq(load(&dataset, HEADER "2.0,0,0,0,0\n0,0,0,0,0\n1e0,0,0,0,0\n", 0), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_classes(dataset), 3);
    cr_expect_arr_eq(clenet_dataset_labels(dataset), PIXELS(2, 0, 1), 3);
    clenet_dataset_free(dataset);
    expect_refused(
        HEADER "2.5,0,0,0,0\n", 0,
        "a.csv:2:1: label '2.5' is not a whole number: if another column is the label, name it with --label");
}

/* ---- decimal numbers ----------------------------------------------------------------------------------- */

Test(csv_values, decimals_are_read_to_the_15th_digit) {
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"12", 12},
                {" 12.50\t", 12.5},
                {".5", .5},
                {"5.", 5},
                {"+1e2", 100},
                {"1E-2", .01},
                {"0.1", .1},
                {"0.001", .001},
                {"-1.25", -1.25},
                {"123456789012345678901", 123456789012345678901.},
                {"0e9999999999", 0},
                {"1e-9999999999", 0},
                {"0.019607843137254902", 0.019607843137254902}};
    static const char *const bad[] = {"",    " ",   ".",   "-",   "e1",   "1e",    "1e+", "1x",
                                      "1 2", "1,5", "nan", "inf", "0x10", "1.2.3", "--1"};
    double value = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_expect(csv_decimal(&value, good[i].text, strlen(good[i].text), false), "%s", good[i].text);
        cr_expect(fabs(value - good[i].value) <= 1e-15 * fabs(good[i].value), "%s is %.17g", good[i].text, value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(csv_decimal(&value, bad[i], strlen(bad[i]), false), "%s", bad[i]);
    cr_expect(csv_decimal(&value, "1,5", 3, true) && value == 1.5);
}

Test(csv_values, decimals_of_many_digits_keep_their_size) {
    char text[3000] = "0.";
    double value = 0;
    memset(text + 2, '0', 2000);
    strcpy(text + 2002, "25e2000");
    cr_expect(csv_decimal(&value, text, strlen(text), false) && value == 0.25, "%g", value);
    memset(text + 2, '3', 2000);
    text[2002] = '\0';
    cr_expect(csv_decimal(&value, text, strlen(text), false) && value > 0.333 && value < 0.334, "%g", value);
    memset(text, '1', 2000);
    strcpy(text + 2000, "e-1999");
    cr_expect(csv_decimal(&value, text, strlen(text), false) && value > 1.11 && value < 1.12, "%g", value);
}
