/* progress.h - shows the progress of training.
 *
 * On a terminal, a bar on standard error moves during the epoch, and a permanent line replaces it; in a pipe or a file there are
 * only the lines. The cursor waits at the start of the bar: if the terminal becomes narrower and wraps the bar, all of its rows
 * are after the cursor, and can be erased. Colour only adds to the text (terminal.h); plain characters if the locale is not UTF-8. */
#ifndef CLENET_CMD_TRAIN_PROGRESS_H
#define CLENET_CMD_TRAIN_PROGRESS_H

#include "clenet/clenet.h"

enum { PROGRESS_LINE_SIZE = 512 }; /* bytes: the bar does not become wider on wider terminals */

typedef struct progress_view {
    bool quiet;            /* nothing is shown */
    bool terminal;         /* standard error is a terminal that can return to the start of a line */
    bool utf8;             /* which can show more than ASCII */
    bool colour;           /* and colours */
    bool drawn;            /* there is a bar */
    int later_epochs;      /* of the networks after this one */
    size_t resumed_images; /* images of the first epoch that an earlier process trained on */
    int epochs_done;       /* completely trained by this process */
    double epochs_took;    /* seconds, total */
} progress_view;

progress_view progress_begin(bool quiet);

/* Draws the bar over the last one. */
void progress_draw(progress_view *progress, const clenet_progress *state);

/* Removes the bar, so that a line can be printed. */
void progress_clear(progress_view *progress);

/* Replaces the bar with the epoch's line: "epoch  3/50  0.42 s  accuracy 0.9751  loss 0.0812  val_accuracy 0.9801  val_loss
 * 0.0701  *", with * if it is kept, and then with the accuracy set off. If the terminal is too narrow, parts are left out. */
void progress_epoch(progress_view *progress, const clenet_epoch *epoch);

/* The message for Ctrl-C, printed at once below the bar; NULL if nothing is shown. */
const char *progress_answer(const progress_view *progress);

/* The bar for a terminal of `columns` columns, with one column left free; parts that do not fit are left out: "epoch  3/50
 * [=====>    ]  52%  0.2 s left  accuracy 0.9751  loss 0.0812  91,234/s  run 18 s left". The first time is that until the epoch's
 * last image, the second that until the last epoch of all networks is done, unless the run stops early; images per second are those
 * of this epoch. Returns its columns. */
int progress_bar(char line[PROGRESS_LINE_SIZE], const progress_view *progress, int columns,
                 const clenet_progress *state);

/* The epoch's line, without parts that do not fit into `columns` columns; returns its columns. */
int progress_line(char line[PROGRESS_LINE_SIZE], const progress_view *progress, int columns, const clenet_epoch *epoch);

#endif
