/* early_stopping.c - see early_stopping.h. */
#include "lib/train/early_stopping.h"

static double monitored(const early_stopping *stopping, const clenet_epoch *epoch) {
    switch (stopping->monitor) {
    case CLENET_MONITOR_LOSS:
        return epoch->loss;
    case CLENET_MONITOR_VAL_ACCURACY:
        return epoch->val_accuracy;
    case CLENET_MONITOR_VAL_LOSS:
        return epoch->val_loss;
    case CLENET_MONITOR_ACCURACY:
        break;
    }
    return epoch->accuracy;
}

/* Accuracies improve upwards, losses downwards. An equal value is no improvement, and neither is NaN. */
static bool better(const early_stopping *stopping, double value) {
    if (!stopping->begun) return true;
    bool loss = stopping->monitor == CLENET_MONITOR_LOSS || stopping->monitor == CLENET_MONITOR_VAL_LOSS;
    return loss ? value < stopping->best : value > stopping->best;
}

bool early_stopping_after(early_stopping *stopping, const clenet_epoch *epoch) {
    double value = monitored(stopping, epoch);
    stopping->waited++;
    if (better(stopping, value)) {
        stopping->begun = true;
        stopping->best = value;
        stopping->waited = 0;
    }
    return early_stopping_said(stopping, epoch->epoch);
}

bool early_stopping_said(const early_stopping *stopping, int epoch) {
    return stopping->patience >= 0 && stopping->waited > 0 && stopping->waited >= stopping->patience && epoch > 1;
}
