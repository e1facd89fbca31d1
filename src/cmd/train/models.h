/* models.h - clenet train --models and --folds: several networks, each a run of its own in a folder of its own, and what they
 * come to together. */
#ifndef CLENET_CMD_TRAIN_MODELS_H
#define CLENET_CMD_TRAIN_MODELS_H

#include "cmd/train/run.h"

/* run: its arguments, its inputs, not loaded yet, and the run that is taken up, if any, with its network. Gives an exit status, and
 * has said why where it is not EXIT_DONE. */
int train_models(train_run *run);

#endif
