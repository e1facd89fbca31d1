/* webp.c - WebP with libwebp, which reduces a large picture while it decodes. */
#include <string.h>
#include <webp/decode.h>

#include "lib/base/memory.h"
#include "lib/picture/reading.h"

enum { RIFF_HEADER_BYTES = 12, CHUNK_HEADER_BYTES = 8, RGBA = 4 };

static clenet_status fail(const picture_reading *reading, VP8StatusCode code) {
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return picture_fail_memory(reading);
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return picture_fail_short(reading);
    default:
        return picture_fail(reading, CLENET_ERROR_FORMAT,
                            "the WebP is damaged (libwebp's error %d); fetch or copy it again", (int)code);
    }
}

static size_t chunk_size(const uint8_t *bytes) {
    return bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
}

/* The file is a list of chunks: a name of 4 letters, the size, and the content, filled up to an even number of bytes. */
static int orientation_of(const uint8_t *bytes, size_t count) {
    static const char prefix[] = "Exif\0"; /* and one more 0, as sizeof counts: some programs write it */
    for (size_t at = RIFF_HEADER_BYTES; count - at >= CHUNK_HEADER_BYTES;) {
        const uint8_t *chunk = bytes + at + CHUNK_HEADER_BYTES;
        size_t size = chunk_size(chunk - 4), left = count - at - CHUNK_HEADER_BYTES;
        if (size > left) break;
        if (memcmp(bytes + at, "EXIF", 4) == 0) {
            bool prefixed = size >= sizeof prefix && memcmp(chunk, prefix, sizeof prefix) == 0;
            size_t skip = prefixed ? sizeof prefix : 0;
            return picture_exif_orientation(chunk + skip, size - skip);
        }
        size += size % 2;
        if (size > left) break;
        at += CHUNK_HEADER_BYTES + size;
    }
    return PICTURE_UPRIGHT;
}

static clenet_status check(const picture_reading *reading, const WebPBitstreamFeatures *found) {
    clenet_status status = picture_check_size(reading, (uint64_t)found->height, (uint64_t)found->width);
    if (status != CLENET_OK) return status;
    if (found->has_animation) {
        return picture_fail(reading, CLENET_ERROR_FORMAT,
                            "is an animation; take one picture of it: webpmux -get frame 1 FILE.webp -o FRAME.webp");
    }
    return picture_check_whole(reading, (uint64_t)found->height, (uint64_t)found->width);
}

/* A large picture is made no smaller than the boxes would make it. */
static void choose_scale(WebPDecoderConfig *config) {
    int height = config->input.height, width = config->input.width, longest = height > width ? height : width;
    int factor = (longest + PICTURE_SIDE_MOST - 1) / PICTURE_SIDE_MOST;
    config->output.colorspace = MODE_RGBA;
    config->options.use_scaling = factor > 1;
    config->options.scaled_height = (height + factor - 1) / factor;
    config->options.scaled_width = (width + factor - 1) / factor;
}

static clenet_status decode(clenet_picture *picture, const picture_reading *reading, const uint8_t *bytes,
                            size_t count) {
    WebPDecoderConfig config;
    if (WebPInitDecoderConfig(&config) == 0) return fail(reading, VP8_STATUS_INVALID_PARAM);
    VP8StatusCode code = WebPGetFeatures(bytes, count, &config.input);
    if (code != VP8_STATUS_OK) return fail(reading, code);
    clenet_status status = check(reading, &config.input);
    if (status != CLENET_OK) return status;
    choose_scale(&config);
    code = WebPDecode(bytes, count, &config);
    if (code == VP8_STATUS_OK) {
        const WebPRGBABuffer *rgba = &config.output.u.RGBA;
        status = picture_from_rows(picture, reading, config.output.height, config.output.width, rgba->rgba,
                                   (size_t)rgba->stride, RGBA);
    } else {
        status = fail(reading, code);
    }
    WebPFreeDecBuffer(&config.output);
    return status;
}

clenet_status picture_read_webp(clenet_picture *picture, picture_reading *reading) {
    uint8_t *bytes = NULL;
    size_t count = 0;
    clenet_status status = picture_take_all(reading, &bytes, &count);
    if (status != CLENET_OK) return status;
    reading->orientation = orientation_of(bytes, count);
    status = decode(picture, reading, bytes, count);
    memory_free(bytes);
    return status;
}
