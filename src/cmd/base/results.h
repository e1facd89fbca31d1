/* results.h - what the commands leave behind: a folder, and predictions. Each says why it failed, and gives
 * an exit status. */
#ifndef CLENET_CMD_BASE_RESULTS_H
#define CLENET_CMD_BASE_RESULTS_H

#include "clenet/clenet.h"

/* Makes the folder, and those above it, where they are not there yet; and sees that files can be made in it.
 */
int results_make_folder(const char *folder);

/* "folder/name", which is yours to free(); NULL where memory cannot be had. */
char *results_path(const char *folder, const char *name);

/* Sees that the path is free, or a file that may be replaced: a folder under a result's name is found before
 * the work, not after it. */
int results_check_path(const char *path);

/* Removes what an earlier run left under the path, if anything. */
clenet_status results_remove(const char *path, clenet_error *error);

/* Removes the half files that processes left in the folder which were killed while they wrote. */
void results_sweep(const char *folder);

/* Asks the model for the class of every image, averaging over so many copies of it (cli/tta.h), and writes the submission ("-": to
 * standard output). */
int results_predict(const clenet_model *model, const clenet_device *device, const clenet_dataset *dataset, int copies,
                    const char *path);

#endif
