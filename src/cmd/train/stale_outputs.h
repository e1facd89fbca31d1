/* stale_outputs.h - removes stale results of an earlier run from a folder.
 *
 * They must not look like results of this run. Files that no run writes stay. */
#ifndef CLENET_CMD_TRAIN_STALE_OUTPUTS_H
#define CLENET_CMD_TRAIN_STALE_OUTPUTS_H

#include "clenet/clenet.h"

/* Removes model, history, submission, figures and report from the folder. */
clenet_status stale_outputs_remove(const char *folder, clenet_error *error);

/* Removes the checkpoint, so that the earlier run cannot be resumed. */
clenet_status stale_outputs_remove_checkpoint(const char *folder, clenet_error *error);

/* Removes the networks of a run of several, starting at number `first`, each with its folder if that is empty then. */
clenet_status stale_outputs_remove_networks(const char *folder, int first, clenet_error *error);

#endif
