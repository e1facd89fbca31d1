/* child.h - runs work or a command in a child process, with a time limit.
 *
 * A crash or a hang there does not affect the caller, and nothing is printed. Forked work that uses OpenCL must begin before this
 * process uses OpenCL, because OpenCL does not survive a fork. Other work, and commands, may begin at any time. */
#ifndef CLENET_LIB_BASE_CHILD_H
#define CLENET_LIB_BASE_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

enum { CHILD_SAID = 4096, CHILD_HOW = 96, CHILD_SECONDS = 60 /* that forked work may take */ };

/* Called with each line that a command prints, without its end; the line is lent for the call. */
typedef void child_line_callback(const char *line, void *user);

/* Called with output of forked work as it arrives; the bytes are lent for the call. */
typedef void child_bytes_callback(const void *bytes, size_t count, void *user);

/* A child that is running. */
typedef struct child_process {
    long process;
    int pipe_end;
    bool is_command;
    child_line_callback *on_line; /* both NULL: the output is kept */
    child_bytes_callback *on_bytes;
    void *user;
    double seconds, deadline; /* on clock_seconds() */
    const atomic_bool *stop;  /* NULL: none; when it becomes true, the time limit is reached */
} child_process;

typedef enum child_ending {
    CHILD_EXITED, /* code: its exit status */
    CHILD_KILLED, /* code: the signal */
    CHILD_HUNG    /* it was stopped after the time limit */
} child_ending;

typedef struct child_result {
    child_ending ending;
    int code;
    bool crashed;          /* it did not exit with status 0 */
    char how[CHILD_HOW];   /* if it crashed: "signal 11 (Segmentation fault)", "no answer within 60 seconds" */
    char said[CHILD_SAID]; /* its output: of work the first bytes, of a command the last */
} child_result;

typedef void child_work(FILE *to, const void *context);

/* Begins the work, on a copy of this process's memory. Anything else that the child prints on the standard streams is dropped.
 * Returns false if no process can be started. */
bool child_begin(child_process *running, child_work *work, const void *context);
bool child_is_done(const child_process *running); /* child_end would not wait */
void child_end(const child_process *running,
               child_result *result);          /* waits for the end, at most until the time limit */
void child_kill(const child_process *running); /* instead of child_end */

/* Gives this process a low priority, and lets it end with its parent. */
void process_behind(void);

/* Runs the work and waits for it. */
bool child_run(child_result *result, child_work *work, const void *context);

/* The same, and hands over all output, with `user`, in place of keeping it. */
bool child_run_bytes(child_result *result, child_work *work, const void *context, child_bytes_callback *on_bytes,
                     void *user);

/* Runs the command arguments[0], a path, with the arguments up to NULL, and waits for it, at most `seconds`, or until another thread
 * sets *stop (NULL: none). It inherits the environment, reads nothing, and its standard error is dropped. Returns 0, or the errno that explains why it cannot be started. */
int child_run_command(child_result *result, const char *const *arguments, double seconds, const atomic_bool *stop);

/* The same without stop, and hands over each line of the output at once, with `user`, in place of keeping it. A line of CHILD_SAID bytes or more
 * loses its beginning, and a line without an end is dropped. */
int child_run_lines(child_result *result, const char *const *arguments, double seconds, child_line_callback *on_line,
                    void *user);

/* The last line of the output that is not empty; "" if there is none, or if it is longer than what was kept. Cuts the output. */
const char *child_last_line(child_result *result);

#endif
