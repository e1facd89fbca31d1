/* int8_run.h - runs a network with 8-bit integers, as its exported C code does, bit for bit. */
#ifndef CLENET_LIB_EXPORT_INT8_RUN_H
#define CLENET_LIB_EXPORT_INT8_RUN_H

#include "lib/export/int8.h"
#include "lib/export/stage_run.h"

/* Fills weights, with the integers of the network. Errors: CLENET_ERROR_MEMORY. */
clenet_status int8_weights_take(stage_weights *weights, const int8_network *network, clenet_error *error);

/* Fills logits [classes] with bytes. */
void int8_run(int8_t *logits, const int8_network *network, const stage_weights *weights, stage_arrays *arrays,
              const uint8_t *image);

#endif
