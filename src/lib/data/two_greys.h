/* two_greys.h - separates the greys of a picture into dark and light. */
#ifndef CLENET_LIB_DATA_TWO_GREYS_H
#define CLENET_LIB_DATA_TWO_GREYS_H

#include <stdint.h>

enum { GREY_LEVELS = 256 };

typedef struct two_greys {
    double dark, light; /* the means of both sides */
    int threshold;      /* the first level of the light side */
} two_greys;

/* Otsu's threshold (1979, "A threshold selection method from gray-level histograms") makes the variance between both sides largest.
 * If several do, it is the middle one. The histogram has at least one pixel. */
two_greys two_greys_part(const uint64_t histogram[GREY_LEVELS]);

#endif
