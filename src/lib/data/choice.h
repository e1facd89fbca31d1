/* choice.h - chooses the members of an archive that have the images and labels.
 *
 * It goes by the names of the members. */
#ifndef CLENET_LIB_DATA_CHOICE_H
#define CLENET_LIB_DATA_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/status.h"

#define CHOICE_NONE SIZE_MAX

typedef struct choice {
    size_t images, labels; /* members; labels: CHOICE_NONE if the images' file has them, or if there are none */
} choice;

/* members [count]: paths in the archive `name`. wanted: the path, the name, or the name without its extension of the member to take;
 * NULL: the only one with data, or the only one whose name has the part that is asked for in it. An error names what may be meant. */
clenet_status choice_make(choice *chosen, const char *const *members, size_t count, const char *name, clenet_part asked,
                          const char *wanted, clenet_error *error);

#endif
