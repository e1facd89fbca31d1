/* interrupt.c - the first signal is remembered, the second one ends the process. */
#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

/* The one variable of the command that changes: a signal handler has no other way to speak. */
static volatile sig_atomic_t received;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { CAUGHT_COUNT = sizeof caught / sizeof caught[0] };

static void remember(int number) {
    int before = errno;
    received = number;
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        struct sigaction now;
        if (sigaction(caught[i], NULL, &now) == 0 && now.sa_handler == remember) {
            (void)signal(caught[i], SIG_DFL);
        }
    }
    errno = before;
}

void interrupt_catch(void) {
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        struct sigaction now;
        if (sigaction(caught[i], NULL, &now) != 0 || now.sa_handler == SIG_IGN) continue;
        struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
        (void)sigemptyset(&action.sa_mask);
        for (size_t j = 0; j < CAUGHT_COUNT; j++) (void)sigaddset(&action.sa_mask, caught[j]);
        (void)sigaction(caught[i], &action, NULL);
    }
}

int interrupt_signal(void) {
    return (int)received;
}
