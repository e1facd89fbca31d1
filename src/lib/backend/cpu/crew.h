/* crew.h - how many threads of a team take part, where other processes use the cores, too.
 *
 * A thread that shares its core with another process loses it for milliseconds at a time, and every barrier of that time
 * waits for it: two threads on one core and a half take three times as long as one thread alone. So after every run of the
 * team the time that threads slept at barriers is weighed against what one thread less would cost. Who is left out is tried
 * again soon, and after each try that fails, half as often. The bits do not depend on any of it. */
#ifndef CLENET_LIB_BACKEND_CPU_CREW_H
#define CLENET_LIB_BACKEND_CPU_CREW_H

typedef struct crew {
    int threads;  /* of the team */
    int working;  /* how many take part in the next run: 1 to threads */
    int patience; /* runs with some left out, before one more is tried */
    int left;     /* of them */
} crew;

crew crew_new(int threads); /* all take part */

/* What the last run tells: the seconds it took, and those that threads slept at its barriers, added up. */
void crew_learn(crew *c, double seconds, double slept);

#endif
