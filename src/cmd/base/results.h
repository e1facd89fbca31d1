/* results.h - the output folder and files of commands.
 *
 * Each function prints its error, and returns an exit status. */
#ifndef CLENET_CMD_BASE_RESULTS_H
#define CLENET_CMD_BASE_RESULTS_H

#include "clenet/clenet.h"

/* Makes the folder and its parents if they do not exist, and checks that files can be made in it. */
int results_make_folder(const char *folder);

/* "folder/name"; the caller must free() it. NULL if out of memory. */
char *results_path(const char *folder, const char *name);

/* Checks that the path is free, or a file that may be replaced: so a folder with a result's name is an error before the work, not
 * after it. */
int results_check_path(const char *path);

/* Removes an earlier run's file at the path, if there is one. */
clenet_status results_remove(const char *path, clenet_error *error);

/* Removes incomplete files in the folder from processes that were killed. */
void results_sweep(const char *folder);

/* Predicts the class of every image, averaging over `copies` copies (src/cmd/base/tta.h), and writes the submission ("-": to
 * standard output). */
int results_predict(const clenet_model *model, const clenet_device *device, const clenet_dataset *dataset, int copies,
                    const char *path);

#endif
