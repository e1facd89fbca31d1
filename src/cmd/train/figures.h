/* figures.h - draws the figures of a run in its folder, and keeps the page of a run in progress up to date.
 *
 * It draws the curves as epochs end, and all others at the end of the run. A child process draws, so that the run does not wait,
 * and computes for at most a hundredth of the time. A figure that cannot be drawn costs one line, which at the end is part of the
 * report's. */
#ifndef CLENET_CMD_TRAIN_FIGURES_H
#define CLENET_CMD_TRAIN_FIGURES_H

#include "lib/base/child.h"
#include "cmd/figures/figures.h"

/* The contents of the figures; lent. */
typedef struct train_subject {
    const char *folder;
    const clenet_dataset *dataset;
    const clenet_model *model;
    const uint32_t *training, *validation; /* rows of the data set */
    size_t training_count, validation_count;
    uint64_t seed;
    const findings *found; /* at the end; NULL: no rows are held out */
} train_subject;

enum { TRAIN_FIGURES_WHY = 1024 };

/* Writes the page of the run in progress. It is called in the child process, after the drawing. */
typedef void train_page_writer(const void *user);

typedef struct train_figures {
    train_subject subject;
    figure_format format;
    bool quiet;                  /* then a format that cannot be drawn costs no message */
    bool off;                    /* no figures: none are wanted, or what draws them crashed */
    bool svg_alone;              /* the format cannot be drawn in this build */
    char why[TRAIN_FIGURES_WHY]; /* the first failure; "": none */
    bool said;                   /* which was printed, or needs no message */
    history epochs;
    child_process drawing;
    bool running;
    long process;                  /* this process, whose number is in the names of temporary files */
    bool final;                    /* the current drawing is that of the end */
    bool page_alone;               /* the current child draws no figure */
    double began, started;         /* seconds of the monotonic clock: start of the run, and of this drawing */
    double allowed;                /* the earliest start of the next drawing */
    double cost, spent;            /* seconds that a drawing computes, and that all have computed */
    train_page_writer *write_page; /* NULL: there is no page before the end */
    const void *user;              /* for write_page; lent */
    bool paged;                    /* write_page was called */
} train_figures;

/* Prepares to draw; call it before the first epoch. The caller may then set write_page and user. */
train_figures train_figures_begin(const train_subject *subject, figure_format format, bool quiet);

/* Call it after an epoch that is in the folder's history.csv. It does not wait. */
void train_figures_epoch(train_figures *figures, const clenet_epoch *epoch);

/* Draws all figures and waits. It does not print failures; they are in why. */
void train_figures_end(train_figures *figures, const clenet_training_result *result, const findings *found);

/* Removes the figures as SVG, which the page has, if another format is wanted. Call it when the page is written. */
void train_figures_tidy(const train_figures *figures);

void train_figures_remove(const char *folder); /* removes the figures of an earlier run */

void train_figures_stop(train_figures *figures); /* ends a drawing */
void train_figures_free(train_figures *figures); /* also during a drawing */

#endif
