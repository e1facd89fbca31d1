/* page_pictures.c - see page_parts.h. */
#include "cmd/page/page_parts.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/page/html.h"

static const long BYTES_MOST = 16L << 20; /* telephones do not open larger pages; a figure has a few hundred KiB */

typedef struct picture {
    unsigned char *bytes;
    size_t size;
} picture;

static bool read_all(picture *read, const char *path) {
    FILE *file = fopen(path, "rbe");
    if (file == NULL) return false;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    *read = (picture){.size = size > 0 && size <= BYTES_MOST ? (size_t)size : 0};
    if (read->size > 0 && fseek(file, 0, SEEK_SET) == 0) read->bytes = malloc(read->size);
    bool whole = read->bytes != NULL && fread(read->bytes, 1, read->size, file) == read->size;
    (void)fclose(file);
    if (!whole) free(read->bytes);
    return whole;
}

static bool find(picture *read, const char *folder, const char *name, const char *ending) {
    size_t size = strlen(folder) + strlen(name) + strlen(ending) + 3;
    char *path = malloc(size);
    if (path == NULL) return false;
    (void)snprintf(path, size, "%s/%s.%s", folder, name, ending);
    bool found = read_all(read, path);
    free(path);
    return found;
}

bool page_picture(FILE *page, const char *folder, const char *name, const char *alt, const char *caption,
                  picture_size size) {
    static const char *const figures[] = {
        [PICTURE_PLAIN] = "figure", [PICTURE_LARGE] = "figure-large", [PICTURE_WIDE] = "figure-wide"};
    picture shown;
    const char *type = "image/svg+xml";
    if (!find(&shown, folder, name, "svg")) {
        type = "image/png";
        if (!find(&shown, folder, name, "png")) return false;
    }
    html_block(page, figures[size], alt);
    html_data(page, type, shown.bytes, shown.size);
    html_block(page, "figure-end", caption);
    free(shown.bytes);
    return true;
}
