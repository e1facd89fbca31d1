/* curve_axis.h - the axis of values that shows curves, and what it cuts off.
 *
 * The rule for the range, if the caller gives none: training starts far from the values that it reaches, so the first epochs would
 * set the range, and the rest would be a flat line. Of each curve with 5 epochs or more, the first epochs are left out as long as
 * they are outliers of the figure as in a box plot: further than 1.5 interquartile ranges from the quartiles of the values of all
 * curves (of their logarithms on a log scale). At most half of a curve is left out, and never its kept epoch or a later one. If the
 * rest would still fill half of the plot, no epoch is left out. A value late in a run is never left out: it is news.
 */
#ifndef CLENET_CMD_FIGURES_CURVE_AXIS_H
#define CLENET_CMD_FIGURES_CURVE_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum { AXIS_TICKS_MOST = 24, AXIS_LABEL = 32 };

typedef enum curve_scale { CURVE_SCALE_AUTO, CURVE_SCALE_LINEAR, CURVE_SCALE_LOG } curve_scale;

/* The values of one curve by epoch. */
typedef struct curve {
    double *values; /* [count], of epoch 1, 2...; NaN: none; may be infinite */
    size_t count;
    size_t kept;  /* an epoch that must be shown, from 1; 0: none */
    size_t early; /* set by curve_axis_find: the first epochs that do not count for the range */
} curve;

typedef enum curve_unit {
    CURVE_PLAIN,
    CURVE_PERCENT, /* values 0 to 1, shown as 0 % to 100 % */
} curve_unit;

/* What the caller wants of the axis. */
typedef struct curve_wish {
    curve_unit unit;
    curve_scale scale; /* CURVE_SCALE_AUTO: log if the values span more than a decade, but never for CURVE_PERCENT */
    bool whole;        /* leave no epoch out */
    double low, high;  /* the range, low < high; both 0: by the rule above */
} curve_wish;

typedef struct curve_axis {
    curve_unit unit;
    bool log;
    double low, high; /* the ends, as values */
    double ticks[AXIS_TICKS_MOST];
    char labels[AXIS_TICKS_MOST][AXIS_LABEL]; /* of the ticks */
    size_t tick_count;
} curve_axis;

/* Finds the axis, and sets curves[].early. scratch: room for the values of all curves. */
void curve_axis_find(curve_axis *axis, curve *curves, size_t count, const curve_wish *wish, double *scratch);

/* The place of a value: 0 at the low end, 1 at the high end, and beyond them; infinite for an infinite value, and for one that is not
 * above 0 on a log scale; NaN for NaN. */
double curve_axis_at(const curve_axis *axis, double value);

/* The values beyond one end of the axis. */
typedef struct curve_cut {
    size_t epochs, first, last; /* the number of epochs with such a value, the first and the last of them; from 1 */
    double furthest;            /* the value that is furthest away */
} curve_cut;

curve_cut curve_axis_cut(const curve_axis *axis, const curve *curves, size_t count, bool above);

/* "epoch 1: 92.1 %, below the plot", "epochs 1 to 4: down to 61.5 %, below the plot". */
void curve_cut_text(char *text, size_t size, const curve_axis *axis, const curve_cut *cut, bool above);

/* The round number (1, 2 or 5 times a power of ten) that divides the span into about `parts`. */
double round_step(double span, int parts);

#endif
