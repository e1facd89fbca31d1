/* text.c - see show.h. */
#include "cmd/show/show.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/base/class_list.h"
#include "cmd/base/terminal_digit.h"

enum {
    GAP = 2,          /* columns between two images */
    NAME_COLUMNS = 20 /* of a class; a longer name is cut */
};

/* The layout of the images. */
typedef struct sheet {
    const clenet_dataset *dataset;
    terminal_look look;
    int room;    /* columns of the terminal */
    int tile;    /* columns of an image with its caption */
    int columns; /* images beside each other */
} sheet;

char *show_caption(char caption[SHOW_CAPTION_SIZE], const clenet_dataset *dataset, uint32_t row) {
    const uint8_t *labels = clenet_dataset_labels(dataset);
    unsigned long number = (unsigned long)row + 1;
    char name[CLASS_NAME_SIZE];
    if (labels != NULL)
        (void)snprintf(caption, SHOW_CAPTION_SIZE, "row %lu: %s", number,
                       text_cut(name, clenet_dataset_class_name(dataset, labels[row]), NAME_COLUMNS));
    else
        (void)snprintf(caption, SHOW_CAPTION_SIZE, "row %lu", number);
    return caption;
}

static terminal_digit digit_of(const sheet *on, uint32_t row) {
    int height = clenet_dataset_height(on->dataset), width = clenet_dataset_width(on->dataset);
    int channels = clenet_dataset_channels(on->dataset);
    size_t bytes = (size_t)height * (size_t)width * (size_t)channels;
    terminal_digit digit =
        terminal_digit_fit(clenet_dataset_images(on->dataset) + row * bytes, height, width, on->room);
    digit.channels = channels;
    return digit;
}

static sheet make_sheet(const clenet_dataset *dataset, const uint32_t *rows, size_t count, int columns) {
    sheet on = {.dataset = dataset, .look = terminal_look_of(STDOUT_FILENO), .room = INT_MAX};
    if (terminal_is(STDOUT_FILENO)) on.room = terminal_columns(STDOUT_FILENO);
    on.tile = digit_of(&on, rows[0]).columns;
    for (size_t i = 0; i < count; i++) {
        char caption[SHOW_CAPTION_SIZE];
        int length = (int)text_columns(show_caption(caption, dataset, rows[i]));
        if (length > on.tile) on.tile = length < on.room ? length : on.room;
    }
    int most = (on.room - on.tile) / (on.tile + GAP) + 1;
    on.columns = columns < most ? columns : most;
    return on;
}

/* Fills a tile up to its width after `written` columns, unless it is the last one in its row. */
static void print_gap(const sheet *on, int written, bool last) {
    if (!last) (void)printf("%*s", on->tile - written + GAP, "");
}

/* Prints one row of the sheet: count is at most its columns. */
static void print_tiles(const sheet *on, const uint32_t *rows, int count) {
    for (int i = 0; i < count; i++) {
        char caption[SHOW_CAPTION_SIZE];
        size_t bytes = text_fitting(show_caption(caption, on->dataset, rows[i]), (size_t)on->tile);
        caption[bytes] = '\0';
        (void)fputs(caption, stdout);
        print_gap(on, (int)text_columns(caption), i + 1 == count);
    }
    (void)putchar('\n');
    int lines = digit_of(on, rows[0]).lines;
    for (int line = 0; line < lines; line++) {
        for (int i = 0; i < count; i++) {
            terminal_digit digit = digit_of(on, rows[i]);
            terminal_digit_line(stdout, on->look, &digit, line);
            print_gap(on, digit.columns, i + 1 == count);
        }
        (void)putchar('\n');
    }
}

void show_text(const clenet_dataset *dataset, const uint32_t *rows, size_t count, int columns) {
    sheet on = make_sheet(dataset, rows, count, columns);
    size_t beside = (size_t)on.columns;
    for (size_t first = 0; first < count; first += beside) {
        if (first > 0) (void)putchar('\n');
        print_tiles(&on, rows + first, (int)(count - first < beside ? count - first : beside));
    }
}
