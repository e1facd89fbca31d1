/* run.h - trains one network in one folder, from inputs to results. */
#ifndef CLENET_CMD_TRAIN_RUN_H
#define CLENET_CMD_TRAIN_RUN_H

#include "cmd/train/progress.h"
#include "cmd/train/checkpoint.h"
#include "cmd/train/figures.h"
#include "cmd/train/folder.h"
#include "cmd/train/from.h"
#include "cmd/train/options.h"
#include "cmd/train/record.h"
#include "cmd/train/report.h"

/* The inputs that the networks of a run share; NULL until train_run_load of the first of them. */
typedef struct train_inputs {
    const char *data; /* the path TRAIN */
    clenet_dataset *training, *test;
    train_from from;
    clenet_device *device;
    clenet_profile *profile;
} train_inputs;

void train_inputs_free(train_inputs *inputs);

typedef struct train_run {
    const train_arguments *arguments;
    train_inputs *inputs;
    train_folder *folder;       /* of the whole run */
    const clenet_network *held; /* the network of the resumed run; NULL: the arguments decide */
    clenet_model *model;
    clenet_trainer *trainer;
    train_checkpoint checkpoint;
    const char *command; /* the command line */
    train_record record;
    train_record *whole_record; /* of the run of several networks that this one belongs to; NULL: none */
    train_figures figures;
    findings *found;              /* on the images held out; NULL: none */
    page_score tested;            /* on the images of --test, if they have labels */
    char lost[TRAIN_REPORT_LOST]; /* the error of the device; "": none */
    bool reported;                /* report.html was written */
    char *model_path, *history_path, *submission_path;
    progress_view progress;
    clenet_training_result result;
    clenet_epoch last;  /* the last finished epoch */
    size_t images;      /* per epoch */
    double seconds;     /* of the finished epochs */
    bool kept;          /* this run has saved something, at least a checkpoint */
    int saved;          /* the epoch whose weights are in model_path; 0: none of this run */
    clenet_error error; /* the error of saving; status is CLENET_OK if there was none */
} train_run;

/* Each returns an exit status; if it is not EXIT_DONE, an error was printed. Call them in this order: */
int train_run_load(
    train_run *run); /* loads the inputs, if necessary; and a network that does not depend on the images */
int train_run_ready(train_run *run); /* checks everything except the training itself, and locks the folder */
int train_run_learn(train_run *run); /* ends with the results; EXIT_SIGNAL and a number if a signal stopped it */

void train_run_free(train_run *run);

#endif
