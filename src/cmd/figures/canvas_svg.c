/* canvas_svg.c - writes the SVG of canvas.h into memory, because a full disk must leave no half figure. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/figures/canvas.h"
#include "lib/base/output.h"

enum { TEXT_MOST = 160 }; /* bytes: a longer text would leave any figure */

static const double BASELINE =
    0.35; /* em from the middle of a line down to its letters' feet: half a capital's height */
static const double NUMBER_MOST = 1e6; /* units: larger coordinates are outside of any page */
static const char fonts[] = "system-ui,'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif";

struct canvas {
    figure_format format;
    double width, height;
    const char *dashes;        /* lent */
    char *title, *description; /* NULL: none */
    FILE *file;                /* over the shapes */
    char *shapes;
    size_t size;
    bool failed; /* memory was short for a picture or a text */
};

static clenet_status no_memory(clenet_error *error) {
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message, "no figures: out of memory");
    return error->status;
}

clenet_status canvas_new(canvas **page, figure_format format, double width, double height, clenet_error *error) {
    clenet_status status = canvas_check(format, error);
    if (status != CLENET_OK) return status;
    canvas *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL) return no_memory(error);
    fresh->file = open_memstream(&fresh->shapes, &fresh->size);
    if (fresh->file == NULL) {
        free(fresh);
        return no_memory(error);
    }
    fresh->format = format;
    fresh->width = ceil(width); /* whole pixels: otherwise the last column of a PNG is half empty */
    fresh->height = ceil(height);
    *page = fresh;
    return CLENET_OK;
}

/* ---- numbers, colours and text ------------------------------------------------------------------------------ */

/* Writes two decimals, without zeros at the end and before the point. printf would take the point from the locale. */
static void put_number(FILE *to, double value) {
    if (!(fabs(value) <= NUMBER_MOST)) value = value > 0.0 ? NUMBER_MOST : value < 0.0 ? -NUMBER_MOST : 0.0;
    long hundredths = lround(value * 100.0);
    if (hundredths < 0) (void)fputc('-', to);
    hundredths = labs(hundredths);
    long whole = hundredths / 100, part = hundredths % 100;
    if (whole > 0 || part == 0) (void)fprintf(to, "%ld", whole);
    if (part % 10 != 0)
        (void)fprintf(to, ".%02ld", part);
    else if (part != 0)
        (void)fprintf(to, ".%ld", part / 10);
}

static void put(FILE *to, const char *name, double value) {
    (void)fprintf(to, " %s=\"", name);
    put_number(to, value);
    (void)fputc('"', to);
}

static const char *class_of(int colour) {
    for (int i = 0; i < PALETTE_COLOURS; i++) {
        if (canvas_palette[i].light == colour) return canvas_palette[i].name;
    }
    return NULL;
}

/* Writes a colour as the property "fill" or "stroke": as a class if it is in the palette. */
static void put_colour(FILE *to, const char *property, int colour) {
    int rgb = colour & 0xFFFFFF, missing = colour >> 24;
    const char *name = class_of(rgb);
    if (name != NULL)
        (void)fprintf(to, " class=\"%c-%s\"", property[0], name);
    else
        (void)fprintf(to, " %s=\"#%06x\"", property, (unsigned)rgb);
    if (missing == 0) return;
    (void)fprintf(to, " %s-opacity=\"", property);
    put_number(to, 1.0 - missing / 100.0);
    (void)fputc('"', to);
}

static void put_stroke(const canvas *page, double width, int colour) {
    put_colour(page->file, "stroke", colour);
    put(page->file, "stroke-width", width);
    if (page->dashes != NULL) (void)fprintf(page->file, " stroke-dasharray=\"%s\"", page->dashes);
}

/* The bytes of the letter of UTF-8 at the text; 0 if it is not valid in XML. */
static size_t letter_bytes(const unsigned char *text) {
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (*text < 0x80) return *text >= ' ' && *text != 0x7F;
    size_t bytes = *text >= 0xF0 && *text <= 0xF4 ? 4 : *text >= 0xE0 ? 3 : *text >= 0xC2 ? 2 : 0;
    if (bytes == 0 || *text > 0xF4) return 0;
    unsigned long code = *text & (0xFFU >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if ((text[i] & 0xC0U) != 0x80U) return 0;
        code = code << 6 | (text[i] & 0x3FU);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF, none = (code & 0xFFFE) == 0xFFFE;
    return code < least[bytes] || code > 0x10FFFF || surrogate || none ? 0 : bytes;
}

/* Writes at most `most` bytes of the text for XML. Bytes that are no letter become '?'. */
static void put_text(FILE *to, const char *text, size_t most) {
    for (size_t i = 0; text[i] != '\0';) {
        size_t bytes = letter_bytes((const unsigned char *)text + i);
        if (i + bytes > most) return;
        switch (text[i]) {
        case '&':
            (void)fputs("&amp;", to);
            break;
        case '<':
            (void)fputs("&lt;", to);
            break;
        case '>':
            (void)fputs("&gt;", to);
            break;
        case '"':
            (void)fputs("&quot;", to);
            break;
        default:
            if (bytes == 0)
                (void)fputc('?', to);
            else
                (void)fwrite(text + i, 1, bytes, to);
        }
        i += bytes > 0 ? bytes : 1;
    }
}

static char *copy_of(canvas *page, const char *text) {
    if (text == NULL) return NULL;
    char *copy = strdup(text);
    if (copy == NULL) page->failed = true;
    return copy;
}

void canvas_describe(canvas *page, const char *title, const char *description) {
    free(page->title);
    free(page->description);
    page->title = copy_of(page, title);
    page->description = copy_of(page, description);
}

/* ---- shapes ------------------------------------------------------------------------------------------------- */

void canvas_dashes(canvas *page, const char *dashes) {
    page->dashes = dashes;
}

void canvas_line(canvas *page, double x1, double y1, double x2, double y2, double width, int colour) {
    (void)fputs("<line", page->file);
    put(page->file, "x1", x1);
    put(page->file, "y1", y1);
    put(page->file, "x2", x2);
    put(page->file, "y2", y2);
    put_stroke(page, width, colour);
    (void)fputs("/>\n", page->file);
}

static void put_points(FILE *to, const double *x, const double *y, size_t count) {
    (void)fputs(" points=\"", to);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) (void)fputc(' ', to);
        put_number(to, x[i]);
        (void)fputc(',', to);
        put_number(to, y[i]);
    }
    (void)fputc('"', to);
}

void canvas_curve(canvas *page, const double *x, const double *y, size_t count, double width, int colour) {
    (void)fputs("<polyline fill=\"none\" stroke-linejoin=\"round\"", page->file);
    put_points(page->file, x, y, count);
    put_stroke(page, width, colour);
    (void)fputs("/>\n", page->file);
}

void canvas_polygon(canvas *page, const double *x, const double *y, size_t count, int colour) {
    (void)fputs("<polygon", page->file);
    put_points(page->file, x, y, count);
    put_colour(page->file, "fill", colour);
    (void)fputs("/>\n", page->file);
}

static void put_place(FILE *to, double x, double y, double width, double height) {
    put(to, "x", x);
    put(to, "y", y);
    put(to, "width", width);
    put(to, "height", height);
}

void canvas_box(canvas *page, double x, double y, double width, double height, int colour) {
    (void)fputs("<rect", page->file);
    put_place(page->file, x, y, width, height);
    put_colour(page->file, "fill", colour);
    (void)fputs("/>\n", page->file);
}

void canvas_frame(canvas *page, double x, double y, double width, double height, double line, int colour) {
    (void)fputs("<rect fill=\"none\"", page->file);
    put_place(page->file, x, y, width, height);
    put_stroke(page, line, colour);
    (void)fputs("/>\n", page->file);
}

void canvas_disc(canvas *page, double x, double y, double radius, int colour) {
    (void)fputs("<circle", page->file);
    put(page->file, "cx", x);
    put(page->file, "cy", y);
    put(page->file, "r", radius);
    put_colour(page->file, "fill", colour);
    (void)fputs("/>\n", page->file);
}

static void open_text(FILE *to, double x, double y, const text_style *style) {
    static const char *const anchors[] = {
        [TEXT_LEFT] = "", [TEXT_CENTRE] = " text-anchor=\"middle\"", [TEXT_RIGHT] = " text-anchor=\"end\""};
    double down = style->size * BASELINE;
    (void)fputs("<text", to);
    put(to, "x", style->upwards ? x + down : x);
    put(to, "y", style->upwards ? y : y + down);
    put(to, "font-size", style->size);
    (void)fputs(anchors[style->align], to);
    if (style->bold) (void)fputs(" font-weight=\"bold\"", to);
    if (!style->upwards) return;
    (void)fputs(" transform=\"rotate(-90 ", to);
    put_number(to, x + down);
    (void)fputc(' ', to);
    put_number(to, y);
    (void)fputs(")\"", to);
}

/* The outline is a second text below the first: not every viewer can paint a stroke below its fill. */
void canvas_text(canvas *page, double x, double y, text_style style, const char *text) {
    static const double OUTLINE = 4.0; /* units, half of it outside of the letters */
    if (style.halo) {
        open_text(page->file, x, y, &style);
        put_colour(page->file, "stroke", GROUND);
        put(page->file, "stroke-width", OUTLINE);
        (void)fputs(" stroke-linejoin=\"round\" aria-hidden=\"true\">", page->file);
        put_text(page->file, text, TEXT_MOST);
        (void)fputs("</text>\n", page->file);
    }
    open_text(page->file, x, y, &style);
    put_colour(page->file, "fill", style.colour);
    (void)fputc('>', page->file);
    put_text(page->file, text, TEXT_MOST);
    (void)fputs("</text>\n", page->file);
}

/* ---- pictures ----------------------------------------------------------------------------------------------- */

static void put_image(canvas *page, double x, double y, double width, double height, const char *class) {
    (void)fprintf(page->file, "<image%s preserveAspectRatio=\"none\" image-rendering=\"pixelated\"", class);
    put_place(page->file, x, y, width, height);
    (void)fputs(" href=\"", page->file);
}

/* Writes each pixel as side x side pixels. False if out of memory. */
static bool put_enlarged(FILE *to, const uint8_t *pixels, int columns, int rows, int channels, int side) {
    size_t depth = (size_t)channels, line = (size_t)columns * depth * (size_t)side;
    uint8_t *large = malloc(line * (size_t)rows * (size_t)side + 1);
    if (large == NULL) return false;
    for (size_t y = 0; y < (size_t)rows * (size_t)side; y++) {
        for (size_t x = 0; x < (size_t)columns * (size_t)side; x++) {
            size_t from = (y / (size_t)side * (size_t)columns + x / (size_t)side) * depth;
            memcpy(large + y * line + x * depth, pixels + from, depth);
        }
    }
    bool written = pixels_write(to, large, columns * side, rows * side, channels);
    free(large);
    return written;
}

/* librsvg smooths pictures that it enlarges, whatever image-rendering says: for PNG and PDF they are large already. */
static bool put_pixels(const canvas *page, const uint8_t *pixels, int columns, int rows, int channels) {
    enum { LARGE = 168 }; /* pixels: a digit of 28 is enlarged to about the size that it is drawn in */
    int longer = columns > rows ? columns : rows;
    if (page->format == FIGURE_SVG || longer >= LARGE) return pixels_write(page->file, pixels, columns, rows, channels);
    return put_enlarged(page->file, pixels, columns, rows, channels, LARGE / longer);
}

void canvas_image(canvas *page, double x, double y, double width, double height, const uint8_t *pixels, int columns,
                  int rows, int channels) {
    put_image(page, x, y, width, height, "");
    if (!put_pixels(page, pixels, columns, rows, channels)) page->failed = true;
    (void)fputs("\"/>\n", page->file);
}

void canvas_ink(canvas *page, double x, double y, double width, double height, const uint8_t *pixels, int columns,
                int rows) {
    enum { GREY_PAPER = 246, GREY_INK = 24 }; /* of 255: as light as PAPER, as dark as INK */
    size_t count = (size_t)columns * (size_t)rows;
    uint8_t *grey = malloc(count + 1);
    put_image(page, x, y, width, height, " class=\"invert\"");
    for (size_t i = 0; grey != NULL && i < count; i++)
        grey[i] = (uint8_t)(GREY_PAPER - pixels[i] * (GREY_PAPER - GREY_INK) / 255);
    if (grey == NULL || !put_pixels(page, grey, columns, rows, 1)) page->failed = true;
    (void)fputs("\"/>\n", page->file);
    free(grey);
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static void put_size(FILE *to, const canvas *page) {
    put(to, "width", page->width);
    put(to, "height", page->height);
}

/* The head is written last, since it has the title. PNG and PDF have no dark mode. */
static void put_head(FILE *to, const canvas *page) {
    bool named = page->title != NULL || page->description != NULL;
    (void)fputs("<svg xmlns=\"http://www.w3.org/2000/svg\"", to);
    put_size(to, page);
    (void)fputs(" viewBox=\"0 0 ", to);
    put_number(to, page->width);
    (void)fputc(' ', to);
    put_number(to, page->height);
    (void)fprintf(to, "\" font-family=\"%s\"%s>\n", fonts, named ? " role=\"img\"" : "");
    if (page->title != NULL) {
        (void)fputs("<title>", to);
        put_text(to, page->title, SIZE_MAX / 2);
        (void)fputs("</title>\n", to);
    }
    if (page->description != NULL) {
        (void)fputs("<desc>", to);
        put_text(to, page->description, SIZE_MAX / 2);
        (void)fputs("</desc>\n", to);
    }
    (void)fputs("<style>", to);
    canvas_rules(to);
    (void)fputs("</style>\n<rect class=\"f-ground\"", to);
    put_size(to, page);
    (void)fputs("/>\n", to);
}

static void free_page(canvas *page) {
    free(page->title);
    free(page->description);
    free(page->shapes);
    free(page);
}

void canvas_abandon(canvas *page) {
    (void)fclose(page->file);
    free_page(page);
}

clenet_status canvas_finish_text(canvas *page, char **svg, size_t *size, clenet_error *error) {
    char *bytes = NULL;
    size_t written = 0;
    bool whole = ferror(page->file) == 0;
    whole = fclose(page->file) == 0 && whole && !page->failed;
    FILE *file = whole ? open_memstream(&bytes, &written) : NULL;
    if (file != NULL) {
        put_head(file, page);
        (void)fwrite(page->shapes, 1, page->size, file);
        (void)fputs("</svg>\n", file);
        whole = ferror(file) == 0;
        whole = fclose(file) == 0 && whole;
    }
    free_page(page);
    if (file == NULL || !whole) {
        free(bytes);
        return no_memory(error);
    }
    *svg = bytes;
    *size = written;
    return CLENET_OK;
}

clenet_status canvas_finish(canvas *page, const char *path, clenet_error *error) {
    figure_format format = page->format;
    double width = page->width, height = page->height;
    char *svg = NULL;
    unsigned char *drawn = NULL;
    size_t size = 0, drawn_size = 0;
    clenet_status status = canvas_finish_text(page, &svg, &size, error);
    if (status == CLENET_OK && format != FIGURE_SVG)
        status = canvas_render(&drawn, &drawn_size, format, svg, size, width, height, error);
    if (status == CLENET_OK)
        status = drawn != NULL ? output_write_whole(path, drawn, drawn_size, error)
                               : output_write_whole(path, svg, size, error);
    free(drawn);
    free(svg);
    return status;
}

size_t svg_for_page(char *svg, size_t size) {
    static const char begin[] = "<style>", end[] = "</style>\n";
    char *first = strstr(svg, begin), *last = first != NULL ? strstr(first, end) : NULL;
    if (last == NULL) return size;
    last += sizeof end - 1;
    memmove(first, last, size - (size_t)(last - svg) + 1); /* with the zero behind */
    return size - (size_t)(last - first);
}
