/* page_pictures.c - see page_parts.h. A figure becomes an element of the page, so that its text can be searched and translated. */
#include <stdlib.h>
#include <string.h>

#include "cmd/figures/canvas.h"
#include "cmd/page/html.h"
#include "cmd/page/page_parts.h"

static const long BYTES_MOST =
    4L << 20; /* telephones do not open larger pages; a figure has a few KiB, that of filters a hundred */

/* The text of a file, with a zero behind; NULL if it cannot be read. */
static char *read_text(const char *path, size_t *size) {
    char *text = NULL;
    FILE *file = fopen(path, "rbe");
    if (file == NULL) return NULL;
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    *size = length > 0 && length <= BYTES_MOST ? (size_t)length : 0;
    if (*size > 0 && fseek(file, 0, SEEK_SET) == 0) text = malloc(*size + 1);
    bool whole = text != NULL && fread(text, 1, *size, file) == *size;
    (void)fclose(file);
    if (whole) {
        text[*size] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

static char *find(const char *folder, const char *name, size_t *length) {
    size_t size = strlen(folder) + strlen(name) + sizeof "/.svg";
    char *path = malloc(size);
    if (path == NULL) return NULL;
    (void)snprintf(path, size, "%s/%s.svg", folder, name);
    char *text = read_text(path, length);
    free(path);
    return text;
}

/* Whether the letters are large enough at the width of a telephone. svg: the attributes of the element. */
static bool is_narrow(const char *svg) {
    enum { NARROW = 450 }; /* the letters of such a figure have 13.8 pixels or more: 11 in 360 pixels */
    static const char width[] = "width=\"";
    const char *at = strstr(svg, width);
    return at != NULL && strtod(at + sizeof width - 1, NULL) <= NARROW;
}

bool page_picture(FILE *page, const char *folder, const char *name, const char *alt, const char *caption,
                  picture_size size) {
    static const char tag[] = "<svg ", xmlns[] = "xmlns=\"http://www.w3.org/2000/svg\" "; /* which HTML does not need */
    size_t length;
    char *svg = find(folder, name, &length);
    char *root = svg != NULL ? strstr(svg, tag) : NULL;
    if (root != NULL) {
        length = svg_for_page(svg, length);
        root += sizeof tag - 1;
        if (strncmp(root, xmlns, sizeof xmlns - 1) == 0) root += sizeof xmlns - 1;
        html_block(page, "figure", size == PICTURE_WIDE ? "wide" : is_narrow(root) ? "narrow" : "broad", caption, alt);
        (void)fwrite(root, 1, length - (size_t)(root - svg), page);
        html_block(page, "figure-end", caption);
    }
    free(svg);
    return root != NULL;
}
