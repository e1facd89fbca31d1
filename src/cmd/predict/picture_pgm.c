/* picture_pgm.c - PGM, plain and raw (https://netpbm.sourceforge.net/doc/pgm.html), row by row. */
#include <limits.h>

#include "cmd/predict/picture_reading.h"

enum { MAXIMUM_MOST = 65535, FULL = 255 };

typedef struct pgm_reading {
    FILE *file;
    const char *name;
    clenet_error *error;
    bool plain;       /* numbers in text */
    unsigned maximum; /* the value of white */
} pgm_reading;

static clenet_status wrong(const pgm_reading *reading, const char *what) {
    return picture_fail(reading->error, CLENET_ERROR_FORMAT, reading->name,
                        "the PGM is damaged (%s); fetch or copy it again", what);
}

/* The next byte, without comments; EOF at the end. */
static int next_byte(FILE *file) {
    int c = getc(file);
    if (c != '#') return c;
    while (c != EOF && c != '\n' && c != '\r') c = getc(file);
    return c;
}

static bool is_space(int c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Reads a number, and the one byte of white space after it. */
static clenet_status read_number(const pgm_reading *reading, unsigned *number) {
    unsigned value = 0;
    int c = next_byte(reading->file), digits = 0;
    while (is_space(c)) c = next_byte(reading->file);
    for (; c >= '0' && c <= '9'; c = next_byte(reading->file), digits++) {
        if (value > (UINT_MAX - 9) / 10) return wrong(reading, "a number is too large");
        value = value * 10 + (unsigned)(c - '0');
    }
    if (digits == 0 && c == EOF) return picture_fail_short(reading->error, reading->file, reading->name);
    if (digits == 0 || (c != EOF && !is_space(c))) return wrong(reading, "something that is no number stands in it");
    *number = value;
    return CLENET_OK;
}

static clenet_status read_value(const pgm_reading *reading, unsigned *value) {
    if (reading->plain) return read_number(reading, value);
    int c = getc(reading->file), low = 0;
    if (reading->maximum > FULL && c != EOF) low = getc(reading->file);
    if (c == EOF || low == EOF) return picture_fail_short(reading->error, reading->file, reading->name);
    *value = reading->maximum > FULL ? (unsigned)c * 256 + (unsigned)low : (unsigned)c;
    return CLENET_OK;
}

static clenet_status read_rows(const pgm_reading *reading, picture_boxes *boxes) {
    for (int y = 0; y < boxes->height; y++) {
        for (int x = 0; x < boxes->width; x++) {
            unsigned value = 0;
            clenet_status status = read_value(reading, &value);
            if (status != CLENET_OK) return status;
            if (value > reading->maximum) return wrong(reading, "a value is larger than the largest that it names");
            boxes->row[x][0] = (uint8_t)((value * FULL + reading->maximum / 2) / reading->maximum);
            boxes->row[x][1] = FULL;
        }
        picture_boxes_add(boxes, y, 0, 1, boxes->width);
    }
    return CLENET_OK;
}

clenet_status picture_read_pgm(picture *p, FILE *file, bool plain, const char *name, clenet_error *error) {
    pgm_reading reading = {.file = file, .name = name, .error = error, .plain = plain};
    unsigned width = 0, height = 0;
    picture_boxes boxes;
    clenet_status status = read_number(&reading, &width);
    if (status == CLENET_OK) status = read_number(&reading, &height);
    if (status == CLENET_OK) status = read_number(&reading, &reading.maximum);
    if (status != CLENET_OK) return status;
    if (reading.maximum == 0 || reading.maximum > MAXIMUM_MOST)
        return wrong(&reading, "its largest value is not 1 to 65535");
    status = picture_boxes_new(&boxes, height, width, name, error);
    if (status != CLENET_OK) return status;
    status = read_rows(&reading, &boxes);
    if (status == CLENET_OK) status = picture_boxes_finish(p, &boxes, error);
    picture_boxes_free(&boxes);
    return status;
}
