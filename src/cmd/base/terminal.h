/* terminal.h - what the terminal behind a stream can do, by the conventions that people steer it with. */
#ifndef CLENET_CMD_BASE_TERMINAL_H
#define CLENET_CMD_BASE_TERMINAL_H

#include <stdbool.h>

typedef enum terminal_look {
    TERMINAL_PLAIN, /* printable ASCII, no escapes: pipes and files, TERM=dumb, NO_COLOR, a locale that is not UTF-8 */
    TERMINAL_256,   /* half-blocks in xterm's 256 colours: TERM says 256color */
    TERMINAL_24_BIT /* half-blocks in any colour: COLORTERM says truecolor or 24bit, or TERM direct */
} terminal_look;

/* Whether the descriptor is a terminal that can go back to the start of a line. */
bool terminal_is(int descriptor);

/* How pictures may look there. NO_COLOR counts where it is not empty (https://no-color.org). */
terminal_look terminal_look_of(int descriptor);

/* Its width; 80 where it does not say. It may be another the next time. */
int terminal_columns(int descriptor);

/* Whether the user's locale is one of UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is set decides, as in setlocale(),
 * but by its name alone: a machine reached over the network often lacks the locale that the terminal has. */
bool terminal_utf8(void);

#endif
