/* Threads that work together. */
#include <criterion/criterion.h>
#include <stdatomic.h>

#include "backend/cpu/team.h"

enum { MOST = 9, ROUNDS = 200 };

typedef struct shared {
    team *t;
    int threads;
    int step[MOST]; /* written by one thread, read by all after the barrier */
    atomic_int failures, runs;
} shared;

/* After each barrier every thread must see every other's last write. */
static void rounds(void *context, int thread) {
    shared *s = context;
    atomic_fetch_add(&s->runs, 1);
    for (int round = 1; round <= ROUNDS; round++) {
        s->step[thread] = round;
        team_barrier(s->t);
        for (int i = 0; i < s->threads; i++)
            if (s->step[i] != round) atomic_fetch_add(&s->failures, 1);
        team_barrier(s->t);
    }
}

Test(team, a_barrier_shows_everybody_s_work_to_everybody) {
    for (int threads = 1; threads <= MOST; threads += 2) {
        shared s = {.t = team_new(threads), .threads = threads};
        for (int run = 0; run < 3; run++) team_run(s.t, rounds, &s);
        cr_expect(atomic_load(&s.failures) == 0 && atomic_load(&s.runs) == 3 * threads);
        team_free(s.t);
    }
}

Test(team, a_team_that_never_ran_goes_away) {
    team_free(team_new(4));
    team_free(NULL);
}
