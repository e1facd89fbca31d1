/* checkpoint.h - a run written down between two batches, so that it can go on as if it had never been away.
 *
 * A safetensors file with metadata "format" = "clenet-checkpoint", "version", "network" (its text), "note" (the caller's) and
 * "run", which is JSON: everything of clenet_checkpoint that is no tensor. Tensors, of each parameter NAME: "kept.NAME", the weights
 * that the model holds; "now.NAME", those under way; and, of each that is trained, what the optimizer has: "squares.NAME", "moments.NAME";
 * with a weight average, "averages.NAME" of each parameter. */
#ifndef CLENET_LIB_TRAIN_CHECKPOINT_H
#define CLENET_LIB_TRAIN_CHECKPOINT_H

#include "lib/train/trainer.h"

enum { CHECKPOINT_BACKEND = 64 };

struct clenet_checkpoint {
    clenet_network *network;
    float *kept; /* [network->packed_size] */
    training_state now;
    clenet_training_options options; /* without callbacks */
    data_identity data;
    char backend[CHECKPOINT_BACKEND]; /* on which the bits are the same again: "cpu 16" */
    run_position at;
    run_metrics metrics; /* of the epoch under way */
    double *scores;      /* [score_count], the same as its backend adds it up */
    size_t score_count;
    char *note;
};

/* Writes it, whole or not at all. */
clenet_status checkpoint_write(const clenet_checkpoint *checkpoint, const char *path, clenet_error *error);

#endif
