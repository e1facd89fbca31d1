/* state.h - what a training step goes on from: the packed values of every region that outlives a step. */
#ifndef CLENET_LIB_TRAIN_STATE_H
#define CLENET_LIB_TRAIN_STATE_H

#include "lib/backend/backend.h"

typedef struct training_state {
    float *of[REGIONS]; /* [packed_size]; NULL: the gradients, and what the optimizer does not have */
} training_state;

/* How a trainer with these options lowers its network; lanes, batch and inference_batch are for the caller to fill in. */
plan_options training_lowering(const clenet_training_options *options);

/* Whether the region is part of the state of a training with these options. */
bool state_has(const clenet_training_options *options, plan_region region);

/* Memory for it, zero; state_free() it, also after a failure. */
clenet_status state_new(training_state *state, const clenet_training_options *options, size_t packed_size,
                        clenet_error *error);
void state_free(training_state *state);

/* From and to an executor: the regions that the state has. */
clenet_status state_read(const training_state *state, executor *e, clenet_error *error);
clenet_status state_write(const training_state *state, executor *e, clenet_error *error);

/* What both have. */
void state_copy(const training_state *to, const training_state *from, size_t packed_size);

#endif
