/* progress.h - what a person sees while a network learns. On a terminal a bar on standard error moves within
 * the epoch and is replaced by a line that stays; in a pipe or a file there are only the lines. Plain
 * characters where the locale is not UTF-8, no colour. */
#ifndef CLENET_CMD_TRAIN_PROGRESS_H
#define CLENET_CMD_TRAIN_PROGRESS_H

#include "clenet/clenet.h"

enum { PROGRESS_LINE_SIZE = 512 }; /* bytes: wider terminals get no wider bar */

typedef struct progress_view {
    bool quiet;         /* nothing is shown */
    bool terminal;      /* standard error is a terminal that can go back to the start of a line */
    bool utf8;          /* which shows more than ASCII */
    int drawn;          /* columns of the bar that stands there now; 0: none */
    size_t taken_up;    /* images of the first epoch that an earlier process trained on */
    int epochs_done;    /* by this process, from their first image on */
    double epochs_took; /* seconds, in all */
} progress_view;

progress_view progress_begin(bool quiet);

/* Draws the bar over the one before. */
void progress_draw(progress_view *progress, const clenet_progress *state);

/* Takes the bar away, so that a line can be said. */
void progress_clear(progress_view *progress);

/* Replaces the bar by the epoch's line:
 * "epoch  3/50  0.42 s  accuracy 0.9751  loss 0.0812  val_accuracy 0.9801  val_loss 0.0701  *", * where it is
 * kept. On a terminal that is too narrow it has less. */
void progress_epoch(progress_view *progress, const clenet_epoch *epoch);

/* What is to be said at once to a person who presses Ctrl-C, below the bar; NULL where nothing is shown. */
const char *progress_answer(const progress_view *progress);

/* The bar for a terminal of so many columns, one column left free; parts that do not fit are left out:
 * "epoch  3/50 [=====>    ]  52%  loss 0.0812  accuracy 0.9751  91,234/s  18 s left". The time is that until the last epoch is
 * done, if none stops the run early; images a second are those of this epoch. Gives its columns. */
int progress_bar(char line[PROGRESS_LINE_SIZE], const progress_view *progress, int columns,
                 const clenet_progress *state);

/* The line that stays, without what does not fit into so many columns; gives its length. */
int progress_line(char line[PROGRESS_LINE_SIZE], int columns, const clenet_epoch *epoch);

#endif
