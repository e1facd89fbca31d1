/* svg.h - shortens the SVG that cairo writes. */
#ifndef CLENET_CMD_FIGURES_SVG_H
#define CLENET_CMD_FIGURES_SVG_H

#include <stddef.h>

/* Rounds every number to two decimals, a hundredth of a point, and removes properties with their initial values; in place.
 * Returns the new size, about half: a figure of digits has thousands of small boxes. */
size_t svg_shorten(char *svg, size_t size);

#endif
