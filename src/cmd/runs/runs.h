/* runs.h - the two tables of clenet runs. */
#ifndef CLENET_CMD_RUNS_RUNS_H
#define CLENET_CMD_RUNS_RUNS_H

#include <stdbool.h>

/* Prints the runs in the folder, or as JSON. is_default: the user named no folder, so that a missing one is not an error. Returns an
 * exit status. */
int runs_list(const char *folder, bool is_default, bool json);

/* Prints what differs between two runs: each is a number within RUNS_FOLDER or a folder. Returns an exit status. */
int runs_diff(const char *a, const char *b, bool json);

#endif
