/* augment.h - how images are moved a little before the network sees them: by how much at most, and what exactly is done, in whole
 * numbers, so that every backend gets the same bytes. Twins: backend/cpu/augment.h, cl/augment.clh.
 *
 * A row of the data has its own random numbers in each round (an epoch of training; a copy in prediction): Philox blocks of the
 * counter (i, row, round, stream). Half-words of block 0, low first, less 2^15 and so of -2^15 to 2^15 - 1, are, in their order,
 * how much of the most there is of: shift to the right, shift down, rotation, scale across, scale down, shear. Bytes of blocks 1
 * to 4, low first, less 2^7, are how far the points of a grid of 5 by 5 over the image are pushed to the right, and then, from
 * byte 25 on, down. Round 0 has no random numbers: there, an image stays what it is.
 *
 * The pixel (x, y) of the moved image is that of the image at
 *
 *     centre + R S ((x, y) - centre) + shift + push,    R = (cos, -sin; sin, cos),    S = (1 + scale across, shear; 0, 1 + scale down)
 *
 * where push is interpolated linearly in both directions between the points of the grid, and the pixel between its neighbours
 * likewise; outside of the image there is 0. Positions have 16 binary places, of which 8 weigh the neighbours, and places between
 * points of the grid 11: all of it fits 32 bits, since no side of an image is longer than 4096 (network.c).
 * Sources: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document analysis"
 * (ICDAR 2003), for elastic pushes on MNIST, there of a smoothed random field; a coarse grid is as smooth, and cheap. */
#ifndef CLENET_LIB_NET_AUGMENT_H
#define CLENET_LIB_NET_AUGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "clenet/clenet.h"

enum {
    AUGMENT_GRID = 5,  /* points of the grid in each direction */
    AUGMENT_BLOCKS = 4 /* Philox blocks behind the first, for the grid */
};

/* The most there is of each, 0 or more; all 0: images stay what they are. */
typedef struct augmentation {
    int32_t shift, elastic;         /* pixels * 2^8 */
    int32_t rotation, scale, shear; /* radians and shares * 2^15, below 2^15 */
    uint32_t stream;                /* of the random numbers: a philox_stream */
} augmentation;

/* In training; strength > 0 multiplies all of it, as far as it may go. */
augmentation augmentation_of(clenet_augment kind, float strength);

/* Of the copies that a prediction is averaged over. */
augmentation augmentation_of_copies(void);

static inline bool augmentation_moves(const augmentation *a) {
    return a->shift > 0 || a->elastic > 0 || a->rotation > 0 || a->scale > 0 || a->shear > 0;
}

#endif
