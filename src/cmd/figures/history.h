/* history.h - the epochs of a run, for figures.
 *
 * They come from a history.csv, or are added as they end. */
#ifndef CLENET_CMD_FIGURES_HISTORY_H
#define CLENET_CMD_FIGURES_HISTORY_H

#include "clenet/clenet.h"

typedef struct history {
    char *name;           /* of the run, for a legend with several; NULL: none */
    clenet_epoch *epochs; /* [count], in order; NaN if a value is missing */
    double *rates;        /* [count]: learning rates; NaN if not known */
    size_t count, room;
    int kept;           /* the epoch whose weights were kept; 0: not known */
    bool best_only;     /* kept is only the best epoch: the weights that were kept may be of another one */
    bool stopped_early; /* early stopping ended the run after the last epoch */
} history;

/* Reads a file of clenet_history_append. Cells of validation may be empty; accuracies and losses may be nan or inf, as in a run that
 * diverged. Further columns may follow: learning_rate is read, others are ignored. kept is the first epoch with the best
 * validation accuracy; 0 without validation. Call history_free also after an error. Errors: CLENET_ERROR_IO, CLENET_ERROR_FORMAT
 * ("FILE:LINE: what"), CLENET_ERROR_MEMORY. */
clenet_status history_read(history *run, const char *path, clenet_error *error);

bool history_add(history *run, const clenet_epoch *epoch); /* false: out of memory, and nothing was added */
void history_free(history *run);

#endif
