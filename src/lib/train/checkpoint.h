/* checkpoint.h - the saved state of a run, from which it can be resumed.
 *
 * It is saved between two batches. A safetensors file with metadata "format" = "clenet-checkpoint", "version", "network" (its
 * text), "note" (the caller's) and "run", which is JSON: all of clenet_checkpoint except tensors. The tensors of each parameter
 * NAME are "kept.NAME", the weights of the model, and "now.NAME", the current weights; for each trained parameter, those of the
 * optimizer: "squares.NAME", "moments.NAME"; with a moving average, "averages.NAME" of each parameter. The tensor "trained_rows" is that of the model. */
#ifndef CLENET_LIB_TRAIN_CHECKPOINT_H
#define CLENET_LIB_TRAIN_CHECKPOINT_H

#include "lib/data/row_set.h"
#include "lib/train/trainer.h"

enum { CHECKPOINT_BACKEND = 64 };

struct clenet_checkpoint {
    clenet_network *network;
    float *kept;     /* [network->packed_size] */
    row_set trained; /* of the model */
    training_state now;
    clenet_training_options options; /* without callbacks */
    data_identity data;
    char backend[CHECKPOINT_BACKEND]; /* the results are bit-identical on this backend only: "cpu 16" */
    run_position at;
    run_metrics metrics; /* of the current epoch */
    double *scores;      /* [score_count], the same in the backend's form */
    size_t score_count;
    char *note;
};

/* Writes it, completely or not at all. */
clenet_status checkpoint_write(const clenet_checkpoint *checkpoint, const char *path, clenet_error *error);

#endif
