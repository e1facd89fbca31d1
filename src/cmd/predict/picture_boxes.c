/* picture_boxes.c - reduces a picture while it is read; see picture_reading.h. */
#include <stdlib.h>

#include "cmd/predict/picture_reading.h"

enum {
    SIDE_MOST = 65535,
    BOXES_MOST = 1024, /* per side: a digit in a tenth of the side still has five times the pixels that are needed */
    FULL = 255
};
static const uint64_t pixels_most = UINT64_C(500000000); /* 22,360 per side: a few seconds of unpacking */

clenet_status picture_boxes_new(picture_boxes *boxes, uint64_t height, uint64_t width, const char *name,
                                clenet_error *error) {
    if (height == 0 || width == 0)
        return picture_fail(error, CLENET_ERROR_FORMAT, name, "the picture has no pixels; make it again");
    if (height > SIDE_MOST || width > SIDE_MOST || height * width > pixels_most) {
        return picture_fail(
            error, CLENET_ERROR_FORMAT, name,
            "the picture has %llu x %llu pixels, more than 500 million or 65,535 a side; make it smaller",
            (unsigned long long)width, (unsigned long long)height);
    }
    picture_boxes fresh = {.height = (int)height, .width = (int)width};
    int longest = fresh.height > fresh.width ? fresh.height : fresh.width;
    fresh.factor = (longest + BOXES_MOST - 1) / BOXES_MOST;
    fresh.rows = (fresh.height + fresh.factor - 1) / fresh.factor;
    fresh.columns = (fresh.width + fresh.factor - 1) / fresh.factor;
    size_t count = (size_t)fresh.rows * (size_t)fresh.columns;
    fresh.ink = calloc(count, sizeof *fresh.ink);
    fresh.alpha = calloc(count, sizeof *fresh.alpha);
    fresh.row = calloc(width, sizeof *fresh.row);
    if (fresh.ink == NULL || fresh.alpha == NULL || fresh.row == NULL) {
        picture_boxes_free(&fresh);
        return picture_fail(error, CLENET_ERROR_MEMORY, name, "cannot have memory for a picture: free memory");
    }
    *boxes = fresh;
    return CLENET_OK;
}

void picture_boxes_free(picture_boxes *boxes) {
    free(boxes->ink);
    free(boxes->alpha);
    free(boxes->row);
    boxes->ink = boxes->alpha = NULL;
    boxes->row = NULL;
}

/* Boxes are counted along the row: a division for each pixel would take longer than the unpacking. */
void picture_boxes_add(picture_boxes *boxes, int y, int x, int step, int count) {
    size_t box = (size_t)(y / boxes->factor) * (size_t)boxes->columns + (size_t)(x / boxes->factor);
    int end = (x / boxes->factor + 1) * boxes->factor; /* of the box */
    for (int i = 0; i < count; box++, end += boxes->factor) {
        uint32_t ink = 0, alpha = 0;
        for (; i < count && x < end; i++, x += step) {
            ink += (uint32_t)boxes->row[i][0] * boxes->row[i][1];
            alpha += boxes->row[i][1];
        }
        boxes->ink[box] += ink;
        boxes->alpha[box] += alpha;
    }
}

/* The grey of a box of `pixels` pixels on a background of this grey. */
static uint8_t grey_of(const picture_boxes *boxes, size_t box, uint32_t pixels, uint32_t ground) {
    uint64_t through = (uint64_t)pixels * FULL - boxes->alpha[box]; /* the visible share of the background */
    uint64_t full = (uint64_t)pixels * FULL;
    return (uint8_t)((boxes->ink[box] + through * ground + full / 2) / full);
}

/* Fills the greys; returns the difference between the lightest and the darkest. */
static int lay_on(uint8_t *grey, const picture_boxes *boxes, uint32_t ground) {
    int darkest = FULL, lightest = 0, factor = boxes->factor;
    for (int row = 0; row < boxes->rows; row++) {
        int tall = boxes->height - row * factor < factor ? boxes->height - row * factor : factor;
        for (int column = 0; column < boxes->columns; column++) {
            int wide = boxes->width - column * factor < factor ? boxes->width - column * factor : factor;
            size_t box = (size_t)row * (size_t)boxes->columns + (size_t)column;
            grey[box] = grey_of(boxes, box, (uint32_t)tall * (uint32_t)wide, ground);
            if (grey[box] < darkest) darkest = grey[box];
            if (grey[box] > lightest) lightest = grey[box];
        }
    }
    return lightest - darkest;
}

clenet_status picture_boxes_finish(picture *p, const picture_boxes *boxes, clenet_error *error) {
    uint8_t *grey = malloc((size_t)boxes->rows * (size_t)boxes->columns);
    if (grey == NULL)
        return picture_fail(error, CLENET_ERROR_MEMORY, "picture", "cannot have memory for it: free memory");
    int on_white = lay_on(grey, boxes, FULL);
    if (lay_on(grey, boxes, 0) <= on_white) (void)lay_on(grey, boxes, FULL);
    *p = (picture){grey, boxes->rows, boxes->columns};
    return CLENET_OK;
}
