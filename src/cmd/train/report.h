/* report.h - writes report.html, the result of a run, and draw.html, a page to draw on, into its folder. */
#ifndef CLENET_CMD_TRAIN_REPORT_H
#define CLENET_CMD_TRAIN_REPORT_H

#include <stdio.h>

#include "cmd/train/figures.h"
#include "cmd/train/options.h"
#include "cmd/figures/findings.h"
#include "cmd/page/page_models.h"

enum { TRAIN_REPORT_LOST = 256, TRAIN_REPORT_STOP = 96 };

/* A run; all members are lent. */
typedef struct train_report {
    const train_arguments *arguments;
    const char *data; /* the path TRAIN */
    const clenet_dataset *dataset;
    const clenet_device *device;
    const clenet_model *model; /* with the kept weights, if it has ended */
    const clenet_trainer *trainer;
    const clenet_training_result *result; /* NULL: it is in progress */
    const findings *found;                /* NULL: none */
    page_score tested;                    /* on the labelled images of --test */
    const train_figures *figures;         /* drawn; has all epochs */
    double seconds;                       /* of all epochs */
    const char *lost;                     /* the device's error during the run; "" */
} train_report;

/* The reason why the run ended, in words: returns text. */
const char *train_report_stop(char text[TRAIN_REPORT_STOP], const train_arguments *arguments,
                              const clenet_training_result *result);

/* A finished run of several networks; all members are lent. */
typedef struct train_models_report {
    const train_arguments *arguments;
    const char *data; /* the path TRAIN */
    const clenet_dataset *dataset;
    const clenet_device *device;
    const clenet_model *model;    /* of all networks */
    const findings *found;        /* NULL: none */
    page_score last;              /* on the images held out, after the last epoch of each network */
    page_score tested;            /* on the labelled images of --test */
    const page_network *networks; /* [arguments->models] */
    double mean, spread;          /* mean and standard deviation of their accuracies */
    double seconds;               /* of all their epochs */
    char why[TRAIN_FIGURES_WHY];  /* why there are no figures of them; "": they were drawn, or not requested */
    bool said;                    /* which was printed, or needs no message */
} train_models_report;

/* The same for several networks. */
bool train_report_write_models(const train_models_report *report);

/* Writes the page to draw on, and the report, which has a link to it. Prints one line about missing parts and figures, with the reason: a failed report does not fail the run.
 * Returns false if it could not be written. */
bool train_report_write(const train_report *report);

/* Writes the page of a run in progress, from its epochs in report->figures. running: the page reloads itself; otherwise an error has
 * ended the run. It prints nothing. Returns false if the page cannot be written. */
bool train_report_write_live(const train_report *report, bool running);

/* Prints the path of the page to draw on, if the folder has one. */
void train_report_say_drawing_page(const char *folder);

/* Removes the pages of an earlier run, which would look like this one's. */
void train_report_remove(const char *folder);

/* Predicts these rows [count] of the data set: probabilities [count][classes] of the caller. Errors: those of a predictor. */
clenet_status train_findings_ask(float *probabilities, const clenet_model *model, const clenet_device *device,
                                 const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                 clenet_error *error);

/* Evaluates such probabilities; mistakes name rows of the data set. Free *found with findings_free. */
clenet_status train_findings_of(findings **found, const float *probabilities, const clenet_dataset *dataset,
                                const uint32_t *rows, size_t count, clenet_error *error);

/* Does both. *found is NULL if count is 0, or after an error. */
clenet_status train_findings_make(findings **found, const clenet_model *model, const clenet_device *device,
                                  const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                  clenet_error *error);

/* Counts the images of a labelled test set that the model predicts right, without its training images; no rows if it has no
 * labels. Errors: those of a predictor. */
clenet_status train_test_score(page_score *score, const clenet_model *model, const clenet_device *device,
                               const clenet_dataset *test, clenet_error *error);

void train_test_say(page_score score, const char *path); /* prints it, if it has rows */

/* Writes the word so that a POSIX shell reads it back. */
void train_report_quote(FILE *to, const char *word);

/* The device of a run, as options: "--device cpu --isa avx512", "--device 0.1 --gemm own". */
void train_report_device(FILE *to, const char *description, const device_arguments *arguments);

/* The whole command in one line, with every setting, absolute paths, and a new folder. The caller must free() it. NULL if out of
 * memory. */
char *train_report_command(const train_report *report);

#endif
