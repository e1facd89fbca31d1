/* test_label_places.c - labels that overlap neither each other nor a line, and short names. */
#include "cmd/figures/label_places.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static void expect_heights(double *y, size_t count, const double *wanted) {
    size_t order[8];
    labels_spread(y, order, count, 10, 0, 100);
    for (size_t i = 0; i < count; i++) cr_expect_float_eq(y[i], wanted[i], 1e-9, "label %zu at %g", i, y[i]);
}

Test(label_places, labels_with_room_stay) {
    double y[] = {50, 20, 80};
    expect_heights(y, 3, (const double[]){50, 20, 80});
}

Test(label_places, labels_that_would_overlap_move_apart_as_little_as_possible_in_their_order) {
    double equal[] = {50, 50, 50}, close[] = {52, 48, 90}, chain[] = {40, 41, 49};
    expect_heights(equal, 3, (const double[]){40, 50, 60});
    expect_heights(close, 3, (const double[]){55, 45, 90});
    expect_heights(chain, 3, (const double[]){100.0 / 3, 130.0 / 3, 160.0 / 3});
}

Test(label_places, labels_stay_within_the_plot) {
    double top[] = {0, 1, 2}, bottom[] = {100, 99};
    expect_heights(top, 3, (const double[]){0, 10, 20});
    expect_heights(bottom, 2, (const double[]){100, 90});
}

Test(label_places, too_many_labels_are_closer) {
    double y[8];
    size_t order[8];
    for (int i = 0; i < 8; i++) y[i] = 30;
    labels_spread(y, order, 8, 10, 0, 35);
    for (int i = 0; i < 8; i++) cr_expect_float_eq(y[i], 5.0 * i, 1e-9);
}

Test(label_places, a_box_meets_the_lines_through_it_only) {
    const label_box box = {10, 10, 20, 20};
    cr_expect(label_box_meets(&box, 0, 15, 30, 15));
    cr_expect(label_box_meets(&box, 0, 0, 30, 30));
    cr_expect(label_box_meets(&box, 12, 12, 13, 13), "a line within");
    cr_expect(!label_box_meets(&box, 0, 0, 9, 9));
    cr_expect(!label_box_meets(&box, 0, 15, 30, 60));
    cr_expect(!label_box_meets(&box, 5, 0, 5, 30));
    const label_box right = {20, 10, 30, 20}, over = {19, 19, 30, 30};
    cr_expect(!label_boxes_overlap(&box, &right));
    cr_expect(label_boxes_overlap(&box, &over));
}

static void expect_cut(const char *name, size_t columns, const char *wanted) {
    char cut[NAME_BYTES];
    label_cut_middle(cut, name, columns);
    cr_expect_str_eq(cut, wanted);
}

Test(label_places, long_names_are_cut_in_the_middle) {
    expect_cut("runs/12", 13, "runs/12");
    expect_cut("experiment-with-rate-0.01", 13,
               "experi\xE2\x80\xA6"
               "e-0.01");
    expect_cut("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6\xC3\xBC", 5, "\xC3\xA4\xC3\xB6\xE2\x80\xA6\xC3\xB6\xC3\xBC");
    char endless[500];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    char cut[NAME_BYTES];
    label_cut_middle(cut, endless, 400);
    cr_expect_lt(strlen(cut), NAME_BYTES);
}

static void expect_names(const char *const *paths, const char *const *wanted, size_t count) {
    label_part names[8];
    label_names(names, paths, count);
    for (size_t i = 0; i < count; i++) {
        cr_expect(names[i].length == strlen(wanted[i]) && memcmp(names[i].start, wanted[i], names[i].length) == 0,
                  "'%.*s' in place of '%s'", (int)names[i].length, names[i].start, wanted[i]);
    }
}

Test(label_places, names_are_the_folders_that_differ) {
    expect_names((const char *[]){"runs/1", "runs/2/", "runs/12/history.csv"},
                 (const char *[]){"runs/1", "runs/2", "runs/12"}, 3);
    expect_names((const char *[]){"/home/me/slow/run/history.csv", "/home/me/fast/run/history.csv"},
                 (const char *[]){"slow", "fast"}, 2);
    expect_names((const char *[]){"a/run/history.csv", "b/run/history.csv"}, (const char *[]){"a", "b"}, 2);
    expect_names((const char *[]){"run", "other.csv"}, (const char *[]){"run", "other.csv"}, 2);
    expect_names((const char *[]){"same", "same"}, (const char *[]){"same", "same"}, 2);
    expect_names((const char *[]){"/a/b/c/history.csv"}, (const char *[]){"c"}, 1);
    expect_names((const char *[]){"history.csv"}, (const char *[]){"history.csv"}, 1);
    expect_names((const char *[]){"/", "./x"}, (const char *[]){"/", "./x"}, 2);
}
