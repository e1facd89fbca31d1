/* format.c - see format.h. */
#include "lib/picture/format.h"

#include <string.h>

enum { PATH_BYTES = 300 };

/* The readers of libraries that this build may not have. */
#ifdef CLENET_HAVE_PNG
#define READ_PNG picture_read_png
#else
#define READ_PNG NULL
#endif
#ifdef CLENET_HAVE_JPEG
#define READ_JPEG picture_read_jpeg
#else
#define READ_JPEG NULL
#endif

#ifdef CLENET_HAVE_WEBP
#define READ_WEBP picture_read_webp
#else
#define READ_WEBP NULL
#endif
#ifdef CLENET_HAVE_HEIF
#define READ_HEIF picture_read_heif
#else
#define READ_HEIF NULL
#endif

static const picture_format png = {"a", "PNG", READ_PNG, "libpng (Debian: libpng-dev)", "convert FROM TO.pgm"},
                            jpeg = {"a", "JPEG", READ_JPEG, "libjpeg-turbo (Debian: libjpeg-dev)",
                                    "convert FROM -auto-orient TO.png"},
                            netpbm = {"a", "Netpbm", picture_read_netpbm, NULL, NULL},
                            bmp = {"a", "BMP", picture_read_bmp, NULL, "convert FROM TO.png"},
                            webp = {"a", "WebP", READ_WEBP, "libwebp (Debian: libwebp-dev)", "dwebp FROM -o TO.png"},
                            heic = {"a", "HEIC", READ_HEIF, "libheif (Debian: libheif-dev)",
                                    "heif-convert FROM TO.png"},
                            avif = {"an", "AVIF", NULL, NULL, "avifdec FROM TO.png"},
                            gif = {"a", "GIF", NULL, NULL, "convert FROM TO.png"},
                            tiff = {"a", "TIFF", NULL, NULL, "convert FROM TO.png"},
                            pdf = {"a", "PDF", NULL, NULL, "pdftoppm -png -singlefile FROM TO"},
                            svg = {"an", "SVG", NULL, NULL, "rsvg-convert FROM -o TO.png"},
                            jpeg2000 = {"a", "JPEG 2000", NULL, NULL, "opj_decompress -i FROM -o TO.png"},
                            jpeg_xl = {"a", "JPEG XL", NULL, NULL, "djxl FROM TO.png"},
                            photoshop = {"a", "Photoshop file", NULL, NULL, "convert FROM[0] TO.png"},
                            icon = {"a", "Windows icon", NULL, NULL, "convert FROM[0] TO.png"},
                            djvu = {"a", "DjVu", NULL, NULL, "ddjvu -format=ppm FROM TO.ppm"},
                            raw = {"a", "camera's raw file", NULL, NULL, "dcraw -c FROM >TO.ppm"},
                            pam = {"a", "PAM", NULL, NULL, "convert FROM TO.png"};

/* The bytes at a place in the file that tell a format; the first row that fits counts. */
typedef struct signature {
    size_t at, count;
    const char *bytes;
    const picture_format *format;
} signature;

static const signature signatures[] = {
    {0, 4, "\x89PNG", &png},
    {0, 3, "\xff\xd8\xff", &jpeg},
    {8, 4, "WEBP", &webp},
    {4, 8, "ftypavif", &avif},
    {4, 8, "ftypavis", &avif},
    {4, 8, "ftypcrx ", &raw},
    {4, 6, "ftyphe", &heic},
    {4, 8, "ftypmif1", &heic},
    {4, 8, "ftypmsf1", &heic},
    {0, 5, "GIF87", &gif},
    {0, 5, "GIF89", &gif},
    {0, 8, "II*\0\x10\0\0\0", &raw}, /* Canon's CR2 begins as TIFF does */
    {0, 4, "II*\0", &tiff},
    {0, 4, "MM\0*", &tiff},
    {0, 4, "II+\0", &tiff},
    {0, 4, "MM\0+", &tiff},
    {0, 8, "FUJIFILM", &raw},
    {0, 5, "%PDF-", &pdf},
    {0, 4, "<svg", &svg},
    {4, 8, "jP  \r\n\x87\n", &jpeg2000},
    {0, 4, "\xff\x4f\xff\x51", &jpeg2000},
    {0, 2, "\xff\x0a", &jpeg_xl},
    {4, 8, "JXL \r\n\x87\n", &jpeg_xl},
    {0, 4, "8BPS", &photoshop},
    {0, 4, "\0\0\1\0", &icon},
    {0, 8, "AT&TFORM", &djvu},
    {0, 3, "P7\n", &pam},
};

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Two letters begin a text as well: more must fit. */
static bool is_netpbm(const uint8_t *first, size_t count) {
    return count >= 3 && first[0] == 'P' && first[1] >= '1' && first[1] <= '6' &&
           (is_space(first[2]) || first[2] == '#');
}

static bool is_bmp(const uint8_t *first, size_t count) {
    return count >= 10 && memcmp(first, "BM", 2) == 0 && memcmp(first + 6, "\0\0\0\0", 4) == 0;
}

const picture_format *picture_format_of(const uint8_t *first, size_t count) {
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const signature *s = &signatures[i];
        if (s->at + s->count <= count && memcmp(first + s->at, s->bytes, s->count) == 0) return s->format;
    }
    if (is_netpbm(first, count)) return &netpbm;
    return is_bmp(first, count) ? &bmp : NULL;
}

/* ---- the command that converts ---- */

/* Text of a limited length. */
typedef struct line {
    char text[2 * PATH_BYTES + 64];
    size_t length;
} line;

static void append(line *to, const char *text, size_t count) {
    size_t room = sizeof to->text - 1 - to->length;
    if (count > room) count = room;
    memcpy(to->text + to->length, text, count);
    to->length += count;
    to->text[to->length] = '\0';
}

/* A name as a shell reads it: the first count bytes of a path, and an ending. */
static void append_name(line *to, const char *path, size_t count, const char *ending, size_t ending_count) {
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+,/@%:=";
    bool plain = strspn(path, harmless) >= count;
    if (!plain) append(to, "'", 1);
    append(to, path, count);
    append(to, ending, ending_count);
    if (!plain) append(to, "'", 1);
}

/* Puts the file's name in place of FROM, and its name with another ending in place of TO.png. */
static void write_command(line *to, const char *command, const char *path) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    bool ends = dot != NULL && dot > path && (slash == NULL || dot > slash + 1);
    size_t count = strlen(path), stem = ends ? (size_t)(dot - path) : count;
    for (; *command != '\0';) {
        size_t word = strcspn(command, " ");
        if (strncmp(command, "FROM", 4) == 0) {
            append_name(to, path, count, command + 4, word - 4);
            command += word;
        } else if (strncmp(command, "TO", 2) == 0) {
            append_name(to, path, stem, command + 2, word - 2);
            command += word;
        } else {
            append(to, command++, 1);
        }
    }
}

clenet_status picture_format_refuse(const picture_reading *reading) {
    const picture_format *format = picture_format_of(reading->first, reading->first_count);
    if (reading->first_count == 0) return picture_fail(reading, CLENET_ERROR_FORMAT, "is empty; give a picture");
    if (format == NULL) {
        return picture_fail(reading, CLENET_ERROR_FORMAT,
                            "is not a picture in a format that clenet knows; check the file");
    }
    line command = {.length = 0};
    bool named = reading->name[0] != '<' && strlen(reading->name) < PATH_BYTES && strchr(reading->name, '\'') == NULL;
    write_command(&command, format->command, named ? reading->name : "PICTURE");
    if (format->library != NULL) {
        return picture_fail(reading, CLENET_ERROR_FORMAT,
                            "is %s %s, which needs %s: build clenet again with it, or convert the picture: %s",
                            format->article, format->name, format->library, command.text);
    }
    return picture_fail(reading, CLENET_ERROR_FORMAT, "is %s %s, which clenet does not read; convert it: %s",
                        format->article, format->name, command.text);
}
