/* test_clock.c - time goes forward. */
#include "lib/base/clock.h"

#include <criterion/criterion.h>
#include <time.h>

Test(clock, a_pause_of_20_milliseconds_takes_at_least_that_long) {
    double before = clock_seconds();
    struct timespec pause = {.tv_nsec = 20000000};
    cr_assert_eq(nanosleep(&pause, NULL), 0);
    double passed = clock_seconds() - before;
    cr_expect_geq(passed, 0.02);
    cr_expect_lt(passed, 10.0);
}
