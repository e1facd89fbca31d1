/* augment.h - augmentation: moves each image a little before the network sees it.
 *
 * This header gives the limits and the exact formulas, in integers, so that every backend gets the same bytes. Twins:
 * src/lib/backend/cpu/augment.h, cl/augment.clh.
 *
 * A row of the data has separate random numbers in each round (an epoch of training; a copy in prediction): Philox blocks of the
 * counter (i, row, round, stream). The half-words of block 0, low half first, minus 2^15, are from -2^15 to 2^15 - 1. They are,
 * in order, the shares of the largest shift to the right, shift down, rotation, scale across, scale down, shear. The bytes of
 * blocks 1 to 4, low byte first, minus 2^7, are the pushes of the points of a 5 by 5 grid over the image: to the right, and then,
 * from byte 25, down. Round 0 has no random numbers: there an image is unchanged.
 *
 * The pixel (x, y) of the moved image is the pixel of the image at
 *
 *     centre + R S ((x, y) - centre) + shift + push,    R = (cos, -sin; sin, cos),    S = (1 + scale across, shear; 0, 1 + scale down)
 *
 * push is interpolated linearly in both directions between the points of the grid, and so is the pixel between its neighbours;
 * outside of the image there is 0. Positions have 16 binary places, of which 8 weight the neighbours, and positions between
 * points of the grid have 11. Everything fits into 32 bits, since no side of an image is longer than 4096 (network.c). Source:
 * Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document analysis" (ICDAR 2003),
 * for elastic pushes on MNIST. They smooth a random field; a coarse grid is as smooth, and fast. */
#ifndef CLENET_LIB_NET_AUGMENT_H
#define CLENET_LIB_NET_AUGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "clenet/clenet.h"

enum {
    AUGMENT_GRID = 5,  /* points of the grid in each direction */
    AUGMENT_BLOCKS = 4 /* Philox blocks after the first, for the grid */
};

/* The largest value of each, 0 or more. If all are 0, images are unchanged. */
typedef struct augmentation {
    int32_t shift, elastic;         /* pixels * 2^8 */
    int32_t rotation, scale, shear; /* radians and shares * 2^15, below 2^15 */
    uint32_t stream;                /* the philox_stream of the random numbers */
} augmentation;

/* For training; strength > 0 multiplies all values, up to their limits. */
augmentation augmentation_of(clenet_augment kind, float strength);

/* For the copies of test-time augmentation. */
augmentation augmentation_of_copies(void);

static inline bool augmentation_moves(const augmentation *a) {
    return a->shift > 0 || a->elastic > 0 || a->rotation > 0 || a->scale > 0 || a->shear > 0;
}

#endif
