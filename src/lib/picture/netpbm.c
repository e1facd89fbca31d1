/* netpbm.c - PBM, PGM and PPM, plain and raw (https://netpbm.sourceforge.net/doc/pgm.html), row by row. */
#include <limits.h>

#include "lib/picture/reading.h"

enum { MAXIMUM_MOST = 65535 };

typedef struct netpbm_file {
    picture_reading *reading;
    bool plain;       /* numbers in text */
    bool bitmap;      /* 1 is black, and raw bits are packed */
    int samples;      /* per pixel, 1 or 3 */
    unsigned maximum; /* the value of white */
} netpbm_file;

static clenet_status wrong(const netpbm_file *file, const char *what) {
    return picture_fail(file->reading, CLENET_ERROR_FORMAT, "the picture is damaged (%s); fetch or copy it again",
                        what);
}

/* The next byte, without comments; EOF at the end. */
static int next_byte(const netpbm_file *file) {
    int c = picture_take_byte(file->reading);
    if (c != '#') return c;
    while (c != EOF && c != '\n' && c != '\r') c = picture_take_byte(file->reading);
    return c;
}

static bool is_space(int c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Reads a number, and the one byte of white space after it. */
static clenet_status read_number(const netpbm_file *file, unsigned *number) {
    unsigned value = 0;
    int c = next_byte(file), digits = 0;
    while (is_space(c)) c = next_byte(file);
    for (; c >= '0' && c <= '9'; c = next_byte(file), digits++) {
        if (value > (UINT_MAX - 9) / 10) return wrong(file, "a number is too large");
        value = value * 10 + (unsigned)(c - '0');
    }
    if (digits == 0 && c == EOF) return picture_fail_short(file->reading);
    if (digits == 0 || (c != EOF && !is_space(c))) return wrong(file, "it has something other than a number");
    *number = value;
    return CLENET_OK;
}

/* A bit of a plain bitmap: white space between bits may be missing. */
static clenet_status read_plain_bit(const netpbm_file *file, unsigned *value) {
    int c = next_byte(file);
    while (is_space(c)) c = next_byte(file);
    if (c == EOF) return picture_fail_short(file->reading);
    if (c != '0' && c != '1') return wrong(file, "it has something other than 0 or 1");
    *value = c == '0'; /* white */
    return CLENET_OK;
}

static clenet_status read_value(const netpbm_file *file, unsigned *value) {
    if (file->plain) return file->bitmap ? read_plain_bit(file, value) : read_number(file, value);
    int c = picture_take_byte(file->reading), low = 0;
    if (file->maximum > PICTURE_FULL && c != EOF) low = picture_take_byte(file->reading);
    if (c == EOF || low == EOF) return picture_fail_short(file->reading);
    *value = file->maximum > PICTURE_FULL ? (unsigned)c * 256 + (unsigned)low : (unsigned)c;
    return CLENET_OK;
}

/* Reads a pixel's values, 0 to 255. */
static clenet_status read_pixel(const netpbm_file *file, uint8_t values[3]) {
    for (int i = 0; i < file->samples; i++) {
        unsigned value = 0;
        clenet_status status = read_value(file, &value);
        if (status != CLENET_OK) return status;
        if (value > file->maximum) return wrong(file, "a value is larger than the largest that it names");
        values[i] = (uint8_t)((value * PICTURE_FULL + file->maximum / 2) / file->maximum);
    }
    if (file->samples == 1) values[1] = values[2] = values[0];
    return CLENET_OK;
}

static clenet_status read_row(const netpbm_file *file, picture_boxes *boxes) {
    for (int x = 0; x < boxes->width; x++) {
        uint8_t values[3] = {0};
        clenet_status status = read_pixel(file, values);
        if (status != CLENET_OK) return status;
        picture_put(boxes, x, values, PICTURE_FULL);
    }
    return CLENET_OK;
}

/* A row of a raw bitmap: eight pixels a byte, the first in the highest bit, a row's last byte filled up. */
static clenet_status read_bits(const netpbm_file *file, picture_boxes *boxes) {
    enum { BITS = 8 };
    int bits = 0;
    for (int x = 0; x < boxes->width; x++, bits *= 2) {
        if (x % BITS == 0) bits = picture_take_byte(file->reading);
        if (bits == EOF) return picture_fail_short(file->reading);
        uint8_t value = (bits & 0x80) != 0 ? 0 : PICTURE_FULL, values[3] = {value, value, value};
        picture_put(boxes, x, values, PICTURE_FULL);
    }
    return CLENET_OK;
}

static clenet_status read_rows(const netpbm_file *file, picture_boxes *boxes) {
    bool packed = file->bitmap && !file->plain;
    for (int y = 0; y < boxes->height; y++) {
        clenet_status status = packed ? read_bits(file, boxes) : read_row(file, boxes);
        if (status != CLENET_OK) return status;
        picture_boxes_add(boxes, y, 0, 1, boxes->width);
    }
    return CLENET_OK;
}

/* P1 to P3 are plain bitmap, grey and colour; P4 to P6 are raw. */
static clenet_status read_header(netpbm_file *file, unsigned *height, unsigned *width) {
    (void)picture_take_byte(file->reading); /* P */
    int kind = picture_take_byte(file->reading) - '0';
    file->plain = kind <= 3;
    file->bitmap = kind % 3 == 1;
    file->samples = kind % 3 == 0 ? 3 : 1;
    file->maximum = 1;
    clenet_status status = read_number(file, width);
    if (status == CLENET_OK) status = read_number(file, height);
    if (status == CLENET_OK && !file->bitmap) status = read_number(file, &file->maximum);
    if (status == CLENET_OK && (file->maximum == 0 || file->maximum > MAXIMUM_MOST))
        status = wrong(file, "its largest value is not 1 to 65535");
    return status;
}

clenet_status picture_read_netpbm(clenet_picture *picture, picture_reading *reading) {
    netpbm_file file = {.reading = reading};
    unsigned height = 0, width = 0;
    clenet_status status = read_header(&file, &height, &width);
    if (status != CLENET_OK) return status;
    picture_boxes boxes;
    status = picture_boxes_new(&boxes, height, width, reading);
    if (status != CLENET_OK) return status;
    status = read_rows(&file, &boxes);
    if (status == CLENET_OK) status = picture_boxes_finish(picture, &boxes, reading);
    picture_boxes_free(&boxes);
    return status;
}
