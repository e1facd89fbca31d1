/* output.h - writes a file that is complete under its name, or absent.
 *
 * It is written to a temporary file in the same folder, flushed to the disk, and renamed. A failure at any point leaves the
 * earlier file unchanged, and no other file. */
#ifndef CLENET_LIB_BASE_OUTPUT_H
#define CLENET_LIB_BASE_OUTPUT_H

#include <stddef.h>

#include "lib/base/status.h"

typedef struct output_file output_file;

clenet_status output_open(output_file **output, const char *path, clenet_error *error);

/* The same; a new file is readable and writable by the user alone, whatever the umask. */
clenet_status output_open_private(output_file **output, const char *path, clenet_error *error);

clenet_status output_write(output_file *output, const void *bytes, size_t count, clenet_error *error);
clenet_status output_commit(output_file *output, clenet_error *error); /* frees output, also on failure */
void output_abandon(output_file *output);                              /* removes the temporary file; takes NULL */

/* Writes a result of the command to the path: the bytes at once, and without a remedy in the message. A path that is not a regular
 * file (a pipe, /dev/stdout) is written directly. Errors: CLENET_ERROR_IO. */
clenet_status output_write_whole(const char *path, const void *bytes, size_t count, clenet_error *error);

/* Sets the process whose number is in the names of output_write_whole's temporary files. A child that is killed with its parent may
 * leave such a file; the next process then recognises it. Default: this process. */
void output_own(long process);

/* Removes the temporary file of this path that a killed process may have left. */
void output_clean_up(const char *path, long process);

#endif
