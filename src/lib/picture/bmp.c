/* bmp.c - Windows bitmaps that are not packed: 1 to 32 bits per pixel, bottom-up or top-down; of OS/2, too.
 *
 * The headers are described at https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-header-types. Alpha is not read: most
 * programs leave it zero. */
#include <string.h>

#include "lib/base/memory.h"
#include "lib/picture/reading.h"

enum {
    FILE_HEADER_BYTES = 14,
    CORE_BYTES = 12, /* OS/2's header, with sides of 16 bits and colours of 3 bytes */
    INFO_BYTES = 40,
    MASKS_AT = 40, /* in headers that have them */
    MASKED_BYTES = 52,
    HEADER_MOST = 124,
    NOT_PACKED = 0, /* compressions */
    MASKED = 3,
    MASKED_WITH_ALPHA = 6,
    COLOURS_MOST = 256,
    RGB = 3
};

typedef struct bmp_file {
    picture_reading *reading;
    uint32_t taken; /* bytes of the file */
    int64_t width, height;
    bool top_down;
    unsigned bits, compression, colours;
    size_t colour_bytes;
    uint32_t masks[RGB];                /* of red, green and blue */
    uint8_t palette[COLOURS_MOST][RGB]; /* red, green, blue */
} bmp_file;

static clenet_status wrong(const bmp_file *file, const char *what) {
    return picture_fail(file->reading, CLENET_ERROR_FORMAT, "the BMP is damaged (%s); fetch or copy it again", what);
}

static clenet_status take(bmp_file *file, uint8_t *bytes, size_t count) {
    if (picture_take(file->reading, bytes, count) != count) return picture_fail_short(file->reading);
    file->taken += (uint32_t)count;
    return CLENET_OK;
}

static unsigned word(const uint8_t *bytes) {
    return bytes[0] | (unsigned)bytes[1] << 8;
}

static uint32_t number(const uint8_t *bytes) {
    return word(bytes) | (uint32_t)word(bytes + 2) << 16;
}

/* The sides and the form of the pixels, from the header after the file's. */
static void understand(bmp_file *file, const uint8_t *header, uint32_t bytes) {
    static const uint32_t five_bits[RGB] = {0x7c00, 0x03e0, 0x001f}, eight_bits[RGB] = {0xff0000, 0xff00, 0xff};
    if (bytes == CORE_BYTES) {
        file->width = word(header + 4);
        file->height = word(header + 6);
        file->bits = word(header + 10);
        file->colour_bytes = RGB;
    } else {
        file->width = (int32_t)number(header + 4);
        file->height = (int32_t)number(header + 8);
        file->bits = word(header + 14);
        file->compression = number(header + 16);
        file->colours = number(header + 32);
        file->colour_bytes = RGB + 1;
    }
    file->top_down = file->height < 0;
    if (file->top_down) file->height = -file->height;
    memcpy(file->masks, file->bits == 16 ? five_bits : eight_bits, sizeof file->masks);
}

static clenet_status check_form(const bmp_file *file) {
    static const unsigned known[] = {1, 2, 4, 8, 16, 24, 32};
    bool masked = file->compression == MASKED || file->compression == MASKED_WITH_ALPHA, bits_known = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) bits_known |= file->bits == known[i];
    if (!bits_known) return wrong(file, "its bits per pixel are not 1, 2, 4, 8, 16, 24 or 32");
    if (file->width < 0) return wrong(file, "its width is negative");
    if (file->compression == NOT_PACKED || (masked && (file->bits == 16 || file->bits == 32))) return CLENET_OK;
    return picture_fail(file->reading, CLENET_ERROR_FORMAT,
                        "is a packed BMP, which clenet does not read; convert it to PNG: convert FILE.bmp FILE.png");
}

/* The masks are in the header, or follow a short one. */
static clenet_status read_masks(bmp_file *file, const uint8_t *header, uint32_t bytes) {
    uint8_t after[(RGB + 1) * sizeof(uint32_t)];
    if (file->compression == NOT_PACKED) return CLENET_OK;
    const uint8_t *from = header + MASKS_AT;
    if (bytes < MASKED_BYTES) {
        size_t count = (file->compression == MASKED ? RGB : RGB + 1) * sizeof(uint32_t);
        clenet_status status = take(file, after, count);
        if (status != CLENET_OK) return status;
        from = after;
    }
    for (int c = 0; c < RGB; c++) file->masks[c] = number(from + (size_t)c * sizeof(uint32_t));
    return CLENET_OK;
}

static clenet_status read_palette(bmp_file *file) {
    if (file->bits > 8) return CLENET_OK;
    unsigned most = 1U << file->bits, count = file->colours == 0 || file->colours > most ? most : file->colours;
    for (unsigned i = 0; i < count; i++) {
        uint8_t entry[RGB + 1];
        clenet_status status = take(file, entry, file->colour_bytes);
        if (status != CLENET_OK) return status;
        for (int c = 0; c < RGB; c++) file->palette[i][c] = entry[RGB - 1 - c]; /* stored as blue, green, red */
    }
    return CLENET_OK;
}

/* Passes over what lies between the headers and the pixels. */
static clenet_status skip_to(bmp_file *file, uint32_t place) {
    uint8_t bytes[256];
    if (place < file->taken) return wrong(file, "its pixels begin within its header");
    while (file->taken < place) {
        uint32_t left = place - file->taken;
        clenet_status status = take(file, bytes, left < sizeof bytes ? left : sizeof bytes);
        if (status != CLENET_OK) return status;
    }
    return CLENET_OK;
}

static clenet_status read_header(bmp_file *file) {
    uint8_t first[FILE_HEADER_BYTES + sizeof(uint32_t)], header[HEADER_MOST];
    clenet_status status = take(file, first, sizeof first);
    if (status != CLENET_OK) return status;
    uint32_t bytes = number(first + FILE_HEADER_BYTES);
    if (bytes != CORE_BYTES && (bytes < INFO_BYTES || bytes > HEADER_MOST)) return wrong(file, "an unknown header");
    memcpy(header, first + FILE_HEADER_BYTES, sizeof(uint32_t));
    status = take(file, header + sizeof(uint32_t), bytes - sizeof(uint32_t));
    if (status != CLENET_OK) return status;
    understand(file, header, bytes);
    status = check_form(file);
    if (status == CLENET_OK) status = read_masks(file, header, bytes);
    if (status == CLENET_OK) status = read_palette(file);
    return status == CLENET_OK ? skip_to(file, number(first + 10)) : status;
}

/* A colour's value in a pixel, 0 to 255: its bits are those of the mask. */
static uint8_t masked_value(uint32_t pixel, uint32_t mask) {
    if (mask == 0) return 0;
    while ((mask & 1) == 0) mask >>= 1, pixel >>= 1;
    return (uint8_t)(((uint64_t)(pixel & mask) * PICTURE_FULL + mask / 2) / mask);
}

static void unpack(const bmp_file *file, const uint8_t *row, size_t x, uint8_t rgb[RGB]) {
    size_t bits = file->bits;
    if (bits <= 8) {
        unsigned shift = (unsigned)(8 - bits - x * bits % 8); /* the first pixel is in the highest bits */
        memcpy(rgb, file->palette[(unsigned)row[x * bits / 8] >> shift & ((1U << bits) - 1)], RGB);
    } else if (bits == 24) {
        for (size_t c = 0; c < RGB; c++) rgb[c] = row[x * RGB + RGB - 1 - c];
    } else {
        uint32_t pixel = bits == 16 ? word(row + 2 * x) : number(row + 4 * x);
        for (int c = 0; c < RGB; c++) rgb[c] = masked_value(pixel, file->masks[c]);
    }
}

static clenet_status read_rows(bmp_file *file, picture_boxes *boxes, uint8_t *row, size_t row_bytes) {
    for (int i = 0; i < boxes->height; i++) {
        if (picture_take(file->reading, row, row_bytes) != row_bytes) return picture_fail_short(file->reading);
        for (int x = 0; x < boxes->width; x++) {
            uint8_t rgb[RGB];
            unpack(file, row, (size_t)x, rgb);
            picture_put(boxes, x, rgb, PICTURE_FULL);
        }
        picture_boxes_add(boxes, file->top_down ? i : boxes->height - 1 - i, 0, 1, boxes->width);
    }
    return CLENET_OK;
}

clenet_status picture_read_bmp(clenet_picture *picture, picture_reading *reading) {
    bmp_file file = {.reading = reading};
    picture_boxes boxes;
    clenet_status status = read_header(&file);
    if (status == CLENET_OK) status = picture_boxes_new(&boxes, (uint64_t)file.height, (uint64_t)file.width, reading);
    if (status != CLENET_OK) return status;
    size_t row_bytes = ((size_t)file.width * file.bits + 31) / 32 * 4; /* rows are filled up to 4 bytes */
    uint8_t *row = memory_new(row_bytes, 1);
    status = row != NULL ? read_rows(&file, &boxes, row, row_bytes) : picture_fail_memory(reading);
    if (status == CLENET_OK) status = picture_boxes_finish(picture, &boxes, reading);
    memory_free(row);
    picture_boxes_free(&boxes);
    return status;
}
