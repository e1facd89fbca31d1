/* page_pictures.h - the figures that a run has left in its folder, inlined in the page. */
#ifndef CLENET_CMD_PAGE_PAGE_PICTURES_H
#define CLENET_CMD_PAGE_PAGE_PICTURES_H

#include <stdbool.h>
#include <stdio.h>

/* How a figure stands on the page. On a telephone the last two scroll sideways: their letters would be too small. */
typedef enum picture_size { PICTURE_PLAIN, PICTURE_LARGE, PICTURE_WIDE } picture_size;

/* Writes the figure NAME.svg or NAME.png of the folder as <figure>, with what it shows for those who do not see it, and a caption.
 * False where there is none that can be read: nothing is written then.
 * PICTURE_WIDE: it may be broader than the text. */
bool page_picture(FILE *page, const char *folder, const char *name, const char *alt, const char *caption,
                  picture_size size);

#endif
