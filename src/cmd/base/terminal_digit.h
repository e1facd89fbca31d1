/* terminal_digit.h - an image in text: two rows of pixels to a line, as a cell of a terminal is about twice as high as wide.
 * With colours a half-block shows the upper pixel by its colour and the lower one by its background's; without, a character
 * shows the mean of both by the ink that it has. Ink is light on dark, as the bytes are. */
#ifndef CLENET_CMD_BASE_TERMINAL_DIGIT_H
#define CLENET_CMD_BASE_TERMINAL_DIGIT_H

#include <stdint.h>
#include <stdio.h>

#include "cmd/base/terminal.h"

/* An image as it fits: boxes of reduce x reduce pixels are drawn as one. */
typedef struct terminal_digit {
    const uint8_t *pixels; /* [height][width], lent */
    int height, width;
    int reduce;
    int columns, lines; /* cells that it takes */
} terminal_digit;

/* The image, reduced as little as lets it take no more than so many columns. */
terminal_digit terminal_digit_fit(const uint8_t *pixels /* [height][width] */, int height, int width, int columns);

/* Writes one line of it, without the newline, so that others can stand beside; what stands behind has the terminal's own
 * colours. */
void terminal_digit_line(FILE *to, terminal_look look, const terminal_digit *digit, int line);

/* Writes all of it, as the stream's terminal allows. */
void terminal_digit_draw(FILE *to, const uint8_t *pixels /* [height][width] */, int height, int width);

#endif
