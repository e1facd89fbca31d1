/* child.c - see child.h. */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void be_child(int pipe_end, child_work *work, const void *context) {
    int nothing = open("/dev/null", O_RDWR);
    FILE *to = fdopen(pipe_end, "w");
    if (nothing < 0 || to == NULL) _exit(1);
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) (void)dup2(nothing, stream);
    (void)signal(SIGALRM, SIG_DFL);
    (void)alarm(CHILD_SECONDS);
    work(to, context);
    _exit(fflush(to) == 0 ? 0 : 1); /* no exit handlers: they are the parent's, and the drivers' */
}

/* All that comes through the pipe, of which the first bytes are kept. */
static void read_all(char said[CHILD_SAID], int pipe_end) {
    char bytes[1024];
    size_t length = 0;
    for (;;) {
        ssize_t got = read(pipe_end, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        size_t room = CHILD_SAID - 1 - length, kept = (size_t)got < room ? (size_t)got : room;
        memcpy(said + length, bytes, kept);
        length += kept;
    }
    said[length] = '\0';
}

static void put_end(child_result *result, int status) {
    result->crashed = true;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        (void)snprintf(result->how, CHILD_HOW, "no answer within %d seconds", CHILD_SECONDS);
    } else if (WIFSIGNALED(status)) {
        const char *name = strsignal(WTERMSIG(status));
        (void)snprintf(result->how, CHILD_HOW, "signal %d (%s)", WTERMSIG(status), name != NULL ? name : "unknown");
    } else if (WEXITSTATUS(status) != 0) {
        (void)snprintf(result->how, CHILD_HOW, "it ended the process with status %d", WEXITSTATUS(status));
    } else {
        result->crashed = false;
    }
}

bool child_run(child_result *result, child_work *work, const void *context) {
    int ends[2], status = 0;
    if (pipe(ends) != 0) return false;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        be_child(ends[1], work, context);
    }
    (void)close(ends[1]);
    if (child < 0) {
        (void)close(ends[0]);
        return false;
    }
    *result = (child_result){.crashed = false};
    read_all(result->said, ends[0]);
    (void)close(ends[0]);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return false;
    put_end(result, status);
    return true;
}
