/* figure.h - draws images of a data set as a figure. */
#ifndef CLENET_CMD_SHOW_FIGURE_H
#define CLENET_CMD_SHOW_FIGURE_H

#include "clenet/clenet.h"

/* Checks in advance that the path has a supported extension, .svg, .png or .pdf, and is free or a file that may be replaced.
 * Returns OPTIONS_GO_ON, or the exit status after an error message. */
int show_figure_check(const char *path);

/* Draws these rows [count] of the data set, `columns` side by side, each with its label and its row, from 1; prints the result.
 * Returns the exit status. */
int show_figure(const char *path, const clenet_dataset *dataset, const char *data, const uint32_t *rows, size_t count,
                int columns);

#endif
