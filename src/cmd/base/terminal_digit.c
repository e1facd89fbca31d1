/* terminal_digit.c - see terminal_digit.h. */
#include "cmd/base/terminal_digit.h"

#include <string.h>

/* xterm's 256 colours have black and white in their cube, and 24 greys between. */
enum { CUBE_BLACK = 16, CUBE_WHITE = 231, GREYS_FIRST = 232, GREYS = 24, GREY_LEAST = 8, GREY_STEP = 10 };

static const char ramp[] = " .:-=+*#%@"; /* from no ink to full ink */
enum { RAMP_LAST = sizeof ramp - 2, BRIGHTEST = 255 };

terminal_digit terminal_digit_fit(const uint8_t *pixels, int height, int width, int columns) {
    int most = columns > 0 ? columns : 1;
    terminal_digit digit = {.pixels = pixels, .height = height, .width = width, .channels = 1};
    digit.reduce = (width - 1) / most + 1;
    digit.columns = (width + digit.reduce - 1) / digit.reduce;
    digit.lines = (height + 2 * digit.reduce - 1) / (2 * digit.reduce);
    return digit;
}

/* The mean of the box at (y, x), counted in boxes; pixels outside of the image are background. */
static int box_mean(const terminal_digit *digit, int y, int x) {
    long area = (long)digit->reduce * digit->reduce * digit->channels, sum = 0;
    size_t channels = (size_t)digit->channels;
    for (int i = y * digit->reduce; i < (y + 1) * digit->reduce && i < digit->height; i++)
        for (int j = x * digit->reduce; j < (x + 1) * digit->reduce && j < digit->width; j++) {
            const uint8_t *pixel = digit->pixels + ((size_t)i * (size_t)digit->width + (size_t)j) * channels;
            for (size_t c = 0; c < channels; c++) sum += pixel[c];
        }
    return (int)((sum + area / 2) / area);
}

/* The xterm colour that is nearest to a grey. */
static int grey_256(int grey) {
    int step = (grey - GREY_LEAST + GREY_STEP / 2) / GREY_STEP;
    if (grey < GREY_LEAST / 2) return CUBE_BLACK;
    if (step < 0) step = 0;
    return step < GREYS ? GREYS_FIRST + step : CUBE_WHITE;
}

/* 38 sets the foreground colour, 48 the background colour. */
static void write_colour(FILE *to, terminal_look look, int which, int grey) {
    if (look == TERMINAL_24_BIT)
        (void)fprintf(to, "\033[%d;2;%d;%d;%dm", which, grey, grey, grey);
    else
        (void)fprintf(to, "\033[%d;5;%dm", which, grey_256(grey));
}

static void write_half_blocks(FILE *to, terminal_look look, const terminal_digit *digit, int line) {
    int upper_before = -1, lower_before = -1; /* a colour lasts until another is set */
    for (int x = 0; x < digit->columns; x++) {
        int upper = box_mean(digit, 2 * line, x), lower = box_mean(digit, 2 * line + 1, x);
        if (upper != upper_before) write_colour(to, look, 38, upper);
        if (lower != lower_before) write_colour(to, look, 48, lower);
        (void)fputs("\xe2\x96\x80", to); /* U+2580, the upper half of a cell */
        upper_before = upper;
        lower_before = lower;
    }
    (void)fputs("\033[0m", to);
}

void terminal_digit_line(FILE *to, terminal_look look, const terminal_digit *digit, int line) {
    if (look != TERMINAL_PLAIN) {
        write_half_blocks(to, look, digit, line);
        return;
    }
    for (int x = 0; x < digit->columns; x++) {
        int both = box_mean(digit, 2 * line, x) + box_mean(digit, 2 * line + 1, x);
        (void)fputc(ramp[(both * RAMP_LAST + BRIGHTEST) / (2 * BRIGHTEST)], to);
    }
}

void terminal_digit_draw(FILE *to, const uint8_t *pixels, int height, int width) {
    terminal_look look = terminal_look_of(fileno(to));
    int columns = terminal_is(fileno(to)) ? terminal_columns(fileno(to)) : width;
    terminal_digit digit = terminal_digit_fit(pixels, height, width, columns);
    for (int line = 0; line < digit.lines; line++) {
        terminal_digit_line(to, look, &digit, line);
        (void)fputc('\n', to);
    }
}
