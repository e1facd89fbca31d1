/* interrupt.c - see interrupt.h: remembers the first signal; the second ends the process. */
#include "cmd/base/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The only variables of the command that change: a signal handler cannot get or return values otherwise. The message is set
 * before the handler. */
static volatile sig_atomic_t received;
static const char *answer;
static size_t answer_length;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { CAUGHT_COUNT = sizeof caught / sizeof caught[0] };

static void remember(int number) {
    int before = errno;
    received = number;
    ssize_t written = number == SIGINT && answer_length > 0 ? write(STDERR_FILENO, answer, answer_length) : 0;
    (void)written; /* if standard error is lost, there is no other way to report it */
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        struct sigaction now;
        if (sigaction(caught[i], NULL, &now) == 0 && now.sa_handler == remember) {
            (void)signal(caught[i], SIG_DFL);
        }
    }
    errno = before;
}

void interrupt_catch(const char *said) {
    answer = said;
    answer_length = said != NULL ? strlen(said) : 0;
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
