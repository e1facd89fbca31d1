/* svg.h - SVG as cairo writes it, in fewer bytes. */
#ifndef CLENET_CMD_FIGURES_SVG_H
#define CLENET_CMD_FIGURES_SVG_H

#include <stddef.h>

/* Rounds every number to two decimals, a hundredth of a point, and drops properties that say what holds anyway; in place. Gives
 * the new size, about half: a figure of digits is thousands of small boxes. */
size_t svg_shorten(char *svg, size_t size);

#endif
