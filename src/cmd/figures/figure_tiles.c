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
    TILE = 112, /* the longer side of an image: 4 units per pixel of 28 */
    GAP = 18,
    MARGIN = 22,
    HEAD = 34,    /* of the title */
    CAPTION = 22, /* a line below a tile */
    NOTE = 17,
    PAIR_COLUMNS = 8, /* of two names beside each other */
    TAKEN_COLUMNS = 8
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

static double below(const figure_tile *tiles, size_t count) {
    bool caption = false, note = false;
    for (size_t i = 0; i < count; i++) {
        caption = caption || tiles[i].caption[0] != '\0';
        note = note || tiles[i].note[0] != '\0';
    }
    return (caption ? CAPTION : 0) + (note ? NOTE : 0);
}

clenet_status figure_tiles(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                           const figure_tile *tiles, size_t count, int columns, clenet_error *error) {
    const text_style head = {.size = 16, .colour = INK, .bold = true},
                     note = {.size = 12, .colour = QUIET, .align = TEXT_CENTRE};
    const text_style caption = {.size = 13.5, .colour = INK, .bold = true, .align = TEXT_CENTRE};
    tile_size size = size_of(dataset);
    size_t rows = (count + (size_t)columns - 1) / (size_t)columns,
           bytes = (size_t)size.height * (size_t)size.width * (size_t)size.channels;
    double step_x = size.width * size.cell + GAP, step_y = size.height * size.cell + GAP + below(tiles, count);
    canvas *page = NULL;
    clenet_status status = canvas_new(&page, format, 2 * MARGIN + columns * step_x - GAP,
                                      MARGIN + HEAD + (double)rows * step_y - GAP + MARGIN, error);
    if (status != CLENET_OK) return status;
    canvas_text(page, MARGIN, MARGIN + 6, head, title);
    for (size_t i = 0; i < count; i++) {
        size_t column = i % (size_t)columns, row = i / (size_t)columns;
        double left = MARGIN + (double)column * step_x;
        double top = MARGIN + HEAD + (double)row * step_y;
        double middle = left + size.width * size.cell / 2, bottom = top + size.height * size.cell;
        draw_image(page, left, top, clenet_dataset_images(dataset) + tiles[i].row * bytes, &size);
        if (tiles[i].caption[0] != '\0') canvas_text(page, middle, bottom + 14, caption, tiles[i].caption);
        if (tiles[i].note[0] != '\0') canvas_text(page, middle, bottom + CAPTION + 9, note, tiles[i].note);
    }
    return canvas_finish(page, path, error);
}

static clenet_status no_memory(clenet_error *error) {
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message, "no figures: memory is short");
    return error->status;
}

clenet_status figure_digits(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                            const uint32_t *rows, size_t count, int columns, clenet_error *error) {
    figure_tile *tiles = calloc(count + 1, sizeof *tiles);
    if (tiles == NULL) return no_memory(error);
    const uint8_t *labels = clenet_dataset_labels(dataset);
    for (size_t i = 0; i < count; i++) {
        tiles[i].row = rows[i];
        if (labels != NULL)
            (void)text_cut(tiles[i].caption, clenet_dataset_class_name(dataset, labels[rows[i]]),
                           FIGURE_CAPTION_COLUMNS);
        else
            (void)snprintf(tiles[i].note, sizeof tiles[i].note, "row %lu", (unsigned long)rows[i] + 1);
    }
    clenet_status status = figure_tiles(path, format, title, dataset, tiles, count, columns, error);
    free(tiles);
    return status;
}

/* "A, read as B"; if names are long, each has a line. */
static void put_mistake(figure_tile *tile, const clenet_dataset *dataset, const findings_mistake *mistake) {
    const char *truth = clenet_dataset_class_name(dataset, mistake->truth);
    const char *other = clenet_dataset_class_name(dataset, mistake->prediction);
    char name[CLASS_NAME_SIZE];
    double sure = 100.0 * findings_sure(mistake);
    if (text_columns(truth) + text_columns(other) <= PAIR_COLUMNS) {
        (void)snprintf(tile->caption, sizeof tile->caption, "%s, read as %s", truth, other);
        (void)snprintf(tile->note, sizeof tile->note, "%.2f %% sure", sure);
        return;
    }
    (void)text_cut(tile->caption, truth, FIGURE_CAPTION_COLUMNS);
    (void)text_cut(name, other, TAKEN_COLUMNS);
    (void)snprintf(tile->note, sizeof tile->note, "read as %.44s, %.0f %%", name, floor(sure));
}

clenet_status figure_mistakes(const char *path, figure_format format, const clenet_dataset *dataset,
                              const findings *found, size_t most, clenet_error *error) {
    enum { COLUMNS = 4 }; /* with more columns the letters are too small for a telephone */
    size_t count = found->mistake_count < most ? found->mistake_count : most;
    figure_tile *tiles = calloc(count + 1, sizeof *tiles);
    if (tiles == NULL) return no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const findings_mistake *mistake = &found->mistakes[i];
        tiles[i].row = mistake->row;
        put_mistake(&tiles[i], dataset, mistake);
    }
    char title[160], all[COUNT_SIZE], wrong[COUNT_SIZE];
    (void)text_count(all, found->rows);
    (void)text_count(wrong, found->mistake_count);
    if (count == 0)
        (void)snprintf(title, sizeof title, "All of %s images held out are read right", all);
    else
        (void)snprintf(title, sizeof title, "%s of %s are read wrong: the %zu doubted least", wrong, all, count);
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
