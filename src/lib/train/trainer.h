/* trainer.h - a trainer inside the library: trainer.c runs it, resume.c writes down where it stands and takes that up again. */
#ifndef CLENET_LIB_TRAIN_TRAINER_H
#define CLENET_LIB_TRAIN_TRAINER_H

#include "lib/backend/backend.h"
#include "lib/data/split.h"
#include "lib/train/early_stopping.h"
#include "lib/train/schedule.h"
#include "lib/train/state.h"

/* What a run goes on from where its device fails: as it is at an epoch's end. */
typedef struct finished_epoch {
    int epoch;     /* 0: none is finished */
    uint32_t step; /* training steps done */
    training_state state;
} finished_epoch;

/* Where a run stands: between two batches, since nothing looks at it elsewhere. */
typedef struct run_position {
    int epoch;                     /* under way, from 1 */
    size_t images;                 /* of its order that are trained on */
    uint32_t step;                 /* training steps done, of all epochs */
    early_stopping stopping;       /* after the epochs that are finished */
    clenet_training_result result; /* of those; seconds: of the run until it was resumed */
    clenet_epoch *history;         /* [epoch - 1]: those, in order; owned by whoever holds the position */
} run_position;

/* What the rows are recognised by. */
typedef struct data_identity {
    size_t rows;
    int height, width, channels, classes;
    uint32_t images, labels; /* CRC-32 */
} data_identity;

struct clenet_trainer {
    pid_t owner;
    clenet_model *model; /* holds the kept weights */
    const clenet_device *device;
    clenet_device *replacement; /* the CPU, where the device has failed */
    finished_epoch last;        /* kept where the device is replaceable */
    const clenet_dataset *dataset;
    clenet_training_options options;
    row_split split;
    uint32_t *order;    /* [split.training_count]: this epoch's */
    float *values;      /* [packed_size]: read here before the model takes them over */
    training_state now; /* likewise, before it becomes last.state; empty where the device is not replaceable */
    float *rates;       /* [batches of an epoch]: the learning rates of the steps that are being queued */
    schedule learning;
    plan *p;
    executor *run;
    run_position at;
    size_t history_room; /* epochs that at.history has memory for */
    double *scores;      /* of a resumed epoch, until the executor has them (executor_functions.scores); or NULL */
    run_metrics
        before; /* of a resumed epoch, where another backend added them up: what the executor has comes on top */
    data_identity data; /* worked out when it is first asked for; rows is 0 before */
    double began;       /* when clenet_trainer_run was called */
    bool used;
};

/* Sees that at.history has room for so many epochs. */
clenet_status trainer_grow_history(clenet_trainer *t, size_t epochs, clenet_error *error);

#endif
