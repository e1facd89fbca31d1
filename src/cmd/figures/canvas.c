/* canvas.c - the parts of canvas.h that do not need PLplot. */
#include "cmd/figures/canvas.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const figure_formats[] = {"svg", "png", "pdf", "none", NULL};

figure_format figure_format_of(const char *path) {
    const char *dot = strrchr(path, '.');
    for (int format = FIGURE_SVG; dot != NULL && format < FIGURE_NONE; format++) {
        if (strcasecmp(dot + 1, figure_formats[format]) == 0) return (figure_format)format;
    }
    return FIGURE_NONE;
}

int colour_mix(int from, int to, double at) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int a = from >> shift & 0xFF, b = to >> shift & 0xFF;
        mixed |= (int)lround(a + (b - a) * at) << shift;
    }
    return mixed;
}

void canvas_box(canvas *page, double x, double y, double width, double height, int colour) {
    const double xs[] = {x, x + width, x + width, x}, ys[] = {y, y, y + height, y + height};
    canvas_polygon(page, xs, ys, 4, colour);
}

void canvas_frame(canvas *page, double x, double y, double width, double height, double line, int colour) {
    const double xs[] = {x, x + width, x + width, x, x}, ys[] = {y, y, y + height, y + height, y};
    canvas_curve(page, xs, ys, 5, line, colour);
}

double canvas_text_width(const char *text, double size) {
    static const double WIDE = 0.58; /* em, on the average of DejaVu Sans's words and figures */
    size_t letters = 0;
    for (; *text != '\0'; text++)
        letters += ((unsigned char)*text & 0xC0U) != 0x80U; /* not a continuation byte of UTF-8 */
    return (double)letters * WIDE * size;
}
