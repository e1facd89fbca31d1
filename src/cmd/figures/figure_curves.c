/* figure_curves.c - draws accuracy, loss or learning rate by epoch, of one or several runs.
 *
 * One run: training is a thin dashed line, validation a strong one. Several runs: each has the colour, the dashes and the marker of a
 * series, its training is pale and thin, and its name is at the end of its line. So the lines are told apart in grey, too. The size of
 * letters is at least 11 pixels if the figure is 360 pixels wide, as on a telephone. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/figures/curve_points.h"
#include "cmd/figures/figures.h"
#include "cmd/figures/label_places.h"

enum {
    WIDTH = 440,
    HEIGHT = 350,
    EDGE = 12,         /* free at the left and right edge */
    TOP = 68,          /* of the plot: below title and legend */
    TOP_ALONE = 36,    /* below the title only */
    BOTTOM = 54,       /* below the plot: epochs and the title of their axis */
    LINE = 18,         /* from one line of text to the next */
    LEADER = 18,       /* from the end of a line to the marker before its name */
    NAME_COLUMNS = 13, /* letters of a name */
    PLACES_MOST = 4,   /* of texts within the plot, and of vertical lines */
    NOTES = 3,
    MARKS_MOST = 30,         /* with more epochs the line of a single run has no markers */
    MARKS_COMPARED = 6,      /* markers of a run among several, approximately */
    POINTS_MOST = 2 * WIDTH, /* of a line: more would be closer than half a unit */
    TEXT_BYTES = 128
};

static const double TEXT = 14, TITLE = 16;
static const double PALE = 0.5; /* strength of the training curve among several runs */
static const double ARROW = 9;  /* width and height of an arrow at the edge */
static const double RING = 6.5; /* radius of the ring around the kept epoch */

typedef struct line_style {
    int colour;
    double width;
    const char *dashes;
    marker_shape marker;
} line_style;

typedef struct curve_points {
    size_t epochs[POINTS_MOST]; /* from 0 */
    size_t count;
} curve_points;

typedef struct curves_plot {
    canvas *page;
    const curve_view *view;
    const history *const *runs;
    size_t count;  /* of runs */
    curve *curves; /* [2 * count]: training and validation of each run; without validation its values are NaN */
    curve_axis axis;
    double last;                                  /* epoch; the first is 1 */
    curve_points *points;                         /* [2 * count]: the epochs of each curve that its line needs */
    double *px, *py;                              /* room for the points of a line; px also for all values */
    double page_height, left, top, width, height; /* of the plot */
    char (*names)[NAME_BYTES];                    /* [count], cut; several runs only */
    double *name_y;                               /* [count] */
    size_t *order;                                /* [count] */
    char notes[NOTES][TEXT_BYTES];                /* what is below the plot, above it, not a number; "": nothing */
    label_box taken[PLACES_MOST];                 /* texts in the plot */
    size_t taken_count;
    double bars[PLACES_MOST]; /* x of vertical lines */
    size_t bar_count;
} curves_plot;

static const char *const titles[2][3] = {{"Training Accuracy", "Training Loss", "Learning Rate"},
                                         {"Training and Validation Accuracy", "Training and Validation Loss", ""}};
static const char *const quantities[] = {"Accuracy", "Loss", "Learning rate"};
static const char *const legends[2][2] = {{"Training Accuracy", "Validation Accuracy"},
                                          {"Training Loss", "Validation Loss"}};

/* ---- values ---- */

static double value_of(const history *run, size_t epoch, figure_measure measure, bool validation) {
    const clenet_epoch *of = &run->epochs[epoch];
    if (measure == FIGURE_LEARNING_RATE) return validation ? (double)NAN : run->rates[epoch];
    if (measure == FIGURE_ACCURACY) return validation ? of->val_accuracy : of->accuracy;
    return validation ? of->val_loss : of->loss;
}

static bool has_values(const curve *of) {
    for (size_t e = 0; e < of->count; e++) {
        if (isfinite(of->values[e])) return true;
    }
    return false;
}

static bool is_validated(const curves_plot *plot) {
    for (size_t i = 0; i < plot->count; i++) {
        if (has_values(&plot->curves[2 * i + 1])) return true;
    }
    return false;
}

static void free_plot(curves_plot *plot) {
    for (size_t i = 0; plot->curves != NULL && i < 2 * plot->count; i++) free(plot->curves[i].values);
    free(plot->curves);
    free(plot->points);
    free(plot->px);
    free(plot->py);
    free(plot->names);
    free(plot->name_y);
    free(plot->order);
}

/* Returns false if out of memory. */
static bool get_values(curves_plot *plot) {
    size_t longest = 1, values = 0;
    for (size_t i = 0; i < plot->count; i++) {
        if (plot->runs[i]->count > longest) longest = plot->runs[i]->count;
        values += 2 * plot->runs[i]->count;
    }
    plot->last = (double)longest;
    plot->curves = calloc(2 * plot->count + 2, sizeof *plot->curves);
    plot->points = calloc(2 * plot->count + 2, sizeof *plot->points);
    plot->px = calloc(values > 2 * POINTS_MOST ? values : 2 * POINTS_MOST, sizeof *plot->px);
    plot->py = calloc(2 * POINTS_MOST, sizeof *plot->py);
    plot->names = calloc(plot->count + 1, sizeof *plot->names);
    plot->name_y = calloc(plot->count + 1, sizeof *plot->name_y);
    plot->order = calloc(plot->count + 1, sizeof *plot->order);
    bool all = plot->curves != NULL && plot->points != NULL && plot->px != NULL && plot->py != NULL &&
               plot->names != NULL && plot->name_y != NULL && plot->order != NULL;
    for (size_t i = 0; all && i < 2 * plot->count; i++) {
        const history *run = plot->runs[i / 2];
        curve *of = &plot->curves[i];
        of->values = calloc(run->count + 1, sizeof *of->values);
        if (of->values == NULL) return false;
        of->count = run->count;
        of->kept = run->kept > 0 ? (size_t)run->kept : 0;
        for (size_t e = 0; e < run->count; e++) of->values[e] = value_of(run, e, plot->view->measure, i % 2 == 1);
        curve_points *points = &plot->points[i];
        points->count = curve_points_pick(points->epochs, POINTS_MOST, of->values, of->count);
    }
    return all;
}

/* ---- places ---- */

static double x_of(const curves_plot *plot, double epoch) {
    if (plot->last <= 1.0) return plot->left + plot->width / 2;
    return plot->left + (epoch - 1.0) / (plot->last - 1.0) * plot->width;
}

/* Of a place on the axis, 0 to 1; beyond it is on the edge. */
static double y_at(const curves_plot *plot, double at) {
    return plot->top + (1.0 - fmin(fmax(at, 0.0), 1.0)) * plot->height;
}

static double y_of(const curves_plot *plot, double value) {
    return y_at(plot, curve_axis_at(&plot->axis, value));
}

static bool is_inside(const curves_plot *plot, double value) {
    double at = curve_axis_at(&plot->axis, value);
    return at >= -1e-9 && at <= 1.0 + 1e-9;
}

/* How many lines the box is on. */
static int count_lines(const curves_plot *plot, const label_box *box) {
    int lines = 0;
    for (size_t i = 0; i < 2 * plot->count; i++) {
        const curve *of = &plot->curves[i];
        const curve_points *points = &plot->points[i];
        for (size_t k = 0; k < points->count; k++) {
            size_t e = points->epochs[k], next = k + 1 < points->count ? points->epochs[k + 1] : e;
            if (isnan(of->values[e])) continue;
            if (isnan(of->values[next])) next = e;
            lines += label_box_meets(box, x_of(plot, (double)e + 1.0), y_of(plot, of->values[e]),
                                     x_of(plot, (double)next + 1.0), y_of(plot, of->values[next]));
        }
    }
    for (size_t i = 0; i < plot->bar_count; i++) lines += plot->bars[i] > box->left && plot->bars[i] < box->right;
    return lines;
}

/* The place for a text about the point (x, y) within the plot: on the fewest lines, on no other text, and then near the point. */
static label_box find_place(const curves_plot *plot, double x, double y, double width) {
    static const double GAP = 10, COST_OF_TEXT = 1000, COST_OF_LINE = 10, COST_OF_ROW = 1, COST_OF_SIDE = 0.05;
    const double right = plot->left + plot->width - 2, left = plot->left + 2;
    const double starts[] = {x + GAP, x - GAP - width, x + 4 * GAP, x - 4 * GAP - width, right - width, left};
    int rows = (int)(plot->height / LINE);
    double best = HUGE_VAL;
    label_box found = {.left = left};
    for (int i = 0; i < rows * 6; i++) {
        int row = i / 6;
        double start = fmax(left, fmin(starts[i % 6], right - width)), top = plot->top + LINE * row + 1;
        label_box box = {start, top, start + width, top + LINE};
        double aside = fmax(0.0, fmax(box.left - x, x - box.right)), away = fabs(top + LINE / 2.0 - y) / LINE;
        double cost = COST_OF_ROW * away + COST_OF_SIDE * aside + COST_OF_LINE * count_lines(plot, &box);
        for (size_t k = 0; k < plot->taken_count; k++)
            cost += COST_OF_TEXT * label_boxes_overlap(&box, &plot->taken[k]);
        if (cost >= best) continue;
        best = cost;
        found = box;
    }
    return found;
}

static void write_inside(curves_plot *plot, double x, double y, int colour, const char *text) {
    const text_style style = {.size = TEXT, .colour = colour, .halo = true};
    label_box box = find_place(plot, x, y, canvas_text_width(text, TEXT));
    if (plot->taken_count < PLACES_MOST) plot->taken[plot->taken_count++] = box;
    canvas_text(plot->page, box.left, (box.top + box.bottom) / 2, style, text);
}

/* ---- axes ---- */

static void draw_axis_of_values(const curves_plot *plot) {
    const text_style style = {.size = TEXT, .colour = QUIET, .align = TEXT_RIGHT};
    const text_style title = {.size = TEXT, .colour = INK, .align = TEXT_CENTRE, .upwards = true};
    char text[TEXT_BYTES];
    for (size_t i = 0; i < plot->axis.tick_count; i++) {
        double y = y_of(plot, plot->axis.ticks[i]);
        canvas_line(plot->page, plot->left, y, plot->left + plot->width, y, 0.75, HAIR);
        canvas_text(plot->page, plot->left - 8, y, style, plot->axis.labels[i]);
    }
    (void)snprintf(text, sizeof text, "%s%s", quantities[plot->view->measure], plot->axis.log ? " (log scale)" : "");
    canvas_text(plot->page, EDGE + 4, plot->top + plot->height / 2, title, text);
}

static void draw_axis_of_epochs(const curves_plot *plot) {
    const text_style style = {.size = TEXT, .colour = QUIET, .align = TEXT_CENTRE};
    const text_style title = {.size = TEXT, .colour = INK, .align = TEXT_CENTRE};
    double bottom = plot->top + plot->height;
    char text[32];
    (void)snprintf(text, sizeof text, "%.0f", plot->last);
    int parts = (int)(plot->width / (canvas_text_width(text, TEXT) + 20.0)); /* as many as have room */
    int last = (int)plot->last, step = (int)fmax(1.0, round_step(plot->last, parts < 10 ? parts : 10));
    for (int epoch = step > 1 ? 0 : 1; epoch <= last; epoch += step) {
        int shown = epoch < 1 ? 1 : epoch; /* 1, 5, 10... */
        (void)snprintf(text, sizeof text, "%d", shown);
        canvas_line(plot->page, x_of(plot, shown), bottom, x_of(plot, shown), bottom + 5, 0.75, QUIET);
        canvas_text(plot->page, x_of(plot, shown), bottom + 16, style, text);
    }
    canvas_line(plot->page, plot->left, bottom, plot->left + plot->width, bottom, 1.0, QUIET);
    canvas_text(plot->page, plot->left + plot->width / 2, bottom + 38, title, "No. of epoch");
}

/* ---- lines ---- */

static line_style style_of(const curves_plot *plot, size_t i) {
    bool validation = i % 2 == 1;
    const line_series *of = &canvas_series[i / 2 % SERIES_MOST];
    if (plot->count > 1)
        return (line_style){validation ? of->colour : colour_shade(of->colour, PALE), validation ? 2.25 : 1.25,
                            of->dashes, of->marker};
    if (validation) return (line_style){ORANGE, 2.5, NULL, MARKER_SQUARE};
    return (line_style){BLUE, 1.75, plot->view->measure == FIGURE_LEARNING_RATE ? NULL : "5 3", MARKER_DISC};
}

static void end_line(const curves_plot *plot, size_t *points, const line_style *style) {
    if (*points > 1) canvas_curve(plot->page, plot->px, plot->py, *points, style->width, style->colour);
    *points = 0;
}

static void add_point(const curves_plot *plot, size_t *points, double epoch, double at) {
    plot->px[*points] = x_of(plot, epoch);
    plot->py[(*points)++] = y_at(plot, at);
}

/* The part of the line from a to b that is within the plot, 0 to 1; from > to if all of it is outside. */
static void clip(double a, double b, double *from, double *to) {
    *from = isfinite(a) && isfinite(b) && (a != b || (a >= 0.0 && a <= 1.0)) ? 0.0 : 2.0;
    *to = 1.0;
    if (*from > *to || a == b) return;
    *from = fmax(0.0, fmin((0.0 - a) / (b - a), (1.0 - a) / (b - a)));
    *to = fmin(1.0, fmax((0.0 - a) / (b - a), (1.0 - a) / (b - a)));
}

/* Lines end at the edges of the plot. Values that are not finite leave a gap. */
static void draw_line(const curves_plot *plot, size_t i, const line_style *style) {
    const curve *of = &plot->curves[i];
    const curve_points *shown = &plot->points[i];
    size_t points = 0;
    canvas_dashes(plot->page, style->dashes);
    for (size_t k = 0; k + 1 < shown->count; k++) {
        size_t e = shown->epochs[k], next = shown->epochs[k + 1];
        double a = curve_axis_at(&plot->axis, of->values[e]), b = curve_axis_at(&plot->axis, of->values[next]);
        double from, to, step = (double)(next - e), epoch = (double)e + 1.0;
        clip(a, b, &from, &to);
        if (from > to || from > 0.0) end_line(plot, &points, style);
        if (from > to) continue;
        if (points == 0) add_point(plot, &points, epoch + from * step, a + from * (b - a));
        add_point(plot, &points, epoch + to * step, a + to * (b - a));
        if (to < 1.0) end_line(plot, &points, style);
    }
    end_line(plot, &points, style);
    canvas_dashes(plot->page, NULL);
}

static bool is_alone(const curve *of, size_t epoch) {
    bool before = epoch > 0 && isfinite(of->values[epoch - 1]);
    return !before && !(epoch + 1 < of->count && isfinite(of->values[epoch + 1]));
}

/* Among several runs the markers of one are between those of the others. A value without neighbours has a marker always. */
static void draw_markers(const curves_plot *plot, size_t i, const line_style *style) {
    const curve *of = &plot->curves[i];
    bool several = plot->count > 1, marked = several ? i % 2 == 1 : plot->last <= MARKS_MOST;
    size_t step = several ? (size_t)ceil(plot->last / MARKS_COMPARED) : 1, first = i / 2 * step / plot->count;
    double radius = several || i % 2 == 1 ? 3.5 : 2.75;
    for (size_t e = 0; e < of->count; e++) {
        if (!is_inside(plot, of->values[e]) || !((marked && e % step == first) || is_alone(of, e))) continue;
        canvas_marker(plot->page, x_of(plot, (double)e + 1.0), y_of(plot, of->values[e]), radius, style->marker,
                      style->colour);
    }
}

static void draw_arrow(const curves_plot *plot, double x, double tip, bool up, int colour) {
    double base = up ? tip + ARROW : tip - ARROW;
    const double xs[] = {x - ARROW / 2, x + ARROW / 2, x}, ys[] = {base, base, tip};
    canvas_polygon(plot->page, xs, ys, 3, colour);
}

/* An arrow at the edge for each value beyond it, if it has room next to the last one. */
static void draw_arrows(const curves_plot *plot, const curve *of, const line_style *style) {
    double before[2] = {-HUGE_VAL, -HUGE_VAL}; /* at the bottom, at the top */
    for (size_t e = 0; e < of->count; e++) {
        double value = of->values[e], x = x_of(plot, (double)e + 1.0);
        if (isnan(value) || is_inside(plot, value)) continue;
        bool above = curve_axis_at(&plot->axis, value) > 1.0;
        if (x - before[above] < ARROW) continue;
        before[above] = x;
        draw_arrow(plot, x, above ? plot->top : plot->top + plot->height, above, style->colour);
    }
}

static void draw_curves(const curves_plot *plot) {
    for (size_t validation = 0; validation < 2; validation++) {
        for (size_t i = validation; i < 2 * plot->count; i += 2) {
            line_style style = style_of(plot, i);
            draw_line(plot, i, &style);
            draw_markers(plot, i, &style);
            draw_arrows(plot, &plot->curves[i], &style);
        }
    }
}

/* ---- legend and names ---- */

static double draw_key(const curves_plot *plot, double x, double y, const line_style *style, bool marked,
                       const char *text) {
    const text_style letters = {.size = TEXT, .colour = INK};
    canvas_dashes(plot->page, style->dashes);
    canvas_line(plot->page, x, y, x + 26, y, style->width, style->colour);
    canvas_dashes(plot->page, NULL);
    if (marked) canvas_marker(plot->page, x + 13, y, 3.5, style->marker, style->colour);
    canvas_text(plot->page, x + 32, y, letters, text);
    return x + 32 + canvas_text_width(text, TEXT) + 12;
}

/* For one run its two curves by name; for several the difference between pale and strong lines. */
static void draw_legend(const curves_plot *plot) {
    const text_style title = {.size = TITLE, .colour = INK, .bold = true};
    const line_style pale = {colour_shade(INK, PALE), 1.25, NULL, MARKER_DISC}, strong = {INK, 2.25, NULL, MARKER_DISC};
    double x = EDGE, y = 44;
    canvas_text(plot->page, EDGE, 19, title, titles[is_validated(plot)][plot->view->measure]);
    if (plot->view->measure == FIGURE_LEARNING_RATE) return;
    bool one = plot->count == 1, marked = one && plot->last <= MARKS_MOST;
    for (size_t i = 0; i < (is_validated(plot) ? 2 : 1); i++) {
        line_style style = one ? style_of(plot, i) : i == 0 ? pale : strong;
        x = draw_key(plot, x, y, &style, marked, legends[plot->view->measure][i]);
    }
}

/* The last validation value of a run; without validation the last training value. */
static double last_value(const curves_plot *plot, size_t run, double *epoch) {
    const curve *of = &plot->curves[2 * run + 1];
    if (!has_values(of)) of = &plot->curves[2 * run];
    for (size_t e = of->count; e > 0; e--) {
        *epoch = (double)e;
        if (isfinite(of->values[e - 1])) return of->values[e - 1];
    }
    *epoch = 1.0;
    return (double)NAN;
}

/* Each name is near the height at which its line ends. A leader in the style of the line goes from the edge to it. */
static void draw_names(const curves_plot *plot) {
    const text_style letters = {.size = TEXT, .colour = INK};
    double right = plot->left + plot->width;
    for (size_t i = 0; i < plot->count; i++) {
        double epoch, value = last_value(plot, i, &epoch);
        plot->name_y[i] = isnan(value) ? plot->top + plot->height : y_of(plot, value);
    }
    labels_spread(plot->name_y, plot->order, plot->count, LINE, plot->top, plot->top + plot->height);
    for (size_t i = 0; i < plot->count; i++) {
        double epoch, value = last_value(plot, i, &epoch), y = plot->name_y[i];
        bool reaches = epoch >= plot->last && !isnan(value) && plot->last > 1.0;
        line_style style = style_of(plot, 2 * i + 1);
        const double xs[] = {right, right + LEADER - 4, right + LEADER + 6},
                     ys[] = {reaches ? y_of(plot, value) : y, y, y};
        canvas_dashes(plot->page, style.dashes);
        canvas_curve(plot->page, xs + !reaches, ys + !reaches, reaches ? 3 : 2, reaches ? 1.0 : 2.25, style.colour);
        canvas_dashes(plot->page, NULL);
        canvas_marker(plot->page, right + LEADER + 3, y, 3.75, style.marker, style.colour);
        canvas_text(plot->page, right + LEADER + 11, y, letters, plot->names[i]);
    }
}

/* ---- marks of a single run ---- */

static void draw_bar(curves_plot *plot, double epoch, int colour) {
    double x = x_of(plot, epoch);
    canvas_dashes(plot->page, "2 3");
    canvas_line(plot->page, x, plot->top, x, plot->top + plot->height, 1.0, colour);
    canvas_dashes(plot->page, NULL);
    if (plot->bar_count < PLACES_MOST) plot->bars[plot->bar_count++] = x;
}

static void draw_kept(curves_plot *plot) {
    const history *run = plot->runs[0];
    if (run->kept < 1 || (size_t)run->kept > run->count || plot->view->measure == FIGURE_LEARNING_RATE) return;
    size_t epoch = (size_t)run->kept, i = isfinite(plot->curves[1].values[epoch - 1]) ? 1 : 0;
    double value = plot->curves[i].values[epoch - 1], x = x_of(plot, (double)epoch), y = y_of(plot, value);
    line_style style = style_of(plot, i);
    const char *what = run->best_only ? "best" : "kept";
    char text[TEXT_BYTES];
    if (plot->view->measure == FIGURE_ACCURACY)
        (void)snprintf(text, sizeof text, "%s: epoch %zu, %.2f %%", what, epoch, 100.0 * value);
    else
        (void)snprintf(text, sizeof text, "%s: epoch %zu, %.4f", what, epoch, value);
    draw_bar(plot, (double)epoch, QUIET);
    plot->taken[plot->taken_count++] = (label_box){x - RING, y - RING, x + RING, y + RING};
    write_inside(plot, x, isfinite(y) ? y : plot->top, INK, text);
    if (!is_inside(plot, value)) return;
    canvas_disc(plot->page, x, y, RING, INK);
    canvas_disc(plot->page, x, y, RING - 1.75, GROUND);
    canvas_marker(plot->page, x, y, RING / 2, style.marker, style.colour);
}

static void draw_stop(curves_plot *plot) {
    const history *run = plot->runs[0];
    if (!run->stopped_early || run->count == 0) return;
    bool rises = plot->view->measure == FIGURE_ACCURACY; /* so there is room at the bottom */
    draw_bar(plot, (double)run->count, QUIET);
    write_inside(plot, x_of(plot, (double)run->count), plot->top + (rises ? plot->height : 0), QUIET, "stopped early");
}

/* ---- what is not shown ---- */

static void note_cut(curves_plot *plot, bool above) {
    curve_cut cut = curve_axis_cut(&plot->axis, plot->curves, 2 * plot->count, above);
    if (cut.epochs == 0) return;
    curve_cut_text(plot->notes[above], sizeof plot->notes[above], &plot->axis, &cut, above);
}

static void note_missing(curves_plot *plot) {
    size_t count = 0, first = 0, last = 0;
    for (size_t e = 0; e < (size_t)plot->last && plot->view->measure != FIGURE_LEARNING_RATE; e++) {
        bool missing = false;
        for (size_t i = 0; i < 2 * plot->count; i += 2)
            missing |= e < plot->curves[i].count && isnan(plot->curves[i].values[e]);
        if (!missing) continue;
        if (count++ == 0) first = e + 1;
        last = e + 1;
    }
    if (count == 0) return;
    if (count == 1)
        (void)snprintf(plot->notes[2], TEXT_BYTES, "epoch %zu: not a number", first);
    else if (count == last - first + 1)
        (void)snprintf(plot->notes[2], TEXT_BYTES, "epochs %zu to %zu: not a number", first, last);
    else
        (void)snprintf(plot->notes[2], TEXT_BYTES, "%zu epochs: not a number", count);
}

/* Lines below the plot, which begin with the arrow that they explain. */
static void draw_notes(const curves_plot *plot) {
    const text_style style = {.size = TEXT, .colour = QUIET};
    double y = plot->top + plot->height + BOTTOM + LINE / 2.0 - 2;
    for (int i = 0; i < NOTES; i++) {
        if (plot->notes[i][0] == '\0') continue;
        double x = EDGE;
        if (i < 2) {
            draw_arrow(plot, x + ARROW / 2, i == 1 ? y - ARROW / 2 : y + ARROW / 2, i == 1, QUIET);
            x += ARROW + 6;
        }
        canvas_text(plot->page, x, y, style, plot->notes[i]);
        y += LINE;
    }
}

/* ---- the figure ---- */

/* The sizes of the margins, which depend on the texts in them. */
static void lay_out(curves_plot *plot) {
    double labels = 0.0, names = 0.0, lines = 0.0;
    for (size_t i = 0; i < plot->axis.tick_count; i++)
        labels = fmax(labels, canvas_text_width(plot->axis.labels[i], TEXT));
    for (size_t i = 0; i < plot->count && plot->count > 1; i++) {
        label_cut_middle(plot->names[i], plot->runs[i]->name != NULL ? plot->runs[i]->name : "?", NAME_COLUMNS);
        names = fmax(names, LEADER + 11 + canvas_text_width(plot->names[i], TEXT));
    }
    for (int i = 0; i < NOTES; i++) lines += plot->notes[i][0] != '\0';
    plot->left = EDGE + TEXT + 8 + labels + 8;
    plot->width = WIDTH - plot->left - fmax(names, 6) - EDGE;
    plot->top = plot->view->measure == FIGURE_LEARNING_RATE ? TOP_ALONE : TOP;
    plot->height = fmax(HEIGHT - BOTTOM - plot->top, (double)plot->count * LINE);
    plot->page_height = plot->top + plot->height + BOTTOM + LINE * lines;
}

/* For screen readers: what each run ends with. */
static void describe(const curves_plot *plot) {
    char text[1024];
    size_t used = (size_t)snprintf(text, sizeof text, "%s by epoch, from 1 to %.0f.", quantities[plot->view->measure],
                                   plot->last);
    for (size_t i = 0; i < plot->count && used < sizeof text; i++) {
        double epoch, value = last_value(plot, i, &epoch);
        const char *what = has_values(&plot->curves[2 * i + 1]) ? "validation" : "training";
        bool percent = plot->view->measure == FIGURE_ACCURACY;
        used += (size_t)snprintf(text + used, sizeof text - used, " %s%s%s %.4g%s in epoch %.0f.",
                                 plot->count > 1 ? plot->names[i] : "", plot->count > 1 ? ": " : "",
                                 plot->view->measure == FIGURE_LEARNING_RATE ? "learning rate" : what,
                                 percent ? 100.0 * value : value, percent ? " %" : "", epoch);
    }
    canvas_describe(plot->page, titles[is_validated(plot)][plot->view->measure], text);
}

static void draw(curves_plot *plot) {
    describe(plot);
    draw_axis_of_values(plot);
    draw_axis_of_epochs(plot);
    draw_legend(plot);
    draw_curves(plot);
    if (plot->count > 1) {
        draw_names(plot);
    } else {
        draw_kept(plot);
        draw_stop(plot);
    }
    draw_notes(plot);
}

clenet_status figure_curves_view(const char *path, figure_format format, const curve_view *view,
                                 const history *const *runs, size_t count, clenet_error *error) {
    curves_plot plot = {.view = view, .runs = runs, .count = count};
    clenet_status status = CLENET_ERROR_MEMORY;
    if (get_values(&plot)) {
        const curve_wish wish = {.unit = view->measure == FIGURE_ACCURACY ? CURVE_PERCENT : CURVE_PLAIN,
                                 .scale = view->scale,
                                 .whole = view->measure == FIGURE_LEARNING_RATE,
                                 .low = view->low,
                                 .high = view->high};
        curve_axis_find(&plot.axis, plot.curves, 2 * count, &wish, plot.px);
        note_cut(&plot, false);
        note_cut(&plot, true);
        note_missing(&plot);
        lay_out(&plot);
        status = canvas_new(&plot.page, format, WIDTH, plot.page_height, error);
        if (status == CLENET_OK) {
            draw(&plot);
            status = canvas_finish(plot.page, path, error);
        }
    } else {
        error->status = status;
        (void)snprintf(error->message, sizeof error->message, "out of memory (the curves '%s')", path);
    }
    free_plot(&plot);
    return status;
}

clenet_status figure_curves(const char *path, figure_format format, figure_measure measure, const history *const *runs,
                            size_t count, clenet_error *error) {
    const curve_view view = {.measure = measure};
    return figure_curves_view(path, format, &view, runs, count, error);
}
