/* figures.h - the pictures of a run, in its folder: the curves as epochs end, where the run is long enough to be
 * watched, and at its end all others. They are drawn in a process beside the run, which costs it next to nothing; what
 * cannot be drawn costs one line, which at the end is the report's. */
#ifndef CLENET_CMD_TRAIN_FIGURES_H
#define CLENET_CMD_TRAIN_FIGURES_H

#include "cmd/base/child.h"
#include "cmd/figures/figures.h"

/* What the figures show; lent. */
typedef struct train_subject {
    const char *folder;
    const clenet_dataset *dataset;
    const clenet_model *model;
    const uint32_t *training, *validation; /* rows of the data set */
    size_t training_count, validation_count;
    uint64_t seed;
    const findings *found; /* at the end; NULL: none */
} train_subject;

enum { TRAIN_FIGURES_WHY = 1024 };

typedef struct train_figures {
    train_subject subject;
    figure_format format;
    bool quiet;                  /* then a build without PLplot is no news */
    bool off;                    /* nothing can be drawn */
    char why[TRAIN_FIGURES_WHY]; /* what failed first; "": nothing did */
    bool said;                   /* and has been said, or is no news */
    history epochs;
    child_process drawing;
    bool running;
    long process;            /* this one, in whose name the drawing writes */
    bool final;              /* what is drawn now is the run's end */
    double started, allowed; /* seconds of the monotonic clock: of this drawing, and when the next may start */
} train_figures;

/* Ready to draw, with nothing drawn; before the first epoch. */
train_figures train_figures_begin(const train_subject *subject, figure_format format, bool quiet);

/* After an epoch, when it stands in the folder's history.csv. Waits for nothing. */
void train_figures_epoch(train_figures *figures, const clenet_epoch *epoch);

/* Draws everything there is to be drawn, and waits for it. Leaves it to be said why not. */
void train_figures_end(train_figures *figures, const clenet_training_result *result, const findings *found);

void train_figures_remove(const char *folder); /* those of an earlier run */

void train_figures_free(train_figures *figures); /* also in the middle of a drawing */

#endif
