/* turns.h - measuring by turns with another program, so that what else the machine does meets both alike.
 *
 * A program with --turns prints one line of JSON about what it measures, and waits. For each line that comes on standard
 * input it measures once and prints the seconds; it ends when standard input ends. bench/compare.py gives the lines;
 * bench/peers/turns.py is the same for the peers. */
#ifndef CLENET_BENCH_TURNS_H
#define CLENET_BENCH_TURNS_H

#include <stdbool.h>
#include <stdio.h>

/* Waits for a line; false if there are no more. */
static inline bool turns_wait(void) {
    int c = fflush(stdout) == 0 ? getchar() : EOF;
    while (c != EOF && c != '\n') c = getchar();
    return c == '\n';
}

static inline void turns_say(double seconds) {
    printf("%.9f\n", seconds);
}

#endif
