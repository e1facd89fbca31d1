/* test_curve_points.c - the line of a long run keeps its ends, its peaks and its gaps. */
#include "cmd/figures/curve_points.h"

#include <criterion/criterion.h>
#include <math.h>

enum { COUNT = 100000, MOST = 801 };

static double values[COUNT];
static size_t picked[MOST];

static bool is_picked(size_t index, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (picked[i] == index) return true;
    }
    return false;
}

Test(curve_points, few_values_are_all_picked) {
    cr_assert_eq(curve_points_pick(picked, MOST, values, MOST), MOST);
    for (size_t i = 0; i < MOST; i++) cr_expect_eq(picked[i], i);
    cr_expect_eq(curve_points_pick(picked, MOST, values, 0), 0);
}

Test(curve_points, of_many_the_ends_and_every_peak_are_picked_in_order) {
    for (int i = 0; i < COUNT; i++) values[i] = 0.5 + 0.001 * (i % 7);
    values[4711] = 0.1;
    values[4712] = 0.9;
    size_t count = curve_points_pick(picked, MOST, values, COUNT);
    cr_expect(count > MOST / 2 && count <= MOST, "%zu", count);
    for (size_t i = 1; i < count; i++) cr_expect_gt(picked[i], picked[i - 1]);
    cr_expect(is_picked(0, count) && is_picked(COUNT - 1, count));
    cr_expect(is_picked(4711, count) && is_picked(4712, count));
}

Test(curve_points, a_long_gap_stays_a_gap) {
    for (int i = 0; i < COUNT; i++) values[i] = i < COUNT / 2 ? 0.5 : (double)NAN;
    size_t count = curve_points_pick(picked, MOST, values, COUNT), missing = 0;
    for (size_t i = 0; i < count; i++) missing += isnan(values[picked[i]]) ? 1 : 0;
    cr_expect_gt(missing, 100);
}

Test(curve_points, every_count_and_limit_gives_increasing_indices) {
    for (size_t count = 0; count < 60; count++) {
        for (size_t most = 3; most < 40; most++) {
            size_t points = curve_points_pick(picked, most, values, count);
            cr_expect_leq(points, most);
            cr_expect(points == 0 || picked[points - 1] == count - 1);
            for (size_t i = 1; i < points; i++) cr_expect_gt(picked[i], picked[i - 1], "%zu of %zu", most, count);
        }
    }
}
