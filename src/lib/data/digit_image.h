/* digit_image.h - brings the ink of one digit into the form of the training data. */
#ifndef CLENET_LIB_DATA_DIGIT_IMAGE_H
#define CLENET_LIB_DATA_DIGIT_IMAGE_H

#include <stdint.h>

#include "lib/data/ink.h"

/* Checks the sides of a picture. */
clenet_status digit_image_check_sides(int height, int width, clenet_error *error);

/* Scales the ink in the map's box and centres it. */
void digit_image_make(uint8_t *image /* [CLENET_PICTURE_SIDE][CLENET_PICTURE_SIDE] */, const ink_map *map);

#endif
