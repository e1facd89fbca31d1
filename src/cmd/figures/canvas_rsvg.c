/* canvas_rsvg.c - draws an SVG as PNG or PDF, with librsvg and cairo. */
#include <cairo-pdf.h>
#include <librsvg/rsvg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/figures/canvas.h"
#include "lib/base/on_demand.h"

#define SYMBOLS(S)                         \
    S(cairo_create)                        \
    S(cairo_destroy)                       \
    S(cairo_image_surface_create)          \
    S(cairo_pdf_surface_create_for_stream) \
    S(cairo_scale)                         \
    S(cairo_status)                        \
    S(cairo_status_to_string)              \
    S(cairo_surface_destroy)               \
    S(cairo_surface_finish)                \
    S(cairo_surface_status)                \
    S(cairo_surface_write_to_png_stream)   \
    S(g_clear_error)                       \
    S(g_object_unref)                      \
    S(rsvg_handle_new_from_data)           \
    S(rsvg_handle_render_document)

static struct { SYMBOLS(ON_DEMAND_MEMBER) } lib;
static on_demand librsvg = {CLENET_RSVG_FILE, "librsvg2-dev", &lib, ON_DEMAND_NAMES(SYMBOLS), false};

static const double PNG_SCALE = 2.0; /* pixels per unit: sharp on a screen with two pixels per point */

/* The bytes that cairo writes. */
typedef struct written {
    FILE *file;
    char *bytes;
    size_t size;
} written;

static clenet_status failed(clenet_error *error, const char *why) {
    error->status = CLENET_ERROR_DEVICE;
    (void)snprintf(error->message, sizeof error->message, "no figures: librsvg failed: %s", why);
    return error->status;
}

static cairo_status_t take(void *context, const unsigned char *bytes, unsigned count) {
    written *to = context;
    return fwrite(bytes, 1, count, to->file) == count ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* Draws the SVG on the surface, at a scale. */
static clenet_status draw(cairo_surface_t *surface, RsvgHandle *handle, double scale, double width, double height,
                          clenet_error *error) {
    GError *why = NULL;
    const RsvgRectangle place = {0.0, 0.0, width, height};
    cairo_t *pen = lib.cairo_create(surface);
    lib.cairo_scale(pen, scale, scale);
    clenet_status status = CLENET_OK;
    if (!lib.rsvg_handle_render_document(handle, pen, &place, &why)) status = failed(error, why->message);
    if (status == CLENET_OK && lib.cairo_status(pen) != CAIRO_STATUS_SUCCESS)
        status = failed(error, lib.cairo_status_to_string(lib.cairo_status(pen)));
    lib.g_clear_error(&why);
    lib.cairo_destroy(pen);
    return status;
}

static clenet_status draw_page(written *to, RsvgHandle *handle, figure_format format, double width, double height,
                               clenet_error *error) {
    bool png = format == FIGURE_PNG;
    double scale = png ? PNG_SCALE : 1.0;
    cairo_surface_t *surface = png ? lib.cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)lround(width * scale),
                                                                    (int)lround(height * scale))
                                   : lib.cairo_pdf_surface_create_for_stream(take, to, width, height);
    clenet_status status = draw(surface, handle, scale, width, height, error);
    cairo_status_t saved = CAIRO_STATUS_SUCCESS;
    if (status == CLENET_OK && png) saved = lib.cairo_surface_write_to_png_stream(surface, take, to);
    lib.cairo_surface_finish(surface);
    if (saved == CAIRO_STATUS_SUCCESS) saved = lib.cairo_surface_status(surface);
    if (status == CLENET_OK && saved != CAIRO_STATUS_SUCCESS) status = failed(error, lib.cairo_status_to_string(saved));
    lib.cairo_surface_destroy(surface);
    return status;
}

clenet_status canvas_can_render(figure_format format, clenet_error *error) {
    char why[ON_DEMAND_WHY];
    if (on_demand_load(&librsvg, why)) return CLENET_OK;
    error->status = CLENET_ERROR_DEVICE;
    (void)snprintf(error->message, sizeof error->message, "no figures: %s needs librsvg, and %s, or use svg",
                   figure_formats[format], why);
    return error->status;
}

clenet_status canvas_render(unsigned char **bytes, size_t *size, figure_format format, const char *svg, size_t length,
                            double width, double height, clenet_error *error) {
    GError *why = NULL;
    written to = {.file = NULL};
    RsvgHandle *handle = lib.rsvg_handle_new_from_data((const guint8 *)svg, length, &why);
    if (handle == NULL) {
        clenet_status status = failed(error, why->message);
        lib.g_clear_error(&why);
        return status;
    }
    to.file = open_memstream(&to.bytes, &to.size);
    clenet_status status =
        to.file == NULL ? failed(error, "out of memory") : draw_page(&to, handle, format, width, height, error);
    lib.g_object_unref(handle);
    if (to.file != NULL && fclose(to.file) != 0 && status == CLENET_OK) status = failed(error, "out of memory");
    if (status != CLENET_OK) {
        free(to.bytes);
        return status;
    }
    *bytes = (unsigned char *)to.bytes;
    *size = to.size;
    return CLENET_OK;
}
