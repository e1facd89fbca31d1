/* figures.h - the pictures of a run. Each function draws one and writes it under a path, whole or not at all; the format is not
 * FIGURE_NONE. They are for a process of their own, see canvas.h. Errors: CLENET_ERROR_DEVICE (PLplot or its driver is missing),
 * CLENET_ERROR_IO. */
#ifndef CLENET_CMD_FIGURES_FIGURES_H
#define CLENET_CMD_FIGURES_FIGURES_H

#include "cmd/figures/canvas.h"
#include "cmd/figures/findings.h"
#include "cmd/figures/history.h"

/* One image of a data set, and what stands below it. */
typedef struct figure_tile {
    uint32_t row;     /* from 0 */
    char caption[32]; /* in bold; "": nothing */
    char note[64];    /* below it, smaller; "": nothing */
} figure_tile;

/* Images of a data set in columns, ink dark on a pale tile. */
clenet_status figure_tiles(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                           const figure_tile *tiles, size_t count, int columns, clenet_error *error);

/* The same with each image's label below it; without labels its row, from 1. */
clenet_status figure_digits(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                            const uint32_t *rows, size_t count, int columns, clenet_error *error);

/* Draws `most` of the rows [count] at random, by the seed, each at most once: picked [most]. rows NULL: 0, 1, 2... Gives how
 * many there are: count, where that is less. */
size_t figure_pick(uint32_t *picked, size_t most, const uint32_t *rows, size_t count, uint64_t seed);

/* The mistakes that the model doubted least, `most` of them. */
clenet_status figure_mistakes(const char *path, figure_format format, const clenet_dataset *dataset,
                              const findings *found, size_t most, clenet_error *error);

typedef enum figure_measure { FIGURE_ACCURACY, FIGURE_LOSS } figure_measure;

/* Training and validation by epoch, of one run or of several with their names. */
clenet_status figure_curves(const char *path, figure_format format, figure_measure measure, const history *const *runs,
                            size_t count, clenet_error *error);

/* The layers as feature maps with their sizes. */
clenet_status figure_architecture(const char *path, figure_format format, const clenet_network *network,
                                  clenet_error *error);

/* Truth by prediction, each row shaded by its shares. */
clenet_status figure_confusion(const char *path, figure_format format, const findings *found, clenet_error *error);

/* The kernels of all conv2d layers: blue takes ink away, orange asks for it. Without such a layer nothing is written. */
clenet_status figure_filters(const char *path, figure_format format, const clenet_model *model, clenet_error *error);

#endif
