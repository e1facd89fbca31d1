/* picture_png_none.c - a build without libpng: every PNG is an error. */
#include "cmd/predict/picture_reading.h"

clenet_status picture_read_png(picture *p, FILE *file, const char *name, clenet_error *error) {
    (void)p, (void)file;
    return picture_fail(
        error, CLENET_ERROR_FORMAT, name,
        "is a PNG, and this clenet was built without libpng (Debian: libpng-dev); install it and build again, "
        "or convert the picture to PGM");
}
