/* early_stopping.h - Keras's EarlyStopping(monitor, patience, min_delta=0): ends a run that has ceased to learn. */
#ifndef CLENET_LIB_TRAIN_EARLY_STOPPING_H
#define CLENET_LIB_TRAIN_EARLY_STOPPING_H

#include "lib/base/status.h"

typedef struct early_stopping {
    clenet_monitor monitor;
    int patience; /* -1: never stops */
    double best;
    int waited; /* epochs since the best */
    bool begun; /* best is set */
} early_stopping;

/* Takes note of an epoch; says whether the run should stop after it. */
bool early_stopping_after(early_stopping *stopping, const clenet_epoch *epoch);

/* Whether it said so after that epoch, the last that it took note of. */
bool early_stopping_said(const early_stopping *stopping, int epoch);

#endif
