/* run.h - one network, trained in a folder of its own: what all of it goes through, from its inputs to its results. */
#ifndef CLENET_CMD_TRAIN_RUN_H
#define CLENET_CMD_TRAIN_RUN_H

#include "cmd/train/progress.h"
#include "cmd/train/checkpoint.h"
#include "cmd/train/figures.h"
#include "cmd/train/findings.h"
#include "cmd/train/options.h"
#include "cmd/train/report.h"

/* What the networks of a run share; NULL until train_run_load of the first of them. */
typedef struct train_inputs {
    const char *data; /* the path TRAIN */
    clenet_dataset *training, *test;
    clenet_device *device;
    clenet_profile *profile;
} train_inputs;

void train_inputs_free(train_inputs *inputs);

typedef struct train_run {
    const train_arguments *arguments;
    train_inputs *inputs;
    const clenet_network *held; /* the one that the run had which is taken up; NULL: arguments say which */
    clenet_model *model;
    clenet_trainer *trainer;
    train_checkpoint checkpoint;
    train_figures figures;
    findings *found;              /* on the images held out; NULL: none */
    char lost[TRAIN_REPORT_LOST]; /* how the device failed; "": it did not */
    bool reported;                /* report.html is written */
    char *model_path, *history_path, *submission_path;
    progress_view progress;
    clenet_training_result result;
    size_t images;      /* trained on in an epoch */
    double seconds;     /* of the epochs that are done */
    int saved;          /* the epoch whose weights lie at model_path; 0: none of this run */
    clenet_error error; /* why saving failed: status is CLENET_OK where it did not */
} train_run;

/* Each gives an exit status, and has said why where it is not EXIT_DONE. In this order: */
int train_run_load(
    train_run *run); /* the inputs, where they are not loaded yet; and a network that the images do not say */
int train_run_ready(train_run *run); /* all that can be wrong, but for the training itself: the folder is locked */
int train_run_learn(train_run *run); /* ends with the results; EXIT_SIGNAL and a number where a signal stopped it */

void train_run_free(train_run *run);

#endif
