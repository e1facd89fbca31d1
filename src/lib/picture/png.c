/* png.c - PNG with libpng, row by row.
 *
 * The seven passes of an interlaced picture are pictures with gaps, whose pixels go into the same boxes, so they need no more
 * memory than others. */
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "lib/picture/reading.h"

enum { SIGNATURE_BYTES = 8, WARNING_SIZE = 128 };

typedef struct png_reading {
    picture_reading *file;
    clenet_status status;       /* of the error */
    char warning[WARNING_SIZE]; /* libpng's last warning: it often says more than the error after it */
    png_structp png;
    png_infop info;
    picture_boxes boxes;
} png_reading;

/* libpng calls this for an error; it does not return. An earlier message stays. */
static void on_error(png_structp png, png_const_charp message) {
    png_reading *reading = png_get_error_ptr(png);
    if (reading->status == CLENET_OK) {
        const char *warning = reading->warning;
        reading->status =
            picture_fail(reading->file, CLENET_ERROR_FORMAT, "the PNG is damaged (%s%s%s); fetch or copy it again",
                         message, warning[0] != '\0' ? ": " : "", warning);
    }
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    png_reading *reading = png_get_error_ptr(png);
    (void)snprintf(reading->warning, sizeof reading->warning, "%s", message);
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
    png_reading *reading = png_get_io_ptr(png);
    if (picture_take(reading->file, bytes, count) == count) return;
    reading->status = picture_fail_short(reading->file);
    png_error(png, "cut off");
}

/* Whatever the PNG has, rows are delivered as grey, or red, green and blue, and alpha of 8 bits. */
static void ask_for(png_structp png, int channels) {
    png_set_expand(png); /* palettes, few bits, a transparent colour */
    png_set_scale_16(png);
    if (channels == 1) {
        png_set_rgb_to_gray_fixed(png, PNG_ERROR_ACTION_NONE, PNG_RGB_TO_GRAY_DEFAULT, PNG_RGB_TO_GRAY_DEFAULT);
    } else {
        png_set_gray_to_rgb(png);
    }
    png_set_add_alpha(png, UINT8_MAX, PNG_FILLER_AFTER);
}

/* Texts and profiles may expand a thousandfold, and do not matter for the ink. */
static void leave_out_extras(png_structp png) {
    static const png_byte names[] = "iCCP\0iTXt\0zTXt\0tEXt\0sPLT\0gAMA\0cHRM\0sRGB";
    enum { NAME_BYTES = 5 };
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / NAME_BYTES));
}

/* Reads everything up to the first row. */
static void read_header(png_reading *reading) {
    png_structp png = reading->png;
    png_set_read_fn(png, reading, read_bytes);
    png_set_sig_bytes(png, SIGNATURE_BYTES);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* our limits give better messages */
    leave_out_extras(png);
    png_read_info(png, reading->info);
    uint32_t height = png_get_image_height(png, reading->info), width = png_get_image_width(png, reading->info);
    reading->status = picture_boxes_new(&reading->boxes, height, width, reading->file);
    if (reading->status != CLENET_OK) png_error(png, "its size");
    ask_for(png, reading->file->channels);
    png_read_update_info(png, reading->info);
    if (png_get_rowbytes(png, reading->info) != (size_t)width * ((size_t)reading->file->channels + 1))
        png_error(png, "an unknown form of pixels");
}

static void read_pass(png_reading *reading, int rows, int columns, int pass) {
    for (int y = 0; y < rows; y++) {
        png_read_row(reading->png, reading->boxes.row, NULL);
        if (pass < 0) {
            picture_boxes_add(&reading->boxes, y, 0, 1, columns);
        } else {
            picture_boxes_add(&reading->boxes, (int)PNG_ROW_FROM_PASS_ROW(y, pass), (int)PNG_PASS_START_COL(pass),
                              1 << PNG_PASS_COL_SHIFT(pass), columns);
        }
    }
}

static void read_rows(png_reading *reading) {
    int height = reading->boxes.height, width = reading->boxes.width;
    if (png_get_interlace_type(reading->png, reading->info) == PNG_INTERLACE_NONE) {
        read_pass(reading, height, width, -1);
        return;
    }
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        int rows = (int)PNG_PASS_ROWS(height, pass), columns = (int)PNG_PASS_COLS(width, pass);
        if (columns > 0) read_pass(reading, rows, columns, pass); /* libpng too skips a pass without pixels */
    }
}

/* Only before the rows: an orientation that comes after them is not worth the wait. */
static void read_orientation(png_reading *reading) {
    png_bytep exif = NULL;
    png_uint_32 count = 0;
    if (png_get_eXIf_1(reading->png, reading->info, &count, &exif) != 0)
        reading->file->orientation = picture_exif_orientation(exif, count);
}

/* Nothing here changes a variable that is read after libpng's longjmp. */
static void read_all(png_reading *reading) {
    if (setjmp(png_jmpbuf(reading->png)) != 0) return;
    read_header(reading);
    read_orientation(reading);
    read_rows(reading);
}

clenet_status picture_read_png(clenet_picture *picture, picture_reading *file) {
    uint8_t signature[SIGNATURE_BYTES];
    if (picture_take(file, signature, sizeof signature) != sizeof signature ||
        memcmp(signature, "\x89PNG\r\n\x1a\n", sizeof signature) != 0) {
        return picture_fail(file, CLENET_ERROR_FORMAT,
                            "is a PNG that was cut off or copied as text; fetch or copy it again");
    }
    png_reading reading = {.file = file};
    reading.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, on_error, on_warning);
    if (reading.png != NULL) reading.info = png_create_info_struct(reading.png);
    if (reading.info != NULL) {
        read_all(&reading);
        if (reading.status == CLENET_OK) reading.status = picture_boxes_finish(picture, &reading.boxes, file);
    } else {
        reading.status = picture_fail_memory(file);
    }
    png_destroy_read_struct(&reading.png, &reading.info, NULL);
    picture_boxes_free(&reading.boxes);
    return reading.status;
}
