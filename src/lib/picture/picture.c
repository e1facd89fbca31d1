/* picture.c - opens a picture file and calls the reader of its format. */
#include "lib/picture/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/picture/format.h"

size_t picture_take(picture_reading *reading, void *bytes, size_t count) {
    size_t left = reading->first_count - reading->first_taken, early = left < count ? left : count;
    memcpy(bytes, reading->first + reading->first_taken, early);
    reading->first_taken += early;
    if (early == count) return count;
    return early + fread((uint8_t *)bytes + early, 1, count - early, reading->file);
}

int picture_take_byte(picture_reading *reading) {
    if (reading->first_taken < reading->first_count) return reading->first[reading->first_taken++];
    return getc(reading->file);
}

void picture_fill_error(const picture_reading *reading, clenet_status status, const char *format, ...) {
    char what[sizeof reading->error->message];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(what, sizeof what, format, values);
    va_end(values);
    error_fill(reading->error, status, "%.400s: %.600s", reading->name, what);
}

clenet_status picture_fail_short(const picture_reading *reading) {
    if (ferror(reading->file)) {
        return picture_fail(reading, CLENET_ERROR_IO, "cannot be read: %s; check the disk, or copy it again",
                            strerror(errno));
    }
    return picture_fail(reading, CLENET_ERROR_FORMAT, "the picture is cut off; fetch or copy it again");
}

clenet_status picture_fail_memory(const picture_reading *reading) {
    return picture_fail(reading, CLENET_ERROR_MEMORY, "out of memory (the picture)");
}

static clenet_status open_file(picture_reading *reading, const char *path) {
    int file =
        strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat found;
    if (file < 0 || fstat(file, &found) != 0) {
        int reason = errno;
        if (file >= 0) (void)close(file);
        return picture_fail(reading, CLENET_ERROR_IO, "cannot be opened: %s; check its name and its rights",
                            strerror(reason));
    }
    if (S_ISDIR(found.st_mode)) {
        (void)close(file);
        return picture_fail(reading, CLENET_ERROR_IO, "is a folder, not a picture; name a file in it");
    }
    reading->file = fdopen(file, "rb");
    if (reading->file != NULL) return CLENET_OK;
    (void)close(file);
    return picture_fail_memory(reading);
}

static clenet_status read_file(clenet_picture *picture, picture_reading *reading) {
    errno = 0;
    reading->first_count = fread(reading->first, 1, sizeof reading->first, reading->file);
    if (ferror(reading->file)) return picture_fail_short(reading);
    const picture_format *format = picture_format_of(reading->first, reading->first_count);
    if (format == NULL || format->read == NULL) return picture_format_refuse(reading);
    clenet_status status = format->read(picture, reading);
    if (status == CLENET_OK) status = picture_turn(picture, reading->orientation, reading);
    return status;
}

clenet_status clenet_picture_load(clenet_picture **picture, const char *path, int channels, clenet_error *error) {
    enum { GREY = 1, RGB = 3 };
    REQUIRE(picture, error);
    REQUIRE(path, error);
    if (channels != GREY && channels != RGB) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "a picture cannot be read with %d channels: give 1 (grey) or 3 (colour)", channels);
    }
    picture_reading reading = {.name = strcmp(path, "-") == 0 ? "<stdin>" : path,
                               .channels = channels,
                               .orientation = PICTURE_UPRIGHT,
                               .error = error};
    clenet_picture *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return picture_fail_memory(&reading);
    clenet_status status = open_file(&reading, path);
    if (status == CLENET_OK) {
        status = read_file(fresh, &reading);
        (void)fclose(reading.file); /* it was only read */
    }
    if (status != CLENET_OK) {
        clenet_picture_free(fresh);
        return status;
    }
    *picture = fresh;
    return CLENET_OK;
}

void clenet_picture_free(clenet_picture *picture) {
    if (picture == NULL) return;
    memory_free(picture->pixels);
    memory_free(picture);
}

int clenet_picture_height(const clenet_picture *picture) {
    return picture != NULL ? picture->height : 0;
}

int clenet_picture_width(const clenet_picture *picture) {
    return picture != NULL ? picture->width : 0;
}

int clenet_picture_channels(const clenet_picture *picture) {
    return picture != NULL ? picture->channels : 0;
}

const uint8_t *clenet_picture_pixels(const clenet_picture *picture) {
    return picture != NULL ? picture->pixels : NULL;
}

const char *clenet_picture_format(const uint8_t *bytes, size_t count) {
    const picture_format *format = bytes != NULL ? picture_format_of(bytes, count) : NULL;
    return format != NULL ? format->name : NULL;
}
