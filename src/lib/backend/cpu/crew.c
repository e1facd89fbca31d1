/* crew.c - who keeps others waiting for longer than his work is worth stays out for a while. */
#include "lib/backend/cpu/crew.h"

#include <stdbool.h>

/* In runs. The first tries come soon, since most disturbances are short; at the last patience a failing try, some three times
 * as long as a run without, costs 5 %. */
enum { PATIENCE_FIRST = 4, PATIENCE_MOST = 64 };

crew crew_new(int threads) {
    return (crew){.threads = threads, .working = threads, .patience = PATIENCE_FIRST};
}

/* While one is late the others sleep. With one thread less, the run's other time would be longer by a part in so many threads. */
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
