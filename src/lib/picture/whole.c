/* whole.c - for libraries that need the whole file, and give the whole picture; see reading.h. */
#include <string.h>

#include "lib/base/memory.h"
#include "lib/picture/reading.h"

enum { FIRST_BYTES = MEMORY_BLOCK(256 * 1024), FILE_MOST = 128 * 1024 * 1024, RGBA = 4 };
static const uint64_t pixels_most = UINT64_C(64000000); /* 8,000 per side: 256 MB of red, green, blue and alpha */

clenet_status picture_take_all(picture_reading *reading, uint8_t **bytes, size_t *count) {
    uint8_t *all = NULL;
    size_t size = 0, taken = 0;
    do {
        size_t more = size == 0 ? FIRST_BYTES : 2 * size;
        uint8_t *grown = more <= FILE_MOST ? memory_resize(all, more, 1) : NULL;
        if (grown == NULL) {
            memory_free(all);
            if (more <= FILE_MOST) return picture_fail_memory(reading);
            return picture_fail(reading, CLENET_ERROR_FORMAT, "the picture has more than 128 MB; make it smaller");
        }
        all = grown;
        size = more;
        taken += picture_take(reading, all + taken, size - taken);
    } while (taken == size);
    if (ferror(reading->file)) {
        memory_free(all);
        return picture_fail_short(reading);
    }
    *bytes = all;
    *count = taken;
    return CLENET_OK;
}

clenet_status picture_check_whole(const picture_reading *reading, uint64_t height, uint64_t width) {
    clenet_status status = picture_check_size(reading, height, width);
    if (status != CLENET_OK || height * width <= pixels_most) return status;
    return picture_fail(reading, CLENET_ERROR_FORMAT,
                        "the picture has %llu x %llu pixels, more than 64 million; make it smaller, or a JPEG or PNG",
                        (unsigned long long)width, (unsigned long long)height);
}

clenet_status picture_from_rows(clenet_picture *picture, const picture_reading *reading, int height, int width,
                                const uint8_t *pixels, size_t stride, int samples) {
    picture_boxes boxes;
    clenet_status status = picture_boxes_new(&boxes, (uint64_t)height, (uint64_t)width, reading);
    if (status != CLENET_OK) return status;
    for (int y = 0; y < height; y++, pixels += stride) {
        const uint8_t *pixel = pixels;
        for (int x = 0; x < width; x++, pixel += samples)
            picture_put(&boxes, x, pixel, samples == RGBA ? pixel[RGBA - 1] : PICTURE_FULL);
        picture_boxes_add(&boxes, y, 0, 1, width);
    }
    status = picture_boxes_finish(picture, &boxes, reading);
    picture_boxes_free(&boxes);
    return status;
}
