/* test_curve_axis.c - the range of curves, its ticks, and the notes about values beyond it. */
#include "cmd/figures/curve_axis.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { EPOCHS_MOST = 200 };

static curve_axis axis;
static double scratch[8 * EPOCHS_MOST];

#define CURVE(array) \
    { .values = (array), .count = sizeof(array) / sizeof(array)[0] }

static void find(curve *curves, size_t count, curve_unit unit, curve_scale scale) {
    const curve_wish wish = {.unit = unit, .scale = scale};
    curve_axis_find(&axis, curves, count, &wish, scratch);
}

static void find_accuracy(curve *curves, size_t count) {
    find(curves, count, CURVE_PERCENT, CURVE_SCALE_AUTO);
}

static const char *note_of(const curve *curves, size_t count, bool above) {
    static char text[128];
    curve_cut cut = curve_axis_cut(&axis, curves, count, above);
    if (cut.epochs == 0) return "";
    curve_cut_text(text, sizeof text, &axis, &cut, above);
    return text;
}

static void expect_note(const curve *curves, size_t count, bool above, const char *wanted) {
    cr_expect_str_eq(note_of(curves, count, above), wanted);
}

/* ---- the range ---- */

Test(curve_axis, the_first_epoch_far_below_the_rest_does_not_set_the_range_and_is_named) {
    double training[] = {0.831, 0.95, 0.965, 0.970, 0.975}, validation[] = {0.966, 0.975, 0.980, 0.984, 0.986};
    curve curves[] = {CURVE(training), CURVE(validation)};
    find_accuracy(curves, 2);
    cr_expect(axis.low > 0.94 && axis.low < 0.95, "%g", axis.low);
    cr_expect(axis.high > 0.986 && axis.high < 0.99, "%g", axis.high);
    cr_expect_eq(curves[0].early, 1);
    cr_expect_eq(curves[1].early, 0);
    expect_note(curves, 2, false, "epoch 1: 83.1 %, below the plot");
    expect_note(curves, 2, true, "");
}

Test(curve_axis, a_long_run_shows_where_it_converges) {
    double values[120];
    for (int e = 0; e < 120; e++) values[e] = 0.995 - 0.4 / ((e + 1.0) * (e + 1.0));
    curve curves[] = {CURVE(values)};
    find_accuracy(curves, 1);
    cr_expect_gt(axis.low, 0.98);
    cr_expect(curves[0].early >= 3 && curves[0].early <= 30, "%zu", curves[0].early);
    cr_expect(strstr(note_of(curves, 1, false), ": down to 59.5 %, below the plot") != NULL, "%s",
              note_of(curves, 1, false));
}

Test(curve_axis, a_steady_rise_is_shown_whole) {
    double values[10];
    for (int e = 0; e < 10; e++) values[e] = 0.8 + 0.01 * e;
    curve curves[] = {CURVE(values)};
    find_accuracy(curves, 1);
    cr_expect(axis.low < 0.8 && axis.high > 0.89);
    expect_note(curves, 1, false, "");
}

Test(curve_axis, a_fall_late_in_a_run_is_never_left_out) {
    double values[] = {0.97, 0.98, 0.981, 0.982, 0.983, 0.984, 0.985, 0.10, 0.985, 0.986};
    curve curves[] = {CURVE(values)};
    find_accuracy(curves, 1);
    cr_expect_lt(axis.low, 0.10);
    expect_note(curves, 1, false, "");
}

Test(curve_axis, an_outlier_is_shown_if_the_rest_fills_half_of_the_plot_anyway) {
    double values[] = {0.92, 0.95, 0.951, 0.952, 0.953, 0.954, 0.955, 0.93};
    curve curves[] = {CURVE(values)};
    find_accuracy(curves, 1);
    cr_expect_lt(axis.low, 0.92);
    cr_expect_eq(curves[0].early, 0);
    values[0] = 0.80;
    find_accuracy(curves, 1);
    cr_expect_gt(axis.low, 0.92);
    cr_expect_eq(curves[0].early, 1);
}

Test(curve_axis, a_worse_run_next_to_better_ones_is_shown) {
    double good[] = {0.97, 0.98, 0.981, 0.982, 0.983, 0.984}, bad[] = {0.10, 0.11, 0.12, 0.12, 0.13, 0.13};
    curve curves[] = {CURVE(good), CURVE(good), CURVE(bad)};
    find_accuracy(curves, 3);
    cr_expect_lt(axis.low, 0.10);
}

Test(curve_axis, a_single_bad_run_among_good_ones_is_shown_too) {
    double good[] = {0.97, 0.98, 0.981, 0.982, 0.983, 0.984}, bad[] = {0.10, 0.11, 0.12, 0.12, 0.13, 0.14};
    curve curves[] = {CURVE(good), CURVE(good), CURVE(good), CURVE(good), CURVE(good), CURVE(good), CURVE(bad)};
    find_accuracy(curves, 7);
    cr_expect_lt(axis.low, 0.12);
}

Test(curve_axis, a_slow_start_of_validation_does_not_set_the_range) {
    double training[] = {0.71, 0.89, 0.93, 0.937, 0.958, 0.961, 0.964, 0.973, 0.972, 0.984, 0.984, 0.986};
    double validation[] = {0.587, 0.493, 0.573, 0.863, 0.928, 0.938, 0.952, 0.958, 0.952, 0.957, 0.957, 0.948};
    curve curves[] = {CURVE(training), CURVE(validation)};
    find_accuracy(curves, 2);
    cr_expect_gt(axis.low, 0.84);
    expect_note(curves, 2, false, "epochs 1 to 3: down to 49.3 %, below the plot");
}

Test(curve_axis, the_kept_epoch_is_never_left_out) {
    double values[] = {0.5, 0.95, 0.951, 0.952, 0.953, 0.954};
    curve curves[] = {CURVE(values)};
    curves[0].kept = 1;
    find_accuracy(curves, 1);
    cr_expect_lt(axis.low, 0.5);
}

Test(curve_axis, with_fewer_than_five_epochs_all_are_shown) {
    double values[] = {0.1, 0.97, 0.98, 0.981};
    curve curves[] = {CURVE(values)};
    find_accuracy(curves, 1);
    cr_expect_lt(axis.low, 0.1);
}

Test(curve_axis, a_range_that_was_given_is_taken_and_what_it_cuts_off_is_named) {
    double values[] = {0.5, 0.91, 0.97, 0.99, 0.96, 0.98};
    curve curves[] = {CURVE(values)};
    const curve_wish wish = {.unit = CURVE_PERCENT, .low = 0.965, .high = 0.985};
    curve_axis_find(&axis, curves, 1, &wish, scratch);
    cr_expect_float_eq(axis.low, 0.965, 1e-12);
    cr_expect_float_eq(axis.high, 0.985, 1e-12);
    expect_note(curves, 1, false, "3 epochs: down to 50.0 %, below the plot");
    expect_note(curves, 1, true, "epoch 4: 99.0 %, above the plot");
}

Test(curve_axis, equal_values_are_in_the_middle) {
    double same[] = {0.9, 0.9, 0.9, 0.9, 0.9, 0.9}, zero[] = {0.0, 0.0}, perfect[] = {1.0, 1.0, 1.0};
    curve curves[] = {CURVE(same)};
    find_accuracy(curves, 1);
    cr_expect_float_eq(curve_axis_at(&axis, 0.9), 0.5, 1e-9);
    curve at_one[] = {CURVE(perfect)};
    find_accuracy(at_one, 1);
    cr_expect_float_eq(axis.high, 1.0, 1e-12);
    cr_expect_lt(axis.low, 0.999);
    curve at_zero[] = {CURVE(zero)};
    find(at_zero, 1, CURVE_PLAIN, CURVE_SCALE_AUTO);
    cr_expect(axis.low <= 0.0 && axis.high > 0.0 && axis.tick_count >= 2);
}

Test(curve_axis, without_values_there_is_an_axis_all_the_same) {
    double nothing[] = {(double)NAN, (double)INFINITY};
    curve curves[] = {CURVE(nothing)};
    find(curves, 1, CURVE_PLAIN, CURVE_SCALE_AUTO);
    cr_expect(axis.low == 0.0 && axis.high == 1.0);
    expect_note(curves, 1, true, "epoch 2: infinity, above the plot");
    find(curves, 1, CURVE_PLAIN, CURVE_SCALE_LOG);
    cr_expect(isfinite(axis.low) && axis.high > axis.low && axis.tick_count >= 2);
}

/* ---- the scale and the ticks ---- */

Test(curve_axis, losses_over_more_than_a_decade_have_a_log_scale) {
    double wide[] = {1.2, 0.4, 0.1, 0.05, 0.03}, narrow[] = {0.5, 0.4, 0.3, 0.2, 0.1}, touching[] = {1.2, 0.4, 0.0};
    curve curves[] = {CURVE(wide)}, few[] = {CURVE(narrow)}, none[] = {CURVE(touching)};
    find(curves, 1, CURVE_PLAIN, CURVE_SCALE_AUTO);
    cr_expect(axis.log);
    cr_expect_float_eq(curve_axis_at(&axis, sqrt(axis.low * axis.high)), 0.5, 1e-9);
    cr_expect_str_eq(axis.labels[0], "0.05");
    cr_expect_str_eq(axis.labels[axis.tick_count - 1], "1");
    find(few, 1, CURVE_PLAIN, CURVE_SCALE_AUTO);
    cr_expect(!axis.log);
    find(none, 1, CURVE_PLAIN, CURVE_SCALE_AUTO);
    cr_expect(!axis.log, "a loss of 0 has no place on a log scale");
    find(curves, 1, CURVE_PLAIN, CURVE_SCALE_LINEAR);
    cr_expect(!axis.log);
    find(none, 1, CURVE_PLAIN, CURVE_SCALE_LOG);
    cr_expect(axis.log);
    expect_note(none, 1, false, "epoch 3: 0, below the plot");
}

Test(curve_axis, ticks_are_round_and_have_as_many_decimals_as_they_need) {
    double values[] = {0.981, 0.9955, 0.992};
    curve curves[] = {CURVE(values)};
    find_accuracy(curves, 1);
    cr_assert_geq(axis.tick_count, 3);
    cr_expect_str_eq(axis.labels[0], "98.2 %");
    cr_expect_str_eq(axis.labels[axis.tick_count - 1], "99.6 %");
}

Test(curve_axis, every_range_has_ticks_and_few_enough) {
    static const curve_scale scales[] = {CURVE_SCALE_LINEAR, CURVE_SCALE_LOG};
    for (int i = 0; i < 2; i++) {
        for (double ratio = 1.0001; ratio < 1e30; ratio *= 1.7) {
            double values[] = {0.003, 0.003 * ratio};
            curve curves[] = {CURVE(values)};
            find(curves, 1, CURVE_PLAIN, scales[i]);
            cr_expect(axis.tick_count >= 2 && axis.tick_count <= 12, "%zu ticks, scale %d, ratio %g", axis.tick_count,
                      scales[i], ratio);
            for (size_t k = 1; k < axis.tick_count; k++) {
                cr_expect_gt(axis.ticks[k], axis.ticks[k - 1]);
                cr_expect_str_neq(axis.labels[k], axis.labels[k - 1], "scale %d, ratio %g", scales[i], ratio);
            }
        }
    }
}
