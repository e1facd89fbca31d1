/* format.h - which picture format a file has, by its first bytes. */
#ifndef CLENET_LIB_PICTURE_FORMAT_H
#define CLENET_LIB_PICTURE_FORMAT_H

#include "lib/picture/reading.h"

typedef struct picture_format {
    const char *article;  /* "a" or "an" */
    const char *name;     /* "PNG" */
    picture_reader *read; /* NULL: this build does not read it */
    const char *library;  /* "libpng (Debian: libpng-dev)", which would read it; NULL: it is never read */
    const char *command;  /* that converts it: "convert" takes FROM and TO; see picture_format_refuse() */
} picture_format;

/* The format of a file that begins with these bytes; NULL if it is no picture that is known. */
const picture_format *picture_format_of(const uint8_t *first, size_t count);

/* The error for a file that is not read, by its first bytes. */
clenet_status picture_format_refuse(const picture_reading *reading);

#endif
