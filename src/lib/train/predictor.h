/* predictor.h - what the rest of the library asks of a predictor. */
#ifndef CLENET_LIB_TRAIN_PREDICTOR_H
#define CLENET_LIB_TRAIN_PREDICTOR_H

#include <stdbool.h>

#include "clenet/clenet.h"

const clenet_network *predictor_network(const clenet_predictor *predictor);
int predictor_classes(const clenet_predictor *predictor);

/* True if the classes are the ten digits, named "0" to "9". */
bool predictor_of_digits(const clenet_predictor *predictor);

/* The first of the largest probabilities [classes]. */
uint8_t predictor_likeliest(const float *probabilities, int classes);

#endif
