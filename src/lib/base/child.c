/* child.c - see child.h. */
#include "lib/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"

extern char **environ; /* handed on, not read */

enum { SLICE = 20 /* milliseconds between two looks at whether the child has ended */ };

/* ---- beginning ------------------------------------------------------------------------------------------------ */

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

void process_behind(void) {
    enum {
        NICE = 5
    }; /* a quarter of a core that a training keeps busy; at 19 it would be a hundredth, and a check take minutes */
    die_with_parent();
    (void)setpriority(PRIO_PROCESS, 0, NICE);
}

static _Noreturn void be_child(int pipe_end, child_work *work, const void *context) {
    die_with_parent();
    close_others(pipe_end);
    int nothing = open("/dev/null", O_RDWR);
    FILE *to = fdopen(pipe_end, "w");
    if (nothing < 0 || to == NULL) _exit(1);
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) (void)dup2(nothing, stream);
    work(to, context);
    _exit(fflush(to) == 0 ? 0 : 1); /* no exit handlers: they belong to the parent and to the drivers */
}

/* Returns 0 or an errno. Reading does not wait. */
static int make_pipe(int ends[2]) {
    if (pipe(ends) != 0) return errno;
    for (int i = 0; i < 2; i++) (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

/* Fills *running, or closes the pipe after a failure to start the process; gives the failure. */
static int started(child_process *running, int failure, pid_t process, const int ends[2], double seconds) {
    (void)close(ends[1]);
    if (failure != 0) (void)close(ends[0]);
    *running = (child_process){
        .process = (long)process, .pipe_end = ends[0], .seconds = seconds, .deadline = clock_seconds() + seconds};
    return failure;
}

bool child_begin(child_process *running, child_work *work, const void *context) {
    int ends[2];
    if (make_pipe(ends) != 0) return false;
    (void)fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        (void)close(ends[0]);
        be_child(ends[1], work, context);
    }
    return started(running, process < 0 ? errno : 0, process, ends, CHILD_SECONDS) == 0;
}

/* posix_spawn, because a child of a plain fork hangs if OpenCL has run in the parent. Returns 0 or an errno. */
static int spawn(pid_t *process, const char *const *arguments, int output) {
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) return failure;
    failure = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (failure == 0) failure = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (failure == 0) failure = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    /* The standard's argument is not const, for the sake of old programs; nothing writes to it. */
    if (failure == 0) failure = posix_spawn(process, arguments[0], &actions, NULL, (char *const *)arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* ---- ending ---------------------------------------------------------------------------------------------------- */

static void keep(const child_process *running, char said[CHILD_SAID], size_t *length, char byte) {
    if (*length == CHILD_SAID - 1 && !running->is_command) return;
    if (*length == CHILD_SAID - 1) { /* the older half goes */
        *length = CHILD_SAID / 2;
        memmove(said, said + CHILD_SAID - 1 - *length, *length);
    }
    said[(*length)++] = byte != '\0' ? byte : '\n';
    if (running->on_line == NULL || said[*length - 1] != '\n') return;
    said[*length - 1] = '\0';
    *length = 0;
    running->on_line(said, running->user);
}

/* Reads the available output; false at the end of the pipe. */
static bool drain(const child_process *running, char said[CHILD_SAID], size_t *length) {
    char bytes[4096];
    ssize_t got;
    while ((got = read(running->pipe_end, bytes, sizeof bytes)) > 0) {
        if (running->on_bytes != NULL) running->on_bytes(bytes, (size_t)got, running->user);
        for (ssize_t i = 0; running->on_bytes == NULL && i < got; i++) keep(running, said, length, bytes[i]);
    }
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* Waits until the child has ended or the time is over, and reads. Returns true if it has ended, with *status. The end of the pipe
 * alone is not enough: a process that the child started may hold it open, and a child may close it and continue. */
static bool wait_for(const child_process *running, char said[CHILD_SAID], int *status) {
    struct pollfd pipe_poll = {.fd = running->pipe_end, .events = POLLIN};
    size_t length = 0;
    bool open = true, in_time = true;
    while (in_time) {
        (void)poll(&pipe_poll, open ? 1 : 0, SLICE);
        if (open) open = drain(running, said, &length);
        pid_t ended = waitpid((pid_t)running->process, status, WNOHANG);
        if (ended == 0 || (ended < 0 && errno == EINTR)) {
            in_time = clock_seconds() < running->deadline && !(running->stop != NULL && atomic_load(running->stop));
            continue;
        }
        if (ended < 0) *status = 0; /* a host that ignores SIGCHLD: only the child's output counts */
        if (open) (void)drain(running, said, &length);
        break;
    }
    said[length] = '\0';
    return in_time;
}

static void kill_process(const child_process *running) {
    int status;
    (void)kill((pid_t)running->process, SIGKILL);
    while (waitpid((pid_t)running->process, &status, 0) < 0 && errno == EINTR) {
    }
}

static void put_end(child_result *result, const child_process *running, int status) {
    result->crashed = result->ending == CHILD_HUNG || status != 0;
    if (result->ending == CHILD_HUNG) {
        (void)snprintf(result->how, CHILD_HOW, "no answer within %.0f seconds", running->seconds);
    } else if (WIFSIGNALED(status)) {
        result->ending = CHILD_KILLED;
        result->code = WTERMSIG(status);
        const char *name = strsignal(result->code);
        (void)snprintf(result->how, CHILD_HOW, "signal %d (%s)", result->code, name != NULL ? name : "unknown");
    } else {
        result->code = WEXITSTATUS(status);
        (void)snprintf(result->how, CHILD_HOW, "it ended the process with status %d", result->code);
    }
}

bool child_is_done(const child_process *running) {
    siginfo_t end = {.si_pid = 0};
    int found = waitid(P_PID, (id_t)running->process, &end, WEXITED | WNOHANG | WNOWAIT);
    return found != 0 || end.si_pid != 0;
}

void child_end(const child_process *running, child_result *result) {
    int status = 0;
    bool ended = wait_for(running, result->said, &status);
    if (!ended) kill_process(running);
    result->ending = ended ? CHILD_EXITED : CHILD_HUNG;
    result->code = 0;
    (void)close(running->pipe_end);
    put_end(result, running, status);
}

void child_kill(const child_process *running) {
    (void)close(running->pipe_end);
    kill_process(running);
}

bool child_run_bytes(child_result *result, child_work *work, const void *context, child_bytes_callback *on_bytes,
                     void *user) {
    child_process running;
    if (!child_begin(&running, work, context)) return false;
    running.on_bytes = on_bytes;
    running.user = user;
    child_end(&running, result);
    return true;
}

bool child_run(child_result *result, child_work *work, const void *context) {
    return child_run_bytes(result, work, context, NULL, NULL);
}

/* Runs the command; *running decides how its output is used, and when it is stopped. */
static int run_command(child_result *result, const char *const *arguments, double seconds,
                       const child_process *settings) {
    child_process running;
    pid_t process = 0;
    int ends[2], failure = make_pipe(ends);
    if (failure != 0) return failure;
    failure = spawn(&process, arguments, ends[1]);
    if (started(&running, failure, process, ends, seconds) != 0) return failure;
    running.is_command = true;
    running.on_line = settings->on_line;
    running.user = settings->user;
    running.stop = settings->stop;
    child_end(&running, result);
    return 0;
}

int child_run_command(child_result *result, const char *const *arguments, double seconds, const atomic_bool *stop) {
    return run_command(result, arguments, seconds, &(child_process){.stop = stop});
}

int child_run_lines(child_result *result, const char *const *arguments, double seconds, child_line_callback *on_line,
                    void *user) {
    return run_command(result, arguments, seconds, &(child_process){.on_line = on_line, .user = user});
}

const char *child_last_line(child_result *result) {
    char *end = result->said + strlen(result->said);
    bool whole = end < result->said + CHILD_SAID / 2; /* less was kept than is left after bytes were dropped */
    while (end > result->said && end[-1] == '\n') *--end = '\0';
    char *line = strrchr(result->said, '\n');
    return line != NULL ? line + 1 : whole ? result->said : "";
}
