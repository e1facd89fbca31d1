/* picture.c - see picture.h: detects the format, and makes the errors. */
#include "cmd/predict/picture.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/predict/picture_reading.h"

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* "P" and one of the digits, and the byte that must follow. */
static bool is_netpbm(const uint8_t *first, size_t count, const char *digits) {
    return count >= 3 && first[0] == 'P' && first[1] != '\0' && strchr(digits, first[1]) != NULL &&
           (is_space(first[2]) || first[2] == '#');
}

/* The name of a known format that is not supported; NULL if it is unknown. */
static const char *foreign_name(const uint8_t *first, size_t count) {
    static const struct {
        const char *bytes;
        size_t count;
        const char *name;
    } formats[] = {{"\xff\xd8\xff", 3, "JPEG"},
                   {"GIF8", 4, "GIF"},
                   {"RIFF", 4, "WebP"},
                   {"II*\0", 4, "TIFF"},
                   {"MM\0*", 4, "TIFF"},
                   {"\0\0\0\x18"
                    "ftyp",
                    8, "HEIF"},
                   {"\0\0\0\x1c"
                    "ftyp",
                    8, "HEIF"}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (count >= formats[i].count && memcmp(first, formats[i].bytes, formats[i].count) == 0) return formats[i].name;
    }
    if (count >= 10 && memcmp(first, "BM", 2) == 0 && memcmp(first + 6, "\0\0\0\0", 4) == 0) return "BMP";
    return is_netpbm(first, count, "13467") ? "Netpbm picture that is not PGM" : NULL;
}

picture_kind picture_kind_of(const uint8_t *first, size_t count) {
    if (count >= 4 && memcmp(first, "\x89PNG", 4) == 0) return PICTURE_PNG;
    if (is_netpbm(first, count, "25")) return PICTURE_PGM;
    return foreign_name(first, count) != NULL ? PICTURE_FOREIGN : PICTURE_NONE;
}

clenet_status picture_fail(clenet_error *error, clenet_status status, const char *name, const char *format, ...) {
    int length = snprintf(error->message, sizeof error->message, "%.400s: ", name);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(error->message + length, sizeof error->message - (size_t)length, format, values);
    va_end(values);
    return error->status = status;
}

clenet_status picture_fail_short(clenet_error *error, FILE *file, const char *name) {
    if (ferror(file)) {
        return picture_fail(error, CLENET_ERROR_IO, name, "cannot be read: %s; check the disk, or copy it again",
                            strerror(errno));
    }
    return picture_fail(error, CLENET_ERROR_FORMAT, name, "the picture is cut off; fetch or copy it again");
}

/* The error for a file that is not a supported picture, by its first bytes. */
static clenet_status refuse(const uint8_t *first, size_t count, const char *name, clenet_error *error) {
    if (count == 0) return picture_fail(error, CLENET_ERROR_FORMAT, name, "is empty; give a PNG or a PGM");
    if (picture_kind_of(first, count) == PICTURE_PNG) {
        return picture_fail(error, CLENET_ERROR_FORMAT, name,
                            "is a PNG that was cut off or copied as text; fetch or copy it again");
    }
    const char *foreign = foreign_name(first, count);
    if (foreign != NULL)
        return picture_fail(error, CLENET_ERROR_FORMAT, name, "is a %s; convert it to PNG or PGM", foreign);
    return picture_fail(error, CLENET_ERROR_FORMAT, name, "is no picture: it is neither PNG nor PGM; check the file");
}

/* A pipe cannot seek back, so each reader begins after the signature: 2 bytes of PGM, 8 of PNG. */
clenet_status picture_read(picture *p, FILE *file, const char *name, clenet_error *error) {
    enum { PGM_BYTES = 2, PNG_BYTES = 8 };
    uint8_t first[PICTURE_FIRST_BYTES];
    errno = 0;
    size_t count = fread(first, 1, PGM_BYTES, file);
    if (count == PGM_BYTES && first[0] == 'P' && (first[1] == '2' || first[1] == '5'))
        return picture_read_pgm(p, file, first[1] == '2', name, error);
    count += fread(first + count, 1, PNG_BYTES - count, file);
    if (count == PNG_BYTES && memcmp(first, "\x89PNG\r\n\x1a\n", PNG_BYTES) == 0)
        return picture_read_png(p, file, name, error);
    count += fread(first + count, 1, sizeof first - count, file);
    if (ferror(file)) return picture_fail_short(error, file, name);
    return refuse(first, count, name, error);
}

void picture_free(picture *p) {
    free(p->grey);
    p->grey = NULL;
}
