/* train_models_figures.h - the curves of several networks beside each other, in the folder of all: at the end, once. */
#ifndef CLENET_CLI_TRAIN_MODELS_FIGURES_H
#define CLENET_CLI_TRAIN_MODELS_FIGURES_H

#include "cli/train_figures.h"
#include "report/page_models.h"

/* Draws accuracy and loss by epoch of the networks, by the histories in their folders, and waits for it. why: what failed first; ""
 * where nothing did. False where nothing can be drawn at all: PLplot is missing. */
bool train_models_figures_draw(char why[TRAIN_FIGURES_WHY], const char *folder, figure_format format,
                               const page_network *networks, size_t count);

#endif
