/* rulings.h - removes rulings, squares and drawn boxes from the ink of a picture.
 *
 * A digit's strokes stay, even if a line crosses them. */
#ifndef CLENET_LIB_DATA_RULINGS_H
#define CLENET_LIB_DATA_RULINGS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

/* Sets the ink of lines to 0, and *lines to their number. */
clenet_status rulings_remove(size_t *lines, uint8_t *ink /* [height][width] */, size_t height, size_t width,
                             clenet_error *error);

#endif
