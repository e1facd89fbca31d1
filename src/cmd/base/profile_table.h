/* profile_table.h - prints the table of --profile, and writes the trace. */
#ifndef CLENET_CMD_BASE_PROFILE_TABLE_H
#define CLENET_CMD_BASE_PROFILE_TABLE_H

#include <stdio.h>

#include "clenet/clenet.h"

/* Prints the table, slowest first, and writes the trace if path is not "". Frees the profile. If it is NULL, nothing is done.
 * Returns status, or EXIT_FAILED after an error message. */
int profile_table_finish(clenet_profile *profile, const char *path, FILE *to, int status);

#endif
