/* remains.h - what an earlier run left in a folder, which must not pass for what this one comes to. Files that no run writes stay. */
#ifndef CLENET_CMD_TRAIN_REMAINS_H
#define CLENET_CMD_TRAIN_REMAINS_H

#include "clenet/clenet.h"

/* Removes model, history, submission, figures and report from the folder. */
clenet_status train_remains_remove(const char *folder, clenet_error *error);

/* Removes the checkpoint, from which the folder's earlier run could be taken up. */
clenet_status train_remains_checkpoint(const char *folder, clenet_error *error);

/* Removes the networks of a run of several, from number `first` on, each with its folder where nothing else is in it. */
clenet_status train_remains_networks(const char *folder, int first, clenet_error *error);

#endif
