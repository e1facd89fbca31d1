/* picture.h - reads the grey pixels of a picture file, PNG or PGM.
 *
 * A large picture is reduced while its rows are read, so that it is never completely in memory. */
#ifndef CLENET_CMD_PREDICT_PICTURE_H
#define CLENET_CMD_PREDICT_PICTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "clenet/clenet.h"

enum { PICTURE_FIRST_BYTES = 16 }; /* enough to detect the format */

typedef enum picture_kind {
    PICTURE_NONE, /* not a picture, by its first bytes */
    PICTURE_PNG,
    PICTURE_PGM,
    PICTURE_FOREIGN /* a picture in a format that is not supported */
} picture_kind;

/* The kind of a file by its first count bytes. */
picture_kind picture_kind_of(const uint8_t *first, size_t count);

typedef struct picture {
    uint8_t *grey; /* [height][width], 0 black to 255 white; picture_free() it */
    int height, width;
} picture;

/* Reads the picture that begins at the file's position; name is for messages. On failure there is nothing to free. */
clenet_status picture_read(picture *p, FILE *file, const char *name, clenet_error *error);
void picture_free(picture *p);

#endif
