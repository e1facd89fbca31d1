/* pixels.c - writes pixels as the data URI of a PNG, with zlib. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cmd/base/base64.h"
#include "cmd/figures/canvas.h"

/* Bytes that grow; they were not written if memory was short. */
typedef struct byte_list {
    unsigned char *bytes; /* [room] */
    size_t count, room;
} byte_list;

static void add(byte_list *to, const void *bytes, size_t count) {
    if (count > to->room - to->count) return; /* the room was reckoned before */
    memcpy(to->bytes + to->count, bytes, count);
    to->count += count;
}

static void add_number(byte_list *to, unsigned long value) {
    const unsigned char bytes[] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                                   (unsigned char)(value >> 8), (unsigned char)value};
    add(to, bytes, sizeof bytes);
}

/* A chunk of a PNG: length, type, data, and the checksum of type and data. */
static void add_chunk(byte_list *to, const char type[5], const unsigned char *data, size_t count) {
    add_number(to, (unsigned long)count);
    size_t first = to->count;
    add(to, type, 4);
    add(to, data, count);
    add_number(to, crc32(0, to->bytes + first, (uInt)(to->count - first)));
}

/* The image data: each row has a byte 0 before it, "no filter". NULL if out of memory. */
static unsigned char *pack(size_t *packed, const uint8_t *pixels, int columns, int rows, int channels) {
    size_t line = (size_t)columns * (size_t)channels, count = (line + 1) * (size_t)rows;
    uLongf size = compressBound((uLong)count);
    unsigned char *lines = malloc(count + 1), *bytes = malloc(size);
    if (lines != NULL && bytes != NULL) {
        for (size_t y = 0; y < (size_t)rows; y++) {
            lines[y * (line + 1)] = 0;
            memcpy(lines + y * (line + 1) + 1, pixels + y * line, line);
        }
        if (compress2(bytes, &size, lines, (uLong)count, Z_BEST_COMPRESSION) == Z_OK) {
            free(lines);
            *packed = size;
            return bytes;
        }
    }
    free(lines);
    free(bytes);
    return NULL;
}

static bool make_png(byte_list *png, const uint8_t *pixels, int columns, int rows, int channels) {
    enum { AROUND = 8 + 25 + 12 + 12 }; /* bytes of the signature, the head, the frame of the data, and the end */
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    static const unsigned char colour_types[] = {0, 0, 4, 2, 6}; /* by channels */
    size_t packed = 0;
    unsigned char *data = pack(&packed, pixels, columns, rows, channels);
    if (data == NULL) return false;
    png->bytes = malloc(packed + AROUND);
    if (png->bytes != NULL) {
        png->room = packed + AROUND;
        add(png, signature, sizeof signature);
        unsigned char head[13] = {0};
        byte_list sizes = {head, 0, sizeof head};
        add_number(&sizes, (unsigned long)columns);
        add_number(&sizes, (unsigned long)rows);
        head[8] = 8; /* bits */
        head[9] = colour_types[channels];
        add_chunk(png, "IHDR", head, sizeof head);
        add_chunk(png, "IDAT", data, packed);
        add_chunk(png, "IEND", head, 0);
    }
    free(data);
    return png->bytes != NULL;
}

bool pixels_write(FILE *to, const uint8_t *pixels, int columns, int rows, int channels) {
    byte_list png = {.bytes = NULL};
    if (!make_png(&png, pixels, columns, rows, channels)) return false;
    (void)fputs("data:image/png;base64,", to);
    base64_write(to, png.bytes, png.count);
    free(png.bytes);
    return true;
}
