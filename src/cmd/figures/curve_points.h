/* curve_points.h - the epochs that a line needs, if there are more than a figure can show. */
#ifndef CLENET_CMD_FIGURES_CURVE_POINTS_H
#define CLENET_CMD_FIGURES_CURVE_POINTS_H

#include <stddef.h>

/* Picks at most `most` (3 or more) of the values [count] for a line that looks as the line of all: of each group of neighbours the
 * lowest and the highest, and the first and the last value; so every peak is there. A group without finite values gives one of them,
 * which is a gap. Writes their indices in order to picked [most], and returns the number. */
size_t curve_points_pick(size_t *picked, size_t most, const double *values, size_t count);

#endif
