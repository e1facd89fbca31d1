/* test_csv_columns.c - the columns of a CSV are found by hand, by name, by count and by the first rows. */
#include "clenet/clenet.h"

#include "../scratch.h"

TestSuite(csv_columns, .init = scratch_enter, .fini = scratch_leave);

#define PIXELS(...) ((const uint8_t[]){__VA_ARGS__})
#define ROWS "7,0,1,2,255\n3,4,5,6,7\n"

static clenet_error error;
static clenet_load_options options; /* of the next file */

static void set(const char *label, const char *skip, bool optional) {
    clenet_load_options_init(&options, sizeof options);
    options.label = label;
    options.skip = skip;
    options.columns_optional = optional;
}

static clenet_dataset *load_bytes(const char *text, size_t count) {
    clenet_dataset *dataset = NULL;
    if (options.size == 0) set(NULL, NULL, false);
    scratch_write("a.csv", text, count);
    cr_assert_eq(clenet_dataset_load(&dataset, "a.csv", &options, &error), CLENET_OK, "%s: %s", text, error.message);
    return dataset;
}

static void expect_told(const clenet_dataset *dataset, const char *reading) {
    const char *told = clenet_dataset_reading(dataset);
    cr_assert_eq(told == NULL, reading == NULL, "'%s'", told);
    if (reading != NULL) cr_expect_str_eq(told, reading, "'%s'", told);
}

/* The text gives the rows 7: 0 1 2 255 and 3: 4 5 6 7, and this reading. labels: false if there are none. */
static void expect_bytes(const char *text, size_t count, bool labels, const char *reading) {
    static const uint8_t pixels[] = {0, 1, 2, 255, 4, 5, 6, 7};
    clenet_dataset *dataset = load_bytes(text, count);
    cr_assert_eq(clenet_dataset_rows(dataset), 2);
    cr_assert_eq(clenet_dataset_height(dataset), 2);
    for (int i = 0; i < 8; i++) cr_expect_eq(clenet_dataset_images(dataset)[i], pixels[i], "pixel %d of %s", i, text);
    cr_assert_eq(clenet_dataset_labels(dataset) != NULL, labels, "%s", text);
    for (size_t i = 0; labels && i < 2; i++)
        cr_expect_str_eq(clenet_dataset_class_name(dataset, clenet_dataset_labels(dataset)[i]), i == 0 ? "7" : "3",
                         "%s", text);
    expect_told(dataset, reading);
    clenet_dataset_free(dataset);
}

static void expect(const char *text, bool labels, const char *reading) {
    expect_bytes(text, strlen(text), labels, reading);
}

static void expect_refused(const char *text, const char *message) {
    clenet_dataset *dataset = NULL;
    if (options.size == 0) set(NULL, NULL, false);
    scratch_text("a.csv", text);
    cr_expect_eq(clenet_dataset_load(&dataset, "a.csv", &options, &error), CLENET_ERROR_FORMAT, "%s", text);
    cr_expect_str_eq(error.message, message, "%s", error.message);
    clenet_dataset_free(dataset);
}

/* ---- by hand ------------------------------------------------------------------------------------------- */

Test(csv_columns, the_label_is_chosen_by_its_name_or_its_number) {
    static const char text[] = "pixel0,What,pixel1,pixel2,pixel3\n0,7,1,2,255\n4,3,5,6,7\n";
    static const char reading[] = "column 2, 'What', is the label; 4 pixels of 0..255";
    const char *const names[] = {"What", "what", "2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        set(names[i], NULL, false);
        expect(text, true, reading);
    }
    set("5", NULL, false);
    expect("0,1,2,255,7\n4,5,6,7,3\n", true, "no header; column 5 is the label, 4 pixels of 0..255");
}

Test(csv_columns, a_name_counts_before_a_number) {
    set("2", NULL, false);
    expect("2,What,pixel0,pixel1,pixel2,pixel3\n7,9,0,1,2,255\n3,9,4,5,6,7\n", true,
           "column 1, '2', is the label; 4 pixels of 0..255; column 2, 'What', is left out");
}

Test(csv_columns, another_column_than_the_one_that_is_called_label_may_be_chosen) {
    set("digit2", NULL, false);
    expect("label,digit2,pixel0,pixel1,pixel2,pixel3\n1,7,0,1,2,255\n1,3,4,5,6,7\n", true,
           "column 2, 'digit2', is the label; 4 pixels of 0..255; column 1, 'label', is left out");
}

Test(csv_columns, without_labels_the_column_of_the_labels_is_left_out) {
    set("none", NULL, false);
    expect("label,pixel0,pixel1,pixel2,pixel3\n" ROWS, false, "4 pixels of 0..255; column 1, 'label', is left out");
    expect("pixel0,pixel1,pixel2,pixel3\n0,1,2,255\n4,5,6,7\n", false, NULL);
    expect("7,0,1,2,255\n3,4,5,6,7\n", false, "no header; 4 pixels of 0..255; column 1 is left out");
    expect("writer,pixel0,pixel1,pixel2,pixel3,x\nme,0,1,2,255,5\nyou,4,5,6,7,5\n", false,
           "4 pixels of 0..255; column 1, 'writer', and 1 other are left out");
}

Test(csv_columns, columns_are_left_out_by_name_or_number) {
    set(NULL, "writer, 3", false);
    expect("label,writer,Usage,a,b,c,d\n7,me,x,0,1,2,255\n3,you,,4,5,6,7\n", true,
           "column 1, 'label', is the label; 4 pixels of 0..255; column 2, 'writer', and 1 other are left out");
    set(NULL, "1", false);
    expect("9,0,1,2,255\n9,4,5,6,7\n", false, "no header; 4 pixels of 0..255; column 1 is left out");
    set("1", "1", false);
    expect_refused("9,0,1,2,255\n",
                   "a.csv:1:1: column 1 is both the label and skipped: name it in --label or in --skip, not in both");
}

Test(csv_columns, an_unknown_column_is_refused_with_the_columns_there_are) {
    set("clas", NULL, false);
    expect_refused("class,pixel0\n1,2\n", "a.csv:1:1: there is no column 'clas'; there are class, pixel0");
    expect_refused("label,pixel0,pixel1,pixel2,pixel3,pixel4\n",
                   "a.csv:1:1: there is no column 'clas'; there are label, pixel0, pixel1, pixel2, pixel3 ...");
    expect_refused("1,2\n", "a.csv:1:1: there is no column 'clas': the columns have no names, but numbers from 1 to 2");
    set(NULL, "label,id,7", false);
    expect_refused("label,id,pixel0\n1,2,3\n", "a.csv:1:1: there is no column '7'; there are label, id, pixel0");
    set("0", NULL, false);
    expect_refused("1,2\n", "a.csv:1:1: there is no column '0': the columns have no names, but numbers from 1 to 2");
    set("99999999999999999999999", NULL, false);
    expect_refused(
        "1,2\n",
        "a.csv:1:1: there is no column '99999999999999999999999': the columns have no names, but numbers from 1 to 2");
}

Test(csv_columns, columns_of_the_training_data_may_be_missing) {
    set("What", "writer", true);
    expect("pixel0,pixel1,pixel2,pixel3\n0,1,2,255\n4,5,6,7\n", false, NULL);
    expect("What,pixel0,pixel1,pixel2,pixel3\n" ROWS, true, "column 1, 'What', is the label; 4 pixels of 0..255");
    set("1", NULL, true);
    expect("7,0,1,2,255\n3,4,5,6,7\n", true, "no header; column 1 is the label, 4 pixels of 0..255");
    clenet_dataset *dataset = load_bytes("9,1,2,3,4,5,6,7,8\n", 18);
    expect_told(dataset, "no header; 9 pixels of 0..9");
    clenet_dataset_free(dataset);
    set("5", "6", true);
    expect("0,1,2,255\n4,5,6,7\n", false, "no header; 4 pixels of 0..255");
}

/* ---- by name ------------------------------------------------------------------------------------------- */

Test(csv_columns, two_columns_that_may_be_the_label_are_refused_with_both_options) {
    expect_refused("label,y,pixel0\n1,2,3\n",
                   "a.csv:1:2: columns 'label' and 'y' may both be the label: choose --label label or --label y");
    expect_refused(
        "name,pixel0,pixel1,pixel2,pixel3\nx,0,1,2,3\ny,1,1,1,1\n",
        "a.csv:1:1: column 'name' may be the label, or not a pixel at all: choose --label name or --skip name");
    expect_refused("u,v,pixel0,pixel1,pixel2,pixel3\n2,3,0,1,2,3\n",
                   "a.csv:1:1: 2 columns are not pixels and may be the label, such as 'u' and 'v': choose one with "
                   "--label, and the others "
                   "with --skip");
    expect_refused("7,0,1,2,5\n3,4,5,6,7\n",
                   "a.csv:1:1: there is no header, and column '1' or column '5' may be the label: choose --label "
                   "1 or --label 5");
}

Test(csv_columns, one_column_of_whole_numbers_next_to_pixels_is_the_label) {
    expect("What,pixel0,pixel1,pixel2,pixel3\n" ROWS, true, "column 1, 'What', is the label; 4 pixels of 0..255");
    expect("pixel0,pixel1,pixel2,pixel3,kind\n0,1,2,255,7\n4,5,6,7,3\n", true,
           "column 5, 'kind', is the label; 4 pixels of 0..255");
    expect("letter,pixel0,pixel1,pixel2,pixel3\n" ROWS, true, "column 1, 'letter', is the label; 4 pixels of 0..255");
}

Test(csv_columns, other_columns_than_a_label_and_pixels_are_left_out) {
    expect("label,writer,pixel0,pixel1,pixel2,pixel3\n7,me,0,1,2,255\n3,you,4,5,6,7\n", true,
           "column 1, 'label', is the label; 4 pixels of 0..255; column 2, 'writer', is left out");
    expect("label,number,pixel0,pixel1,pixel2,pixel3\n7,1,0,1,2,255\n3,1,4,5,6,7\n", true,
           "column 1, 'label', is the label; 4 pixels of 0..255; column 2, 'number', is left out");
}

Test(csv_columns, labels_may_be_texts_and_any_numbers) {
    static const char text[] = "label,pixel0\ncat,1\ndog,2\n300,3\n-1,4\ncat,5\n";
    clenet_dataset *dataset = load_bytes(text, sizeof text - 1);
    cr_expect_eq(clenet_dataset_classes(dataset), 4);
    cr_expect_str_eq(clenet_dataset_class_name(dataset, 2), "cat");
    cr_expect_arr_eq(clenet_dataset_labels(dataset), PIXELS(2, 3, 1, 0, 2), 5);
    clenet_dataset_free(dataset);
}

Test(csv_columns, numbers_may_name_the_columns) {
    static char text[1000] = ",";
    for (int i = 0; i < 17; i++) sprintf(text + strlen(text), i < 16 ? "%d," : "%d\n", i);
    for (int row = 0; row < 3; row++) {
        sprintf(text + strlen(text), "%d,%d", row, 5 - row);
        for (int i = 0; i < 16; i++) sprintf(text + strlen(text), ",%d", i == 15 ? 0 : 10 * i + row);
        strcat(text, "\n");
    }
    clenet_dataset *dataset = load_bytes(text, strlen(text));
    cr_expect_eq(clenet_dataset_rows(dataset), 3);
    cr_expect_eq(clenet_dataset_images(dataset)[16 + 2], 21);
    expect_told(dataset, "column 2, '0', is the label; 16 pixels of 0..142; column 1, '', is left out");
    clenet_dataset_free(dataset);
}

Test(csv_columns, names_that_count_alike_for_the_label_and_the_pixels_are_told_apart_by_their_count) {
    expect("V1,V2,V3,V4,V5\n" ROWS, true, "column 1, 'V1', is the label; 4 pixels of 0..255");
    expect_refused("V1,V2,V3,V4,V5\n3,0,0,0,7\n7,0,0,0,3\n",
                   "a.csv:1:1: no column is named 'label', and column 'V1' or column 'V5' may be the label: choose "
                   "--label V1 or --label "
                   "V5");
}

/* ---- without names ------------------------------------------------------------------------------------- */

/* Rows of 4x4 pixels, with other cells in front. */
static const char *rows_of_16(const char *const *in_front, int rows) {
    static char text[10000];
    text[0] = '\0';
    for (int row = 0; row < rows; row++) {
        strcat(text, in_front[row]);
        for (int i = 0; i < 16; i++) sprintf(text + strlen(text), ",%d", i % 15 < 2 ? 0 : 10 * row + i);
        strcat(text, "\n");
    }
    return text;
}

Test(csv_columns, a_text_in_front_of_numbers_is_a_label_and_no_name) {
    const char *text = rows_of_16((const char *const[]){"cat", "dog"}, 2);
    clenet_dataset *dataset = load_bytes(text, strlen(text));
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    cr_expect_str_eq(clenet_dataset_class_name(dataset, 1), "dog");
    expect_told(dataset, "no header; column 1 is the label, 16 pixels of 0..24");
    clenet_dataset_free(dataset);
}

Test(csv_columns, a_row_of_numbers_that_pandas_made_unique_names_no_columns) {
    static char text[10000] = "5,0,0.1,0.2,0.3,7,9,8,0.4,0.5,0.6,0.7,0.8,0.9,0.10,0.11,0.12\n";
    strcat(text, rows_of_16((const char *const[]){"7", "3"}, 2));
    clenet_dataset *dataset = load_bytes(text, strlen(text));
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    expect_told(dataset, "the first line names no columns; column 1 is the label, 16 pixels of 0..24");
    clenet_dataset_free(dataset);
}

Test(csv_columns, row_numbers_in_front_are_left_out_if_they_count_long_enough) {
    char cells[14][8];
    const char *in_front[14];
    for (int i = 0; i < 14; i++) {
        sprintf(cells[i], "%d,%d", i, i * 7 % 10);
        in_front[i] = cells[i];
    }
    const char *text = rows_of_16(in_front, 14);
    clenet_dataset *dataset = load_bytes(text, strlen(text));
    cr_expect_eq(clenet_dataset_labels(dataset)[3], 1);
    expect_told(dataset, "no header; column 2 is the label, 16 pixels of 0..144; column 1 is left out");
    clenet_dataset_free(dataset);
}

Test(csv_columns, one_column_that_counts_is_the_label_without_names_and_doubtful_with_them) {
    char cells[14][8];
    const char *in_front[14];
    static char text[10000] = "What";
    for (int i = 0; i < 14; i++) {
        sprintf(cells[i], "%d", i);
        in_front[i] = cells[i];
    }
    const char *rows = rows_of_16(in_front, 14);
    clenet_dataset *dataset = load_bytes(rows, strlen(rows));
    cr_expect_eq(clenet_dataset_classes(dataset), 14);
    clenet_dataset_free(dataset);
    for (int i = 0; i < 16; i++) sprintf(text + strlen(text), ",pixel%d", i);
    strcat(strcat(text, "\n"), rows);
    expect_refused(
        text, "a.csv:1:1: column 'What' may be the label, or not a pixel at all: choose --label What or --skip What");
}

Test(csv_columns, decimals_need_no_header) {
    expect("7.0,0.0,1.0,2.0,255.0\n3.0,4,5,6,7\n", true, "no header; column 1 is the label, 4 pixels of 0..255");
}

/* ---- one-hot labels ------------------------------------------------------------------------------------ */

Test(csv_columns, columns_of_which_one_is_1_are_the_label) {
    expect("c3,c7,pixel0,pixel1,pixel2,pixel3\n0,1,0,1,2,255\n1,0,4,5,6,7\n", true,
           "columns 1 to 2, 'c3' to 'c7', are the label; 4 pixels of 0..255");
    expect("pixel0,pixel1,pixel2,pixel3,3,7\n0,1,2,255,False,True\n4,5,6,7,1.0,0.0\n", true,
           "columns 5 to 6, '3' to '7', are the label; 4 pixels of 0..255");
    const char *text = rows_of_16((const char *const[]){"0,0,1", "1,0,0"}, 2);
    clenet_dataset *dataset = load_bytes(text, strlen(text));
    cr_expect_arr_eq(clenet_dataset_labels(dataset), PIXELS(2, 0), 2);
    cr_expect_eq(clenet_dataset_images(dataset)[2], 2);
    expect_told(dataset, "no header; columns 1 to 3 are the label, 16 pixels of 0..24");
    clenet_dataset_free(dataset);
    dataset = load_bytes("cat,dog,pixel0,pixel1,pixel2,pixel3\n1,0,3,0,0,0\n0,1,4,0,0,0\n", 60);
    cr_expect_str_eq(clenet_dataset_class_name(dataset, clenet_dataset_labels(dataset)[1]), "dog");
    clenet_dataset_free(dataset);
}

Test(csv_columns, other_columns_than_a_one_hot_label_are_left_out) {
    expect("who,c3,c7,pixel0,pixel1,pixel2,pixel3\nme,0,1,0,1,2,255\nyou,1,0,4,5,6,7\n", true,
           "columns 2 to 3, 'c3' to 'c7', are the label; 4 pixels of 0..255; column 1, 'who', is left out");
}

Test(csv_columns, a_row_without_one_1_is_refused) {
    static const char head[] = "c0,c1,pixel0,pixel1,pixel2,pixel3\n0,1,0,1,2,255\n";
    char text[20000];
    for (int quoted = 0; quoted < 2; quoted++) {
        strcpy(text, head);
        for (int i = 0; i < 200; i++) strcat(text, "1,0,4,5,6,7\n");
        size_t good = strlen(text);
        strcpy(text + good, quoted ? "\"1\",1,4,5,6,7\n" : "1,1,4,5,6,7\n");
        expect_refused(text, "a.csv:203:2: the row has a second 1 among the columns of its one-hot label");
        strcpy(text + good, quoted ? "\"0\",0,4,5,6,7\n" : "0,0,4,5,6,7\n");
        expect_refused(text, "a.csv:203:1: the row has no 1 among the columns of its one-hot label");
        strcpy(text + good, quoted ? "1,\"2\",4,5,6,7\n" : "1,2,4,5,6,7\n");
        expect_refused(text, "a.csv:203:2: one-hot label '2' is neither 0 nor 1");
    }
}

/* ---- three channels ------------------------------------------------------------------------------------ */

Test(csv_columns, three_times_a_square_of_pixels_has_three_channels) {
    static const uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const struct {
        const char *text, *reading;
    } files[] = {
        {"label,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9,p10,p11\n0,1,2,3,4,5,6,7,8,9,10,11,12\n",
         "column 1, 'label', is the label; 12 pixels of 0..12, which are red, green and blue in turn"},
        {"label,r0,r1,r2,r3,g0,g1,g2,g3,b0,b1,b2,b3\n0,1,4,7,10,2,5,8,11,3,6,9,12\n",
         "column 1, 'label', is the label; 12 pixels of 0..12 in the order of their numbers, which are red, green and "
         "blue by their "
         "names"},
        {"1x1_r,1x2_r,2x1_r,2x2_r,1x1_g,1x2_g,2x1_g,2x2_g,1x1_b,1x2_b,2x1_b,2x2_b,label\n1,4,7,10,2,5,8,11,3,6,9,12,"
         "0\n",
         "column 13, 'label', is the label; 12 pixels of 0..12 in the order of their rows and columns, which are red, "
         "green and blue by their "
         "names"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        clenet_dataset *dataset = load_bytes(files[i].text, strlen(files[i].text));
        cr_expect_eq(clenet_dataset_channels(dataset), 3);
        cr_expect_eq(clenet_dataset_height(dataset), 2);
        cr_expect_arr_eq(clenet_dataset_images(dataset), pixels, sizeof pixels);
        expect_told(dataset, files[i].reading);
        clenet_dataset_free(dataset);
    }
}

/* ---- other texts --------------------------------------------------------------------------------------- */

Test(csv_columns, a_delimiter_may_end_each_line) {
    expect("label,pixel0,pixel1,pixel2,pixel3,\n7,0,1,2,255,\n3,4,5,6,7,\n", true, NULL);
    expect("label,pixel0,pixel1,pixel2,pixel3\n7,0,1,2,255,\n3,4,5,6,7,\n", true, NULL);
    expect("label,pixel0,pixel1,pixel2,pixel3,\n7,0,1,2,255\n3,4,5,6,7\n", true, NULL);
    expect("7,0,1,2,255,\n3,4,5,6,7,\n", true, "no header; column 1 is the label, 4 pixels of 0..255");
}

Test(csv_columns, a_first_line_may_tell_the_delimiter) {
    expect("sep=;\nlabel;pixel0;pixel1;pixel2;pixel3\n7;0;1;2;255\n3;4;5;6;7\n", true, NULL);
    expect("\"sep=|\"\r\nlabel|pixel0|pixel1|pixel2|pixel3\r\n7|0|1|2|255\r\n3|4|5|6|7\r\n", true, NULL);
    expect("SEP=\t\n7\t0\t1\t2\t255\n3\t4\t5\t6\t7\n", true, "no header; column 1 is the label, 4 pixels of 0..255");
    expect_refused("sep=;\nlabel;pixel0\n7;x\n", "a.csv:3:2: pixel value 'x' is not a number 0..255");
}

Test(csv_columns, blanks_may_separate_numbers_as_numpy_writes_them) {
    expect("# label pixel0 pixel1 pixel2 pixel3\n7.000e+00 0.000e+00 1.000e+00 2.000e+00 2.550e+02\n3 4 5 6 7\n", true,
           NULL);
    expect("7 0 1 2 255 \n3 4 5 6 7 \n", true, "no header; column 1 is the label, 4 pixels of 0..255");
}

Test(csv_columns, names_and_labels_may_be_in_single_quotes) {
    expect("'pixel1','pixel2','pixel3','pixel4','class'\n0,1,2,255,'7'\n4,5,6,7,'3'\n", true,
           "column 5, 'class', is the label; 4 pixels of 0..255");
}

Test(csv_columns, lines_may_end_as_on_old_macs) {
    expect("label,pixel0,pixel1,pixel2,pixel3\r7,0,1,2,255\r3,4,5,6,7\r", true, NULL);
    expect("7,0,1,2,255\r3,4,5,6,7", true, "no header; column 1 is the label, 4 pixels of 0..255");
}

Test(csv_columns, a_file_may_be_utf_16) {
    static const char text[] = "label,pixel0,pixel1,pixel2,pixel3\r\n7,0,1,2,255\r\n3,4,5,6,7\r\n";
    char wide[2 * sizeof text];
    for (int kind = 0; kind < 4; kind++) {
        size_t count = 0;
        bool big = kind % 2 == 1, marked = kind < 2;
        if (marked) wide[count++] = big ? '\xFE' : '\xFF';
        if (marked) wide[count++] = big ? '\xFF' : '\xFE';
        for (const char *c = text; *c != '\0'; c++) {
            wide[count + (big ? 1 : 0)] = *c;
            wide[count + (big ? 0 : 1)] = '\0';
            count += 2;
        }
        expect_bytes(wide, count, true, NULL);
    }
}

Test(csv_columns, half_a_character_at_the_end_of_utf_16_is_refused) {
    clenet_dataset *dataset = NULL;
    scratch_write("a.csv", "\xFF\xFEp\0000\0\n\0001\0002", 11);
    cr_expect_eq(clenet_dataset_load(&dataset, "a.csv", NULL, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "a.csv:2:1: pixel value '1\xEF\xBF\xBD' is not a number 0..255", "%s",
                     error.message);
}
