/* picture.h - the pixels of a picture file, as clenet_picture_load() reads them. */
#ifndef CLENET_LIB_PICTURE_PICTURE_H
#define CLENET_LIB_PICTURE_PICTURE_H

#include <stdint.h>

#include "lib/base/status.h"

struct clenet_picture {
    uint8_t *pixels; /* [height][width][channels], 0 black to 255 white */
    int height, width, channels;
};

/* Scales the picture to image [height][width][channels]; its proportions are not kept. */
void picture_scale(uint8_t *image, const clenet_picture *picture, int height, int width);

#endif
