/* whole_file.h - a result that is whole under its name, or absent: written beside it, flushed, renamed. */
#ifndef CLENET_LIB_BASE_WHOLE_FILE_H
#define CLENET_LIB_BASE_WHOLE_FILE_H

#include "clenet/clenet.h"

/* Writes the bytes under the path. What is there and is no regular file (a pipe, /dev/stdout) is written in place. On an error
 * what stood there before stays, and nothing is left beside it. Error: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
clenet_status whole_file_write(const char *path, const void *bytes, size_t count, clenet_error *error);

/* The process in whose name this one writes, from now on: a child that dies with its parent may leave half a file, which the parent's
 * successor knows by it. Default: this process. */
void whole_file_own(long process);

/* Removes what a process that was killed while it wrote the path may have left beside it. */
void whole_file_clean_up(const char *path, long process);

#endif
