/* run_number.h - the folder of numbered runs, and their names.
 *
 * clenet train without --out writes into runs/1, runs/2, ...; clenet runs lists them. */
#ifndef CLENET_CMD_BASE_RUN_NUMBER_H
#define CLENET_CMD_BASE_RUN_NUMBER_H

#define RUNS_FOLDER "runs"

enum { RUN_NUMBER_MOST = 999999999 };

/* The number in the name of a folder: 12 for "12". 0 if the name is not such a number: "012", "latest", "1a". */
int run_number(const char *name);

#endif
