/* canvas.h - a page to draw on, with PLplot's cairo drivers.
 *
 * Units are points of 1/72 inch in SVG and PDF, and two pixels in PNG. The origin is the upper left corner, and y grows
 * downwards. Colours are 0xRRGGBB. A page is white, so that it is readable on a dark page too, and can be printed.
 *
 * Draw in a child process (src/lib/base/child.h): PLplot keeps its state in globals, prints, and may end the process. */
#ifndef CLENET_CMD_FIGURES_CANVAS_H
#define CLENET_CMD_FIGURES_CANVAS_H

#include <stddef.h>

#include "clenet/clenet.h"

typedef enum figure_format { FIGURE_SVG, FIGURE_PNG, FIGURE_PDF, FIGURE_NONE } figure_format;

extern const char *const figure_formats[]; /* "svg", "png", "pdf", "none", NULL */

/* The format of a file name's extension; FIGURE_NONE if it is unknown. */
figure_format figure_format_of(const char *path);

/* The colours of all figures. Everyone can tell blue and orange apart, and each has a contrast of 4.5:1 or more to white. */
enum {
    INK = 0x1f2933,   /* main text */
    QUIET = 0x5f6b7a, /* secondary text */
    HAIR = 0xd9dee5,  /* grid, frames */
    PAPER = 0xf4f6f8, /* background of a tile */
    WHITE = 0xffffff,
    BLUE = 0x1d5fbf,
    ORANGE = 0xc2500a
};

/* Mixes two colours; at 0 it is from, and at 1 it is to. */
int colour_mix(int from, int to, double at);

typedef enum text_align { TEXT_LEFT, TEXT_CENTRE, TEXT_RIGHT } text_align;

typedef struct text_style {
    double size; /* of the em, in units */
    int colour;
    bool bold;
    text_align align; /* relative to x; y is the middle of the line */
    bool upwards;     /* rotated by 90 degrees */
} text_style;

typedef struct canvas canvas;

/* Errors: CLENET_ERROR_DEVICE if PLplot, its driver for the format, or memory is missing; the message says what to install. */
clenet_status canvas_new(canvas **page, figure_format format, double width, double height, clenet_error *error);

void canvas_line(canvas *page, double x1, double y1, double x2, double y2, double width, int colour);
void canvas_curve(canvas *page, const double *x, const double *y, size_t count, double width, int colour);
void canvas_polygon(canvas *page, const double *x, const double *y, size_t count, int colour); /* filled */
void canvas_box(canvas *page, double x, double y, double width, double height, int colour);    /* filled */
void canvas_frame(canvas *page, double x, double y, double width, double height, double line, int colour);
void canvas_disc(canvas *page, double x, double y, double radius, int colour);
void canvas_text(canvas *page, double x, double y, text_style style, const char *text); /* UTF-8; long text is cut */

/* The approximate width of a line of text. */
double canvas_text_width(const char *text, double size);

/* Writes the page to the path, completely or not at all. Frees it in either case. */
clenet_status canvas_finish(canvas *page, const char *path, clenet_error *error);

/* Rounds every number to two decimals, a hundredth of a point, and removes properties with their initial values; in place.
 * Returns the new size, about half: a figure of digits has thousands of small boxes. */
size_t svg_shorten(char *svg, size_t size);

#endif
