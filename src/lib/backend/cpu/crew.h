/* crew.h - how many threads of a team work, on busy machines.
 *
 * A thread that shares its core with another process loses the core for milliseconds at a time, and every barrier waits for it:
 * two threads on one and a half cores take three times as long as one thread alone. So after every run of the team, the time that
 * threads slept at barriers is compared with the cost of one thread less. A thread that is left out is tried again soon, and half
 * as often after each attempt that fails. The result does not depend on the number of threads, bit by bit. */
#ifndef CLENET_LIB_BACKEND_CPU_CREW_H
#define CLENET_LIB_BACKEND_CPU_CREW_H

typedef struct crew {
    int threads;  /* threads of the team */
    int working;  /* the threads of the next run: 1 to threads */
    int patience; /* runs with some threads left out, before one more is tried */
    int left;     /* remaining runs of them */
} crew;

crew crew_new(int threads); /* all threads work */

/* Adjusts the number of threads after a run, from the seconds that the run took, and the sum of the seconds that threads slept at
 * its barriers. */
void crew_learn(crew *c, double seconds, double slept);

#endif
