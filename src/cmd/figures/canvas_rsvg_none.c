/* canvas_rsvg_none.c - a build without librsvg draws SVG only. */
#include "cmd/figures/canvas.h"

clenet_status canvas_can_render(figure_format format, clenet_error *error) {
    error->status = CLENET_ERROR_DEVICE;
    (void)snprintf(
        error->message, sizeof error->message,
        "no figures: %s needs librsvg, and this clenet was built without it (Debian: librsvg2-dev); install it "
        "and build again, or use svg",
        figure_formats[format]);
    return error->status;
}

clenet_status canvas_render(unsigned char **bytes, size_t *size, figure_format format, const char *svg, size_t length,
                            double width, double height, clenet_error *error) {
    (void)svg, (void)length, (void)width, (void)height;
    *bytes = NULL;
    *size = 0;
    return canvas_can_render(format, error);
}
