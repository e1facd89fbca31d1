/* draw.h - draw.html: a page to draw on, with the network in it.
 *
 * The network answers in the browser, while a person draws. All is in one file, which works offline. */
#ifndef CLENET_CMD_PAGE_DRAW_H
#define CLENET_CMD_PAGE_DRAW_H

#include <stdbool.h>

#include "clenet/clenet.h"

/* Returns true if the model is small enough for a page that a browser opens at once. */
bool page_draw_fits(const clenet_model *model);

/* Writes the page to the path, completely or not at all. Errors: CLENET_ERROR_ARGUMENT (page_draw_fits() is false), CLENET_ERROR_IO,
 * CLENET_ERROR_MEMORY. */
clenet_status page_draw_write(const char *path, const clenet_model *model, clenet_error *error);

#endif
