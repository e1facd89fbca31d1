/* whole_file.h - writes a result that is complete under its name, or absent.
 *
 * It is written to a temporary file in the same folder, flushed, and renamed. */
#ifndef CLENET_LIB_BASE_WHOLE_FILE_H
#define CLENET_LIB_BASE_WHOLE_FILE_H

#include "clenet/clenet.h"

/* Writes the bytes to the path. A path that is not a regular file (a pipe, /dev/stdout) is written directly. On an error an
 * earlier file stays as it was, and no temporary file is left. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
clenet_status whole_file_write(const char *path, const void *bytes, size_t count, clenet_error *error);

/* Sets the process whose number is in the names of temporary files. A child that is killed with its parent may leave such a file;
 * the next process then recognises it. Default: this process. */
void whole_file_own(long process);

/* Removes the temporary file of this path that a killed process may have left. */
void whole_file_clean_up(const char *path, long process);

#endif
