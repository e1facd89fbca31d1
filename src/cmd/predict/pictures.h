/* pictures.h - the digit on each of many pictures, as text or JSON, on standard output. */
#ifndef CLENET_CMD_PREDICT_PICTURES_H
#define CLENET_CMD_PREDICT_PICTURES_H

#include <stdbool.h>

#include "cmd/predict/inputs.h"
#include "clenet/clenet.h"

typedef struct picture_answers {
    bool json, show; /* one JSON object in place of lines; draw what the network sees */
} picture_answers;

/* Sees that the model takes pictures. Gives EXIT_DONE, or the exit status of what it has said. */
int predict_pictures_check(const clenet_model *model);

/* Averages over so many copies of each picture (cli/tta.h). A picture that is wrong gets its line, and the others are read all the
 * same. Gives the exit status. */
int predict_pictures(const clenet_model *model, const clenet_device *device, const predict_inputs *inputs,
                     const picture_answers *how, int copies);

#endif
