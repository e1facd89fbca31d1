/* canvas_none.c - canvas.h in a build without PLplot: every call fails.
 *
 * The error names the reason. */
#include <stdio.h>

#include "cmd/figures/canvas.h"

clenet_status canvas_new(canvas **page, figure_format format, double width, double height, clenet_error *error) {
    (void)page, (void)format, (void)width, (void)height;
    error->status = CLENET_ERROR_DEVICE;
    (void)snprintf(
        error->message, sizeof error->message,
        "no figures: this clenet was built without PLplot (Debian: libplplot-dev, plplot-driver-cairo); install it "
        "and build again");
    return error->status;
}

void canvas_line(canvas *page, double x1, double y1, double x2, double y2, double width, int colour) {
    (void)page, (void)x1, (void)y1, (void)x2, (void)y2, (void)width, (void)colour;
}

void canvas_curve(canvas *page, const double *x, const double *y, size_t count, double width, int colour) {
    (void)page, (void)x, (void)y, (void)count, (void)width, (void)colour;
}

void canvas_polygon(canvas *page, const double *x, const double *y, size_t count, int colour) {
    (void)page, (void)x, (void)y, (void)count, (void)colour;
}

void canvas_disc(canvas *page, double x, double y, double radius, int colour) {
    (void)page, (void)x, (void)y, (void)radius, (void)colour;
}

void canvas_text(canvas *page, double x, double y, text_style style, const char *text) {
    (void)page, (void)x, (void)y, (void)style, (void)text;
}

clenet_status canvas_finish(canvas *page, const char *path, clenet_error *error) {
    (void)page, (void)path;
    return error->status;
}
