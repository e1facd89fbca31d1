/* progress.h - what a person sees while a network learns. On a terminal a bar on standard error moves within
 * the epoch and is replaced by a line that stays; in a pipe or a file there are only the lines. Plain
 * characters, no colour. */
#ifndef CLENET_CLI_PROGRESS_H
#define CLENET_CLI_PROGRESS_H

#include "clenet/clenet.h"

enum { PROGRESS_LINE_SIZE = 512 }; /* bytes: wider terminals get no wider bar */

typedef struct progress_view {
    bool quiet;    /* nothing is shown */
    bool terminal; /* standard error is a terminal that can go back to the start of a line */
    int drawn;     /* columns of the bar that stands there now; 0: none */
} progress_view;

progress_view progress_begin(bool quiet);

/* Draws the bar over the one before. */
void progress_draw(progress_view *progress, const clenet_progress *state);

/* Takes the bar away, so that a line can be said. */
void progress_clear(progress_view *progress);

/* Replaces the bar by the epoch's line:
 * "epoch 3/50  0.42 s  accuracy 0.9751  loss 0.0812  val_accuracy 0.9801  val_loss 0.0701  *", * where it is
 * kept. */
void progress_epoch(progress_view *progress, const clenet_epoch *epoch);

/* The bar for a terminal of so many columns, one column left free; parts that do not fit are left out:
 * "epoch 3/50 [=====>    ] 52%  loss 0.0812  accuracy 0.9751  1.20 s left". Gives its length. */
int progress_bar(char line[PROGRESS_LINE_SIZE], int columns, const clenet_progress *state);

#endif
