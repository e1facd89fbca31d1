/* team.h - threads that work together for the lifetime of an executor.
 *
 * Not OpenMP: environment variables of the whole process change how its threads wait, a child of fork() hangs in it, and
 * ThreadSanitizer does not see its barriers. */
#ifndef CLENET_LIB_BACKEND_CPU_TEAM_H
#define CLENET_LIB_BACKEND_CPU_TEAM_H

#include <stdbool.h>

typedef struct team team;

/* thread: 0 to working - 1; 0 is the thread that called team_run. */
typedef void team_work(void *context, int thread);

/* NULL if out of memory or threads. */
team *team_new(int threads);
void team_free(team *t); /* takes NULL */

/* Runs work on the team's first `working` threads, 1 to all; the others sleep. Returns when all have finished. The result is the
 * sum of the seconds that threads slept at barriers: how long the late ones kept the others waiting. */
double team_run(team *t, int working, team_work *work, void *context);

/* Called inside work: returns when every working thread has called it. Everything written before it is visible after it. */
void team_barrier(team *t);

/* A barrier with work for one thread: true for the last thread that arrives, which does the work and then calls team_open. The
 * others return false after that. */
bool team_arrive(team *t);
void team_open(team *t);

#endif
