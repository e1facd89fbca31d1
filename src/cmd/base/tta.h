/* tta.h - test-time augmentation: the option --tta and its predictor. */
#ifndef CLENET_CMD_BASE_TTA_H
#define CLENET_CMD_BASE_TTA_H

#include "clenet/clenet.h"
#include "cmd/base/options.h"

/* The option of a command whose arguments have an `int tta`, with 1 as the default. */
#define TTA_OPTION(arguments)                                                                                        \
    OPTION_ROW(INTEGER, arguments, tta, "tta", "N",                                                                  \
               "test-time augmentation: average over N copies of each image, slightly shifted and rotated (default " \
               "1: no copies)",                                                                                      \
               .range = {FROM(1), TO(CLENET_COPIES_MAX)})

/* A predictor that averages over `copies` forms of each image. The same number gives the same copies every time. */
clenet_status tta_predictor_new(clenet_predictor **predictor, const clenet_model *model, const clenet_device *device,
                                int copies, clenet_error *error);

#endif
