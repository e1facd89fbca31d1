/* picture_name.c - see picture_name.h. */
#include "lib/base/picture_name.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool picture_name_ends(const char *path) {
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif", ".bmp",
                                          ".ppm", ".pgm", ".pbm",  ".pnm",  ".gif",  ".tif",  ".tiff"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++) {
        if (strcasecmp(dot, endings[i]) == 0) return true;
    }
    return false;
}
