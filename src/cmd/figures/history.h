/* history.h - the epochs of a run, as they are drawn; from a history.csv, or as they end. */
#ifndef CLENET_CMD_FIGURES_HISTORY_H
#define CLENET_CMD_FIGURES_HISTORY_H

#include "clenet/clenet.h"

typedef struct history {
    char *name;           /* of the run, for a legend with several; NULL: none */
    clenet_epoch *epochs; /* [count], in order; NaN where a figure is missing */
    size_t count, room;
    int kept;           /* the epoch whose weights were kept; 0: not known */
    bool stopped_early; /* the last epoch is where early stopping ended the run */
} history;

/* Reads what clenet_history_append wrote; cells of validation may be empty. kept is the epoch of the best validation accuracy, the
 * first of several; 0 without validation. Free with history_free also after an error.
 * Errors: CLENET_ERROR_IO, CLENET_ERROR_FORMAT ("FILE:LINE: what"), CLENET_ERROR_MEMORY. */
clenet_status history_read(history *run, const char *path, clenet_error *error);

bool history_add(history *run, const clenet_epoch *epoch); /* false: memory is short, and nothing is added */
void history_free(history *run);

#endif
