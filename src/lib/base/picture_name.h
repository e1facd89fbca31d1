/* picture_name.h - whether a file is named as a picture. */
#ifndef CLENET_LIB_BASE_PICTURE_NAME_H
#define CLENET_LIB_BASE_PICTURE_NAME_H

#include <stdbool.h>

/* True if the name ends as those of pictures do (.png, .jpg ...), in capitals or not. */
bool picture_name_ends(const char *path);

#endif
