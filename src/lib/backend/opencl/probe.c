/* probe.c - see probe.h. It uses posix_spawn, because a child of a plain fork hangs if OpenCL has run in the parent. */
#include "lib/backend/opencl/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"

extern char **environ; /* handed on, not read */

enum { SLICE = 20 /* milliseconds between two looks at whether the child has ended */ };

/* The line that is being read, and the last whole one. */
typedef struct line_reader {
    char line[PROBE_LINE], last[PROBE_LINE];
    size_t length; /* of line; PROBE_LINE: too long, dropped */
} line_reader;

static void end_line(line_reader *reader) {
    if (reader->length > 0 && reader->length < PROBE_LINE) {
        memcpy(reader->last, reader->line, reader->length);
        reader->last[reader->length] = '\0';
    } else if (reader->length > 0) {
        reader->last[0] = '\0';
    }
    reader->length = 0;
}

static void read_bytes(line_reader *reader, const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\0') {
            end_line(reader);
        } else if (reader->length < PROBE_LINE) {
            reader->line[reader->length++] = bytes[i];
        }
    }
}

/* Reads what is there; false at the end of the pipe. */
static bool drain(line_reader *reader, int pipe_end) {
    char bytes[1024];
    ssize_t got;
    while ((got = read(pipe_end, bytes, sizeof bytes)) > 0) read_bytes(reader, bytes, (size_t)got);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* Waits until the child has ended or the time is over, and reads. Returns true if it has ended, with *status. The end of the pipe
 * alone is not enough: a process that the child started may hold it open, and a child may close it and continue. */
static bool wait_for(pid_t child, int pipe_end, double deadline, line_reader *reader, int *status) {
    struct pollfd pipe_poll = {.fd = pipe_end, .events = POLLIN};
    bool open = true;
    for (;;) {
        (void)poll(&pipe_poll, open ? 1 : 0, SLICE);
        if (open) open = drain(reader, pipe_end);
        pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == 0 || (ended < 0 && errno == EINTR)) {
            if (clock_seconds() < deadline) continue;
            return false;
        }
        if (ended < 0) *status = 0; /* the host ignores SIGCHLD: only the child's output is known */
        if (open) (void)drain(reader, pipe_end);
        return true;
    }
}

static void kill_child(pid_t child) {
    int status;
    (void)kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
}

/* posix_spawn with empty standard input, standard output into the pipe, and standard error discarded. Returns an errno. */
static int spawn(pid_t *child, const char *const *arguments, int output) {
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) return failure;
    failure = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (failure == 0) failure = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (failure == 0) failure = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    /* The standard's argument is not const, for old programs; nothing writes to it. */
    if (failure == 0) failure = posix_spawn(child, arguments[0], &actions, NULL, (char *const *)arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static bool make_pipe(int ends[2]) {
    if (pipe(ends) != 0) return false;
    for (int i = 0; i < 2; i++) (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return true;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return false;
}

clenet_status probe_run(probe_result *result, const char *const *arguments, double seconds, clenet_error *error) {
    int ends[2], status = 0;
    pid_t child = 0;
    if (!make_pipe(ends))
        return error_set(error, CLENET_ERROR_IO, "cannot start '%s': %s", arguments[0], strerror(errno));
    int failure = spawn(&child, arguments, ends[1]);
    (void)close(ends[1]);
    if (failure != 0) {
        (void)close(ends[0]);
        return error_set(error, CLENET_ERROR_IO, "cannot start '%s': %s", arguments[0], strerror(failure));
    }
    line_reader reader = {.length = 0};
    probe_result ran = {.end = PROBE_HUNG};
    if (!wait_for(child, ends[0], clock_seconds() + seconds, &reader, &status)) {
        kill_child(child);
    } else if (WIFSIGNALED(status)) {
        ran.end = PROBE_KILLED;
        ran.code = WTERMSIG(status);
    } else {
        ran.end = PROBE_EXITED;
        ran.code = WEXITSTATUS(status);
    }
    end_line(&reader);
    (void)close(ends[0]);
    memcpy(ran.line, reader.last, sizeof ran.line);
    *result = ran;
    return CLENET_OK;
}
