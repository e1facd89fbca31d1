/* orientation.c - EXIF's orientation: how a camera was held (CIPA DC-008, tag 274); see reading.h. */
#include "lib/base/memory.h"
#include "lib/picture/reading.h"

enum {
    ORIENTATION_TAG = 0x0112,
    TYPE_SHORT = 3,
    ENTRY_BYTES = 12,
    TIFF_HEADER_BYTES = 8,
    ORIENTATION_MOST = 8,
    FIRST_TRANSPOSED = 5 /* from here on, rows are stored as columns */
};

/* EXIF data: numbers of either byte order. */
typedef struct exif_data {
    const uint8_t *bytes;
    size_t count;
    bool little;
} exif_data;

/* The number of `size` bytes at this place, which lies inside. */
static uint32_t number_at(const exif_data *exif, size_t at, size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | exif->bytes[exif->little ? at + size - 1 - i : at + i];
    return value;
}

int picture_exif_orientation(const uint8_t *bytes, size_t count) {
    enum { SHORT = 2, LONG = 4 };
    if (count < TIFF_HEADER_BYTES || bytes[0] != bytes[1] || (bytes[0] != 'I' && bytes[0] != 'M'))
        return PICTURE_UPRIGHT;
    exif_data exif = {bytes, count, bytes[0] == 'I'};
    size_t at = number_at(&exif, LONG, LONG); /* of the first list: a count, then its entries */
    if (at > count - SHORT) return PICTURE_UPRIGHT;
    size_t entries = number_at(&exif, at, SHORT);
    for (at += SHORT; entries > 0 && at + ENTRY_BYTES <= count; entries--, at += ENTRY_BYTES) {
        /* An entry: tag, type, count, value. */
        if (number_at(&exif, at, SHORT) != ORIENTATION_TAG) continue;
        uint32_t value = number_at(&exif, at + 8, SHORT);
        bool known = number_at(&exif, at + 2, SHORT) == TYPE_SHORT && value >= 1 && value <= ORIENTATION_MOST;
        return known ? (int)value : PICTURE_UPRIGHT;
    }
    return PICTURE_UPRIGHT;
}

clenet_status picture_turn(clenet_picture *picture, int orientation, const picture_reading *reading) {
    /* For orientations 1 to 8: the upright picture's pixel y, x is stored at its place, or at x, y if rows are stored as columns, then
     * counted from the other end of the stored rows or columns. */
    static const bool from_bottom[] = {0, 0, 1, 1, 0, 1, 1, 0}, from_right[] = {0, 1, 1, 0, 0, 0, 1, 1};
    if (orientation == PICTURE_UPRIGHT) return CLENET_OK;
    bool transposed = orientation >= FIRST_TRANSPOSED;
    int stored_height = picture->height, stored_width = picture->width, channels = picture->channels;
    int height = transposed ? stored_width : stored_height, width = transposed ? stored_height : stored_width;
    uint8_t *upright = memory_new((size_t)height * (size_t)width, (size_t)channels), *to = upright;
    if (upright == NULL) return picture_fail_memory(reading);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int row = transposed ? x : y, column = transposed ? y : x;
            if (from_bottom[orientation - 1]) row = stored_height - 1 - row;
            if (from_right[orientation - 1]) column = stored_width - 1 - column;
            const uint8_t *from =
                picture->pixels + ((size_t)row * (size_t)stored_width + (size_t)column) * (size_t)channels;
            for (int c = 0; c < channels; c++) *to++ = from[c];
        }
    }
    memory_free(picture->pixels);
    *picture = (clenet_picture){upright, height, width, channels};
    return CLENET_OK;
}
