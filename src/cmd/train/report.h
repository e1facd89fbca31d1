/* report.h - report.html in the folder of a run: what it came to, for whoever wants to know without the command. */
#ifndef CLENET_CMD_TRAIN_REPORT_H
#define CLENET_CMD_TRAIN_REPORT_H

#include "cmd/train/figures.h"
#include "cmd/train/options.h"
#include "cmd/figures/findings.h"
#include "cmd/page/page_models.h"

enum { TRAIN_REPORT_LOST = 256, TRAIN_REPORT_STOP = 96 };

/* A run that is over; all lent. */
typedef struct train_report {
    const train_arguments *arguments;
    const char *data; /* the path TRAIN */
    const clenet_dataset *dataset;
    const clenet_device *device;
    const clenet_network *network;
    const clenet_trainer *trainer;
    const clenet_training_result *result;
    const findings *found;        /* NULL: none */
    const train_figures *figures; /* drawn; with all epochs */
    double seconds;               /* of all epochs */
    const char *lost;             /* how the device failed on the way; "" */
} train_report;

/* Why the run ended, in words: gives text. */
const char *train_report_stop(char text[TRAIN_REPORT_STOP], const train_arguments *arguments,
                              const clenet_training_result *result);

/* A run of several networks that is over; all lent. */
typedef struct train_models_report {
    const train_arguments *arguments;
    const char *data; /* the path TRAIN */
    const clenet_dataset *dataset;
    const clenet_device *device;
    const findings *found;        /* NULL: none */
    const page_network *networks; /* [arguments->models] */
    double mean, spread;          /* of their accuracies */
    double seconds;               /* of all their epochs */
    char why[TRAIN_FIGURES_WHY];  /* there are no figures of them; "": they are drawn, or not asked for */
    bool said;                    /* which has been said, or is no news */
} train_models_report;

/* The same of several networks. */
bool train_report_write_models(const train_models_report *report);

/* Writes the page, and says in one line what of it and of the figures there is not, and why: a run does not fail by its report.
 * False where it could not be written. */
bool train_report_write(const train_report *report);

/* Removes the page of an earlier run, which would pass for this one's. */
void train_report_remove(const char *folder);

#endif
