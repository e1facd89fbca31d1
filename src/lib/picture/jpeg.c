/* jpeg.c - JPEG with libjpeg-turbo, row by row.
 *
 * A large picture is reduced while it is decoded: of each block of 8 x 8 pixels only 4 x 4, 2 x 2 or 1 are computed. A progressive one
 * needs all its coefficients in memory, for which there is a limit. */
#include <setjmp.h>
#include <stdio.h> /* libjpeg needs it */
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "lib/picture/reading.h"

enum {
    INPUT_BYTES = 32 * 1024,
    MEMORY_MOST = 256 * 1024 * 1024, /* 85 million pixels of a progressive picture with halved colours */
    SCANS_MOST = 100,                /* of a progressive picture: programs make 10, and each takes time */
    EXIF_BYTES = 0xffff,
    RGB = 3,
    CMYK = 4
};

typedef struct jpeg_reading {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr input;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    picture_reading *file;
    clenet_status status;
    bool ended; /* the file ended before the picture did */
    picture_boxes boxes;
    JSAMPROW decoded; /* [width][components]: a row as libjpeg delivers it */
    JOCTET bytes[INPUT_BYTES];
} jpeg_reading;

static _Noreturn void fail(jpeg_reading *reading, const char *what) {
    if (reading->status == CLENET_OK) {
        if (reading->ended) {
            reading->status = picture_fail_short(reading->file);
        } else {
            reading->status = picture_fail(reading->file, CLENET_ERROR_FORMAT,
                                           "the JPEG is damaged (%s); fetch or copy it again", what);
        }
    }
    longjmp(reading->failed, 1);
}

/* libjpeg calls this for an error; it must not return. */
static void on_error(j_common_ptr jpeg) {
    jpeg_reading *reading = jpeg->client_data;
    char message[JMSG_LENGTH_MAX];
    switch (jpeg->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
        reading->status = picture_fail_memory(reading->file);
        break;
    case JERR_NO_BACKING_STORE:
        reading->status = picture_fail(reading->file, CLENET_ERROR_FORMAT,
                                       "the progressive JPEG needs more than %d MB of memory; make it smaller",
                                       MEMORY_MOST / 1024 / 1024);
        break;
    default:
        break;
    }
    jpeg->err->format_message(jpeg, message);
    fail(reading, message);
}

/* A warning, level -1, is an error if pixels are missing or wrong. */
static void on_message(j_common_ptr jpeg, int level) {
    static const int harmless[] = {JWRN_ADOBE_XFORM,   JWRN_EXTRANEOUS_DATA, JWRN_JFIF_MAJOR,
                                   JWRN_TOO_MUCH_DATA, JWRN_NOT_SEQUENTIAL,  JWRN_JPEG_EOF};
    if (level >= 0) return;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (jpeg->err->msg_code == harmless[i]) return;
    }
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    fail(jpeg->client_data, message);
}

static void on_scan(j_common_ptr jpeg) {
    jpeg_reading *reading = jpeg->client_data;
    if (reading->jpeg.input_scan_number > SCANS_MOST) fail(reading, "it has more than 100 scans");
}

/* ---- bytes ---- */

static void nothing(j_decompress_ptr jpeg) {
    (void)jpeg;
}

/* After the end of the file comes a marker for the end of the picture: if pixels are missing, libjpeg warns. */
static boolean more_bytes(j_decompress_ptr jpeg) {
    jpeg_reading *reading = jpeg->client_data;
    size_t count = picture_take(reading->file, reading->bytes, sizeof reading->bytes);
    if (count == 0) {
        reading->ended = true;
        reading->bytes[count++] = 0xff;
        reading->bytes[count++] = JPEG_EOI;
    }
    reading->input.next_input_byte = reading->bytes;
    reading->input.bytes_in_buffer = count;
    return TRUE;
}

static void skip_bytes(j_decompress_ptr jpeg, long count) {
    jpeg_reading *reading = jpeg->client_data;
    size_t left = count > 0 ? (size_t)count : 0;
    while (left > reading->input.bytes_in_buffer && !reading->ended) {
        left -= reading->input.bytes_in_buffer;
        (void)more_bytes(jpeg);
    }
    if (left > reading->input.bytes_in_buffer) left = reading->input.bytes_in_buffer;
    reading->input.next_input_byte += left;
    reading->input.bytes_in_buffer -= left;
}

/* ---- pixels ---- */

static void open_jpeg(jpeg_reading *reading) {
    struct jpeg_decompress_struct *jpeg = &reading->jpeg;
    jpeg->err = jpeg_std_error(&reading->errors);
    jpeg->client_data = reading;
    reading->errors.error_exit = on_error;
    reading->errors.emit_message = on_message;
    jpeg_create_decompress(jpeg);
    jpeg->mem->max_memory_to_use = MEMORY_MOST;
    reading->input = (struct jpeg_source_mgr){.init_source = nothing,
                                              .fill_input_buffer = more_bytes,
                                              .skip_input_data = skip_bytes,
                                              .resync_to_restart = jpeg_resync_to_restart,
                                              .term_source = nothing};
    jpeg->src = &reading->input;
    reading->progress.progress_monitor = on_scan;
    jpeg->progress = &reading->progress;
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, EXIF_BYTES);
}

static void read_orientation(jpeg_reading *reading) {
    static const char name[] = "Exif\0"; /* and one more 0, as sizeof counts */
    for (jpeg_saved_marker_ptr marker = reading->jpeg.marker_list; marker != NULL; marker = marker->next) {
        if (marker->data_length < sizeof name || memcmp(marker->data, name, sizeof name) != 0) continue;
        reading->file->orientation =
            picture_exif_orientation(marker->data + sizeof name, marker->data_length - sizeof name);
        return;
    }
}

/* The largest reduction that leaves the longest side longer than that of the boxes. */
static void choose_scale(struct jpeg_decompress_struct *jpeg) {
    unsigned longest = jpeg->image_width > jpeg->image_height ? jpeg->image_width : jpeg->image_height;
    jpeg->scale_num = jpeg->scale_denom = 8;
    while (jpeg->scale_num > 1 && longest * (jpeg->scale_num / 2) / jpeg->scale_denom >= PICTURE_SIDE_MOST)
        jpeg->scale_num /= 2;
}

static void read_header(jpeg_reading *reading) {
    struct jpeg_decompress_struct *jpeg = &reading->jpeg;
    (void)jpeg_read_header(jpeg, TRUE);
    read_orientation(reading);
    reading->status = picture_check_size(reading->file, jpeg->image_height, jpeg->image_width);
    if (reading->status != CLENET_OK) fail(reading, "its size");
    choose_scale(jpeg);
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) {
        jpeg->out_color_space = JCS_CMYK;
    } else {
        jpeg->out_color_space = reading->file->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    }
    (void)jpeg_start_decompress(jpeg); /* a progressive picture is read to its end */
    reading->status = picture_boxes_new(&reading->boxes, jpeg->output_height, jpeg->output_width, reading->file);
    if (reading->status != CLENET_OK) fail(reading, "its size");
    size_t row = jpeg->output_width * (size_t)jpeg->output_components;
    reading->decoded = jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, row);
}

/* A row of cyan, magenta, yellow and black. Adobe's programs, which make nearly all of them, store 255 minus the ink. */
static void put_cmyk(jpeg_reading *reading, int width) {
    bool light = reading->jpeg.saw_Adobe_marker;
    const JSAMPLE *from = reading->decoded;
    for (int x = 0; x < width; x++, from += CMYK) {
        uint8_t rgb[RGB];
        unsigned paper = light ? from[RGB] : PICTURE_FULL - from[RGB];
        for (int c = 0; c < RGB; c++)
            rgb[c] = (uint8_t)((light ? from[c] : PICTURE_FULL - from[c]) * paper / PICTURE_FULL);
        picture_put(&reading->boxes, x, rgb, PICTURE_FULL);
    }
}

static void put_row(jpeg_reading *reading, int width) {
    int channels = reading->file->channels;
    if (reading->jpeg.out_color_space == JCS_CMYK) {
        put_cmyk(reading, width);
        return;
    }
    const JSAMPLE *from = reading->decoded;
    uint8_t *to = reading->boxes.row;
    for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) *to++ = *from++;
        *to++ = PICTURE_FULL;
    }
}

static void read_rows(jpeg_reading *reading) {
    int height = reading->boxes.height, width = reading->boxes.width;
    for (int y = 0; y < height; y++) {
        (void)jpeg_read_scanlines(&reading->jpeg, &reading->decoded, 1);
        put_row(reading, width);
        picture_boxes_add(&reading->boxes, y, 0, 1, width);
    }
    if (reading->ended && jpeg_has_multiple_scans(&reading->jpeg)) fail(reading, "its end");
}

/* Nothing here changes a variable that is read after libjpeg's longjmp. */
static void read_all(jpeg_reading *reading) {
    if (setjmp(reading->failed) != 0) return;
    open_jpeg(reading);
    read_header(reading);
    read_rows(reading);
}

clenet_status picture_read_jpeg(clenet_picture *picture, picture_reading *file) {
    jpeg_reading reading = {.file = file};
    read_all(&reading);
    if (reading.status == CLENET_OK) reading.status = picture_boxes_finish(picture, &reading.boxes, file);
    jpeg_destroy_decompress(&reading.jpeg);
    picture_boxes_free(&reading.boxes);
    return reading.status;
}
