/* picture.h - the grey pixels of a picture file, PNG or PGM. A large picture is made smaller while its rows come in, so that it
 * never stands in memory as a whole. */
#ifndef CLENET_CMD_PREDICT_PICTURE_H
#define CLENET_CMD_PREDICT_PICTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "clenet/clenet.h"

enum { PICTURE_FIRST_BYTES = 16 }; /* tell what a file is */

typedef enum picture_kind {
    PICTURE_NONE, /* not a picture, as far as the first bytes tell */
    PICTURE_PNG,
    PICTURE_PGM,
    PICTURE_FOREIGN /* a picture of a kind that is not read here */
} picture_kind;

/* What a file is by the first bytes of it, of which count are there. */
picture_kind picture_kind_of(const uint8_t *first, size_t count);

typedef struct picture {
    uint8_t *grey; /* [height][width], 0 black to 255 white; picture_free() it */
    int height, width;
} picture;

/* Reads the picture that begins where the file stands; name is for messages. On failure nothing is there to be freed. */
clenet_status picture_read(picture *p, FILE *file, const char *name, clenet_error *error);
void picture_free(picture *p);

#endif
