/* figure.h - images of a data set as a figure. */
#ifndef CLENET_CMD_SHOW_FIGURE_H
#define CLENET_CMD_SHOW_FIGURE_H

#include "clenet/clenet.h"

/* Sees, before the work, that the path says a format, .svg, .png or .pdf, and is free or a file that may be replaced. Gives
 * OPTIONS_GO_ON, or the exit status where it has said what is wrong. */
int show_figure_check(const char *path);

/* Draws these rows [count] of the data set, so many beside each other, each with its label and its row, from 1; and says so. Gives
 * the exit status. */
int show_figure(const char *path, const clenet_dataset *dataset, const char *data, const uint32_t *rows, size_t count,
                int columns);

#endif
