/* models_figures.h - the curves of several networks beside each other, in the folder of all: at the end, once. */
#ifndef CLENET_CMD_TRAIN_MODELS_FIGURES_H
#define CLENET_CMD_TRAIN_MODELS_FIGURES_H

#include "cmd/train/figures.h"
#include "cmd/page/page_models.h"

/* Draws accuracy and loss by epoch of the networks, by the histories in their folders, and waits for it. why: what failed first; ""
 * where nothing did. False where nothing can be drawn at all: PLplot is missing. */
bool train_models_figures_draw(char why[TRAIN_FIGURES_WHY], const char *folder, figure_format format,
                               const page_network *networks, size_t count);

#endif
