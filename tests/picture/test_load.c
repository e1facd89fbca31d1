/* test_load.c - a picture file gives the same pixels whatever format it has; a large one takes little memory. */
#include "lib/picture/picture.h"

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

/* The picture that was read last. */
static clenet_picture *p;

static clenet_status read_channels(const char *path, int channels) {
    clenet_picture_free(p);
    p = NULL;
    return clenet_picture_load(&p, path, channels, &error);
}

static clenet_status read_file(const char *path) {
    return read_channels(path, 1);
}

static void expect_little_memory(bool interlaced) {
#ifndef CLENET_HAVE_PNG
    cr_skip_test("built without libpng");
#endif
    scratch_enter();
    make_large("large.png", LARGE, interlaced);
    cr_assert_eq(read_file("large.png"), CLENET_OK, "%s", error.message);
    cr_expect_eq(p->height, 1000);
    cr_expect_eq(p->width, 1000);
    cr_expect_eq(p->pixels[0], 255);
    cr_expect_eq(p->pixels[500 * 1000 + 500], 0);
    struct rusage usage;
    cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
    if (!SCRATCH_SANITIZED) cr_expect_leq(usage.ru_maxrss, 64 * 1024, "%ld KiB", usage.ru_maxrss);
    scratch_leave();
}

Test(load, a_png_of_20000_by_20000_is_read_within_64_MiB) {
    expect_little_memory(false);
}

Test(load, and_so_is_an_interlaced_one) {
    expect_little_memory(true);
}

static void expect_greys(const char *content, size_t count, const uint8_t *greys) {
    scratch_write("a.pgm", content, count);
    cr_assert_eq(read_file("a.pgm"), CLENET_OK, "%s", error.message);
    cr_assert(p->height == 2 && p->width == 3);
    cr_expect_arr_eq(p->pixels, greys, 6);
}

Test(load, a_pgm_may_be_text_or_bytes_with_comments_and_any_maximum) {
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
    scratch_write("a.pgm", content, count);
    cr_expect_eq(read_file("a.pgm"), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, why), "'%s' is not in '%s'", why, error.message);
    cr_expect_eq(strncmp(error.message, "a.pgm: ", 7), 0, "%s", error.message);
}

#define REFUSED(content, why) expect_refused(content, sizeof content - 1, why)

Test(load, a_pgm_that_is_wrong_is_refused_with_the_reason) {
    scratch_enter();
    REFUSED("P5\n3 2\n255\nabc", "cut off");
    REFUSED("P5\n3", "cut off");
    REFUSED("P5\n0 2\n255\n", "no pixels");
    REFUSED("P5\n3 2\n0\nabcdef", "1 to 65535");
    REFUSED("P5\n3 x\n", "other than a number");
    REFUSED("P2\n1 1\n5\n6\n", "larger than");
    REFUSED("P5\n99999999999 2\n", "too large");
    REFUSED("P5\n60000 60000\n255\n", "make it smaller");
    REFUSED("P7\nWIDTH 1\n", "is a PAM, which clenet does not read; convert it: convert a.pgm a.png");
    REFUSED("a letter", "is not a picture");
    REFUSED("", "is empty");
    scratch_leave();
}

/* ---- tests/data/formats: red, green, blue and light grey quarters of 64 x 32 pixels ---- */

static const char *format_file(const char *name) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/data/formats/%s", CLENET_SOURCE_DIR, name);
    return path;
}

/* Reads the file, and compares the middle of each quarter; `off` is how far a lossy format may change a value. */
static void expect_quarters(const char *name, int channels, int off) {
    static const int colours[4][3] = {{200, 30, 40}, {40, 160, 60}, {30, 50, 170}, {240, 240, 240}};
    cr_assert_eq(read_channels(format_file(name), channels), CLENET_OK, "%s", error.message);
    cr_assert(p->height == 32 && p->width == 64, "%s: %d x %d", name, p->width, p->height);
    cr_expect_eq(p->channels, channels);
    for (int i = 0; i < 4; i++) {
        const uint8_t *pixel = p->pixels + ((8 + i / 2 * 16) * 64 + 16 + i % 2 * 32) * channels;
        double grey = 0.2126 * colours[i][0] + 0.7152 * colours[i][1] + 0.0722 * colours[i][2];
        for (int c = 0; c < channels; c++) {
            double wanted = channels == 3 ? colours[i][c] : grey;
            cr_expect_float_eq((double)pixel[c], wanted, off, "%s: quarter %d, channel %d is %d, not %g", name, i, c,
                               pixel[c], wanted);
        }
    }
}

/* JPEG's grey weighs red and blue as television did, so that it differs by up to 25. */
enum { EXACT = 1, LOSSY = 6, FIVE_BITS = 8, LOSSY_GREY = 25 };

static void expect_turned(const char *ending, int off) {
    for (int i = 1; i <= 8; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "turned-%d.%s", i, ending);
        expect_quarters(name, 3, off);
    }
}

Test(load, each_orientation_of_a_jpeg_is_turned_upright) {
#ifndef CLENET_HAVE_JPEG
    cr_skip_test("built without libjpeg-turbo");
#endif
    expect_turned("jpg", LOSSY);
    expect_quarters("turned-6.jpg", 1, LOSSY_GREY);
}

Test(load, each_orientation_of_a_png_is_turned_upright) {
#ifndef CLENET_HAVE_PNG
    cr_skip_test("built without libpng");
#endif
    expect_turned("png", EXACT);
    expect_quarters("turned-8.png", 1, EXACT);
}

Test(load, a_jpeg_may_be_progressive_grey_or_of_printing_colours) {
#ifndef CLENET_HAVE_JPEG
    cr_skip_test("built without libjpeg-turbo");
#endif
    const char *names[] = {"plain.jpg", "progressive.jpg", "cmyk.jpg"};
    for (int i = 0; i < 3; i++) {
        expect_quarters(names[i], 3, LOSSY);
        expect_quarters(names[i], 1, LOSSY_GREY);
    }
    expect_quarters("grey.jpg", 1, LOSSY_GREY);
}

Test(load, a_bmp_may_have_1_to_32_bits_per_pixel_bottom_up_or_top_down) {
    const char *names[] = {"4bit.bmp",  "8bit.bmp",           "8bit-core.bmp", "16bit.bmp",      "16bit-565.bmp",
                           "24bit.bmp", "24bit-top-down.bmp", "32bit.bmp",     "32bit-masks.bmp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        expect_quarters(names[i], 3, strncmp(names[i], "16", 2) == 0 ? FIVE_BITS : EXACT);
        expect_quarters(names[i], 1, strncmp(names[i], "16", 2) == 0 ? FIVE_BITS : EXACT);
    }
    cr_assert_eq(read_file(format_file("1bit.bmp")), CLENET_OK, "%s", error.message);
    cr_expect(p->pixels[31] == 0 && p->pixels[32] == 255);
}

Test(load, a_ppm_or_pbm_may_be_text_or_bytes) {
    expect_quarters("plain.ppm", 3, EXACT);
    expect_quarters("raw.ppm", 3, EXACT);
    expect_quarters("raw.ppm", 1, EXACT);
    expect_quarters("raw.pgm", 1, LOSSY_GREY);
    const char *names[] = {"plain.pbm", "raw.pbm"};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(read_channels(format_file(names[i]), 3), CLENET_OK, "%s", error.message);
        cr_expect(p->height == 32 && p->width == 64 && p->pixels[31 * 3] == 0 && p->pixels[32 * 3 + 2] == 255);
    }
}

Test(load, a_webp_may_be_lossy_or_lossless_and_turned) {
#ifndef CLENET_HAVE_WEBP
    cr_skip_test("built without libwebp");
#endif
    expect_quarters("lossy.webp", 3, LOSSY);
    expect_quarters("lossless.webp", 3, EXACT);
    expect_quarters("lossless.webp", 1, EXACT);
    expect_quarters("turned-6.webp", 3, EXACT);
    cr_expect_eq(read_file(format_file("animation.webp")), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "is an animation; take one picture of it: webpmux "), "%s", error.message);
}

Test(load, a_telephone_s_heic_is_read) {
#ifndef CLENET_HAVE_HEIF
    cr_skip_test("built without libheif");
#endif
    expect_quarters("plain.heic", 3, LOSSY);
    expect_quarters("plain.heic", 1, LOSSY);
    scratch_enter();
    scratch_write("stub.heic",
                  "\0\0\0\x18"
                  "ftypheic\0\0\0\0mif1heic\0\0\0\0",
                  28);
    cr_expect_eq(read_file("stub.heic"), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "stub.heic: the HEIC is damaged"), "%s", error.message);
    scratch_leave();
}

/* The file's first bytes, up to 64 KiB. */
static size_t content_of(const char *name, uint8_t bytes[1 << 16]) {
    FILE *file = fopen(format_file(name), "rb");
    cr_assert_not_null(file);
    size_t count = fread(bytes, 1, 1 << 16, file);
    (void)fclose(file);
    return count;
}

/* Each beginning of the file that is too short is refused; `spare` bytes at its end are not needed. */
static void expect_cut_off(const char *name, size_t spare) {
    static uint8_t bytes[1 << 16];
    size_t count = content_of(name, bytes);
    for (size_t left = 24; left < count - spare; left += 23) {
        scratch_write("cut", (const char *)bytes, left);
        cr_expect_eq(read_file("cut"), CLENET_ERROR_FORMAT, "%zu of %zu bytes of %s pass", left, count, name);
        cr_expect_not_null(strstr(error.message, "cut off"), "%zu bytes of %s: %s", left, name, error.message);
    }
}

Test(load, a_jpeg_that_is_cut_off_is_refused) {
#ifndef CLENET_HAVE_JPEG
    cr_skip_test("built without libjpeg-turbo");
#endif
    scratch_enter();
    expect_cut_off("plain.jpg", 8);
    expect_cut_off("progressive.jpg", 2);
    scratch_leave();
}

Test(load, a_picture_of_another_format_that_is_cut_off_is_refused) {
    const char *names[] = {"24bit.bmp",    "8bit.bmp",     "raw.ppm", "plain.ppm",
#ifdef CLENET_HAVE_PNG
                           "turned-1.png",
#endif
#ifdef CLENET_HAVE_WEBP
                           "lossy.webp",   "lossless.webp"
#endif
    };
    scratch_enter();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) expect_cut_off(names[i], 16);
    scratch_leave();
}

static void expect_refused_bytes(const char *bytes, size_t count, const char *why) {
    scratch_write("a.bmp", bytes, count);
    cr_expect_eq(read_file("a.bmp"), CLENET_ERROR_FORMAT, "%s", why);
    cr_expect_not_null(strstr(error.message, why), "'%s' is not in '%s'", why, error.message);
}

Test(load, a_bmp_that_is_wrong_is_refused_with_the_reason) {
    cr_expect_eq(read_file(format_file("packed.bmp")), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "is a packed BMP, which clenet does not read; convert it"), "%s",
                       error.message);
    scratch_enter();
    char bmp[58] = "BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0";
    expect_refused_bytes(bmp, 0x36, "cut off");
    bmp[10] = 10;
    expect_refused_bytes(bmp, sizeof bmp, "its pixels begin within its header");
    bmp[10] = 0x36;
    bmp[28] = 23;
    expect_refused_bytes(bmp, sizeof bmp, "its bits per pixel are not");
    bmp[28] = 24;
    memset(bmp + 18, 0xff, 4);
    expect_refused_bytes(bmp, sizeof bmp, "its width is negative");
    memset(bmp + 18, 0x7f, 4);
    expect_refused_bytes(bmp, sizeof bmp, "make it smaller");
    memset(bmp + 18, 0, 4);
    expect_refused_bytes(bmp, sizeof bmp, "no pixels");
    bmp[18] = 1;
    memcpy(bmp + 22, "\0\0\0\x80", 4); /* the height that cannot be negated */
    expect_refused_bytes(bmp, sizeof bmp, "make it smaller");
    bmp[14] = 41;
    bmp[15] = 1;
    expect_refused_bytes(bmp, sizeof bmp, "an unknown header");
    scratch_leave();
}

static void expect_named(const char *name, const char *what, const char *command) {
    cr_expect_eq(read_file(format_file(name)), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, what), "%s", error.message);
    cr_expect_not_null(strstr(error.message, command), "%s", error.message);
}

Test(load, a_format_that_is_not_read_is_named_with_a_command_that_converts) {
    expect_named("plain.gif", "is a GIF, which clenet does not read", "convert it: convert ");
    expect_named("plain.avif", "is an AVIF, which clenet does not read", "convert it: avifdec ");
    expect_named("plain.tif", "is a TIFF, which clenet does not read", "plain.png");
    scratch_enter();
    scratch_write("it's mine.pdf", "%PDF-1.7\n", 9);
    cr_expect_eq(read_file("it's mine.pdf"), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "is a PDF, which clenet does not read; convert it: pdftoppm "), "%s",
                       error.message);
    scratch_write("my scan.gif", "GIF89a", 6);
    cr_expect_eq(read_file("my scan.gif"), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message,
                     "my scan.gif: is a GIF, which clenet does not read; convert it: convert 'my scan.gif' "
                     "'my scan.png'");
    scratch_leave();
}
