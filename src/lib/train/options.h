/* options.h - training options inside the library: checked, stored and compared. */
#ifndef CLENET_LIB_TRAIN_OPTIONS_H
#define CLENET_LIB_TRAIN_OPTIONS_H

#include <jansson.h>

#include "lib/base/status.h"

/* Copies the options of a program, or the defaults if given is NULL, and checks each field and what they must be together.
 * split_seed is then the seed of the split, also if the program has set none.
 * Error: CLENET_ERROR_ARGUMENT names the field, its range and the value. */
clenet_status training_options_take(clenet_training_options *options, const clenet_training_options *given,
                                    clenet_error *error);

/* The options as a JSON object, by field; NULL if out of memory. json_decref() it. */
json_t *training_options_write(const clenet_training_options *options);

/* Reads what training_options_write() gave. Gives NULL, or the name of the first field that is missing or wrong. */
const char *training_options_read(clenet_training_options *options, const json_t *object);

enum { TRAINING_DIFFERENCE = 256 };

/* Compares the options of a run with those with which it is resumed. Gives text: the first that differs and must not, as
 * "batch was 32, now 64"; or "". */
const char *training_options_differ(char text[TRAINING_DIFFERENCE], const clenet_training_options *then,
                                    const clenet_training_options *now);

#endif
