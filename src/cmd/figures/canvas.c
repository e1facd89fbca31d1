/* canvas.c - formats, colours, markers and widths of text: the parts of canvas.h that write no SVG. */
#include "cmd/figures/canvas.h"

#include <math.h>
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

clenet_status canvas_check(figure_format format, clenet_error *error) {
    return format == FIGURE_SVG ? CLENET_OK : canvas_can_render(format, error);
}

/* ---- colours ------------------------------------------------------------------------------------------------ */

const palette_colour canvas_palette[PALETTE_COLOURS] = {
    {"ink", INK, 0xe9ebee},       {"quiet", QUIET, 0xaeb7c1}, {"hair", HAIR, 0x39414b},     {"paper", PAPER, 0x272c34},
    {"ground", GROUND, 0x1c2026}, {"blue", BLUE, 0x7fb2ff},   {"orange", ORANGE, 0xffa05c}, {"teal", TEAL, 0x4fd0bd},
    {"pink", PINK, 0xff8fc8},     {"olive", OLIVE, 0xd8c24a}, {"purple", PURPLE, 0xc3a6ff}};

/* A shade has its missing strength in hundredths in the bits above the colour. */
enum { COLOUR_BITS = 24, RGB_MASK = 0xFFFFFF };

int colour_shade(int colour, double strength) {
    double within = strength > 1.0 ? 1.0 : strength > 0.0 ? strength : 0.0;
    return (colour & RGB_MASK) | (int)(100 - lround(100.0 * within)) << COLOUR_BITS;
}

int colour_mix(int from, int to, double at) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int a = from >> shift & 0xFF, b = to >> shift & 0xFF;
        mixed |= (int)lround(a + (b - a) * at) << shift;
    }
    return mixed;
}

/* The relative luminance of WCAG 2, from 0 to 1. */
static double luminance(int colour) {
    static const double weights[] = {0.0722, 0.7152, 0.2126}; /* of blue, green and red */
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        double value = (colour >> 8 * i & 0xFF) / 255.0;
        sum += weights[i] * (value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(int a, int b) {
    double high = luminance(a) + 0.05, low = luminance(b) + 0.05;
    return high > low ? high / low : low / high;
}

/* The colour in a mode; one outside of the palette is the same in both. */
static int in_mode(int colour, bool dark) {
    for (int i = 0; i < PALETTE_COLOURS; i++) {
        if (canvas_palette[i].light == colour) return dark ? canvas_palette[i].dark : colour;
    }
    return colour;
}

int colour_of_text_on(int shade) {
    double strength = 1.0 - (shade >> COLOUR_BITS) / 100.0, worst[2] = {HUGE_VAL, HUGE_VAL};
    static const int texts[2] = {INK, GROUND};
    for (int dark = 0; dark < 2; dark++) {
        int behind = colour_mix(in_mode(GROUND, dark), in_mode(shade & RGB_MASK, dark), strength);
        for (int i = 0; i < 2; i++) worst[i] = fmin(worst[i], contrast(behind, in_mode(texts[i], dark)));
    }
    return texts[worst[1] > worst[0]];
}

static void write_mode(FILE *to, bool dark) {
    for (int i = 0; i < PALETTE_COLOURS; i++) {
        unsigned colour = (unsigned)(dark ? canvas_palette[i].dark : canvas_palette[i].light);
        (void)fprintf(to, ".f-%s{fill:#%06x}.s-%s{stroke:#%06x}", canvas_palette[i].name, colour,
                      canvas_palette[i].name, colour);
    }
}

void canvas_rules(FILE *to) {
    write_mode(to, false);
    (void)fputs("@media screen and (prefers-color-scheme:dark){", to);
    write_mode(to, true);
    (void)fputs(".invert{filter:invert(1)}}", to);
}

/* ---- markers ------------------------------------------------------------------------------------------------ */

const line_series canvas_series[SERIES_MOST] = {
    {BLUE, NULL, MARKER_DISC},          {ORANGE, "7 3", MARKER_SQUARE}, {TEAL, "2 2.5", MARKER_TRIANGLE},
    {PINK, "9 3 2 3", MARKER_DIAMOND},  {OLIVE, "14 4", MARKER_RING},   {PURPLE, "4 4", MARKER_TRIANGLE_DOWN},
    {INK, "9 3 2 3 2 3", MARKER_CROSS}, {QUIET, "1 4", MARKER_PLUS},
};

static void draw_strokes(canvas *page, double x, double y, double reach_x, double reach_y, int colour) {
    canvas_line(page, x - reach_x, y - reach_y, x + reach_x, y + reach_y, 1.75, colour);
    canvas_line(page, x - reach_y, y + reach_x, x + reach_y, y - reach_x, 1.75, colour);
}

void canvas_marker(canvas *page, double x, double y, double radius, marker_shape shape, int colour) {
    double r = radius, half = r * 0.89, /* a square has a disc's area */
        tall = r * 1.25, wide = r * 1.2;
    switch (shape) {
    case MARKER_DISC:
        canvas_disc(page, x, y, r, colour);
        break;
    case MARKER_SQUARE:
        canvas_box(page, x - half, y - half, 2 * half, 2 * half, colour);
        break;
    case MARKER_TRIANGLE:
        canvas_polygon(page, (double[]){x, x + wide, x - wide}, (double[]){y - tall, y + r * 0.85, y + r * 0.85}, 3,
                       colour);
        break;
    case MARKER_TRIANGLE_DOWN:
        canvas_polygon(page, (double[]){x, x + wide, x - wide}, (double[]){y + tall, y - r * 0.85, y - r * 0.85}, 3,
                       colour);
        break;
    case MARKER_DIAMOND:
        canvas_polygon(page, (double[]){x, x + tall, x, x - tall}, (double[]){y - tall, y, y + tall, y}, 4, colour);
        break;
    case MARKER_RING:
        canvas_disc(page, x, y, r, colour);
        canvas_disc(page, x, y, r * 0.5, GROUND);
        break;
    case MARKER_CROSS:
        draw_strokes(page, x, y, half, half, colour);
        break;
    case MARKER_PLUS:
        draw_strokes(page, x, y, tall, 0.0, colour);
        break;
    }
}

/* ---- text --------------------------------------------------------------------------------------------------- */
/* Widths of ' ' to '~' in DejaVu Sans, in hundredths of an em. */
static const unsigned char widths[] = {
    32, 40, 46, 84, 64, 95, 78, 27, 39,  39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, /* ' ' to '7' */
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, /* '8' to 'O' */
    60, 79, 69, 63, 61, 73, 68, 99, 69,  61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, /* 'P' to 'g' */
    63, 28, 28, 58, 28, 97, 63, 61, 63,  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84};    /* 'h' to '~' */
_Static_assert(sizeof widths == '~' - ' ' + 1, "a width for each character of ASCII");

double canvas_text_width(const char *text, double size) {
    enum { OTHER = 65, WIDE = 100, WIDE_FROM = 0xE1 }; /* the first byte of U+1000 and above: most of those are wide */
    int sum = 0;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= ' ' && c <= '~')
            sum += widths[c - ' '];
        else if ((c & 0xC0U) != 0x80U) /* not a continuation byte of UTF-8 */
            sum += c >= WIDE_FROM ? WIDE : OTHER;
    }
    return sum * size / 100.0;
}

/* The bytes of the text's first line: as many words as have room, and at least one. */
static size_t line_bytes(const text_style *style, double width, const char *text) {
    static const double BOLD = 1.12; /* times as wide */
    char line[256];
    size_t fitting = 0;
    for (size_t at = 0;; at++) {
        if (text[at] != ' ' && text[at] != '\0') continue;
        size_t bytes = at < sizeof line ? at : sizeof line - 1;
        (void)snprintf(line, sizeof line, "%.*s", (int)bytes, text);
        double taken = canvas_text_width(line, style->size) * (style->bold ? BOLD : 1.0);
        if (fitting > 0 && taken > width) return fitting;
        fitting = at;
        if (text[at] == '\0') return fitting;
    }
}

/* Calls for each line; counts them if the page is NULL. */
static int wrap(canvas *page, double x, double y, text_style style, double width, double pitch, const char *text) {
    int lines = 0;
    do {
        char line[256];
        size_t bytes = line_bytes(&style, width, text);
        (void)snprintf(line, sizeof line, "%.*s", (int)bytes, text);
        if (page != NULL) canvas_text(page, x, y + lines * pitch, style, line);
        text += bytes;
        while (*text == ' ') text++;
        lines++;
    } while (*text != '\0');
    return lines;
}

int canvas_lines(text_style style, double width, const char *text) {
    return wrap(NULL, 0.0, 0.0, style, width, 0.0, text);
}

void canvas_paragraph(canvas *page, double x, double y, text_style style, double width, double pitch,
                      const char *text) {
    (void)wrap(page, x, y, style, width, pitch, text);
}
