/* export.h - what an export holds: one file, and for some formats a second one. */
#ifndef CLENET_LIB_EXPORT_EXPORT_H
#define CLENET_LIB_EXPORT_EXPORT_H

#include "lib/base/status.h"

struct clenet_export {
    char *bytes; /* [count], then a zero, so that a text ends; owned */
    size_t count;
    char *second;      /* a text in addition, such as a header of C; NULL if the format has one file; owned */
    char *second_name; /* its file name, without a folder; NULL: clenet_export_save() does not write it; owned */
    clenet_export_costs costs;
    clenet_export_check check;
    clenet_export_change *changes; /* [check.changed]; NULL: none; owned */
};

/* Makes an export of the bytes [count] of memory_new(), with room for a zero after them. They are the export's from now on: if this
 * fails, they are freed. NULL: out of memory. */
clenet_status export_new(clenet_export **exported, char *bytes, size_t count, clenet_error *error);

/* Gives the export a second text of memory_new(), which is the export's from now on, also if this fails. NULL: out of memory. The
 * name (NULL: none) is copied. */
clenet_status export_set_second(clenet_export *exported, char *second, const char *name, clenet_error *error);

/* The options given (NULL: the defaults) over the defaults. Errors: CLENET_ERROR_ARGUMENT. */
clenet_status export_options_take(clenet_export_options *taken, const clenet_export_options *given,
                                  clenet_error *error);

#endif
