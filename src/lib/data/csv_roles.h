/* csv_roles.h - which column of a CSV is a label, a pixel or neither. */
#ifndef CLENET_LIB_DATA_CSV_ROLES_H
#define CLENET_LIB_DATA_CSV_ROLES_H

#include "lib/data/csv_header.h"

typedef enum csv_role {
    CSV_PIXEL,
    CSV_LABEL,
    CSV_HOT,
    CSV_LEFT_OUT,
    CSV_NOTHING /* left out without a word */
} csv_role;

typedef struct csv_roles {
    csv_meaning *meaning;
    const csv_sample *sample;
    const char **names;  /* [count], or NULL */
    const char *unnamed; /* why names do not tell the label, for an error */
    size_t first_row;    /* of the sample: 1 if its first is the header */
    const csv_choice *choice;
    uint8_t *role; /* [count], of csv_role */
    size_t count;
    bool none;      /* there shall be no labels: what would be the label is left out */
    bool has_label; /* a column or one-hot columns are the label, or `none` */
    bool family;    /* names of pixels count: like this one */
    csv_name_parts like;
    size_t members; /* names that are */
    bool channels;  /* their names have channels */
} csv_roles;

/* Gives each column its role. Errors: CLENET_ERROR_FORMAT with meaning->why and column. */
clenet_status csv_roles_find(csv_roles *roles);

size_t csv_roles_pixels(const csv_roles *roles);

/* The side of `pixels` pixels of *channels channels; 0 if they make no square. */
size_t csv_image_side(size_t pixels, int *channels);

/* Sets meaning->why and column, and returns CLENET_ERROR_FORMAT. */
clenet_status csv_roles_fail(csv_roles *roles, size_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
