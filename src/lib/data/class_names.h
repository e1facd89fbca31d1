/* class_names.h - the names of classes. */
#ifndef CLENET_LIB_DATA_CLASS_NAMES_H
#define CLENET_LIB_DATA_CLASS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Copies `count` names into one block; names NULL: "0", "1" ... NULL if out of memory. memory_free() it. */
char **class_names_new(const char *const *names, size_t count);

/* Whether they are "0", "1" ..., as in a model without names of classes. */
int class_names_are_numbers(const char *const *names, size_t count);

/* True if the name is not empty and has no control characters, which a terminal would obey. */
bool class_name_is_printable(const char *name);

#endif
