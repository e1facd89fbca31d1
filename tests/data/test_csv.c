/* test_csv.c - good CSVs are read as they are meant, and bad ones are refused with file, line and cell. */
#include "clenet/clenet.h"

#include "../scratch.h"

TestSuite(csv, .init = scratch_enter, .fini = scratch_leave);

#define HEADER "label,pixel0,pixel1,pixel2,pixel3\n"

static clenet_error error;

/* Labels are those of digits. */
static clenet_load_options digits(void) {
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.classes = 10;
    return options;
}

/* Loads the bytes as "a.csv" and expects images of 2x2 pixels. */
static clenet_dataset *loaded(const char *text, size_t count) {
    clenet_dataset *dataset = NULL;
    clenet_load_options options = digits();
    scratch_write("a.csv", text, count);
    cr_assert_eq(clenet_dataset_load(&dataset, "a.csv", &options, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_dataset_height(dataset), 2);
    cr_assert_eq(clenet_dataset_width(dataset), 2);
    cr_expect_eq(clenet_dataset_channels(dataset), 1);
    cr_expect_eq(clenet_dataset_classes(dataset), 10);
    return dataset;
}

/* The text gives the two rows 7: 0 1 2 255 and 3: 4 5 6 7. */
static void expect_two_rows(const char *text) {
    static const uint8_t pixels[] = {0, 1, 2, 255, 4, 5, 6, 7}, labels[] = {7, 3};
    clenet_dataset *dataset = loaded(text, strlen(text));
    cr_assert_eq(clenet_dataset_rows(dataset), 2);
    cr_expect_arr_eq(clenet_dataset_images(dataset), pixels, sizeof pixels);
    cr_assert_not_null(clenet_dataset_labels(dataset));
    cr_expect_arr_eq(clenet_dataset_labels(dataset), labels, sizeof labels);
    clenet_dataset_free(dataset);
}

static void expect_bytes_refused(const char *text, size_t count, const char *message) {
    clenet_dataset *dataset = NULL;
    clenet_load_options options = digits();
    scratch_write("a.csv", text, count);
    cr_expect_eq(clenet_dataset_load(&dataset, "a.csv", &options, &error), CLENET_ERROR_FORMAT);
    cr_expect_eq(error.status, CLENET_ERROR_FORMAT);
    cr_expect_null(dataset);
    cr_expect_str_eq(error.message, message);
}

static void expect_refused(const char *text, const char *message) {
    expect_bytes_refused(text, strlen(text), message);
}

/* ---- good files ------------------------------------------------------------------------------------- */

Test(csv, a_plain_file_gives_its_images_and_labels) {
    expect_two_rows(HEADER "7,0,1,2,255\n3,4,5,6,7\n");
}

Test(csv, the_last_newline_may_be_missing) {
    expect_two_rows(HEADER "7,0,1,2,255\n3,4,5,6,7");
}

Test(csv, lines_may_end_as_on_windows) {
    expect_two_rows("label,pixel0,pixel1,pixel2,pixel3\r\n7,0,1,2,255\r\n3,4,5,6,7\r\n");
}

Test(csv, a_byte_order_mark_is_skipped) {
    expect_two_rows("\xEF\xBB\xBF" HEADER "7,0,1,2,255\n3,4,5,6,7\n");
}

Test(csv, cells_may_be_quoted) {
    expect_two_rows("\"label\",\"pixel0\",pixel1,\"pixel2\",pixel3\n\"7\",0,\"1\",\"2\",\"255\"\n3,\" 4 \",5,6,\"7\"");
}

Test(csv, cells_may_have_blanks_around_and_zeros_in_front) {
    expect_two_rows(HEADER " 7 , 0,1 ,\t2,255 \n3,0004,05,006,0000000007\n");
}

Test(csv, the_label_may_stand_in_the_middle) {
    expect_two_rows("pixel0,pixel1,label,pixel2,pixel3\n0,1,7,2,255\n4,5,3,6,7\n");
}

Test(csv, the_label_may_stand_last) {
    expect_two_rows("pixel0,pixel1,pixel2,pixel3,label\n0,1,2,255,7\n4,5,6,7,3\n");
}

Test(csv, blank_lines_are_skipped) {
    expect_two_rows("\n" HEADER "\n7,0,1,2,255\n\n \n3,4,5,6,7\n\n\n");
}

Test(csv, a_file_without_labels_gives_images_alone) {
    static const char text[] = "pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n";
    clenet_dataset *dataset = loaded(text, sizeof text - 1);
    cr_expect_eq(clenet_dataset_rows(dataset), 1);
    cr_expect_null(clenet_dataset_labels(dataset));
    cr_expect_eq(clenet_dataset_images(dataset)[3], 4);
    clenet_dataset_free(dataset);
}

/* count pixel columns and one row of count times "9"; free() it. */
static char *wide(size_t count) {
    char *text = calloc(count, 20);
    cr_assert_not_null(text);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) at += (size_t)sprintf(text + at, "%spixel%zu", i == 0 ? "" : ",", i);
    for (size_t i = 0; i < count; i++) at += (size_t)sprintf(text + at, "%s9", i == 0 ? "\n" : ",");
    return text;
}

Test(csv, any_square_of_pixels_is_an_image) {
    const int sides[] = {1, 3, 8, 28, 300};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        clenet_dataset *dataset = NULL;
        size_t count = (size_t)sides[i] * (size_t)sides[i];
        char *text = wide(count);
        scratch_text("a.csv", text);
        cr_assert_eq(clenet_dataset_load(&dataset, "a.csv", NULL, &error), CLENET_OK, "%s", error.message);
        cr_expect_eq(clenet_dataset_height(dataset), sides[i]);
        cr_expect_eq(clenet_dataset_width(dataset), sides[i]);
        cr_expect_eq(clenet_dataset_images(dataset)[count - 1], 9);
        clenet_dataset_free(dataset);
        free(text);
    }
}

Test(csv, labels_may_run_as_far_as_the_classes_asked_for) {
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    clenet_dataset *dataset = NULL;
    cr_expect_eq(options.classes, 0, "counted");
    options.classes = 26;
    scratch_text("a.csv", HEADER "25,0,0,0,0\n");
    cr_assert_eq(clenet_dataset_load(&dataset, "a.csv", &options, &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_labels(dataset)[0], 25);
    cr_expect_eq(clenet_dataset_classes(dataset), 26);
    clenet_dataset_free(dataset);
    scratch_text("a.csv", HEADER "26,0,0,0,0\n");
    cr_expect_eq(clenet_dataset_load(&dataset, "a.csv", &options, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "a.csv:2:1: label 26 is out of range 0..25");
}

/* ---- other headers ---------------------------------------------------------------------------------- */

/* The same two rows as expect_two_rows, and what is told of the columns. */
static void expect_reading(const char *text, const char *reading) {
    clenet_dataset *dataset = loaded(text, strlen(text));
    const char *told = clenet_dataset_reading(dataset);
    cr_assert_not_null(told, "nothing is told of %s", text);
    cr_expect_str_eq(told, reading);
    clenet_dataset_free(dataset);
    expect_two_rows(text);
}

Test(csv, of_kaggles_header_nothing_is_told) {
    static const char text[] = HEADER "7,0,1,2,255\n";
    clenet_dataset *dataset = loaded(text, sizeof text - 1);
    cr_expect_null(clenet_dataset_reading(dataset));
    clenet_dataset_free(dataset);
}

Test(csv, the_label_may_have_another_name) {
    expect_reading("Label,pixel0,pixel1,pixel2,pixel3\n7,0,1,2,255\n3,4,5,6,7\n",
                   "column 1, 'Label', is the label; 4 pixels of 0..255");
    expect_reading("pixel1,pixel2,pixel3,pixel4,class\n0,1,2,255,7\n4,5,6,7,3\n",
                   "column 5, 'class', is the label; 4 pixels of 0..255");
}

Test(csv, pixels_may_count_from_any_number_and_in_rows_and_columns) {
    expect_reading("label,x5,x6,x7,x8\n7,0,1,2,255\n3,4,5,6,7\n",
                   "column 1, 'label', is the label; 4 pixels of 0..255");
    expect_reading("label,1x1,1x2,2x1,2x2\n7,0,1,2,255\n3,4,5,6,7\n",
                   "column 1, 'label', is the label; 4 pixels of 0..255");
    expect_reading("label,a,b,c,d\n7,0,1,2,255\n3,4,5,6,7\n", "column 1, 'label', is the label; 4 pixels of 0..255");
}

Test(csv, pixels_are_put_into_the_order_of_their_numbers) {
    expect_reading("pixel3,label,pixel1,pixel0,pixel2\n255,7,1,0,2\n7,3,5,4,6\n",
                   "column 2, 'label', is the label; 4 pixels of 0..255 in the order of their numbers");
    expect_reading("label,1x1,2x1,1x2,2x2\n7,0,2,1,255\n3,4,6,5,7\n",
                   "column 1, 'label', is the label; 4 pixels of 0..255 in the order of their rows and columns");
}

Test(csv, a_column_of_row_numbers_is_left_out) {
    expect_reading("id,label,pixel0,pixel1,pixel2,pixel3\n0,7,0,1,2,255\n70000,3,4,5,6,7\n",
                   "column 2, 'label', is the label; 4 pixels of 0..255; column 1, 'id', is left out");
    expect_reading(",label,pixel0,pixel1,pixel2,pixel3\n0,7,0,1,2,255\nx,3,4,5,6,7\n",
                   "column 2, 'label', is the label; 4 pixels of 0..255; column 1, '', is left out");
}

Test(csv, cells_may_be_separated_by_semicolons_or_tabs) {
    expect_two_rows("label;pixel0;pixel1;pixel2;pixel3\n7;0;1;2;255\n3;4;5;6;7\n");
    expect_two_rows("label\tpixel0\tpixel1\tpixel2\tpixel3\r\n7\t0\t1\t2\t255\r\n3\t4\t5\t6\t7\r\n");
}

Test(csv, a_file_may_have_no_header) {
    expect_reading("7,0,1,2,255\n3,4,5,6,7\n", "no header; column 1 is the label, 4 pixels of 0..255");
    expect_reading("\xEF\xBB\xBF"
                   "7,0,1,2,255\r\n3,4,5,6,7\r\n",
                   "no header; column 1 is the label, 4 pixels of 0..255");
    expect_reading("7;0;1;2;255\n3;4;5;6;7\n", "no header; column 1 is the label, 4 pixels of 0..255");
}

Test(csv, without_a_header_a_column_that_changes_is_the_label_if_the_other_does_not) {
    static const char first[] = "7,1,2,3,0\n3,4,5,6,0\n", last[] = "0,1,2,3,7\n0,4,5,6,3\n",
                      none[] = "0,1,2,3\n4,5,6,7\n";
    static const uint8_t labels[] = {7, 3};
    clenet_dataset *dataset = loaded(first, sizeof first - 1);
    cr_expect_arr_eq(clenet_dataset_labels(dataset), labels, sizeof labels);
    clenet_dataset_free(dataset);
    dataset = loaded(last, sizeof last - 1);
    cr_expect_str_eq(clenet_dataset_reading(dataset), "no header; column 5 is the label, 4 pixels of 0..6");
    cr_expect_arr_eq(clenet_dataset_labels(dataset), labels, sizeof labels);
    clenet_dataset_free(dataset);
    dataset = loaded(none, sizeof none - 1);
    cr_expect_null(clenet_dataset_labels(dataset));
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    clenet_dataset_free(dataset);
}

Test(csv, many_rows_with_places_are_read_in_blocks_too) {
    enum { ROWS = 60000 };
    static char text[64 + ROWS * 24] = "id,pixel3,pixel2,pixel1,pixel0,label\n";
    size_t used = strlen(text);
    for (int i = 0; i < ROWS; i++)
        used += (size_t)sprintf(text + used, "%d,%d,2,1,%d,%d\n", i % 200, i % 256, i / 256, i % 10);
    clenet_dataset *dataset = loaded(text, used);
    cr_assert_eq(clenet_dataset_rows(dataset), ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        const uint8_t *image = clenet_dataset_images(dataset) + 4 * i;
        cr_assert(image[0] == i / 256 && image[1] == 1 && image[2] == 2 && image[3] == i % 256, "row %zu", i);
        cr_assert_eq(clenet_dataset_labels(dataset)[i], i % 10);
    }
    clenet_dataset_free(dataset);
}

/* ---- bad headers ------------------------------------------------------------------------------------ */

Test(csv, an_empty_file_is_refused) {
    expect_refused("", "a.csv:1:1: the file is empty: a header such as label,pixel0,pixel1,... is required");
    expect_refused("\n\n", "a.csv:3:1: the file is empty: a header such as label,pixel0,pixel1,... is required");
    expect_refused("\xEF\xBB\xBF",
                   "a.csv:1:1: the file is empty: a header such as label,pixel0,pixel1,... is required");
}

Test(csv, a_header_without_rows_is_refused) {
    expect_refused(HEADER, "a.csv:2:1: the file has a header but no rows");
    expect_refused("pixel0", "a.csv:2:1: the file has a header but no rows");
}

Test(csv, without_a_header_and_without_a_hint_which_column_is_the_label_a_file_is_refused) {
    static const char message[] =
        "a.csv:1:1: there is no header, and column '1' or column '5' may be the label: choose --label 1 or --label 5";
    expect_refused("7,0,1,2,5\n", message);
    expect_refused("7,0,1,2,5\n3,4,5,6,7\n", message);
}

Test(csv, another_character_between_cells_than_in_the_first_line_is_refused) {
    expect_refused("label;pixel0\n7;0\n2,7\n", "a.csv:3:1: label '2,7' is not a whole number 0..9");
}

Test(csv, without_a_header_labels_out_of_range_are_refused_and_not_looked_for_elsewhere) {
    expect_refused("46,0,1,2,0\n3,4,5,6,0\n", "a.csv:1:1: label 46 is out of range 0..9");
}

Test(csv, text_that_is_no_table_is_refused_at_its_first_line) {
    expect_refused("this is no table\nof digits\n", "a.csv:1:1: 'this is no table' is not the name of a pixel, and no "
                                                    "column is named 'label': give a first line such as "
                                                    "label,pixel0,pixel1,...");
}

Test(csv, pixel_names_with_a_gap_or_a_number_twice_are_refused) {
    expect_refused(
        "label,pixel0,pixel1,pixel3,pixel4\n7,0,1,2,3\n",
        "a.csv:1:5: 'pixel4' does not fit the names of the other pixels: a number is missing or there twice");
    expect_refused(
        "pixel0,pixel1,pixel1,pixel2\n0,1,2,3\n",
        "a.csv:1:3: 'pixel1' does not fit the names of the other pixels: a number is missing or there twice");
    expect_refused("1x1,1x2,3x1,3x2\n0,1,2,3\n",
                   "a.csv:1:3: '3x1' does not fit the names of the other pixels: a number is missing or there twice");
}

Test(csv, a_second_label_column_is_refused) {
    expect_refused("label,pixel0,label\n",
                   "a.csv:1:3: column 3 is named 'label' like column 1: rename it, or choose --skip 3");
    expect_refused("Class,pixel0,y\n",
                   "a.csv:1:3: columns 'Class' and 'y' may both be the label: choose --label Class or --label y");
}

Test(csv, pixel_columns_that_make_no_square_are_refused) {
    static const char message[] =
        "a.csv:1:6: 5 pixel columns do not make a square image: there must be 1, 4, 9, ... 784 (28x28) "
        "..., or three times as many";
    expect_refused("label,pixel0,pixel1,pixel2,pixel3,pixel4\n1,2,3,4,5,6\n", message);
    expect_refused("label\n1\n",
                   "a.csv:1:1: 0 pixel columns do not make a square image: there must be 1, 4, 9, ... 784 "
                   "(28x28) ..., or three times as many");
}

Test(csv, binary_garbage_is_refused) {
    expect_bytes_refused("\x7f"
                         "ELF\x02\x01\0\0\0",
                         9, "a.csv:1:1: a NUL byte in the header: this is not CSV text, or damaged");
}

/* ---- bad rows --------------------------------------------------------------------------------------- */

Test(csv, a_value_of_256_is_refused_with_line_and_column) {
    expect_refused(HEADER "7,0,1,2,255\n7,0,1,256,3\n",
                   "a.csv:3:4: pixel value 256 is out of range 0..255: multiply pixels with --scale");
    expect_refused(HEADER "7,0,1,2,1000\n",
                   "a.csv:2:5: pixel value 1000 is out of range 0..255: multiply pixels with --scale");
}

Test(csv, a_negative_value_is_refused) {
    expect_refused(
        HEADER "7,-1,1,2,3\n",
        "a.csv:2:2: pixel value -1 is out of range 0..255: if this column is not a pixel, name it with --skip");
}

Test(csv, a_value_that_is_no_number_is_refused) {
    expect_refused(HEADER "7,0,1,2,1.5.\n", "a.csv:2:5: pixel value '1.5.' is not a number 0..255");
    expect_refused(HEADER "7,0,1,2,abc\n", "a.csv:2:5: pixel value 'abc' is not a number 0..255");
    expect_refused(HEADER "7,0,1,2,-\n", "a.csv:2:5: pixel value '-' is not a number 0..255");
    expect_refused(HEADER "7,0,1,2,1 2\n", "a.csv:2:5: pixel value '1 2' is not a number 0..255");
    expect_refused(HEADER "seven,0,1,2,3\n", "a.csv:2:1: label 'seven' is not a whole number 0..9");
}

Test(csv, an_empty_cell_is_refused) {
    expect_refused(HEADER "7,0,,2,3\n", "a.csv:2:3: the cell is empty: it needs a pixel value 0..255");
    expect_refused(HEADER "7,0,1,\" \",3\n", "a.csv:2:4: the cell is empty: it needs a pixel value 0..255");
    expect_refused(HEADER ",0,1,2,3\n", "a.csv:2:1: the cell is empty: it needs a label 0..9");
    expect_refused(HEADER "7,0,1,2,", "a.csv:2:5: the cell is empty: it needs a pixel value 0..255");
}

Test(csv, a_nul_byte_is_refused) {
    static const char text[] = HEADER "7,0,1,2,3\n7,0,1\0,2,3\n";
    expect_bytes_refused(text, sizeof text - 1,
                         "a.csv:3:3: a NUL byte in the cell: the file is damaged; fetch or copy it again");
}

Test(csv, a_label_of_10_is_refused) {
    expect_refused(HEADER "9,0,1,2,3\n10,0,1,2,3\n", "a.csv:3:1: label 10 is out of range 0..9");
    expect_refused("pixel0,label\n1,-1\n", "a.csv:2:2: label -1 is out of range 0..9");
}

Test(csv, a_row_with_too_few_cells_is_refused) {
    expect_refused(HEADER "7,0,1,2,3\n7,0,1\n9,0,1,2,3\n",
                   "a.csv:3:4: the row has 3 cells, and the header 5: cells are missing from here on");
    expect_refused(HEADER "7", "a.csv:2:2: the row has 1 cell, and the header 5: cells are missing from here on");
}

Test(csv, a_row_with_too_many_cells_is_refused) {
    expect_refused(HEADER "7,0,1,2,3,x,4,\n",
                   "a.csv:2:6: the row has 8 cells, and the header 5: this cell is unexpected");
}

Test(csv, an_unlabelled_row_among_labelled_ones_is_refused) {
    expect_refused(HEADER "7,0,1,2,3\n0,1,2,3\n",
                   "a.csv:3:5: the row has 4 cells, and the header 5: cells are missing from here on");
}

Test(csv, blank_lines_count_in_the_line_of_a_message) {
    expect_refused("\n" HEADER "\n7,0,1,2,3\n\n\n7,0,1,2,x\n", "a.csv:7:5: pixel value 'x' is not a number 0..255");
    expect_refused("label,pixel0\r\n\r\n7,0\r\n\r\n7,x\r\n", "a.csv:5:2: pixel value 'x' is not a number 0..255");
}

Test(csv, a_quote_within_a_cell_is_refused) {
    expect_refused(HEADER "7,0,1\"1,2,3\n",
                   "a.csv:2:3: quotes do not match: put the whole cell in quotes, or none of it");
    expect_refused(HEADER "7,0,\"1\"1,2,3\n",
                   "a.csv:2:3: quotes do not match: put the whole cell in quotes, or none of it");
}

Test(csv, a_quote_that_is_never_closed_is_refused_at_its_opening) {
    expect_refused(HEADER "7,0,\"1,2,3\n7,0,1,2,3\n",
                   "a.csv:2:3: quotes do not match: put the whole cell in quotes, or none of it");
    enum { ROWS = 20000 };
    static char text[100 + ROWS * 10] = HEADER "7,\"";
    for (int i = 0; i < ROWS; i++) memcpy(text + 37 + i * 10, "7,0,1,2,3\n", 10);
    expect_refused(text, "a.csv:2:2: the cell has more than 65536 bytes: is a closing quote missing?");
}

Test(csv, long_and_unprintable_garbage_is_cut_and_made_printable) {
    expect_refused(HEADER "7,0,1,2,\x1b[31mred\x1b[0m and a long tail of words\n",
                   "a.csv:2:5: pixel value '?[31mred?[0m and a long ...' is not a number 0..255");
    expect_refused(
        HEADER "7,0,1,2,1111111111111111111111111\n",
        "a.csv:2:5: pixel value '111111111111111111111111...' is out of range 0..255: multiply pixels with --scale");
}

Test(csv, the_first_of_several_errors_is_told) {
    expect_refused(HEADER "7,x,y,2\n10,0,0,0,0\n", "a.csv:2:2: pixel value 'x' is not a number 0..255");
}

Test(csv, a_failure_leaves_the_callers_data_set_unchanged) {
    clenet_dataset *dataset = loaded(HEADER "1,2,3,4,5\n", sizeof HEADER + 9), *before = dataset;
    scratch_text("b.csv", HEADER "x");
    cr_expect_eq(clenet_dataset_load(&dataset, "b.csv", NULL, NULL), CLENET_ERROR_FORMAT);
    cr_expect_eq(dataset, before);
    clenet_dataset_free(dataset);
}

/* ---- larger files: more than one block of the stream ------------------------------------------------ */

enum { MANY = 50000 };

static char *many_rows(size_t *count) {
    char *text = malloc(sizeof HEADER + MANY * 20);
    cr_assert_not_null(text);
    *count = (size_t)sprintf(text, HEADER);
    for (int i = 0; i < MANY; i++) {
        *count += (size_t)sprintf(text + *count, "%d,%d,%d,%d,%d\n", i % 10, i % 256, i / 256 % 256, 0, 255);
    }
    return text;
}

Test(csv, a_larger_file_keeps_every_row_in_order) {
    size_t count;
    char *text = many_rows(&count);
    clenet_dataset *dataset = loaded(text, count);
    cr_assert_eq(clenet_dataset_rows(dataset), MANY);
    for (size_t i = 0; i < MANY; i++) {
        const uint8_t *image = clenet_dataset_images(dataset) + 4 * i;
        cr_assert(image[0] == i % 256 && image[1] == i / 256 % 256 && image[2] == 0 && image[3] == 255);
        cr_assert_eq(clenet_dataset_labels(dataset)[i], i % 10);
    }
    clenet_dataset_free(dataset);
    free(text);
}

Test(csv, a_bad_cell_at_the_end_of_a_larger_file_is_found) {
    size_t count;
    char *text = many_rows(&count);
    memcpy(text + count - 4, "x55\n", 4);
    expect_bytes_refused(text, count, "a.csv:50001:5: pixel value 'x55' is not a number 0..255");
    free(text);
}
