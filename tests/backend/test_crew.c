/* How many threads take part on a busy machine. */
#include <criterion/criterion.h>
#include <stdbool.h>

#include "lib/backend/cpu/crew.h"

enum { RUNS = 10000 };

Test(crew, on_a_quiet_machine_all_take_part) {
    crew c = crew_new(2);
    for (int run = 0; run < RUNS; run++) {
        crew_learn(&c, 0.005, run % 7 * 0.0001); /* waits that are no loss */
        cr_assert_eq(c.working, 2);
    }
}

Test(crew, one_thread_alone_is_never_left_out) {
    crew c = crew_new(1);
    crew_learn(&c, 0.005, 0.005);
    cr_expect_eq(c.working, 1);
}

Test(crew, a_thread_that_the_other_mostly_waits_for_stays_out_and_is_tried_ever_less_often) {
    crew c = crew_new(2);
    int tries = 0;
    for (int run = 0; run < RUNS; run++) {
        tries += c.working == 2;
        crew_learn(&c, 0.015, c.working == 2 ? 0.012 : 0);
    }
    cr_expect(tries > RUNS / 100 && tries < RUNS / 50, "%d tries of %d runs", tries, RUNS);
}

Test(crew, a_thread_left_out_is_back_soon_after_a_disturbance) {
    crew c = crew_new(2);
    crew_learn(&c, 0.015, 0.012);
    cr_expect_eq(c.working, 1);
    for (int run = 0; run < 4; run++) crew_learn(&c, 0.007, 0);
    cr_expect_eq(c.working, 2);
}

/* Of many threads three share their cores: whatever the threads that work, up to 13 do not wait. */
Test(crew, of_many_threads_only_those_with_shared_cores_are_left_out) {
    crew c = crew_new(16);
    int least = 16, most_late = 0;
    for (int run = 0; run < RUNS; run++) {
        bool late = c.working > 13;
        crew_learn(&c, late ? 0.003 : 0.001, late ? 0.002 * (c.working - 1) : 0);
        if (c.working < least) least = c.working;
        if (run > 100) most_late += c.working > 13;
    }
    cr_expect_eq(least, 13);
    cr_expect(most_late < RUNS / 20);
}
