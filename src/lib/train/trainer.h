/* trainer.h - a trainer inside the library.
 *
 * trainer.c runs it; resume.c saves and resumes it. */
#ifndef CLENET_LIB_TRAIN_TRAINER_H
#define CLENET_LIB_TRAIN_TRAINER_H

#include "lib/backend/backend.h"
#include "lib/data/split.h"
#include "lib/train/early_stopping.h"
#include "lib/train/schedule.h"
#include "lib/train/state.h"

/* The state at the end of an epoch, from which a run continues if its device fails. */
typedef struct finished_epoch {
    int epoch;     /* 0: no epoch is finished */
    uint32_t step; /* training steps done */
    training_state state;
} finished_epoch;

/* The position of a run, always between two batches. */
typedef struct run_position {
    int epoch;                     /* the current one, from 1 */
    size_t images;                 /* of its order that were trained on */
    uint32_t step;                 /* training steps done, of all epochs */
    early_stopping stopping;       /* after the finished epochs */
    clenet_training_result result; /* of those epochs; seconds: of the run until it was resumed */
    clenet_epoch *history;         /* [epoch - 1]: those epochs, in order; the owner of the position owns it */
} run_position;

/* The identity of the rows. */
typedef struct data_identity {
    size_t rows;
    int height, width, channels, classes;
    uint32_t images, labels; /* CRC-32 */
} data_identity;

struct clenet_trainer {
    pid_t owner;
    clenet_model *model; /* holds the kept weights */
    const clenet_device *device;
    clenet_device *replacement; /* the CPU, if the device has failed */
    finished_epoch last;        /* kept if the device is replaceable */
    const clenet_dataset *dataset;
    clenet_training_options options;
    row_split split;
    uint32_t *order;    /* [split.training_count]: this epoch's */
    float *values;      /* [packed_size]: read here before they are copied to the model */
    training_state now; /* the same, before it becomes last.state; empty if the device is not replaceable */
    float *rates;       /* [batches of an epoch]: the learning rates of the next steps */
    schedule learning;
    plan *p;
    executor *run;
    char note[160]; /* clenet_trainer_note */
    run_position at;
    size_t history_room; /* epochs for which at.history has memory */
    double *scores;      /* of a resumed epoch, until the executor has them (executor_functions.scores); or NULL */
    run_metrics before;  /* of a resumed epoch, if another backend summed them: the executor's sums are added to it */
    data_identity data;  /* computed at its first use; rows is 0 before */
    double began;        /* start of clenet_trainer_run */
    bool used;
};

/* Makes room for `epochs` epochs in at.history. */
clenet_status trainer_grow_history(clenet_trainer *t, size_t epochs, clenet_error *error);

#endif
