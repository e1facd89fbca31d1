/* output.h - a file that is whole under its final name, or absent: written beside it, flushed to the disk, renamed.
 * A failure at any point leaves what stood under the final name before, and nothing else. */
#ifndef CLENET_LIB_BASE_OUTPUT_H
#define CLENET_LIB_BASE_OUTPUT_H

#include <stddef.h>

#include "lib/base/status.h"

typedef struct output_file output_file;

clenet_status output_open(output_file **output, const char *path, clenet_error *error);

/* The same; a new file is for the user alone, whatever the umask says. */
clenet_status output_open_private(output_file **output, const char *path, clenet_error *error);

clenet_status output_write(output_file *output, const void *bytes, size_t count, clenet_error *error);
clenet_status output_commit(output_file *output, clenet_error *error); /* frees output, also on failure */
void output_abandon(output_file *output);                              /* removes the half file; takes NULL */

#endif
