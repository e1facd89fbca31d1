/* terminal.h - the abilities of the terminal behind a stream.
 *
 * They follow the usual environment variables. */
#ifndef CLENET_CMD_BASE_TERMINAL_H
#define CLENET_CMD_BASE_TERMINAL_H

#include <stdbool.h>

typedef enum terminal_look {
    TERMINAL_PLAIN, /* printable ASCII, no escapes: pipes and files, TERM=dumb, NO_COLOR, a locale that is not UTF-8 */
    TERMINAL_256,   /* half-blocks in xterm's 256 colours: TERM says 256color */
    TERMINAL_24_BIT /* half-blocks in any colour: COLORTERM says truecolor or 24bit, or TERM direct */
} terminal_look;

/* True if the descriptor is a terminal that can return to the start of a line. */
bool terminal_is(int descriptor);

/* The best way to show pictures there. NO_COLOR counts if it is not empty (https://no-color.org). */
terminal_look terminal_look_of(int descriptor);

/* How a text is set off from others: never the only mark, since not every terminal and not every eye has colours. */
typedef enum terminal_style {
    TERMINAL_NORMAL, /* ends each of the others */
    TERMINAL_STRONG, /* bold: the figure to look at */
    TERMINAL_BEST,   /* bold green: the best so far */
    TERMINAL_FAINT,  /* for what is less important */
    TERMINAL_STYLES
} terminal_style;

/* True if the descriptor is a terminal with colours: not with TERM=dumb or without TERM, nor if NO_COLOR is not empty. */
bool terminal_colour(int descriptor);

/* The escape sequence of the style, or "" without colour. */
const char *terminal_code(bool colour, terminal_style style);

/* Erases from the start of the cursor's line to the end of the screen. After a terminal was made narrower, that is the whole of a
 * line that was on one row before, if the cursor was at its start. */
#define TERMINAL_ERASE "\r\033[J"

/* The width in columns; 80 if the terminal does not tell it. It can change between calls. */
int terminal_columns(int descriptor);

/* True if the user's locale is UTF-8. The first of LC_ALL, LC_CTYPE and LANG that is set decides, as in setlocale(). Only its
 * name is used: a remote machine often lacks the locale of the terminal. */
bool terminal_utf8(void);

#endif
