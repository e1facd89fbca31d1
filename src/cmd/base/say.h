/* say.h - prints messages for the user, and ends standard output.
 *
 * Messages and errors go to standard error. Standard output has the requested results, and say_finish() makes sure that they were
 * written. */
#ifndef CLENET_CMD_BASE_SAY_H
#define CLENET_CMD_BASE_SAY_H

#include <jansson.h>

#include "clenet/clenet.h"

/* Exit statuses. A run that a signal stopped ends with EXIT_SIGNAL plus its number. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SIGNAL = 128 };

/* Prints one line; control characters become '?', so that an odd file name cannot make two lines. */
void say_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for the line to look at first: bold if the terminal has colours. */
void say_result(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "clenet: ..." and returns EXIT_FAILED, for: return say_failed(...). */
int say_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
int say_error(const clenet_error *error);

/* Prints "clenet: ...", and a second line that names the help of a command (NULL: of clenet itself). Returns EXIT_USAGE. */
int say_wrong_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reports that the CPU replaced a device, if reason is not empty. */
void say_device_lost(const char *reason);

/* True if standard output is a closed pipe: then a write error is not worth a message. */
bool say_reader_gone(void);

/* Prints an object of JSON as one line on standard output, and frees it. If it is NULL, or incomplete, memory was short: it prints an
 * error that names the object. The flags are json_dumpf()'s. Write errors are found by say_finish(). */
int say_json(json_t *object, bool complete, size_t flags, const char *name);

/* Flushes standard output. Returns status, or EXIT_FAILED if the output could not be written. */
int say_finish(int status);

#endif
