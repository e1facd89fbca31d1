/* test_picture_file.c - PNG and PGM give the same greys whatever form they are in; a large one takes little memory. */
#include "cmd/predict/picture.h"

#include <zlib.h>

#include "scratch.h"

enum { LARGE = 20000, MEBIBYTE = 1024 * 1024 };

static clenet_error error;

static void put_number(FILE *file, uint32_t n) {
    for (int shift = 24; shift >= 0; shift -= 8) (void)putc((int)(n >> shift & 0xff), file);
}

static void put_chunk(FILE *file, const char *name, const uint8_t *data, size_t count) {
    uLong sum = crc32(crc32(0, (const uint8_t *)name, 4), data, (uInt)count);
    put_number(file, (uint32_t)count);
    (void)fwrite(name, 1, 4, file);
    if (count > 0) (void)fwrite(data, 1, count, file);
    put_number(file, (uint32_t)sum);
}

/* A PNG of one bit a pixel, white but for a black box in the middle, whose rows all are packed as they are made. */
static void make_large(const char *path, uint32_t side, bool interlaced) {
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    (void)fwrite("\x89PNG\r\n\x1a\n", 1, 8, file);
    uint8_t header[13] = {
        0, 0, (uint8_t)(side >> 8), (uint8_t)side, 0, 0, (uint8_t)(side >> 8), (uint8_t)side, 1, 0, 0, 0, interlaced};
    put_chunk(file, "IHDR", header, sizeof header);
    static uint8_t packed[4 * MEBIBYTE], row[1 + LARGE / 8 + 1];
    z_stream z = {.next_out = packed, .avail_out = sizeof packed};
    cr_assert_eq(deflateInit(&z, 1), Z_OK);
    static const int start[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                    {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    for (int pass = 0; pass < (interlaced ? 7 : 1); pass++) {
        uint32_t step_x = interlaced ? (uint32_t)start[pass][2] : 1, step_y = interlaced ? (uint32_t)start[pass][3] : 1;
        uint32_t x = (uint32_t)start[pass][0], columns = (side - x + step_x - 1) / step_x;
        for (uint32_t y = (uint32_t)start[pass][1]; y < side; y += step_y) {
            memset(row, 0xff, sizeof row);
            row[0] = 0;
            if (y >= side / 4 && y < side * 3 / 4) memset(row + 1 + columns / 8 * 2 / 5, 0, columns / 8 / 5);
            z.next_in = row;
            z.avail_in = 1 + (columns + 7) / 8;
            cr_assert_eq(deflate(&z, Z_NO_FLUSH), Z_OK);
        }
    }
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    put_chunk(file, "IDAT", packed, sizeof packed - z.avail_out);
    put_chunk(file, "IEND", NULL, 0);
    (void)deflateEnd(&z);
    cr_assert_eq(fclose(file), 0);
}

static clenet_status read_file(picture *p, const char *path) {
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    clenet_status status = picture_read(p, file, path, &error);
    (void)fclose(file);
    return status;
}

static void expect_little_memory(bool interlaced) {
#ifndef CLENET_HAVE_PNG
    cr_skip_test("built without libpng");
#endif
    scratch_enter();
    make_large("large.png", LARGE, interlaced);
    picture p;
    cr_assert_eq(read_file(&p, "large.png"), CLENET_OK, "%s", error.message);
    cr_expect_eq(p.height, 1000);
    cr_expect_eq(p.width, 1000);
    cr_expect_eq(p.grey[0], 255);
    cr_expect_eq(p.grey[500 * 1000 + 500], 0);
    picture_free(&p);
    struct rusage usage;
    cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
    if (!SCRATCH_SANITIZED) cr_expect_leq(usage.ru_maxrss, 64 * 1024, "%ld KiB", usage.ru_maxrss);
    scratch_leave();
}

Test(picture_file, a_png_of_20000_by_20000_is_read_within_64_MiB) {
    expect_little_memory(false);
}

Test(picture_file, and_so_is_an_interlaced_one) {
    expect_little_memory(true);
}

static void expect_greys(const char *content, size_t count, const uint8_t *greys) {
    picture p;
    scratch_write("a.pgm", content, count);
    cr_assert_eq(read_file(&p, "a.pgm"), CLENET_OK, "%s", error.message);
    cr_assert(p.height == 2 && p.width == 3);
    cr_expect_arr_eq(p.grey, greys, 6);
    picture_free(&p);
}

Test(picture_file, a_pgm_may_be_text_or_bytes_with_comments_and_any_maximum) {
    static const uint8_t greys[] = {0, 51, 102, 153, 204, 255};
    static const char plain[] = "P2 # made by hand\n3 2\n# the largest\n5\n0 1 2\n3 4 5";
    static const char raw[] = "P5\n3 2\n255\n\0\x33\x66\x99\xcc\xff",
                      wide[] = "P5 3 2 65535\n\0\0\x33\x33\x66\x66\x99\x99\xcc\xcc\xff\xff";
    scratch_enter();
    expect_greys(plain, sizeof plain - 1, greys);
    expect_greys(raw, sizeof raw - 1, greys);
    expect_greys(wide, sizeof wide - 1, greys);
    scratch_leave();
}

static void expect_refused(const char *content, size_t count, const char *why) {
    picture p;
    scratch_write("a.pgm", content, count);
    cr_expect_eq(read_file(&p, "a.pgm"), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, why), "'%s' is not in '%s'", why, error.message);
    cr_expect_eq(strncmp(error.message, "a.pgm: ", 7), 0, "%s", error.message);
}

#define REFUSED(content, why) expect_refused(content, sizeof content - 1, why)

Test(picture_file, a_pgm_that_is_wrong_is_refused_with_the_reason) {
    scratch_enter();
    REFUSED("P5\n3 2\n255\nabc", "cut off");
    REFUSED("P5\n3", "cut off");
    REFUSED("P5\n0 2\n255\n", "no pixels");
    REFUSED("P5\n3 2\n0\nabcdef", "1 to 65535");
    REFUSED("P5\n3 x\n", "no number");
    REFUSED("P2\n1 1\n5\n6\n", "larger than");
    REFUSED("P5\n99999999999 2\n", "too large");
    REFUSED("P5\n60000 60000\n255\n", "make it smaller");
    REFUSED("P6\n1 1\n255\nabc", "convert it");
    REFUSED("\xff\xd8\xff\xe0 a photograph", "JPEG");
    REFUSED("a letter", "no picture");
    REFUSED("", "is empty");
    scratch_leave();
}
