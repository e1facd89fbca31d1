/* scaled.h - predicts pictures with a model of a folder of pictures.
 *
 * Each picture is only scaled: digits are not searched. */
#ifndef CLENET_CMD_PREDICT_SCALED_H
#define CLENET_CMD_PREDICT_SCALED_H

#include "cmd/predict/inputs.h"
#include "cmd/predict/pictures.h"

/* As predict_pictures(), for a model of which clenet_model_scales_pictures() is true. */
int predict_scaled(const clenet_model *model, const clenet_device *device, const predict_inputs *inputs,
                   const picture_answers *how, int copies);

#endif
