/* terminal_digit.h - prints an image as text.
 *
 * Two rows of pixels are one line, because a cell of a terminal is about twice as high as wide. With colours, a half-block shows
 * the upper pixel in its foreground and the lower one in its background. Without colours, a character with a matching amount of
 * ink shows the mean of both. Ink is light on dark, as in the bytes. */
#ifndef CLENET_CMD_BASE_TERMINAL_DIGIT_H
#define CLENET_CMD_BASE_TERMINAL_DIGIT_H

#include <stdint.h>
#include <stdio.h>

#include "cmd/base/terminal.h"

/* An image with its scale: boxes of reduce x reduce pixels are drawn as one. */
typedef struct terminal_digit {
    const uint8_t *pixels; /* [height][width][channels], lent */
    int height, width;
    int channels; /* whose mean is drawn; 1 from terminal_digit_fit() */
    int reduce;
    int columns, lines; /* cells of the drawing */
} terminal_digit;

/* Fits the image: the smallest reduction with which it has at most `columns` columns. */
terminal_digit terminal_digit_fit(const uint8_t *pixels /* [height][width] */, int height, int width, int columns);

/* Prints one line of it, without the newline, so that others can be next to it; after it the terminal's default colours are
 * set. */
void terminal_digit_line(FILE *to, terminal_look look, const terminal_digit *digit, int line);

/* Prints all of it, with the colours that the stream's terminal has. */
void terminal_digit_draw(FILE *to, const uint8_t *pixels /* [height][width] */, int height, int width);

#endif
