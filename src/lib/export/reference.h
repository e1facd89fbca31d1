/* reference.h - what a model answers to one image, computed in double by the plain formula of each layer. */
#ifndef CLENET_LIB_EXPORT_REFERENCE_H
#define CLENET_LIB_EXPORT_REFERENCE_H

#include "lib/net/model.h"

/* Fills answers [classes] with the mean of the probabilities of the model's networks, or, if logits, with the numbers in front of
 * the softmax of its only network. image [height][width][channels]. Errors: CLENET_ERROR_MEMORY. */
clenet_status reference_answer(double *answers, const clenet_model *model, const uint8_t *image, bool logits,
                               clenet_error *error);

/* The activation of one number; slope: of leaky_relu. NONE and SOFTMAX change nothing. */
double reference_activate(double x, clenet_activation activation, double slope);

#endif
