/* figures.h - the figures of a run.
 *
 * Each function draws one figure and writes it to a path, completely or not at all. The format must not be FIGURE_NONE. Call them
 * in a child process if it is PNG or PDF, see canvas.h. Errors: CLENET_ERROR_DEVICE (the format needs librsvg, and this build is
 * without it, or librsvg failed), CLENET_ERROR_MEMORY, CLENET_ERROR_IO. */
#ifndef CLENET_CMD_FIGURES_FIGURES_H
#define CLENET_CMD_FIGURES_FIGURES_H

#include "cmd/figures/canvas.h"
#include "cmd/figures/curve_axis.h"
#include "cmd/figures/findings.h"
#include "cmd/figures/history.h"

/* Units. A figure that is not wider is readable on a telephone with a page of 360 pixels: its letters have at least
 * FIGURE_TEXT units then, which is 11 pixels. Wider figures (the network, matrices of many classes, many columns of tiles) are to
 * scroll sideways there, at their natural size; their letters have at least 11 units. */
enum { FIGURE_NARROW = 450 };
static const double FIGURE_TEXT = 13.8;

/* One image of a data set, with the text below it. */
typedef struct figure_tile {
    uint32_t row;      /* from 0 */
    char caption[64];  /* in bold; "": nothing. It is cut if it is too wide. */
    char notes[2][64]; /* lines below it; "": nothing */
} figure_tile;

/* Images of a data set in columns, ink on paper; those of three channels in their colours. */
clenet_status figure_tiles(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                           const figure_tile *tiles, size_t count, int columns, clenet_error *error);

/* The same with each image's label, if it has one, and its row from 1 below it. */
clenet_status figure_digits(const char *path, figure_format format, const char *title, const clenet_dataset *dataset,
                            const uint32_t *rows, size_t count, int columns, clenet_error *error);

/* Draws `most` of the rows [count] at random, from the seed, each at most once, into picked [most]. rows NULL: rows 0, 1, 2...
 * Returns the number drawn, which is count if that is less. */
size_t figure_pick(uint32_t *picked, size_t most, const uint32_t *rows, size_t count, uint64_t seed);

/* The `most` mistakes with the highest confidence. */
clenet_status figure_mistakes(const char *path, figure_format format, const clenet_dataset *dataset,
                              const findings *found, size_t most, clenet_error *error);

typedef enum figure_measure { FIGURE_ACCURACY, FIGURE_LOSS, FIGURE_LEARNING_RATE } figure_measure;

typedef struct curve_view {
    figure_measure measure;
    curve_scale scale;
    double low,
        high; /* the range of values, low < high, accuracy from 0 to 1; both 0: found by the rule in curve_axis.h */
} curve_view;

/* Training and validation by epoch, of one run or of several runs with their names. A value beyond the axis is an arrow at its edge,
 * and a note. */
clenet_status figure_curves_view(const char *path, figure_format format, const curve_view *view,
                                 const history *const *runs, size_t count, clenet_error *error);

/* The same with the scale and the range found from the values. */
clenet_status figure_curves(const char *path, figure_format format, figure_measure measure, const history *const *runs,
                            size_t count, clenet_error *error);

/* The layers as feature maps with their sizes. */
clenet_status figure_architecture(const char *path, figure_format format, const clenet_network *network,
                                  clenet_error *error);

/* Rows are true labels, columns predictions, with the names of the data set's classes, totals, recall and precision. The diagonal
 * is shaded by recall, and the mistakes by their number; both scales are below. */
clenet_status figure_confusion(const char *path, figure_format format, const clenet_dataset *dataset,
                               const findings *found, clenet_error *error);

/* The kernels of all conv2d layers: orange for positive weights, blue with a hole for negative ones, with the scale of each layer. Without
 * such a layer nothing is written. */
clenet_status figure_filters(const char *path, figure_format format, const clenet_model *model, clenet_error *error);

#endif
