/* look.c - see look.h. */
#include "lib/data/look.h"

#include <stdbool.h>
#include <stddef.h>

#include "lib/data/dataset.h"

enum { LOOKED_AT = 2000 /* images, or all if there are fewer */ };

/* The sums over the images that were looked at. */
typedef struct look_sums {
    double all, border;
    size_t pixels, border_pixels, wide, tall, images;
} look_sums;

/* Compares height and width of the box around the pixels that are at least half as bright as the brightest one. */
static void compare_sides(look_sums *sums, const uint8_t *image, size_t height, size_t row, size_t channels) {
    size_t top = height, bottom = 0, left = row, right = 0;
    int brightest = 0;
    for (size_t at = 0; at < height * row; at++)
        if (image[at] > brightest) brightest = image[at];
    for (size_t at = 0; at < height * row; at++) {
        size_t y = at / row, x = at % row / channels;
        if (2 * image[at] <= brightest) continue;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
        if (x < left) left = x;
        if (x > right) right = x;
    }
    if (brightest == 0) return;
    sums->wide += right - left > bottom - top;
    sums->tall += right - left < bottom - top;
}

static int look_at_image(look_sums *sums, const uint8_t *image, size_t height, size_t row, size_t channels) {
    int largest = 0;
    for (size_t at = 0; at < height * row; at++) {
        size_t y = at / row, x = at % row;
        sums->all += image[at];
        if (image[at] > largest) largest = image[at];
        if (y > 0 && y + 1 < height && x >= channels && x + channels < row) continue;
        sums->border += image[at];
        sums->border_pixels++;
    }
    sums->pixels += height * row;
    sums->images++;
    compare_sides(sums, image, height, row, channels);
    return largest;
}

data_look data_look_at(const clenet_dataset *d) {
    size_t height = (size_t)d->height, channels = (size_t)d->channels, row = (size_t)d->width * channels;
    size_t step = d->rows / LOOKED_AT + 1;
    look_sums sums = {.images = 0};
    data_look look = {.largest = 0};
    for (size_t i = 0; i < d->rows; i += step) {
        int largest = look_at_image(&sums, d->images + i * height * row, height, row, channels);
        if (largest > look.largest) look.largest = largest;
    }
    look.mean = sums.all / (double)sums.pixels;
    look.border = sums.border / (double)sums.border_pixels;
    look.wide = (double)sums.wide / (double)sums.images;
    look.tall = (double)sums.tall / (double)sums.images;
    return look;
}
