/* state.c - see state.h. */
#include "lib/train/state.h"

#include <string.h>

#include "lib/base/memory.h"

plan_options training_lowering(const clenet_training_options *o) {
    return (plan_options){.training = true,
                          .seed = o->seed,
                          .optimizer = o->optimizer,
                          .rho = o->rho,
                          .momentum = o->momentum,
                          .beta_1 = o->beta_1,
                          .beta_2 = o->beta_2,
                          .epsilon = o->epsilon,
                          .weight_decay = o->weight_decay,
                          .weight_average = o->weight_average,
                          .augment = augmentation_of(o->augment, o->augment_strength),
                          .label_smoothing = o->label_smoothing};
}

bool state_has(const clenet_training_options *options, plan_region region) {
    plan_options lowering = training_lowering(options);
    return region != REGION_GRADIENTS && plan_has(&lowering, region);
}

clenet_status state_new(training_state *state, const clenet_training_options *options, size_t packed_size,
                        clenet_error *error) {
    *state = (training_state){{NULL}};
    for (int i = 0; i < REGIONS; i++) {
        if (!state_has(options, (plan_region)i)) continue;
        state->of[i] = memory_new(packed_size, sizeof *state->of[i]);
        if (!state->of[i]) return error_memory(error, packed_size * sizeof *state->of[i], "the state of a training");
    }
    return CLENET_OK;
}

void state_free(training_state *state) {
    for (int i = 0; i < REGIONS; i++) memory_free(state->of[i]);
    *state = (training_state){{NULL}};
}

clenet_status state_read(const training_state *state, executor *e, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (int i = 0; i < REGIONS && status == CLENET_OK; i++)
        if (state->of[i]) status = e->functions->read(e, (plan_region)i, state->of[i], error);
    return status;
}

clenet_status state_write(const training_state *state, executor *e, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (int i = 0; i < REGIONS && status == CLENET_OK; i++)
        if (state->of[i]) status = e->functions->write(e, (plan_region)i, state->of[i], error);
    return status;
}

void state_copy(const training_state *to, const training_state *from, size_t packed_size) {
    for (int i = 0; i < REGIONS; i++)
        if (to->of[i] && from->of[i]) memcpy(to->of[i], from->of[i], packed_size * sizeof *to->of[i]);
}
