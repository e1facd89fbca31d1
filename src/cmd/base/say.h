/* say.h - every line the command says to a person. Standard error is for talk and failures; standard output
 * is for the results that were asked for, and say_finish() makes sure that they arrived. */
#ifndef CLENET_CMD_BASE_SAY_H
#define CLENET_CMD_BASE_SAY_H

#include "clenet/clenet.h"

/* What the command ends with. A run that a signal stopped ends with EXIT_SIGNAL plus its number. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SIGNAL = 128 };

/* Each writes one line; control characters become '?', so that a file's odd name cannot make it two. */
void say_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "clenet: ...": gives EXIT_FAILED back, for return say_failed(...). */
int say_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
int say_error(const clenet_error *error);

/* "clenet: ...", and a second line that names the help of a command (NULL: the command's own). Gives
 * EXIT_USAGE. */
int say_wrong_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says that the CPU took the place of a device, where reason is not empty. */
void say_device_lost(const char *reason);

/* Whether whoever read our standard output has gone: then nobody wants to hear that it could not be written.
 */
bool say_reader_gone(void);

/* Flushes standard output. Gives status, or EXIT_FAILED where something that was printed did not arrive. */
int say_finish(int status);

#endif
