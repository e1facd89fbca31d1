/* canvas.h - a page to draw on, by PLplot's cairo drivers. Units are points of 1/72 inch in SVG and PDF, and two pixels in PNG;
 * the origin is the upper left corner, and y grows downwards. Colours are 0xRRGGBB. A page is white, so that it can be read on a
 * dark page, too, and printed.
 *
 * Drawing is for a process of its own (cli/drawing.h): PLplot keeps its state in globals, prints, and may end the process. */
#ifndef CLENET_CMD_FIGURES_CANVAS_H
#define CLENET_CMD_FIGURES_CANVAS_H

#include "clenet/clenet.h"

typedef enum figure_format { FIGURE_SVG, FIGURE_PNG, FIGURE_PDF, FIGURE_NONE } figure_format;

extern const char *const figure_formats[]; /* "svg", "png", "pdf", "none", NULL */

/* The format that the end of a file's name says; FIGURE_NONE where it says none. */
figure_format figure_format_of(const char *path);

/* The colours of all figures. Blue and orange are told apart by everyone, and each is 4.5:1 or more against white. */
enum {
    INK = 0x1f2933,   /* what is read */
    QUIET = 0x5f6b7a, /* what is read second */
    HAIR = 0xd9dee5,  /* grid, frames */
    PAPER = 0xf4f6f8, /* a tile */
    WHITE = 0xffffff,
    BLUE = 0x1d5fbf,
    ORANGE = 0xc2500a
};

typedef enum text_align { TEXT_LEFT, TEXT_CENTRE, TEXT_RIGHT } text_align;

typedef struct text_style {
    double size; /* of the em, in units */
    int colour;
    bool bold;
    text_align align; /* of x; y is the middle of the line */
    bool upwards;     /* turned by a quarter */
} text_style;

typedef struct canvas canvas;

/* Errors: CLENET_ERROR_DEVICE where PLplot, its driver for the format, or memory is missing: the message says what to install. */
clenet_status canvas_new(canvas **page, figure_format format, double width, double height, clenet_error *error);

void canvas_line(canvas *page, double x1, double y1, double x2, double y2, double width, int colour);
void canvas_curve(canvas *page, const double *x, const double *y, size_t count, double width, int colour);
void canvas_polygon(canvas *page, const double *x, const double *y, size_t count, int colour); /* filled */
void canvas_box(canvas *page, double x, double y, double width, double height, int colour);    /* filled */
void canvas_frame(canvas *page, double x, double y, double width, double height, double line, int colour);
void canvas_disc(canvas *page, double x, double y, double radius, int colour);
void canvas_text(canvas *page, double x, double y, text_style style, const char *text); /* UTF-8; long text is cut */

/* About what a line of text takes in x. */
double canvas_text_width(const char *text, double size);

enum { COUNT_SIZE = 32 };
char *canvas_count(char text[COUNT_SIZE], size_t count); /* "61,794"; gives text back */

/* Writes the page under the path, whole or not at all. Frees it in any case. */
clenet_status canvas_finish(canvas *page, const char *path, clenet_error *error);

#endif
