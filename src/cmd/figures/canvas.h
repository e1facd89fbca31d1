/* canvas.h - draws a figure as SVG, and saves it as SVG, PNG or PDF.
 *
 * Units are pixels of CSS (1/96 inch) in SVG, two pixels in PNG, and points of 1/72 inch in PDF. The origin is the upper left
 * corner, and y grows downwards.
 *
 * Letters are <text>, so that they can be searched, copied and translated. There are no ids, no scripts, no references to other
 * files and no style attributes: several figures can be in one page, under any content security policy that allows "img-src data:".
 *
 * A canvas has no global state and prints nothing. SVG needs nothing but this code: it is safe in the process of the caller and in
 * any thread, and takes milliseconds. PNG and PDF are drawn by librsvg, which keeps fonts in globals and may end the process if
 * memory runs out: draw those in a child process (src/lib/base/child.h).
 *
 * Colours. Each colour of the palette is written as a class, so that a figure follows the light or dark mode of its page:
 *
 *     f-NAME fills and s-NAME strokes, with NAME: ink quiet hair paper ground blue orange teal pink olive purple
 *     invert marks a grey <image> of ink on paper, which dark mode inverts
 *
 * A file has these rules in its <style>, both modes. A page that inlines several figures removes that element with svg_for_page()
 * and has the rules once, from canvas_rules() or from its own style sheet. The first shape of a figure is its ground, a <rect> of
 * class f-ground. A pale shade is the strong colour with an opacity (colour_shade), so that it is right on both grounds. Any other
 * 0xRRGGBB is written as it is, in both modes. */
#ifndef CLENET_CMD_FIGURES_CANVAS_H
#define CLENET_CMD_FIGURES_CANVAS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "clenet/clenet.h"

typedef enum figure_format { FIGURE_SVG, FIGURE_PNG, FIGURE_PDF, FIGURE_NONE } figure_format;

extern const char *const figure_formats[]; /* "svg", "png", "pdf", "none", NULL */

/* The format of a file name's extension; FIGURE_NONE if it is unknown. */
figure_format figure_format_of(const char *path);

/* ---- colours ------------------------------------------------------------------------------------------------ */

/* The palette: 0xRRGGBB in light mode. Every colour but HAIR, PAPER and GROUND has a contrast of at least 4.5:1 to the ground and
 * to paper in both modes, so that it is readable as text. */
enum {
    INK = 0x1f2933,    /* main text */
    QUIET = 0x5a6572,  /* secondary text */
    HAIR = 0xd9dee5,   /* grid, frames */
    PAPER = 0xf4f6f8,  /* background of a tile */
    GROUND = 0xffffff, /* background of the figure, and text on a strong colour */
    WHITE = GROUND,
    BLUE = 0x1d5fbf,
    ORANGE = 0xb94b08,
    TEAL = 0x00756b,
    PINK = 0xb3267a,
    OLIVE = 0x766100,
    PURPLE = 0x7038d0
};

typedef struct palette_colour {
    const char *name; /* of its class, without f- or s- */
    int light, dark;  /* 0xRRGGBB */
} palette_colour;

enum { PALETTE_COLOURS = 11 };
extern const palette_colour canvas_palette[PALETTE_COLOURS];

/* The colour at a strength from 0 (invisible) to 1 (as it is). */
int colour_shade(int colour, double strength);

/* Mixes two colours; at 0 it is from, and at 1 it is to. The result is no colour of the palette: it is the same in dark mode. */
int colour_mix(int from, int to, double at);

/* INK or GROUND: the one that is easier to read on a shade of a colour over the ground, in both modes. At strengths up to 0.4 and
 * from 0.92 its contrast is at least 4.5:1. */
int colour_of_text_on(int shade);

/* Writes the rules of all classes: those of light mode, then those of dark mode in a media query. */
void canvas_rules(FILE *to);

/* ---- lines and markers -------------------------------------------------------------------------------------- */

typedef enum marker_shape {
    MARKER_DISC,
    MARKER_SQUARE,
    MARKER_TRIANGLE,
    MARKER_DIAMOND,
    MARKER_TRIANGLE_DOWN,
    MARKER_RING,
    MARKER_CROSS,
    MARKER_PLUS
} marker_shape;

/* How the lines of one series look. No two of the eight have the same dashes, nor the same marker: they are told apart in grey too. */
typedef struct line_series {
    int colour;
    const char *dashes; /* for canvas_dashes(); NULL: a solid line */
    marker_shape marker;
} line_series;

enum { SERIES_MOST = 8 };
extern const line_series canvas_series[SERIES_MOST];

/* ---- the canvas --------------------------------------------------------------------------------------------- */

typedef enum text_align { TEXT_LEFT, TEXT_CENTRE, TEXT_RIGHT } text_align;

typedef struct text_style {
    double size; /* of the em, in units */
    int colour;
    bool bold;
    text_align align; /* relative to x; y is the middle of the line */
    bool upwards;     /* rotated by 90 degrees */
    bool halo;        /* has an outline in the ground's colour, so that it is readable over lines */
} text_style;

typedef struct canvas canvas;

/* Whether the format can be drawn. Errors: CLENET_ERROR_DEVICE if it needs librsvg, and this build is without it or it cannot be
 * loaded; the message says what to install. */
clenet_status canvas_check(figure_format format, clenet_error *error);

/* Errors: those of canvas_check(); CLENET_ERROR_MEMORY. The format must not be FIGURE_NONE. */
clenet_status canvas_new(canvas **page, figure_format format, double width, double height, clenet_error *error);

/* Sets the figure's name and description, which screen readers read in place of the picture. Without them it has none. Copies
 * both; either may be NULL. */
void canvas_describe(canvas *page, const char *title, const char *description);

void canvas_line(canvas *page, double x1, double y1, double x2, double y2, double width, int colour);
void canvas_curve(canvas *page, const double *x, const double *y, size_t count, double width, int colour);
void canvas_polygon(canvas *page, const double *x, const double *y, size_t count, int colour); /* filled */
void canvas_box(canvas *page, double x, double y, double width, double height, int colour);    /* filled */
void canvas_frame(canvas *page, double x, double y, double width, double height, double line, int colour);
void canvas_disc(canvas *page, double x, double y, double radius, int colour);
void canvas_marker(canvas *page, double x, double y, double radius, marker_shape shape, int colour);
void canvas_text(canvas *page, double x, double y, text_style style, const char *text); /* UTF-8; long text is cut */

/* Dashes of the lines, curves and frames after this call: lengths of dashes and gaps in units, as "6 3"; NULL: solid lines. Lends
 * the text until the next call. */
void canvas_dashes(canvas *page, const char *dashes);

/* Draws pixels [rows][columns][channels] as one embedded picture. Channels: 1 is grey, 2 grey and opacity, 3 red, green and blue,
 * 4 those and opacity; 0..255 each. It looks the same in dark mode. */
void canvas_image(canvas *page, double x, double y, double width, double height, const uint8_t *pixels, int columns,
                  int rows, int channels);

/* The same with pixels [rows][columns] of ink on paper: 0 is paper, and 255 is ink. Dark mode has bright ink on dark paper. */
void canvas_ink(canvas *page, double x, double y, double width, double height, const uint8_t *pixels, int columns,
                int rows);

/* The width of a line of text in DejaVu Sans, the widest font that a figure may be shown in. Bold text is up to 1.12 times as
 * wide. */
double canvas_text_width(const char *text, double size);

/* The lines that a text takes if it is wrapped between words to this width; at least 1. */
int canvas_lines(text_style style, double width, const char *text);

/* Draws the text wrapped to this width; y is the middle of its first line, and pitch the distance of two lines. */
void canvas_paragraph(canvas *page, double x, double y, text_style style, double width, double pitch, const char *text);

/* Writes the page to the path, completely or not at all. Frees it in either case. Errors: CLENET_ERROR_IO; CLENET_ERROR_MEMORY;
 * CLENET_ERROR_DEVICE if librsvg fails. */
clenet_status canvas_finish(canvas *page, const char *path, clenet_error *error);

void canvas_abandon(canvas *page); /* frees the page, and writes nothing */

/* Gives the page as SVG in memory in place of a file: *svg [*size] and a zero behind; free() it. Frees the page in either case. */
clenet_status canvas_finish_text(canvas *page, char **svg, size_t *size, clenet_error *error);

/* Removes the <style> of an SVG file that a canvas wrote, in place, so that it can be inlined in a page that has canvas_rules().
 * Returns the new size. A file without that element is left unchanged. */
size_t svg_for_page(char *svg, size_t size);

/* ---- for the canvas's own files ----------------------------------------------------------------------------- */

/* Loads librsvg, for a PNG or PDF. In canvas_rsvg.c, and in canvas_rsvg_none.c for a build without librsvg. Errors: those of
 * canvas_check(). */
clenet_status canvas_can_render(figure_format format, clenet_error *error);
/* Draws an SVG as PNG or PDF, after canvas_can_render(). *bytes [*size]: free() it. */
clenet_status canvas_render(unsigned char **bytes, size_t *size, figure_format format, const char *svg, size_t length,
                            double width, double height, clenet_error *error);

/* Writes pixels as a data URI of a PNG. False if out of memory. In pixels.c. */
bool pixels_write(FILE *to, const uint8_t *pixels, int columns, int rows, int channels);

#endif
