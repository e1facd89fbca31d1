/* curve_axis.c - see curve_axis.h. */
#include "cmd/figures/curve_axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    EPOCHS_LEAST = 5, /* with fewer, all are of interest */
    PARTS = 5,        /* steps of an axis, approximately */
    PARTS_MORE = 8,   /* if that gives too few ticks */
    TICKS_LEAST = 4
};

static const double FENCE = 1.5;   /* interquartile ranges from the quartiles: the fences of a box plot */
static const double GAIN = 2.0;    /* the span of all values is at least this many times that of the rest */
static const double DECADE = 10.0; /* values that span more have a log scale */
static const double MARGIN = 0.04; /* of the span, at both ends, so that no line is drawn on an edge */
static const double SMALLEST = 1e-7, LARGEST = 1e6; /* steps between them have labels without an exponent */
static const double FLAT_SHARE = 0.01; /* half of the span around equal values: 1 % of accuracy, or of the value */

double round_step(double span, int parts) {
    double exact = span / parts, power = pow(10.0, floor(log10(exact))), digit = exact / power;
    return power * (digit <= 1.0 ? 1.0 : digit <= 2.0 ? 2.0 : digit <= 5.0 ? 5.0 : 10.0);
}

static double scaled(const curve_axis *axis, double value) {
    if (!axis->log) return value;
    if (isnan(value)) return value;
    return value > 0.0 ? log10(value) : -HUGE_VAL;
}

double curve_axis_at(const curve_axis *axis, double value) {
    double low = scaled(axis, axis->low), high = scaled(axis, axis->high);
    return (scaled(axis, value) - low) / (high - low);
}

/* ---- the range ---- */

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double quantile(const double *sorted, size_t count, double share) {
    double at = share * (double)(count - 1);
    size_t below = (size_t)at, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

/* As scaled: a value outside is an outlier. */
typedef struct fences {
    double low, high;
} fences;

static fences find_fences(const curve_axis *axis, const curve *curves, size_t count, double *sorted) {
    size_t values = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t e = 0; e < curves[i].count; e++) {
            double value = scaled(axis, curves[i].values[e]);
            if (isfinite(value)) sorted[values++] = value;
        }
    }
    if (values == 0) return (fences){-HUGE_VAL, HUGE_VAL};
    qsort(sorted, values, sizeof *sorted, compare);
    double low = quantile(sorted, values, 0.25), high = quantile(sorted, values, 0.75), reach = FENCE * (high - low);
    return (fences){low - reach, high + reach};
}

/* The number of first epochs of the curve that are outliers; at most half, so that a bad run does not vanish. */
static size_t count_early(const curve_axis *axis, const curve *of, const fences *within) {
    size_t most = of->count / 2, early = 0;
    if (of->count < EPOCHS_LEAST) return 0;
    if (of->kept > 0 && of->kept - 1 < most) most = of->kept - 1;
    for (; early < most; early++) {
        double value = scaled(axis, of->values[early]);
        if (value >= within->low && value <= within->high) break;
    }
    return early;
}

/* The lowest and the highest of the finite values, as scaled; without the early ones if they are left out. Returns false if there
 * are no values. */
static bool find_extent(const curve_axis *axis, const curve *curves, size_t count, bool leave_out, double *low,
                        double *high) {
    *low = HUGE_VAL;
    *high = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        for (size_t e = leave_out ? curves[i].early : 0; e < curves[i].count; e++) {
            double value = scaled(axis, curves[i].values[e]);
            if (!isfinite(value)) continue;
            if (value < *low) *low = value;
            if (value > *high) *high = value;
        }
    }
    return *low <= *high;
}

/* Whether a log scale is clearer: the values are all above 0, and span more than a decade. */
static bool suits_log(const curve *curves, size_t count) {
    static const curve_axis linear = {.log = false};
    double low, high;
    return find_extent(&linear, curves, count, false, &low, &high) && low > 0.0 && high > DECADE * low;
}

static void find_range(curve_axis *axis, curve *curves, size_t count, const curve_wish *wish, double *scratch) {
    double low, high, whole_low, whole_high;
    fences within = find_fences(axis, curves, count, scratch);
    for (size_t i = 0; i < count; i++) curves[i].early = wish->whole ? 0 : count_early(axis, &curves[i], &within);
    bool some = find_extent(axis, curves, count, false, &whole_low, &whole_high);
    if (!some) whole_low = axis->log ? -1.0 : 0.0, whole_high = axis->log ? 0.0 : 1.0;
    bool leave_out =
        find_extent(axis, curves, count, true, &low, &high) && whole_high - whole_low > GAIN * (high - low);
    if (!leave_out) {
        for (size_t i = 0; i < count; i++) curves[i].early = 0;
        low = whole_low, high = whole_high;
    }
    double size = axis->unit == CURVE_PERCENT || axis->log ? 1.0 : fmax(fabs(low), fabs(high));
    double room = some ? MARGIN * (high - low) : 0.0;
    if (high - low <= 1e-9 * size) room = size > 0.0 ? FLAT_SHARE * size : 1.0;
    double lowest = axis->log ? low - room : fmax(low - room, fmin(low, 0.0));
    axis->low = axis->log ? pow(10.0, lowest) : lowest;
    axis->high = axis->log ? pow(10.0, high + room) : high + room;
    if (axis->unit == CURVE_PERCENT && axis->high > 1.0) axis->high = fmax(1.0, high);
}

/* ---- the ticks ---- */

static void add_tick(curve_axis *axis, double value) {
    static const double SLACK = 1e-9; /* for sums that are not exact */
    double at = curve_axis_at(axis, value);
    if (at < -SLACK || at > 1.0 + SLACK || axis->tick_count == AXIS_TICKS_MOST) return;
    axis->ticks[axis->tick_count++] = value;
}

static int decimals_of(double step) {
    return step >= 1.0 ? 0 : (int)ceil(-log10(step) - 1e-9);
}

static void add_ticks(curve_axis *axis, double step) {
    double first = ceil(axis->low / step - 1e-9);
    axis->tick_count = 0;
    for (int i = 0; i <= 2 * PARTS_MORE; i++) add_tick(axis, (first + i) * step);
}

static void find_linear_ticks(curve_axis *axis) {
    double step = round_step(axis->high - axis->low, PARTS);
    add_ticks(axis, step);
    if (axis->tick_count < TICKS_LEAST) {
        step = round_step(axis->high - axis->low, PARTS_MORE);
        add_ticks(axis, step);
    }
    int digits = (int)ceil(log10(fmax(fabs(axis->low), fabs(axis->high)) / step)) + 1; /* that tell ticks apart */
    for (size_t i = 0; i < axis->tick_count; i++) {
        double tick = fabs(axis->ticks[i]) < step / 2 ? 0.0 : axis->ticks[i];
        if (axis->unit == CURVE_PERCENT)
            (void)snprintf(axis->labels[i], AXIS_LABEL, "%.*f %%", decimals_of(100.0 * step), 100.0 * tick);
        else if (step < SMALLEST || step >= LARGEST)
            (void)snprintf(axis->labels[i], AXIS_LABEL, "%.*g", digits, tick);
        else
            (void)snprintf(axis->labels[i], AXIS_LABEL, "%.*f", decimals_of(step), tick);
    }
}

/* 1, 2, 5, 10... over a few decades, then 1, 3, 10..., then powers of ten. */
static void find_log_ticks(curve_axis *axis) {
    static const double parts[3][3] = {{1.0, 2.0, 5.0}, {1.0, 3.0, 0.0}, {1.0, 0.0, 0.0}};
    double low = log10(axis->low), high = log10(axis->high), decades = high - low;
    int kind = decades <= 2.2 ? 0 : decades <= 3.5 ? 1 : 2, step = decades > 6.0 ? (int)ceil(decades / 6.0) : 1;
    for (int power = (int)floor(low); power <= (int)ceil(high); power += step) {
        for (int i = 0; i < 3; i++) {
            if (parts[kind][i] > 0.0) add_tick(axis, parts[kind][i] * pow(10.0, power));
        }
    }
    if (axis->tick_count < TICKS_LEAST) {
        find_linear_ticks(axis);
        return;
    }
    for (size_t i = 0; i < axis->tick_count; i++) (void)snprintf(axis->labels[i], AXIS_LABEL, "%.6g", axis->ticks[i]);
}

void curve_axis_find(curve_axis *axis, curve *curves, size_t count, const curve_wish *wish, double *scratch) {
    *axis = (curve_axis){.unit = wish->unit, .log = wish->scale == CURVE_SCALE_LOG};
    if (wish->scale == CURVE_SCALE_AUTO && wish->unit != CURVE_PERCENT) axis->log = suits_log(curves, count);
    if (wish->low < wish->high) {
        axis->log = axis->log && wish->low > 0.0;
        axis->low = wish->low;
        axis->high = wish->high;
        for (size_t i = 0; i < count; i++) curves[i].early = 0;
    } else {
        find_range(axis, curves, count, wish, scratch);
    }
    if (axis->log)
        find_log_ticks(axis);
    else
        find_linear_ticks(axis);
}

/* ---- what is cut off ---- */

curve_cut curve_axis_cut(const curve_axis *axis, const curve *curves, size_t count, bool above) {
    curve_cut cut = {.furthest = above ? axis->high : axis->low};
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) longest = curves[i].count > longest ? curves[i].count : longest;
    for (size_t e = 0; e < longest; e++) {
        bool outside = false;
        for (size_t i = 0; i < count; i++) {
            double value = e < curves[i].count ? curves[i].values[e] : (double)NAN, at = curve_axis_at(axis, value);
            if (!(above ? at > 1.0 + 1e-9 : at < -1e-9)) continue;
            outside = true;
            if (above ? value > cut.furthest : value < cut.furthest) cut.furthest = value;
        }
        if (!outside) continue;
        if (cut.epochs++ == 0) cut.first = e + 1;
        cut.last = e + 1;
    }
    return cut;
}

void curve_cut_text(char *text, size_t size, const curve_axis *axis, const curve_cut *cut, bool above) {
    char epochs[64], value[AXIS_LABEL];
    const char *side = above ? "above the plot" : "below the plot", *towards = above ? "up to" : "down to";
    if (cut->epochs == 1)
        (void)snprintf(epochs, sizeof epochs, "epoch %zu:", cut->first);
    else if (cut->epochs == cut->last - cut->first + 1)
        (void)snprintf(epochs, sizeof epochs, "epochs %zu to %zu: %s", cut->first, cut->last, towards);
    else
        (void)snprintf(epochs, sizeof epochs, "%zu epochs: %s", cut->epochs, towards);
    if (!isfinite(cut->furthest))
        (void)snprintf(value, sizeof value, "infinity");
    else if (axis->unit == CURVE_PERCENT)
        (void)snprintf(value, sizeof value, "%.1f %%", 100.0 * cut->furthest);
    else
        (void)snprintf(value, sizeof value, "%.3g", cut->furthest);
    (void)snprintf(text, size, "%s %s, %s", epochs, value, side);
}
