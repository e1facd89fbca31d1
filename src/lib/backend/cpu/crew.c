/* crew.c - leaves out threads that make the others wait too long. */
#include "lib/backend/cpu/crew.h"

#include <stdbool.h>

/* In runs. The first attempts come soon, since most disturbances are short. With the largest patience a failed attempt, which
 * takes about three times as long as a run without it, costs 5 %. */
enum { PATIENCE_FIRST = 4, PATIENCE_MOST = 64 };

crew crew_new(int threads) {
    return (crew){.threads = threads, .working = threads, .patience = PATIENCE_FIRST};
}

/* While one thread is late the others sleep. With one thread less, the rest of the run would take working / (working - 1) times
 * as long. */
static bool one_less_is_faster(const crew *c, double seconds, double slept) {
    return c->working > 1 && slept / (c->working - 1) * c->working > seconds;
}

void crew_learn(crew *c, double seconds, double slept) {
    if (one_less_is_faster(c, seconds, slept)) {
        c->working--;
        c->left = c->patience;
        c->patience = c->patience * 2 < PATIENCE_MOST ? c->patience * 2 : PATIENCE_MOST;
    } else if (c->working < c->threads) {
        if (--c->left <= 0) c->working++;
    } else if (c->patience > PATIENCE_FIRST) {
        c->patience--;
    }
}
