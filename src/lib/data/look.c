/* look.c - see look.h. */
#include "lib/data/look.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/data/dataset.h"

enum { LOOKED_AT = 2000 /* images, or all if there are fewer */ };

/* The sums over the images that were looked at. */
typedef struct look_sums {
    uint64_t all, border;
    size_t pixels, border_pixels, wide, tall, images;
} look_sums;

/* Of a row, whose sum has 32 bits: gcc then adds more numbers at once. */
static uint32_t sum_of(const uint8_t *pixels, size_t count) {
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += pixels[i];
    return sum;
}

static int largest_of(const uint8_t *pixels, size_t count) {
    uint8_t largest = 0;
    for (size_t i = 0; i < count; i++) largest = pixels[i] > largest ? pixels[i] : largest;
    return largest;
}

/* The border is the first and last row, and the first and last pixel of the rows between. */
static void add_rows(look_sums *sums, const uint8_t *image, size_t height, size_t row, size_t channels) {
    for (size_t y = 0; y < height; y++) {
        const uint8_t *pixels = image + y * row;
        bool whole = y == 0 || y + 1 == height || row <= 2 * channels;
        sums->all += sum_of(pixels, row);
        sums->border +=
            whole ? sum_of(pixels, row) : sum_of(pixels, channels) + sum_of(pixels + row - channels, channels);
        sums->border_pixels += whole ? row : 2 * channels;
    }
}

/* Compares height and width of the box around the pixels that are more than half as bright as the brightest one. */
static void compare_sides(look_sums *sums, const uint8_t *image, size_t height, size_t row, size_t channels,
                          int brightest) {
    size_t top = height, bottom = 0, left = row, right = 0;
    if (brightest == 0) return;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *pixels = image + y * row;
        if (2 * largest_of(pixels, row) <= brightest) continue;
        size_t first = 0, last = row - 1;
        while (2 * pixels[first] <= brightest) first++;
        while (2 * pixels[last] <= brightest) last--;
        if (y < top) top = y;
        bottom = y;
        if (first / channels < left) left = first / channels;
        if (last / channels > right) right = last / channels;
    }
    sums->wide += right - left > bottom - top;
    sums->tall += right - left < bottom - top;
}

static int look_at_image(look_sums *sums, const uint8_t *image, size_t height, size_t row, size_t channels) {
    int largest = largest_of(image, height * row);
    sums->pixels += height * row;
    sums->images++;
    add_rows(sums, image, height, row, channels);
    compare_sides(sums, image, height, row, channels, largest);
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
    look.mean = (double)sums.all / (double)sums.pixels;
    look.border = (double)sums.border / (double)sums.border_pixels;
    look.wide = (double)sums.wide / (double)sums.images;
    look.tall = (double)sums.tall / (double)sums.images;
    return look;
}
