/* early_stopping.h - Keras's EarlyStopping(monitor, patience, min_delta=0). */
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

/* Adds an epoch. Returns true if the run should stop after it. */
bool early_stopping_after(early_stopping *stopping, const clenet_epoch *epoch);

/* True if it returned true for that epoch, which must be the last one added. */
bool early_stopping_said(const early_stopping *stopping, int epoch);

#endif
