/* profile_table.h - what --profile prints. */
#ifndef CLENET_CMD_BASE_PROFILE_TABLE_H
#define CLENET_CMD_BASE_PROFILE_TABLE_H

#include <stdio.h>

#include "clenet/clenet.h"

/* Prints the table, the longest first, and writes the trace where path is not "". Takes the profile, which may be NULL: then
 * nothing is done. Gives the exit status so far, or EXIT_FAILED, which it has explained. */
int profile_table_finish(clenet_profile *profile, const char *path, FILE *to, int status);

#endif
