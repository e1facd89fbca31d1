/* test_csv_tables.c - digits in the forms in which people have them (tables/, of make_tables.py) are all read as the same digits. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "clenet/clenet.h"

#define ORDER "0 1 2 3 4 5 6 7 8 9 3 4"
#define PIXELS "784 pixels of 0..255"

typedef struct table {
    const char *name, *labels, *reading; /* labels: NULL without; reading: NULL if nothing is told */
} table;

static const table tables[] = {
    {"ok", ORDER, NULL},
    {"redmon_noheader", ORDER, "no header; column 1 is the label, " PIXELS},
    {"fashion_pixel1", ORDER, "column 1, 'label', is the label; " PIXELS},
    {"oddrationale_1x1", ORDER, "column 1, 'label', is the label; " PIXELS},
    {"openml_class_last", ORDER, "column 785, 'class', is the label; " PIXELS},
    {"kannada_test_id", NULL, PIXELS "; column 1, 'id', is left out"},
    {"keras_unnamed_index", ORDER, "column 2, 'label', is the label; " PIXELS "; column 1, '', is left out"},
    {"pandas_numbers", ORDER, "column 2, '0', is the label; " PIXELS "; column 1, '', is left out"},
    {"label_caps", ORDER, "column 1, 'Label', is the label; " PIXELS},
    {"semicolon", ORDER, NULL},
    {"tab", ORDER, NULL},
    {"excel_sep", ORDER, NULL},
    {"old_mac", ORDER, NULL},
    {"trailing_comma", ORDER, NULL},
    {"floats_dot0", ORDER, NULL},
    {"floats_exponent", ORDER, NULL},
    {"floats_01", ORDER, "pixels are 0..1: multiplied by 255"},
    {"floats_01_noheader", ORDER, "no header; column 1 is the label, 784 pixels; pixels are 0..1: multiplied by 255"},
    {"decimal_comma", ORDER, "pixels are 0..1: multiplied by 255"},
    {"one_hot", ORDER, "columns 1 to 10, 'c0' to 'c9', are the label; " PIXELS},
    {"one_hot_noheader", ORDER, "no header; columns 1 to 10 are the label, " PIXELS},
    {"dummies_last", ORDER, "columns 785 to 794, 'label_0' to 'label_9', are the label; " PIXELS},
    {"labels_1_to_10", "1 2 3 4 5 6 7 8 9 10 4 5", NULL},
    {"emnist_noheader_labels46", "10 14 18 22 26 30 34 38 42 46 22 26", "no header; column 1 is the label, " PIXELS},
    {"letters", "A B C D E F G H I J D E", "column 1, 'letter', is the label; " PIXELS},
    {"pixels_reordered", ORDER, "column 1, 'label', is the label; " PIXELS " in the order of their numbers"},
    {"utf16le", ORDER, NULL},
    {"utf16be", ORDER, NULL},
};

static clenet_error error;

static clenet_dataset *load(const char *name) {
    char path[512];
    clenet_dataset *dataset = NULL;
    (void)snprintf(path, sizeof path, "%s/tests/data/tables/%s.csv.gz", CLENET_SOURCE_DIR, name);
    cr_assert_eq(clenet_dataset_load(&dataset, path, NULL, &error), CLENET_OK, "%s", error.message);
    return dataset;
}

static void expect_labels(const clenet_dataset *dataset, const table *t) {
    char text[256] = "";
    const uint8_t *labels = clenet_dataset_labels(dataset);
    cr_assert_eq(labels == NULL, t->labels == NULL, "%s", t->name);
    for (size_t i = 0; labels != NULL && i < clenet_dataset_rows(dataset); i++) {
        strcat(text, i > 0 ? " " : "");
        strcat(text, clenet_dataset_class_name(dataset, labels[i]));
    }
    if (labels != NULL) cr_expect_str_eq(text, t->labels, "%s: %s", t->name, text);
}

Test(csv_tables, the_same_digits_are_read_from_each_form) {
    clenet_dataset *ok = load("ok");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const table *t = &tables[i];
        clenet_dataset *dataset = load(t->name);
        const char *told = clenet_dataset_reading(dataset);
        cr_assert_eq(clenet_dataset_rows(dataset), 12, "%s", t->name);
        cr_assert(clenet_dataset_height(dataset) == 28 && clenet_dataset_width(dataset) == 28, "%s", t->name);
        cr_expect_eq(clenet_dataset_channels(dataset), 1, "%s", t->name);
        cr_expect_arr_eq(clenet_dataset_images(dataset), clenet_dataset_images(ok), 12 * 784, "%s", t->name);
        cr_expect_eq(told == NULL, t->reading == NULL, "%s: %s", t->name, told);
        if (told != NULL && t->reading != NULL) cr_expect_str_eq(told, t->reading, "%s: %s", t->name, told);
        expect_labels(dataset, t);
        clenet_dataset_free(dataset);
    }
    clenet_dataset_free(ok);
}
