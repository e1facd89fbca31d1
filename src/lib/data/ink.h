/* ink.h - finds the pixels of a grey picture that are a digit's ink.
 *
 * The digit may be dark on light or light on dark. */
#ifndef CLENET_LIB_DATA_INK_H
#define CLENET_LIB_DATA_INK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

typedef struct ink_map {
    uint8_t *ink; /* [height][width], 0 (background) to 255 (ink); specks are removed */
    size_t height, width;
    size_t top, bottom, left, right; /* the box around the ink; bottom and right are one past it */
    double stroke;                   /* approximate width of the strokes, pixels */
    size_t lines;                    /* rulings and sides of boxes that were removed */
    double contrast;                 /* grey levels between paper and ink */
    double grain;                    /* standard deviation of the paper's grain, grey levels, after smoothing */
} ink_map;

/* Finds the ink. A picture without ink is CLENET_ERROR_FORMAT. ink_free() the map. */
clenet_status ink_find(ink_map *map, const uint8_t *grey /* [height][width] */, size_t height, size_t width,
                       clenet_error *error);
void ink_free(ink_map *map);

/* Sets the box around the ink, with the grey edge of strokes, as in MNIST's boxes. */
void ink_find_box(ink_map *map);

#endif
