/* canvas_rsvg_none.c - a build without librsvg draws SVG only. */
#include "cmd/figures/canvas.h"

bool canvas_can_render(void) {
    return false;
}

clenet_status canvas_render(unsigned char **bytes, size_t *size, figure_format format, const char *svg, size_t length,
                            double width, double height, clenet_error *error) {
    (void)svg, (void)length, (void)width, (void)height;
    *bytes = NULL;
    *size = 0;
    return canvas_check(format, error);
}
