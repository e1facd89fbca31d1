/* data_form.h - how data were read and how they look; kept in the model.
 *
 * Later data are read in the same way. */
#ifndef CLENET_LIB_DATA_DATA_FORM_H
#define CLENET_LIB_DATA_DATA_FORM_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/status.h"
#include "lib/data/look.h"

typedef struct data_form {
    char *label, *skip; /* the fields of clenet_load_options; NULL: not given. Owned */
    double scale;       /* 0: not given */
    bool invert, transpose;
    data_look look; /* of the training images */
    bool pictures;  /* from picture files, scaled as they are */
} data_form;

/* Copies what the options say; the looks are not known. Errors: CLENET_ERROR_MEMORY. */
clenet_status data_form_take(data_form *form, const clenet_load_options *options, clenet_error *error);
clenet_status data_form_copy(data_form *to, const data_form *from, clenet_error *error);
void data_form_free(data_form *form);

/* As a JSON object; NULL if out of memory. */
json_t *data_form_json(const data_form *form);

/* False if out of memory. A member that is missing, or has a wrong type, counts as not given. */
bool data_form_read(data_form *form, const json_t *object);

#endif
