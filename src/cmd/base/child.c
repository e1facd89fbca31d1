/* child.c - see child.h. */
#include "cmd/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Closes the parent's files: otherwise a lock on a folder would outlive the parent. */
static void close_others(int kept) {
    enum { DESCRIPTORS = 1024 }; /* more are never open here */
    for (int descriptor = STDERR_FILENO + 1; descriptor < DESCRIPTORS; descriptor++)
        if (descriptor != kept) (void)close(descriptor);
}

/* A child whose parent was killed would otherwise write into a folder that a resumed run now uses. */
static void die_with_parent(void) {
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

static _Noreturn void be_child(int pipe_end, child_work *work, const void *context) {
    die_with_parent();
    close_others(pipe_end);
    int nothing = open("/dev/null", O_RDWR);
    FILE *to = fdopen(pipe_end, "w");
    if (nothing < 0 || to == NULL) _exit(1);
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) (void)dup2(nothing, stream);
    (void)signal(SIGALRM, SIG_DFL);
    (void)alarm(CHILD_SECONDS);
    work(to, context);
    _exit(fflush(to) == 0 ? 0 : 1); /* no exit handlers: they belong to the parent and to the drivers */
}

/* Reads the pipe to its end, and keeps the first bytes. */
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

bool child_begin(child_process *running, child_work *work, const void *context) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        (void)close(ends[0]);
        be_child(ends[1], work, context);
    }
    (void)close(ends[1]);
    if (process < 0) {
        (void)close(ends[0]);
        return false;
    }
    *running = (child_process){.process = (long)process, .pipe_end = ends[0]};
    return true;
}

bool child_is_done(const child_process *running) {
    siginfo_t end = {.si_pid = 0};
    int found = waitid(P_PID, (id_t)running->process, &end, WEXITED | WNOHANG | WNOWAIT);
    return found != 0 || end.si_pid != 0;
}

static int wait_for(const child_process *running) {
    int status = 0;
    while (waitpid((pid_t)running->process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

void child_end(const child_process *running, child_result *result) {
    *result = (child_result){.crashed = false};
    read_all(result->said, running->pipe_end);
    (void)close(running->pipe_end);
    put_end(result, wait_for(running));
}

void child_kill(const child_process *running) {
    (void)kill((pid_t)running->process, SIGKILL);
    (void)close(running->pipe_end);
    (void)wait_for(running);
}

bool child_run(child_result *result, child_work *work, const void *context) {
    child_process running;
    if (!child_begin(&running, work, context)) return false;
    child_end(&running, result);
    return true;
}
