/* boxes.c - reduces a picture while it is read; see reading.h. */
#include "lib/base/memory.h"
#include "lib/picture/reading.h"

enum { SIDE_MOST = 65535 };
static const uint64_t pixels_most = UINT64_C(500000000); /* 22,360 per side: a few seconds of unpacking */

clenet_status picture_check_size(const picture_reading *reading, uint64_t height, uint64_t width) {
    if (height == 0 || width == 0)
        return picture_fail(reading, CLENET_ERROR_FORMAT, "the picture has no pixels; give another one");
    if (height > SIDE_MOST || width > SIDE_MOST || height * width > pixels_most) {
        return picture_fail(
            reading, CLENET_ERROR_FORMAT,
            "the picture has %llu x %llu pixels, more than 500 million or 65,535 a side; make it smaller",
            (unsigned long long)width, (unsigned long long)height);
    }
    return CLENET_OK;
}

clenet_status picture_boxes_new(picture_boxes *boxes, uint64_t height, uint64_t width, const picture_reading *reading) {
    clenet_status status = picture_check_size(reading, height, width);
    if (status != CLENET_OK) return status;
    picture_boxes fresh = {.height = (int)height, .width = (int)width, .channels = reading->channels};
    int longest = fresh.height > fresh.width ? fresh.height : fresh.width;
    fresh.factor = (longest + PICTURE_SIDE_MOST - 1) / PICTURE_SIDE_MOST;
    fresh.rows = (fresh.height + fresh.factor - 1) / fresh.factor;
    fresh.columns = (fresh.width + fresh.factor - 1) / fresh.factor;
    size_t count = (size_t)fresh.rows * (size_t)fresh.columns;
    fresh.sums = memory_new(count, (size_t)fresh.channels * sizeof *fresh.sums);
    fresh.alpha = memory_new(count, sizeof *fresh.alpha);
    fresh.row = memory_new((size_t)width, (size_t)fresh.channels + 1);
    if (fresh.sums == NULL || fresh.alpha == NULL || fresh.row == NULL) {
        picture_boxes_free(&fresh);
        return picture_fail_memory(reading);
    }
    *boxes = fresh;
    return CLENET_OK;
}

void picture_boxes_free(picture_boxes *boxes) {
    memory_free(boxes->sums);
    memory_free(boxes->alpha);
    memory_free(boxes->row);
    boxes->sums = boxes->alpha = NULL;
    boxes->row = NULL;
}

/* Boxes are counted along the row: a division for each pixel would take longer than the unpacking. `channels` is a constant in each
 * call, so that the compiler unrolls the loops over it. */
static inline void add_row(picture_boxes *boxes, int channels, int y, int x, int step, int count) {
    size_t box = (size_t)(y / boxes->factor) * (size_t)boxes->columns + (size_t)(x / boxes->factor);
    int end = (x / boxes->factor + 1) * boxes->factor; /* of the box */
    const uint8_t *pixel = boxes->row;
    for (int i = 0; i < count; box++, end += boxes->factor) {
        uint32_t sums[3] = {0}, alpha = 0;
        for (; i < count && x < end; i++, x += step, pixel += channels + 1) {
            for (int c = 0; c < channels; c++) sums[c] += (uint32_t)pixel[c] * pixel[channels];
            alpha += pixel[channels];
        }
        for (int c = 0; c < channels; c++) boxes->sums[box * (size_t)channels + (size_t)c] += sums[c];
        boxes->alpha[box] += alpha;
    }
}

void picture_boxes_add(picture_boxes *boxes, int y, int x, int step, int count) {
    if (boxes->channels == 1) {
        add_row(boxes, 1, y, x, step, count);
    } else {
        add_row(boxes, 3, y, x, step, count);
    }
}

/* The number of the picture's pixels in box `at` of a row or column of them. */
static int box_side(int length, int factor, int at) {
    int left = length - at * factor;
    return left < factor ? left : factor;
}

/* Fills the values, on a background of this brightness; returns the difference between the lightest and the darkest. */
static int lay_on(uint8_t *pixels, const picture_boxes *boxes, uint32_t ground) {
    int darkest = PICTURE_FULL, lightest = 0;
    size_t box = 0, channels = (size_t)boxes->channels;
    for (int row = 0; row < boxes->rows; row++) {
        int tall = box_side(boxes->height, boxes->factor, row);
        for (int column = 0; column < boxes->columns; column++, box++) {
            uint64_t full = (uint64_t)tall * (uint64_t)box_side(boxes->width, boxes->factor, column) * PICTURE_FULL;
            uint64_t through = full - boxes->alpha[box]; /* the visible share of the background */
            for (size_t i = box * channels; i < (box + 1) * channels; i++) {
                pixels[i] = (uint8_t)((boxes->sums[i] + through * ground + full / 2) / full);
                if (pixels[i] < darkest) darkest = pixels[i];
                if (pixels[i] > lightest) lightest = pixels[i];
            }
        }
    }
    return lightest - darkest;
}

clenet_status picture_boxes_finish(clenet_picture *picture, const picture_boxes *boxes,
                                   const picture_reading *reading) {
    uint8_t *pixels = memory_new((size_t)boxes->rows * (size_t)boxes->columns, (size_t)boxes->channels);
    if (pixels == NULL) return picture_fail_memory(reading);
    int on_white = lay_on(pixels, boxes, PICTURE_FULL);
    if (lay_on(pixels, boxes, 0) <= on_white) (void)lay_on(pixels, boxes, PICTURE_FULL);
    *picture = (clenet_picture){pixels, boxes->rows, boxes->columns, boxes->channels};
    return CLENET_OK;
}
