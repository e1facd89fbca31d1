/* picture.h - a figure as a person sees it: how large it is, and how many patches of a colour there are. */
#ifndef CLENET_TESTS_CMD_FIGURES_PICTURE_H
#define CLENET_TESTS_CMD_FIGURES_PICTURE_H

#include <criterion/criterion.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct picture {
    int width, height;
    uint8_t *pixels; /* [height][width][3] */
} picture;

static inline picture picture_read(const char *name) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    cr_assert(png_image_begin_read_from_file(&image, name), "%s: %s", name, image.message);
    image.format = PNG_FORMAT_RGB;
    picture read = {.width = (int)image.width, .height = (int)image.height, .pixels = malloc(PNG_IMAGE_SIZE(image))};
    cr_assert_not_null(read.pixels);
    cr_assert(png_image_finish_read(&image, NULL, read.pixels, 0, NULL), "%s: %s", name, image.message);
    return read;
}

static inline void picture_free(picture *seen) {
    free(seen->pixels);
}

/* A part of a picture, in pixels. */
typedef struct part {
    int left, top, right, bottom; /* the last two are outside */
} part;

static inline part picture_whole(const picture *seen) {
    return (part){0, 0, seen->width, seen->height};
}

static inline bool picture_is(const picture *seen, int x, int y, int colour) {
    enum { NEAR = 6 }; /* of 255: the edges of what is drawn are mixed with what is below */
    const uint8_t *pixel = seen->pixels + ((size_t)y * (size_t)seen->width + (size_t)x) * 3;
    return abs(pixel[0] - (colour >> 16)) <= NEAR && abs(pixel[1] - (colour >> 8 & 0xFF)) <= NEAR &&
           abs(pixel[2] - (colour & 0xFF)) <= NEAR;
}

/* Takes the patch at (x, y) from the map of pixels that are left, and gives its size. */
static inline int picture_take(uint8_t *left, int *stack, const part *within, int x, int y) {
    int width = within->right - within->left, size = 0, depth = 0;
    stack[depth++] = y * width + x;
    left[y * width + x] = 0;
    while (depth > 0) {
        int at = stack[--depth], px = at % width, py = at / width;
        size++;
        const int near[4][2] = {{px - 1, py}, {px + 1, py}, {px, py - 1}, {px, py + 1}};
        for (int i = 0; i < 4; i++) {
            int nx = near[i][0], ny = near[i][1];
            if (nx < 0 || ny < 0 || nx >= width || ny >= within->bottom - within->top || !left[ny * width + nx])
                continue;
            left[ny * width + nx] = 0;
            stack[depth++] = ny * width + nx;
        }
    }
    return size;
}

/* How many patches of the colour, of `least` pixels or more, there are in a part of the picture. */
static inline int picture_count(const picture *seen, part within, int colour, int least) {
    int width = within.right - within.left, height = within.bottom - within.top, count = 0;
    uint8_t *left = calloc((size_t)(width * height), 1);
    int *stack = calloc((size_t)(width * height), sizeof *stack);
    cr_assert(left != NULL && stack != NULL);
    for (int i = 0; i < width * height; i++)
        left[i] = picture_is(seen, within.left + i % width, within.top + i / width, colour);
    for (int i = 0; i < width * height; i++)
        if (left[i]) count += picture_take(left, stack, &within, i % width, i / width) >= least;
    free(stack);
    free(left);
    return count;
}

#endif
