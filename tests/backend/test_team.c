/* Threads that work together. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>

#include "lib/backend/cpu/team.h"

enum { MOST = 9, FEW = 3, ROUNDS = 200 };

typedef struct shared {
    team *t;
    int threads;
    int rounds;
    int step[MOST]; /* written by one thread, read by all after the barrier */
    int serial;     /* written by the last thread to arrive */
    atomic_int failures, runs;
} shared;

/* After each barrier every thread must see every other's last write. */
static void rounds(void *context, int thread) {
    shared *s = context;
    atomic_fetch_add(&s->runs, 1);
    for (int round = 1; round <= s->rounds; round++) {
        s->step[thread] = round;
        team_barrier(s->t);
        for (int i = 0; i < s->threads; i++)
            if (s->step[i] != round) atomic_fetch_add(&s->failures, 1);
        team_barrier(s->t);
    }
}

Test(team, a_barrier_shows_everybody_s_work_to_everybody) {
    for (int threads = 1; threads <= MOST; threads += 2) {
        shared s = {.t = team_new(threads), .threads = threads, .rounds = ROUNDS};
        for (int run = 0; run < 3; run++) (void)team_run(s.t, threads, rounds, &s);
        cr_expect(atomic_load(&s.failures) == 0 && atomic_load(&s.runs) == 3 * threads);
        team_free(s.t);
    }
}

/* Between two barriers, the thread that arrives last sees every other's write, and every other sees its own. */
static void serial_rounds(void *context, int thread) {
    shared *s = context;
    for (int round = 1; round <= s->rounds; round++) {
        s->step[thread] = round;
        if (team_arrive(s->t)) {
            for (int i = 0; i < s->threads; i++)
                if (s->step[i] != round) atomic_fetch_add(&s->failures, 1);
            s->serial++;
            team_open(s->t);
        }
        if (s->serial != round) atomic_fetch_add(&s->failures, 1);
        team_barrier(s->t);
    }
}

Test(team, the_last_thread_at_a_barrier_works_alone) {
    for (int threads = 1; threads <= MOST; threads += 2) {
        shared s = {.t = team_new(threads), .threads = threads, .rounds = ROUNDS};
        (void)team_run(s.t, threads, serial_rounds, &s);
        cr_expect(atomic_load(&s.failures) == 0 && s.serial == ROUNDS, "%d threads", threads);
        team_free(s.t);
    }
}

/* Runs of all sizes, one after the other: each has exactly the threads that were asked for. */
Test(team, a_run_of_few_threads_leaves_the_others_asleep_and_they_come_back) {
    shared s = {.t = team_new(FEW), .rounds = 1};
    int expected = 0;
    for (int run = 0; run < 100; run++) {
        s.threads = run % 3 == 0 ? 1 : 1 + run * 5 % FEW;
        (void)team_run(s.t, s.threads, rounds, &s);
        expected += s.threads;
    }
    cr_expect_eq(atomic_load(&s.failures), 0);
    cr_expect_eq(atomic_load(&s.runs), expected);
    team_free(s.t);
}

/* Thread 1 is late once. */
static void late(void *context, int thread) {
    if (thread == 1) nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    team_barrier(context);
}

Test(team, a_run_tells_how_long_threads_slept_for_a_late_one) {
    team *t = team_new(3);
    double slept = team_run(t, 3, late, t);
    cr_expect(slept > 0.03 && slept < 30, "%f", slept);
    team_free(t);
}

Test(team, a_team_that_never_ran_goes_away) {
    team_free(team_new(4));
    team_free(NULL);
}
