/* models.h - clenet train --models and --folds: several networks.
 *
 * Each is a run in a separate subfolder; together they are an ensemble, and a cross-validation. */
#ifndef CLENET_CMD_TRAIN_MODELS_H
#define CLENET_CMD_TRAIN_MODELS_H

#include "cmd/train/run.h"

/* run: its arguments, its inputs, which are loaded, and the run to resume, if any, with its network. Returns an exit status; if it
 * is not EXIT_DONE, an error was printed. */
int train_models(train_run *run);

#endif
