/* paper.h - estimates the brightness of the paper at each place of a grey picture.
 *
 * Light on a photographed page is uneven: it falls off, and shadows cross it. Ink is found against the paper around it. */
#ifndef CLENET_LIB_DATA_PAPER_H
#define CLENET_LIB_DATA_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

/* The picture in cells of cell x cell pixels; the last row and column may be smaller. */
typedef struct paper {
    size_t height, width; /* of the picture, pixels */
    size_t rows, columns, cell;
    float *mean;  /* [rows][columns]: mean grey of the cell, with its ink */
    float *level; /* [rows][columns]: grey of the paper there, as if nothing was written on it */
    uint8_t *ink; /* [rows][columns]: 1 if the cell or a neighbour has ink, else 0; all 1 if the light is even */
    bool light;   /* the paper is lighter than the ink: no board with chalk */
    double
        largest; /* difference between paper and ink, as a part of the paper's grey: about the largest in the picture */
    double typical; /* median of the levels */
    double grain;   /* standard deviation of the cells without ink, as a part of the paper's grey */
} paper;

/* Estimates the paper. paper_free() it. */
clenet_status paper_find(paper *p, const uint8_t *grey /* [height][width] */, size_t height, size_t width,
                         clenet_error *error);
void paper_free(paper *p);

/* The difference between a pixel and the paper's level there, as a part of the level: above 0 for ink. */
double paper_difference(const paper *p, double grey, double level);

/* The levels of all pixels of row y, between the cells' centres by linear interpolation. between: room for the columns. */
void paper_row(const paper *p, float *levels /* [width] */, float *between /* [columns] */, size_t y);

#endif
