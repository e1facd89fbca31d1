/* segments.h - divides the ink of a picture into digits.
 *
 * Ink that touches is a spot. The spots of a broken digit are joined, and digits that touch are cut apart. */
#ifndef CLENET_LIB_DATA_SEGMENTS_H
#define CLENET_LIB_DATA_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/data/ink.h"

typedef struct segment {
    size_t top, bottom, left, right; /* the box; bottom and right are one past it */
    size_t pixels;                   /* of its strokes, without their grey edges */
    uint32_t owner;                  /* the index of the segment that it was joined to; its index if it was not */
    int line;                        /* from 0, the top */
} segment;

typedef struct segments {
    uint32_t *label; /* [height][width]: 0 for paper, otherwise 1 + the index of a segment */
    size_t height, width;
    segment *list; /* [count]: first one per spot, at last one per digit */
    size_t count, room;
    uint32_t *order;     /* [count]: the indices of the digits, line by line, left to right */
    double stroke, tall; /* the approximate width of strokes and height of digits, pixels */
} segments;

/* Finds the digits. wanted: 0 for as many as there are, or their number; fewer or more are found if the ink cannot be divided so.
 * Ink in more spots than a page of digits has is CLENET_ERROR_FORMAT. segments_free() them. */
clenet_status segments_find(segments *s, const ink_map *map, int wanted, clenet_error *error);
void segments_free(segments *s);

/* The segment that a label belongs to. */
uint32_t segments_owner(const segments *s, uint32_t label);

/* ---- steps, in the order in which segments_find() takes them ---- */

/* Joins the spots of one digit (segments_join.c). */
clenet_status segments_join(segments *s, clenet_error *error);

/* Joins the nearest neighbours until there are no more than `wanted`. */
void segments_join_to(segments *s, size_t wanted);

/* Cuts segments that are too wide for one digit (segments_cut.c); with wanted above 0, the widest until that number is reached. */
clenet_status segments_cut(segments *s, const ink_map *map, int wanted, clenet_error *error);

/* Appends a segment. Its label is the new count. */
clenet_status segments_add(segments *s, const segment *made, clenet_error *error);

/* Adds the second segment's box and pixels to the first. */
void segments_unite(segments *s, uint32_t to, uint32_t from);

static inline size_t segment_height(const segment *a) {
    return a->bottom - a->top;
}

static inline size_t segment_width(const segment *a) {
    return a->right - a->left;
}

#endif
