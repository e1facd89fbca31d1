/* tiles.h - the sizes of tiles, which define the variants of all kernels.
 *
 * As text they are a kind and the differences from it: "vector8", "group,filters=8,width=2". */
#ifndef CLENET_LIB_BACKEND_OPENCL_TILES_H
#define CLENET_LIB_BACKEND_OPENCL_TILES_H

#include "lib/backend/opencl/discover.h"

typedef struct opencl_tiles {
    int lanes;         /* L: images of a block: a power of two, since a group takes whole vectors of images */
    int width;         /* VW: images of a work-item; a power of two, at most lanes */
    int group;         /* work-items that sum together; 1: no local memory */
    int filters;       /* at most, of a convolution's forward tile */
    int columns;       /* at most, of its input gradient's */
    int channels;      /* at most, of its input gradient's */
    int group_filters; /* at most, of its kernel gradient's */
    int neurons;       /* at most, of a dense layer's */
    int outputs;       /* at most, of the vector of a dense layer's kernel gradient */
    int parts;       /* groups of a launch that sums over the batch, at least, if there is work for them; 1: no parts */
    int fused;       /* vectors of a channel that a work-item sums, at most, if batch norm is one launch */
    int group_items; /* work-items of a group if nothing else decides; 0: a launch is divided into `groups` */
    int groups;      /* groups of such a launch */
} opencl_tiles;

enum { TILES_TEXT = 192 /* bytes: a kind, and every number */ };

/* The default for the device: "vector" (CPUs with registers of 16 floats), "vector8" (other CPUs), "group", or "group" with other
 * numbers (CPUs without vectors). */
const char *tiles_kind(const opencl_found *device);

/* Reads tiles from text and adapts them to the device. Error: CLENET_ERROR_ARGUMENT, with the unknown word. */
clenet_status tiles_read(opencl_tiles *tiles, const char *text, const opencl_found *device, clenet_error *error);

/* Without everything that a driver is likely to get wrong: vectors, local memory, sums in registers, contracted products. Much
 * slower, with the same layout in memory. */
opencl_tiles tiles_plain(int lanes);

/* Candidate i for a tuner, next to text, which tiles_read() accepted: text with one number changed. The candidates for one number
 * follow each other; the most important numbers come first. products: true if a library makes the products of dense layers, so
 * that their numbers have no effect. Returns false if i is past the last; candidate is "" if i changes nothing, or does not
 * fit. */
bool tiles_candidate(char candidate[TILES_TEXT], int i, const char *text, bool products);

#endif
