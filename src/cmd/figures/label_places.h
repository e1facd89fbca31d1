/* label_places.h - places for labels, so that they overlap neither each other nor the lines of a figure. */
#ifndef CLENET_CMD_FIGURES_LABEL_PLACES_H
#define CLENET_CMD_FIGURES_LABEL_PLACES_H

#include <stdbool.h>
#include <stddef.h>

enum { NAME_BYTES = 96 };

typedef struct label_box {
    double left, top, right, bottom;
} label_box;

bool label_boxes_overlap(const label_box *a, const label_box *b);

/* Whether any of the line from (x1, y1) to (x2, y2) is in the box. */
bool label_box_meets(const label_box *box, double x1, double y1, double x2, double y2);

/* Moves labels at heights y [count], in any order, as little as possible (by least squares), so that neighbours are at least `gap`
 * apart, and all are in top..bottom; if there are too many for that, the gap is smaller. Their order stays. order [count]: room for
 * the labels from top to bottom. */
void labels_spread(double *y, size_t *order, size_t count, double gap, double top, double bottom);

/* The name cut in its middle to at most `columns` letters: "experiment…rate-0.01". columns is 3 or more. UTF-8. */
void label_cut_middle(char cut[NAME_BYTES], const char *name, size_t columns);

/* Short names of runs from their paths: without the folders that all paths begin or end with, as long as the rest is more than a
 * number. Gives the start and the length of the short name of each path. */
typedef struct label_part {
    const char *start;
    size_t length;
} label_part;

void label_names(label_part *names, const char *const *paths, size_t count);

#endif
