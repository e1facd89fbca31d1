/* heif.c - HEIC, as telephones make it, with libheif, which turns pictures upright.
 *
 * AVIF is not read: its decoders print messages about a damaged file. */
#include <libheif/heif.h>

#include "lib/base/memory.h"
#include "lib/base/on_demand.h"
#include "lib/picture/format.h"

#define SYMBOLS(S)                                \
    S(heif_context_alloc)                         \
    S(heif_context_free)                          \
    S(heif_context_get_primary_image_handle)      \
    S(heif_context_read_from_memory_without_copy) \
    S(heif_context_set_maximum_image_size_limit)  \
    S(heif_decode_image)                          \
    S(heif_image_get_chroma_format)               \
    S(heif_image_get_height)                      \
    S(heif_image_get_plane_readonly)              \
    S(heif_image_get_width)                       \
    S(heif_image_handle_get_height)               \
    S(heif_image_handle_get_width)                \
    S(heif_image_handle_has_alpha_channel)        \
    S(heif_image_handle_release)                  \
    S(heif_image_release)

static struct { SYMBOLS(ON_DEMAND_MEMBER) } lib;
static on_demand libheif = {CLENET_HEIF_FILE, "libheif-dev", &lib, ON_DEMAND_NAMES(SYMBOLS), false};

enum { SIDE_MOST = 16384, RGB = 3, RGBA = 4 };

/* The handles that are open while a file is read; NULL: not yet. */
typedef struct heif_reading {
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image *image;
} heif_reading;

static clenet_status fail(const picture_reading *reading, struct heif_error why) {
    const char *name = picture_format_of(reading->first, reading->first_count)->name;
    if (why.subcode == heif_suberror_End_of_data) return picture_fail_short(reading);
    if (why.code == heif_error_Memory_allocation_error && why.subcode != heif_suberror_Security_limit_exceeded)
        return picture_fail_memory(reading);
    if (why.code == heif_error_Unsupported_filetype || why.code == heif_error_Unsupported_feature) {
        return picture_fail(reading, CLENET_ERROR_FORMAT,
                            "libheif cannot read this %s (%s); install its decoder (Debian: libheif-plugin-libde265), "
                            "or convert it: heif-convert FILE FILE.png",
                            name, why.message);
    }
    return picture_fail(reading, CLENET_ERROR_FORMAT, "the %s is damaged (libheif: %s); fetch or copy it again", name,
                        why.message);
}

/* Opens the main picture of the file, and decodes it. */
static clenet_status decode(heif_reading *heif, const picture_reading *reading, const uint8_t *bytes, size_t count) {
    heif->context = lib.heif_context_alloc();
    if (heif->context == NULL) return picture_fail_memory(reading);
    lib.heif_context_set_maximum_image_size_limit(heif->context, SIDE_MOST);
    struct heif_error error = lib.heif_context_read_from_memory_without_copy(heif->context, bytes, count, NULL);
    if (error.code == heif_error_Ok) error = lib.heif_context_get_primary_image_handle(heif->context, &heif->handle);
    if (error.code != heif_error_Ok) return fail(reading, error);
    int height = lib.heif_image_handle_get_height(heif->handle), width = lib.heif_image_handle_get_width(heif->handle);
    clenet_status status =
        picture_check_whole(reading, height > 0 ? (uint64_t)height : 0, width > 0 ? (uint64_t)width : 0);
    if (status != CLENET_OK) return status;
    bool alpha = lib.heif_image_handle_has_alpha_channel(heif->handle) != 0;
    error = lib.heif_decode_image(heif->handle, &heif->image, heif_colorspace_RGB,
                                  alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, NULL);
    return error.code == heif_error_Ok ? CLENET_OK : fail(reading, error);
}

static clenet_status take_pixels(clenet_picture *picture, const heif_reading *heif, const picture_reading *reading) {
    int stride = 0, height = lib.heif_image_get_height(heif->image, heif_channel_interleaved),
        width = lib.heif_image_get_width(heif->image, heif_channel_interleaved);
    const uint8_t *pixels = lib.heif_image_get_plane_readonly(heif->image, heif_channel_interleaved, &stride);
    int samples = lib.heif_image_get_chroma_format(heif->image) == heif_chroma_interleaved_RGBA ? RGBA : RGB;
    if (pixels == NULL || height < 1 || width < 1 || stride < width * samples)
        return picture_fail(reading, CLENET_ERROR_FORMAT, "libheif gives no pixels for it; convert it to PNG");
    return picture_from_rows(picture, reading, height, width, pixels, (size_t)stride, samples);
}

clenet_status picture_read_heif(clenet_picture *picture, picture_reading *reading) {
    heif_reading heif = {0};
    char why[ON_DEMAND_WHY];
    uint8_t *bytes = NULL;
    size_t count = 0;
    if (!on_demand_load(&libheif, why)) return picture_fail(reading, CLENET_ERROR_FORMAT, "needs libheif, and %s", why);
    clenet_status status = picture_take_all(reading, &bytes, &count);
    if (status != CLENET_OK) return status;
    status = decode(&heif, reading, bytes, count);
    if (status == CLENET_OK) status = take_pixels(picture, &heif, reading);
    lib.heif_image_release(heif.image);
    lib.heif_image_handle_release(heif.handle);
    lib.heif_context_free(heif.context);
    memory_free(bytes);
    return status;
}
