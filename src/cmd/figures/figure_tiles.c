/* figure_tiles.c - draws images of a data set in columns.
 *
 * Used for the digits and the mistakes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/base/class_list.h"
#include "cmd/figures/figures.h"
#include "lib/base/count.h"

enum {
    TILE = 88, /* the longer side of an image; four columns are as wide as a telephone's page */
    GAP = 16,
    MARGIN = 16,
    TITLE = 15,      /* size of the title's letters */
    TITLE_LINE = 20, /* of a title that is wrapped */
    UNDER_TITLE = 14,
    LINE = 17,        /* of the text below a tile */
    WIDTH_LEAST = 300 /* room for a title */
};

typedef struct tile_size {
    int height, width, channels;
    double cell; /* units per pixel */
} tile_size;

/* Ink on paper; of three channels the image in its colours. Of two or four channels the ink is their mean. */
static bool draw_image(canvas *page, double left, double top, const uint8_t *image /* [height][width][channels] */,
                       const tile_size *size) {
    enum { RGB = 3 };
    double width = size->width * size->cell, height = size->height * size->cell;
    size_t pixels = (size_t)size->height * (size_t)size->width, channels = (size_t)size->channels;
    if (channels == RGB) {
        canvas_image(page, left, top, width, height, image, size->width, size->height, RGB);
        return true;
    }
    uint8_t *ink = malloc(pixels + 1);
    for (size_t i = 0; ink != NULL && i < pixels; i++) {
        unsigned sum = 0;
        for (size_t c = 0; c < channels; c++) sum += image[i * channels + c];
        ink[i] = (uint8_t)(sum / channels);
    }
    if (ink != NULL) canvas_ink(page, left, top, width, height, ink, size->width, size->height);
    free(ink);
    return ink != NULL;
}

static tile_size size_of(const clenet_dataset *dataset) {
    tile_size size = {clenet_dataset_height(dataset), clenet_dataset_width(dataset), clenet_dataset_channels(dataset),
                      0.0};
    size.cell = (double)TILE / (size.height > size.width ? size.height : size.width);
    return size;
}

/* The lines of text below the tiles. */
static int lines_below(const figure_tile *tiles, size_t count) {
    int most = 0;
    for (size_t i = 0; i < count; i++) {
        int lines = (tiles[i].caption[0] != '\0') + (tiles[i].notes[0][0] != '\0') + (tiles[i].notes[1][0] != '\0');
        if (lines > most) most = lines;
    }
    return most;
}

/* Writes a line centred below a tile, cut to its width and the gap's. Returns the y of the next line. */
static double draw_below(canvas *page, double middle, double y, const tile_size *size, bool bold, const char *text) {
    const text_style style = {.size = FIGURE_TEXT, .colour = bold ? INK : QUIET, .bold = bold, .align = TEXT_CENTRE};
    char cut[CLASS_NAME_SIZE];
    double room = size->width * size->cell + GAP - 3;
    if (text[0] == '\0') return y;
    size_t columns = text_columns(text);
    do (void)text_cut(cut, text, columns);
    while (--columns > 0 && canvas_text_width(cut, style.size) * (bold ? 1.08 : 1.0) > room);
    canvas_text(page, middle, y, style, cut);
    return y + LINE;
}

/* The layout of a figure of tiles. */
typedef struct tile_sheet {
    tile_size size;
    int columns, rows, lines; /* of text below a tile */
    int title_lines;
    double width, height, first; /* y of the first row */
} tile_sheet;

static const text_style title_style = {.size = TITLE, .colour = INK, .bold = true};

static tile_sheet sheet_of(const clenet_dataset *dataset, const char *title, const figure_tile *tiles, size_t count,
                           int columns) {
    tile_sheet sheet = {.size = size_of(dataset), .columns = columns, .lines = lines_below(tiles, count)};
    sheet.rows = (int)((count + (size_t)columns - 1) / (size_t)columns);
    sheet.width = 2 * MARGIN + columns * (sheet.size.width * sheet.size.cell + GAP) - GAP;
    if (sheet.width < WIDTH_LEAST) sheet.width = WIDTH_LEAST;
    sheet.title_lines = canvas_lines(title_style, sheet.width - 2 * MARGIN, title);
    sheet.first = MARGIN + sheet.title_lines * TITLE_LINE + UNDER_TITLE;
    sheet.height = sheet.first + sheet.rows * (sheet.size.height * sheet.size.cell + sheet.lines * LINE + GAP);
    if (count == 0) sheet.height = sheet.first;
    return sheet;
}

static bool draw_tile(canvas *page, const tile_sheet *sheet, size_t i, const uint8_t *image, const figure_tile *tile) {
    const tile_size *size = &sheet->size;
    size_t column = i % (size_t)sheet->columns, row = i / (size_t)sheet->columns;
    double width = size->width * size->cell, height = size->height * size->cell;
    double left = MARGIN + (double)column * (width + GAP);
    double top = sheet->first + (double)row * (height + sheet->lines * LINE + GAP), y = top + height + LINE * 0.7;
    bool drawn = draw_image(page, left, top, image, size);
    y = draw_below(page, left + width / 2, y, size, true, tile->caption);
    for (int line = 0; line < 2; line++) y = draw_below(page, left + width / 2, y, size, false, tile->notes[line]);
    return drawn;
}

static clenet_status no_memory(clenet_error *error) {
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message, "no figures: out of memory");
    return error->status;
}

clenet_status figure_tiles(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                           const figure_tile *tiles, size_t count, int columns, clenet_error *error) {
    tile_sheet sheet = sheet_of(dataset, title, tiles, count, columns);
    size_t bytes = (size_t)sheet.size.height * (size_t)sheet.size.width * (size_t)sheet.size.channels;
    canvas *page = NULL;
    clenet_status status = canvas_new(&page, format, sheet.width, sheet.height, error);
    if (status != CLENET_OK) return status;
    canvas_describe(page, title, NULL);
    canvas_paragraph(page, MARGIN, MARGIN + TITLE_LINE / 2.0, title_style, sheet.width - 2 * MARGIN, TITLE_LINE, title);
    bool drawn = true;
    for (size_t i = 0; i < count; i++)
        drawn = draw_tile(page, &sheet, i, clenet_dataset_images(dataset) + tiles[i].row * bytes, &tiles[i]) && drawn;
    if (drawn) return canvas_finish(page, path, error);
    canvas_abandon(page);
    return no_memory(error);
}

/* "row 17", as predict and show count rows. */
static void put_row(char note[64], uint32_t row) {
    (void)snprintf(note, 64, "row %lu", (unsigned long)row + 1);
}

clenet_status figure_digits(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                            const uint32_t *rows, size_t count, int columns, clenet_error *error) {
    figure_tile *tiles = calloc(count + 1, sizeof *tiles);
    if (tiles == NULL) return no_memory(error);
    const uint8_t *labels = clenet_dataset_labels(dataset);
    for (size_t i = 0; i < count; i++) {
        tiles[i].row = rows[i];
        if (labels != NULL)
            (void)snprintf(tiles[i].caption, sizeof tiles[i].caption, "%s",
                           clenet_dataset_class_name(dataset, labels[rows[i]]));
        put_row(tiles[i].notes[0], rows[i]);
    }
    clenet_status status = figure_tiles(path, format, title, dataset, tiles, count, columns, error);
    free(tiles);
    return status;
}

#define ARROW "\xe2\x86\x92" /* U+2192 */

/* "4 -> 9", its confidence and its row; if names are long, each has a line, and the row has none. */
static void put_mistake(figure_tile *tile, const clenet_dataset *dataset, const findings_mistake *mistake) {
    enum { PAIR_COLUMNS = 7 }; /* of two names beside each other */
    const char *truth = clenet_dataset_class_name(dataset, mistake->truth);
    const char *other = clenet_dataset_class_name(dataset, mistake->prediction);
    double confidence = 100.0 * findings_sure(mistake);
    if (text_columns(truth) + text_columns(other) <= PAIR_COLUMNS) {
        (void)snprintf(tile->caption, sizeof tile->caption, "%s " ARROW " %s", truth, other);
        (void)snprintf(tile->notes[0], sizeof tile->notes[0], "%.2f %%", confidence);
        put_row(tile->notes[1], mistake->row);
        return;
    }
    (void)snprintf(tile->caption, sizeof tile->caption, "%s", truth);
    (void)snprintf(tile->notes[0], sizeof tile->notes[0], ARROW " %.48s", other);
    (void)snprintf(tile->notes[1], sizeof tile->notes[1], "%.2f %%", confidence);
}

clenet_status figure_mistakes(const char *path, figure_format format, const clenet_dataset *dataset,
                              const findings *found, size_t most, clenet_error *error) {
    enum { COLUMNS = 4 }; /* more are too small on a telephone */
    size_t count = found->mistake_count < most ? found->mistake_count : most;
    figure_tile *tiles = calloc(count + 1, sizeof *tiles);
    if (tiles == NULL) return no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const findings_mistake *mistake = &found->mistakes[i];
        tiles[i].row = mistake->row;
        put_mistake(&tiles[i], dataset, mistake);
    }
    char title[256], all[COUNT_SIZE], wrong[COUNT_SIZE];
    (void)text_count(all, found->rows);
    (void)text_count(wrong, found->mistake_count);
    if (count == 0)
        (void)snprintf(title, sizeof title, "All %s held-out images are predicted correctly", all);
    else
        (void)snprintf(title, sizeof title,
                       "%s of %s are wrong. The %zu with the highest confidence: true " ARROW " predicted", wrong, all,
                       count);
    clenet_status status = figure_tiles(path, format, title, dataset, tiles, count, COLUMNS, error);
    free(tiles);
    return status;
}

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): good numbers from any seed, including 0. */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static bool holds(const uint32_t *picked, size_t count, uint32_t row) {
    for (size_t i = 0; i < count; i++) {
        if (picked[i] == row) return true;
    }
    return false;
}

size_t figure_pick(uint32_t *picked, size_t most, const uint32_t *rows, size_t count, uint64_t seed) {
    size_t wanted = count < most ? count : most;
    for (size_t have = 0; have < wanted;) {
        uint64_t i = next_random(&seed) % count; /* its bias is below count / 2^64 */
        uint32_t row = rows != NULL ? rows[i] : (uint32_t)i;
        if (!holds(picked, have, row)) picked[have++] = row;
    }
    return wanted;
}
