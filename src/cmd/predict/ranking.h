/* ranking.h - the most probable classes of an image. */
#ifndef CLENET_CMD_PREDICT_RANKING_H
#define CLENET_CMD_PREDICT_RANKING_H

#include <jansson.h>

#include "clenet/clenet.h"

/* Fills order [count] with the most probable of the classes, count at most `classes`; of equal ones the lower is first, as in a
 * prediction. */
void ranking_fill(int *order, int count, const float *probabilities /* [classes] */, int classes);

/* The label of a class as JSON: a number if all classes of the model are numbers, otherwise a string. NULL if out of memory. */
json_t *ranking_label(const clenet_model *model, bool numbers, int class);

/* An array of objects with "label" and "probability", by falling probability. NULL if out of memory. */
json_t *ranking_json(const clenet_model *model, bool numbers, const int *order, int count, const float *probabilities);

#endif
