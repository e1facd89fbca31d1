/* models_figures.h - draws the curves of several networks together.
 *
 * Once, at the end, in the folder of the whole run. */
#ifndef CLENET_CMD_TRAIN_MODELS_FIGURES_H
#define CLENET_CMD_TRAIN_MODELS_FIGURES_H

#include "cmd/train/figures.h"
#include "cmd/page/page_models.h"

/* Draws accuracy and loss by epoch, from the histories in the networks' folders, and waits. why: the first failure; "" if there
 * was none. Returns false if PLplot is missing. */
bool train_models_figures_draw(char why[TRAIN_FIGURES_WHY], const char *folder, figure_format format,
                               const page_network *networks, size_t count);

#endif
