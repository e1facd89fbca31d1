/* canvas_plplot.c - canvas.h with PLplot. A page is drawn into memory, because PLplot does not report a full disk. */
#include <math.h>
#include <plplot.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/figures/canvas.h"
#include "lib/base/output.h"

enum {
    DEVICES_MOST = 128, /* PLplot has about 30 */
    TEXT_MOST = 160,    /* bytes: the driver's buffer has 5,000, and one letter may need 30 of them */
    DISC_SIDES = 24
};

static const double PNG_SCALE = 2.0;          /* pixels per unit: sharp on a screen with two pixels per point */
static const double MM_A_POINT = 25.4 / 72.0; /* PLplot's sizes of letters are in mm */
static const double EM_TO_HEIGHT = 0.75;      /* the em of a letter is 4/3 of its size */
static const double FILL_EDGE = 0.1;          /* PLplot also draws the edge of a filled area; 0 would mean 1 */

struct canvas {
    figure_format format;
    double scale;
    PLINT stream;
    FILE *file; /* over bytes; PLplot closes it */
    char *bytes;
    size_t size;
};

static const char *driver_of(figure_format format) {
    return format == FIGURE_PNG ? "pngcairo" : format == FIGURE_PDF ? "pdfcairo" : "svgcairo";
}

static clenet_status no_canvas(clenet_error *error, const char *why) {
    error->status = CLENET_ERROR_DEVICE;
    (void)snprintf(error->message, sizeof error->message, "no figures: %s", why);
    return error->status;
}

static bool is_listed(const char *name) {
    const char *descriptions[DEVICES_MOST], *names[DEVICES_MOST];
    const char **description = descriptions, **device = names;
    int count = DEVICES_MOST;
    plgFileDevs(&description, &device, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) return true;
    }
    return false;
}

/* PLplot ends the process if it finds no drivers at all; its exit handler jumps back here. */
static jmp_buf before;

static int come_back(const char *why) {
    (void)why;
    longjmp(before, 1);
}

/* For a driver that does not exist, PLplot would ask on the terminal which one to use. */
static bool has_driver(const char *name) {
    bool listed;
    plsexit(come_back);
    if (setjmp(before) == 0)
        listed = is_listed(name);
    else
        listed = false;
    plsexit(NULL);
    return listed;
}

static void begin_page(const canvas *page, double width, double height) {
    plsdev(driver_of(page->format));
    plsfile(page->file);
    plspage(0.0, 0.0, (PLINT)lround(width * page->scale), (PLINT)lround(height * page->scale), 0, 0);
    plscolbg(255, 255, 255);
    plinit();
    pladv(0);
    plvpor(0.0, 1.0, 0.0, 1.0);
    plwind(0.0, width, height, 0.0);
}

clenet_status canvas_new(canvas **page, figure_format format, double width, double height, clenet_error *error) {
    if (!has_driver(driver_of(format))) {
        return no_canvas(error, "PLplot's cairo driver is missing (Debian: plplot-driver-cairo)");
    }
    canvas *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL) return no_canvas(error, "memory is short");
    fresh->file = open_memstream(&fresh->bytes, &fresh->size);
    if (fresh->file == NULL) {
        free(fresh);
        return no_canvas(error, "memory is short");
    }
    fresh->format = format;
    fresh->scale = format == FIGURE_PNG ? PNG_SCALE : 1.0;
    plmkstrm(&fresh->stream);
    begin_page(fresh, width, height);
    *page = fresh;
    return CLENET_OK;
}

static void set_pen(const canvas *page, double width, int colour) {
    unsigned rgb = (unsigned)colour;
    plscol0(1, (PLINT)(rgb >> 16), (PLINT)(rgb >> 8 & 0xFFU), (PLINT)(rgb & 0xFFU));
    plcol0(1);
    plwidth(width * page->scale);
}

void canvas_line(canvas *page, double x1, double y1, double x2, double y2, double width, int colour) {
    set_pen(page, width, colour);
    pljoin(x1, y1, x2, y2);
}

void canvas_curve(canvas *page, const double *x, const double *y, size_t count, double width, int colour) {
    set_pen(page, width, colour);
    plline((PLINT)count, x, y);
}

void canvas_polygon(canvas *page, const double *x, const double *y, size_t count, int colour) {
    set_pen(page, FILL_EDGE, colour);
    plfill((PLINT)count, x, y);
}

void canvas_disc(canvas *page, double x, double y, double radius, int colour) {
    static const double TURN = 6.283185307179586;
    double xs[DISC_SIDES], ys[DISC_SIDES];
    for (int i = 0; i < DISC_SIDES; i++) {
        xs[i] = x + radius * cos(TURN * i / DISC_SIDES);
        ys[i] = y + radius * sin(TURN * i / DISC_SIDES);
    }
    canvas_polygon(page, xs, ys, DISC_SIDES, colour);
}

/* Escapes '#', which begins a command of PLplot; cuts long text, but not within a letter. */
static void escape(char escaped[TEXT_MOST + 2], const char *text) {
    size_t length = 0;
    for (; *text != '\0' && length < TEXT_MOST - 8; text++) {
        if (*text == '#') escaped[length++] = '#';
        escaped[length++] = (unsigned char)*text < ' ' ? '?' : *text;
    }
    while (*text != '\0' && ((unsigned char)*text & 0xC0U) == 0x80U) escaped[length++] = *text++;
    escaped[length] = '\0';
}

void canvas_text(canvas *page, double x, double y, text_style style, const char *text) {
    char escaped[TEXT_MOST + 2];
    double where = style.align == TEXT_LEFT ? 0.0 : style.align == TEXT_CENTRE ? 0.5 : 1.0;
    escape(escaped, text);
    set_pen(page, 1.0, style.colour);
    plsfont(PL_FCI_SANS, PL_FCI_UPRIGHT, style.bold ? PL_FCI_BOLD : PL_FCI_MEDIUM);
    plschr(style.size * EM_TO_HEIGHT * MM_A_POINT * page->scale, 1.0);
    plptex(x, y, style.upwards ? 0.0 : 1.0, style.upwards ? -1.0 : 0.0, where, escaped);
}

clenet_status canvas_finish(canvas *page, const char *path, clenet_error *error) {
    plsstrm(page->stream);
    plend1();
    if (page->format == FIGURE_SVG && page->bytes != NULL) page->size = svg_shorten(page->bytes, page->size);
    clenet_status status = page->size == 0 || page->bytes == NULL
                               ? no_canvas(error, "PLplot drew nothing, memory may be short")
                               : output_write_whole(path, page->bytes, page->size, error);
    free(page->bytes);
    free(page);
    return status;
}
