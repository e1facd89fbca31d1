/* ink.h - which pixels of a grey picture are a digit's ink, whether it is dark on light or light on dark. */
#ifndef CLENET_LIB_DATA_INK_H
#define CLENET_LIB_DATA_INK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

typedef struct ink_map {
    uint8_t *ink; /* [height][width], 0 (background) to 255 (ink); specks are taken away */
    size_t height, width;
    size_t top, bottom, left, right; /* the box round the ink; bottom and right are behind it */
    double stroke;                   /* about how wide the strokes are, pixels */
} ink_map;

/* Finds the ink. A picture without any is CLENET_ERROR_FORMAT. ink_free() the map. */
clenet_status ink_find(ink_map *map, const uint8_t *grey /* [height][width] */, size_t height, size_t width,
                       clenet_error *error);
void ink_free(ink_map *map);

#endif
