/* state.h - the values that one training step passes to the next.
 *
 * They are the packed values of every region that outlives a step. */
#ifndef CLENET_LIB_TRAIN_STATE_H
#define CLENET_LIB_TRAIN_STATE_H

#include "lib/backend/backend.h"

typedef struct training_state {
    float *of[REGIONS]; /* [packed_size]; NULL for the gradients, and for regions that the optimizer does not have */
} training_state;

/* The plan options of a trainer with these options; the caller fills in lanes, batch and inference_batch. */
plan_options training_lowering(const clenet_training_options *options);

/* True if the region is part of the state of a training with these options. */
bool state_has(const clenet_training_options *options, plan_region region);

/* Allocates it, zeroed; state_free() it, also after a failure. */
clenet_status state_new(training_state *state, const clenet_training_options *options, size_t packed_size,
                        clenet_error *error);
void state_free(training_state *state);

/* Copies the regions of the state from and to an executor. */
clenet_status state_read(const training_state *state, executor *e, clenet_error *error);
clenet_status state_write(const training_state *state, executor *e, clenet_error *error);

/* Copies the regions that both have. */
void state_copy(const training_state *to, const training_state *from, size_t packed_size);

#endif
