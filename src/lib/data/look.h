/* look.h - how images look: how light they are, and whether they are upright. */
#ifndef CLENET_LIB_DATA_LOOK_H
#define CLENET_LIB_DATA_LOOK_H

struct clenet_dataset;

typedef struct data_look {
    double mean, border; /* the mean of all pixels, and of those on the border, 0 to 255 */
    double wide, tall;   /* the share of images whose ink is wider than high, and the share of the opposite, 0 to 1 */
    int largest;         /* pixel; -1: nothing is known */
} data_look;

/* Looks at all images, or at every n-th if there are many. */
data_look data_look_at(const struct clenet_dataset *dataset);

#endif
