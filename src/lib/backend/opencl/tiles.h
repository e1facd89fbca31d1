/* tiles.h - the sizes of tiles: all variants of the kernels are these numbers.
 *
 * As text they are a kind and what differs from it: "vector8", "group,filters=8,width=2". */
#ifndef CLENET_LIB_BACKEND_OPENCL_TILES_H
#define CLENET_LIB_BACKEND_OPENCL_TILES_H

#include "lib/backend/opencl/discover.h"

typedef struct opencl_tiles {
    int lanes;         /* L: images of a block */
    int width;         /* VW: images of a work-item; divides lanes */
    int group;         /* work-items that sum together; 1: no local memory */
    int filters;       /* at most, of a convolution's forward tile */
    int columns;       /* at most, of its input gradient's */
    int channels;      /* at most, of its input gradient's */
    int group_filters; /* at most, of its kernel gradient's */
    int neurons;       /* at most, of a dense layer's */
    int outputs;       /* at most, of the vector of a dense layer's kernel gradient */
    int fused;         /* vectors of a channel that a work-item sums, at most, where batch norm is to be one launch */
    int group_items;   /* work-items of a group where nothing else decides; 0: a launch is cut into `groups` */
    int groups;        /* groups of such a launch */
} opencl_tiles;

enum { TILES_TEXT = 192 /* bytes: a kind, and every number */ };

/* "vector" (CPUs with registers of 16 floats), "vector8" (other CPUs) or "group": what the kind of device calls for. */
const char *tiles_kind(const opencl_found *device);

/* The numbers that text means, made to fit the device. Error: CLENET_ERROR_ARGUMENT, with the word that is not known. */
clenet_status tiles_read(opencl_tiles *tiles, const char *text, const opencl_found *device, clenet_error *error);

/* What a driver can get wrong is left out: vectors, local memory, sums that stay in registers, contracted products. Much
 * slower, and the same layout in memory. */
opencl_tiles tiles_plain(int lanes);

/* Candidate i of those that a tuner tries beside text, which tiles_read() took: text with one number changed. Those for one
 * number follow each other, the ones that matter most come first. products: whether a library makes the products of dense
 * layers, so that their numbers do nothing. False where i is beyond the last; "" where i changes nothing, or does not fit. */
bool tiles_candidate(char candidate[TILES_TEXT], int i, const char *text, bool products);

#endif
