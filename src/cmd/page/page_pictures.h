/* page_pictures.h - inlines the run's figures in the page. */
#ifndef CLENET_CMD_PAGE_PAGE_PICTURES_H
#define CLENET_CMD_PAGE_PAGE_PICTURES_H

#include <stdbool.h>
#include <stdio.h>

/* How a figure is shown. On a telephone the last two scroll sideways, because their letters would be too small. */
typedef enum picture_size { PICTURE_PLAIN, PICTURE_LARGE, PICTURE_WIDE } picture_size;

/* Writes the figure NAME.svg or NAME.png of the folder as <figure>, with a description for screen readers, and a caption. Returns
 * false, and writes nothing, if no such file can be read. PICTURE_WIDE: it may be wider than the text. */
bool page_picture(FILE *page, const char *folder, const char *name, const char *alt, const char *caption,
                  picture_size size);

#endif
