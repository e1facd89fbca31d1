/* pictures.h - predicts the digits on pictures, as text or JSON. */
#ifndef CLENET_CMD_PREDICT_PICTURES_H
#define CLENET_CMD_PREDICT_PICTURES_H

#include <stdbool.h>

#include "cmd/predict/inputs.h"
#include "clenet/clenet.h"

typedef struct picture_answers {
    bool json, show; /* one JSON object instead of lines; show the input of the network */
    int top;         /* of the most probable classes that are listed; 0: not asked for */
    int digits;      /* on a picture; 0: as many as are found */
} picture_answers;

/* Checks that the model accepts pictures. Returns EXIT_DONE, or the exit status after an error message. */
int predict_pictures_check(const clenet_model *model);

/* Averages over `copies` copies of each picture (src/cmd/base/tta.h). A picture with an error gets its line, and the others are
 * still predicted. Returns the exit status. */
int predict_pictures(const clenet_model *model, const clenet_device *device, const predict_inputs *inputs,
                     const picture_answers *how, int copies);

#endif
