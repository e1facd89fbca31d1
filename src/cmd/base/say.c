/* say.c - see say.h. */
#include "cmd/base/say.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/terminal.h"

enum { SAY_LINE_SIZE = 2048 }; /* bytes: a library message of 1024, with room for names */

static void write_line(const char *prefix, terminal_style style, const char *format, va_list values) {
    char line[SAY_LINE_SIZE];
    int length = vsnprintf(line, sizeof line, format, values);
    if (length < 0) return;
    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    }
    bool colour = style != TERMINAL_NORMAL && terminal_colour(STDERR_FILENO);
    (void)fprintf(
        stderr, "%s%s%s%s\n", prefix, terminal_code(colour, style), line,
        terminal_code(colour, TERMINAL_NORMAL)); /* if standard error is lost, there is no other way to report it */
}

void say_line(const char *format, ...) {
    va_list values;
    va_start(values, format);
    write_line("", TERMINAL_NORMAL, format, values);
    va_end(values);
}

void say_result(const char *format, ...) {
    va_list values;
    va_start(values, format);
    write_line("", TERMINAL_STRONG, format, values);
    va_end(values);
}

int say_failed(const char *format, ...) {
    va_list values;
    va_start(values, format);
    write_line("clenet: ", TERMINAL_NORMAL, format, values);
    va_end(values);
    return EXIT_FAILED;
}

int say_error(const clenet_error *error) {
    return say_failed("%s", error->message);
}

int say_wrong_usage(const char *command, const char *format, ...) {
    va_list values;
    va_start(values, format);
    write_line("clenet: ", TERMINAL_NORMAL, format, values);
    va_end(values);
    if (command == NULL) {
        say_line("try 'clenet --help'");
    } else {
        say_line("try 'clenet %s --help'", command);
    }
    return EXIT_USAGE;
}

void say_device_lost(const char *reason) {
    if (reason[0] != '\0') say_line("device lost: %s; the CPU replaces it", reason);
}

bool say_reader_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

int say_json(json_t *object, bool complete, size_t flags, const char *name) {
    int status = EXIT_DONE;
    if (object == NULL || !complete)
        status = say_failed("out of memory (the JSON of the %s)", name);
    else if (json_dumpf(object, stdout, flags) == 0)
        (void)putchar('\n');
    json_decref(object);
    return status;
}

int say_finish(int status) {
    errno = 0;
    bool lost = fflush(stdout) != 0;
    int reason = errno;
    if (!lost && ferror(stdout) == 0) return status;
    if (status == EXIT_FAILED || say_reader_gone()) return EXIT_FAILED;
    return say_failed("cannot write to standard output: %s",
                      reason != 0 ? strerror(reason) : "an earlier write failed");
}
