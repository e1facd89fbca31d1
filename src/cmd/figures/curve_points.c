/* curve_points.c - see curve_points.h. */
#include "cmd/figures/curve_points.h"

#include <math.h>

/* Adds the lowest and the highest of the values from begin to end. */
static size_t pick_extremes(size_t *picked, const double *values, size_t begin, size_t end) {
    size_t low = end, high = end;
    for (size_t i = begin; i < end; i++) {
        if (!isfinite(values[i])) continue;
        if (low == end || values[i] < values[low]) low = i;
        if (high == end || values[i] > values[high]) high = i;
    }
    if (low == end) low = high = begin;
    picked[0] = low < high ? low : high;
    picked[1] = low < high ? high : low;
    return low == high ? 1 : 2;
}

size_t curve_points_pick(size_t *picked, size_t most, const double *values, size_t count) {
    size_t points = 0, groups = (most - 1) / 2;
    if (count <= most) {
        for (; points < count; points++) picked[points] = points;
        return points;
    }
    picked[points++] = 0;
    for (size_t g = 0; g < groups; g++) {
        size_t begin = 1 + g * (count - 1) / groups, end = 1 + (g + 1) * (count - 1) / groups;
        if (g + 1 == groups) end = count - 1;
        if (begin < end && points + 3 <= most) points += pick_extremes(picked + points, values, begin, end);
    }
    picked[points++] = count - 1;
    return points;
}
