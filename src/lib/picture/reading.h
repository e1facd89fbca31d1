/* reading.h - shared by the readers of all picture formats: bytes, errors, boxes, orientation.
 *
 * A large picture is reduced while its rows are read, so that it is never completely in memory. */
#ifndef CLENET_LIB_PICTURE_READING_H
#define CLENET_LIB_PICTURE_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/picture/picture.h"

enum {
    PICTURE_FIRST_BYTES = 16, /* enough to detect the format */
    PICTURE_FULL = 255,       /* white, and full alpha */
    PICTURE_SIDE_MOST = 1024, /* of a picture that was read: a digit in a tenth of it still has five times the pixels
                                 that are needed */
    PICTURE_UPRIGHT = 1       /* EXIF's orientation of a picture that is stored as it is seen */
};

/* A file that is being read. */
typedef struct picture_reading {
    FILE *file;
    const char *name;                   /* for messages */
    uint8_t first[PICTURE_FIRST_BYTES]; /* the bytes that were read to detect the format */
    size_t first_count, first_taken;
    int channels;    /* wanted: 1 (grey) or 3 (red, green, blue) */
    int orientation; /* EXIF's, 1 to 8: set by a reader that finds one */
    clenet_error *error;
} picture_reading;

/* Reads the file from its first byte, and sets *picture on success. */
typedef clenet_status picture_reader(clenet_picture *picture, picture_reading *reading);
picture_reader picture_read_png, picture_read_jpeg, picture_read_webp, picture_read_heif, picture_read_netpbm,
    picture_read_bmp;

/* Copies the next count bytes, fewer only at the end or after a read error. Returns their number. */
size_t picture_take(picture_reading *reading, void *bytes, size_t count);
int picture_take_byte(picture_reading *reading); /* EOF at the end */

/* ---- errors ---- */

/* Sets the error "NAME: what". */
void picture_fill_error(const picture_reading *reading, clenet_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Calls picture_fill_error and returns the status. A macro, as error_set() is, so that analysers see which status is returned. */
#define picture_fail(reading, status, ...) (picture_fill_error((reading), (status), __VA_ARGS__), (status))

clenet_status picture_fail_short(const picture_reading *reading); /* "the picture is cut off ...", or the read error */
clenet_status picture_fail_memory(const picture_reading *reading);

/* Refuses a size that no picture of a digit has, so that a small file cannot keep the reader busy. */
clenet_status picture_check_size(const picture_reading *reading, uint64_t height, uint64_t width);

/* ---- boxes ---- */

/* The picture, reduced to boxes of factor x factor pixels. Pixels may come in any order, each once. */
typedef struct picture_boxes {
    int height, width, factor, channels;
    int rows, columns; /* of boxes */
    uint32_t *sums;    /* [rows][columns][channels]: sum of value x alpha, at most 255 x 255 per pixel */
    uint32_t *alpha;   /* [rows][columns]: sum of alpha */
    uint8_t *row;      /* [width][channels + 1]: values and alpha, a buffer for the reader */
} picture_boxes;

/* Calls picture_check_size(). picture_boxes_free() it. */
clenet_status picture_boxes_new(picture_boxes *boxes, uint64_t height, uint64_t width, const picture_reading *reading);
void picture_boxes_free(picture_boxes *boxes);

/* Puts a pixel's red, green and blue, and its alpha, into boxes->row. Grey is weighted as by Rec. 709. */
static inline void picture_put(picture_boxes *boxes, int x, const uint8_t rgb[3], uint8_t alpha) {
    enum { RED = 6968, GREEN = 23434, BLUE = 2366, ALL = RED + GREEN + BLUE }; /* libpng's */
    uint8_t *pixel = boxes->row + (size_t)x * ((size_t)boxes->channels + 1);
    if (boxes->channels == 1) {
        pixel[0] = (uint8_t)((RED * rgb[0] + GREEN * rgb[1] + BLUE * rgb[2] + ALL / 2) / ALL);
    } else {
        for (int c = 0; c < 3; c++) pixel[c] = rgb[c];
    }
    pixel[boxes->channels] = alpha;
}

/* Adds the first count pixels of boxes->row, which are at x, x + step, ... in row y of the picture. */
void picture_boxes_add(picture_boxes *boxes, int y, int x, int step, int count);

/* The means of the boxes, on white paper, or on a black board if the contrast is higher there. */
clenet_status picture_boxes_finish(clenet_picture *picture, const picture_boxes *boxes, const picture_reading *reading);

/* ---- libraries that need the whole file, and give the whole picture ---- */

/* The whole file, which grows as its bytes arrive, at most 128 MB; memory_free() it. */
clenet_status picture_take_all(picture_reading *reading, uint8_t **bytes, size_t *count);

/* As picture_check_size(), for less: 64 million pixels. */
clenet_status picture_check_whole(const picture_reading *reading, uint64_t height, uint64_t width);

/* Makes the picture from pixels [height][width][samples], in rows of stride bytes: red, green, blue, and alpha if samples is 4. */
clenet_status picture_from_rows(clenet_picture *picture, const picture_reading *reading, int height, int width,
                                const uint8_t *pixels, size_t stride, int samples);

/* ---- orientation ---- */

/* The orientation in EXIF data, which begin with TIFF's header; PICTURE_UPRIGHT if they have none, or are damaged. */
int picture_exif_orientation(const uint8_t *bytes, size_t count);

/* Turns and mirrors a picture that is stored in this orientation, so that it is upright. */
clenet_status picture_turn(clenet_picture *picture, int orientation, const picture_reading *reading);

#endif
