/* team.h - threads that work together for as long as an executor lives.
 *
 * Not OpenMP: its runtime's waiting is steered by environment variables of the whole process, a child of fork() hangs
 * in it, and ThreadSanitizer does not see its barriers. */
#ifndef CLENET_LIB_BACKEND_CPU_TEAM_H
#define CLENET_LIB_BACKEND_CPU_TEAM_H

typedef struct team team;

/* thread: 0 to working - 1; 0 is the thread that called team_run. */
typedef void team_work(void *context, int thread);

/* NULL where memory or threads cannot be had. */
team *team_new(int threads);
void team_free(team *t); /* takes NULL */

/* Runs work on the team's first `working` threads, 1 to all; the others sleep. Returns when all are through, and gives the
 * seconds that they slept at barriers, added up: how long the late ones kept others waiting. */
double team_run(team *t, int working, team_work *work, void *context);

/* Inside work: goes on when every thread that works has come here. All that was written before it is seen after. */
void team_barrier(team *t);

#endif
