/* figure_curves.c - draws accuracy or loss by epoch, of one or several runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/figures/figures.h"

enum {
    WIDTH = 540,          /* of one run: letters of 12 and 13 units are readable on a telephone, 360 wide */
    WIDTH_COMPARED = 720, /* of several runs: room for their names */
    HEIGHT = 360,
    LEFT = 76, /* of the axes */
    RIGHT = 24,
    TOP = 26, /* above the legend */
    ROW = 22, /* of the legend */
    BOTTOM = 58,
    TICKS = 6,       /* steps of an axis, approximately */
    MARKS_MOST = 40, /* with more epochs the line has no disc at each */
    RUNS_MOST = 8
};

/* A run's colour, and the pale one of its training curve if there are several runs. Okabe and Ito (2008), darkened to be readable
 * as text on white. */
static const int strong[RUNS_MOST] = {BLUE, ORANGE, 0x00795b, 0xa8417f, 0x8a6d00, 0x4b5563, 0x3b82a0, 0x7c3aed};
static const int pale[RUNS_MOST] = {0x9dbbe4, 0xe7b48f, 0x8cc4b5, 0xd9a9c5, 0xcdbf85, 0xb4bac2, 0xa6cad8, 0xc9aff8};

/* The axes: values low to high over the plot's height, epochs first to last over its width. */
typedef struct plot_area {
    double left, top, width, height;
    double low, high, step; /* of the values */
    double last;            /* last epoch; the first is 1 */
} plot_area;

static double value_of(const clenet_epoch *epoch, figure_measure measure, bool validation) {
    if (measure == FIGURE_ACCURACY) return validation ? epoch->val_accuracy : epoch->accuracy;
    return validation ? epoch->val_loss : epoch->loss;
}

/* The round number (1, 2 or 5 times a power of ten) that divides the span into about `parts`. */
static double round_step(double span, int parts) {
    double exact = span / parts, power = pow(10.0, floor(log10(exact))), digit = exact / power;
    return power * (digit <= 1.0 ? 1.0 : digit <= 2.0 ? 2.0 : digit <= 5.0 ? 5.0 : 10.0);
}

static void find_range(plot_area *axes, figure_measure measure, const history *const *runs, size_t count) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    axes->last = 1.0;
    for (size_t i = 0; i < 2 * count; i++) {
        const history *run = runs[i / 2];
        for (size_t e = 0; e < run->count; e++) {
            double value = value_of(&run->epochs[e], measure, i % 2 == 1);
            if (value < low) low = value;
            if (value > high && isfinite(value)) high = value;
        }
        if ((double)run->count > axes->last) axes->last = (double)run->count;
    }
    if (!(low <= high)) low = 0.0, high = 1.0; /* there are no values */
    if (high - low < 1e-6) high += 1e-3, low -= 1e-3;
    axes->step = round_step(high - low, TICKS);
    axes->low = floor(low / axes->step + 1e-9) * axes->step;
    axes->high = ceil(high / axes->step - 1e-9) * axes->step;
    if (measure == FIGURE_ACCURACY && axes->high > 1.0) axes->high = 1.0;
    if (axes->low < 0.0) axes->low = 0.0;
}

static double x_of(const plot_area *axes, double epoch) {
    if (axes->last <= 1.0) return axes->left + axes->width / 2;
    return axes->left + (epoch - 1.0) / (axes->last - 1.0) * axes->width;
}

static double y_of(const plot_area *axes, double value) {
    double at = (value - axes->low) / (axes->high - axes->low);
    return axes->top + (1.0 - (at > 1.0 ? 1.0 : at)) * axes->height;
}

static void draw_values(canvas *page, const plot_area *axes) {
    const text_style style = {.size = 12, .colour = QUIET, .align = TEXT_RIGHT};
    int decimals = axes->step >= 1.0 ? 0 : (int)ceil(-log10(axes->step) - 1e-9);
    int steps = (int)lround((axes->high - axes->low) / axes->step);
    for (int i = 0; i <= steps; i++) {
        char text[32];
        double value = axes->low + i * axes->step, y = y_of(axes, value);
        (void)snprintf(text, sizeof text, "%.*f", decimals, value);
        canvas_line(page, axes->left, y, axes->left + axes->width, y, 0.75, HAIR);
        canvas_text(page, axes->left - 10, y, style, text);
    }
}

static void draw_epochs(canvas *page, const plot_area *axes) {
    const text_style style = {.size = 12, .colour = QUIET, .align = TEXT_CENTRE};
    const text_style title = {.size = 13, .colour = INK, .align = TEXT_CENTRE};
    double bottom = axes->top + axes->height;
    int last = (int)axes->last, step = (int)fmax(1.0, round_step(axes->last, 10));
    for (int epoch = step > 1 ? 0 : 1; epoch <= last; epoch += step) {
        char text[32];
        int shown = epoch < 1 ? 1 : epoch; /* 1, 5, 10... */
        (void)snprintf(text, sizeof text, "%d", shown);
        canvas_line(page, x_of(axes, shown), bottom, x_of(axes, shown), bottom + 5, 0.75, QUIET);
        canvas_text(page, x_of(axes, shown), bottom + 16, style, text);
    }
    canvas_line(page, axes->left, bottom, axes->left + axes->width, bottom, 1.0, QUIET);
    canvas_text(page, axes->left + axes->width / 2, bottom + 40, title, "No. of epoch");
}

/* Values that are not finite (no validation, an infinite loss) leave a gap. */
static void draw_curve(canvas *page, const plot_area *axes, const history *run, figure_measure measure, bool validation,
                       int colour) {
    double width = validation ? 2.25 : 1.75;
    bool marks = run->count <= MARKS_MOST;
    for (size_t i = 0; i < run->count; i++) {
        double value = value_of(&run->epochs[i], measure, validation);
        if (!isfinite(value)) continue;
        double x = x_of(axes, (double)i + 1.0), y = y_of(axes, value);
        if (marks || run->count == 1) canvas_disc(page, x, y, validation ? 3.0 : 2.5, colour);
        double next = i + 1 < run->count ? value_of(&run->epochs[i + 1], measure, validation) : (double)NAN;
        if (isfinite(next)) canvas_line(page, x, y, x_of(axes, (double)i + 2.0), y_of(axes, next), width, colour);
    }
}

/* A mark at an epoch. */
typedef struct epoch_event {
    double epoch;
    double from, to; /* y of its line */
    double text_y;
    int colour;
} epoch_event;

/* The text is on the side of the line that has room. */
static void draw_event(canvas *page, const plot_area *axes, const epoch_event *event, const char *text) {
    double x = x_of(axes, event->epoch), room = canvas_text_width(text, 12) + 8;
    bool right = x + room < axes->left + axes->width;
    const text_style style = {.size = 12, .colour = event->colour, .align = right ? TEXT_LEFT : TEXT_RIGHT};
    canvas_line(page, x, event->from, x, event->to, 1.0, event->colour);
    canvas_text(page, x + (right ? 7 : -7), event->text_y, style, text);
}

/* Accuracies rise, so there is room below; losses fall, so there is room above. The line of the kept epoch ends at the text of
 * the stop, which may cross it. */
static void draw_events(canvas *page, const plot_area *axes, const history *run, figure_measure measure) {
    double top = axes->top, bottom = axes->top + axes->height;
    bool below = measure == FIGURE_ACCURACY;
    epoch_event stop = {(double)run->count, top, bottom, below ? bottom - 14 : top + 14, QUIET};
    epoch_event kept = {run->kept, below ? top : top + 27, below ? bottom - 27 : bottom, below ? bottom - 35 : top + 35,
                        INK};
    if (run->stopped_early && run->count > 0) draw_event(page, axes, &stop, "stopped early");
    if (run->kept < 1 || (size_t)run->kept > run->count) return;
    const clenet_epoch *epoch = &run->epochs[run->kept - 1];
    bool validation = isfinite(value_of(epoch, measure, true));
    double value = value_of(epoch, measure, validation);
    char text[64];
    if (measure == FIGURE_ACCURACY)
        (void)snprintf(text, sizeof text, "kept: epoch %d, %.2f %%", run->kept, 100.0 * value);
    else
        (void)snprintf(text, sizeof text, "kept: epoch %d, %.4f", run->kept, value);
    draw_event(page, axes, &kept, text);
    if (!isfinite(value)) return;
    canvas_disc(page, x_of(axes, run->kept), y_of(axes, value), 6.0, INK);
    canvas_disc(page, x_of(axes, run->kept), y_of(axes, value), 4.25, WHITE);
    canvas_disc(page, x_of(axes, run->kept), y_of(axes, value), 3.0, validation ? ORANGE : BLUE);
}

static bool has_validation(const history *run, figure_measure measure) {
    for (size_t i = 0; i < run->count; i++) {
        if (isfinite(value_of(&run->epochs[i], measure, true))) return true;
    }
    return false;
}

static double draw_key(canvas *page, double x, double y, int colour, const char *text) {
    const text_style style = {.size = 13, .colour = INK};
    canvas_line(page, x, y, x + 24, y, 2.5, colour);
    canvas_disc(page, x + 12, y, 3.5, colour);
    canvas_text(page, x + 32, y, style, text);
    return x + 32 + canvas_text_width(text, 13) + 16;
}

/* For one run: its two curves by name. For several: one line per run, pale for training. */
static void draw_legend(canvas *page, const plot_area *axes, const history *const *runs, size_t count,
                        figure_measure measure) {
    static const char *const names[2][2] = {{"Training Accuracy", "Validation Accuracy"},
                                            {"Training Loss", "Validation Loss"}};
    double y = TOP - 4, x = LEFT;
    if (count == 1) {
        x = draw_key(page, x, y, BLUE, names[measure][0]);
        if (has_validation(runs[0], measure)) (void)draw_key(page, x, y, ORANGE, names[measure][1]);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        bool validated = has_validation(runs[i], measure);
        const text_style style = {.size = 13, .colour = INK};
        y = TOP - 4 + (double)i * ROW;
        canvas_line(page, LEFT, y, LEFT + 20, y, 1.75, pale[i % RUNS_MOST]);
        if (validated) canvas_line(page, LEFT + 26, y, LEFT + 46, y, 2.5, strong[i % RUNS_MOST]);
        canvas_text(page, LEFT + 56, y, style, runs[i]->name != NULL ? runs[i]->name : "?");
        if (i == 0) {
            const text_style key = {.size = 12, .colour = QUIET, .align = TEXT_RIGHT};
            canvas_text(page, axes->left + axes->width, y, key,
                        measure == FIGURE_ACCURACY ? "pale: training, strong: validation accuracy"
                                                   : "pale: training, strong: validation loss");
        }
    }
}

clenet_status figure_curves(const char *path, figure_format format, figure_measure measure, const history *const *runs,
                            size_t count, clenet_error *error) {
    double width = count == 1 ? WIDTH : WIDTH_COMPARED;
    plot_area axes = {.left = LEFT,
                      .top = TOP + (double)count * ROW,
                      .width = width - LEFT - RIGHT,
                      .height = HEIGHT - TOP - ROW - BOTTOM};
    canvas *page = NULL;
    clenet_status status = canvas_new(&page, format, width, axes.top + axes.height + BOTTOM, error);
    if (status != CLENET_OK) return status;
    const text_style title = {.size = 13, .colour = INK, .align = TEXT_CENTRE, .upwards = true};
    find_range(&axes, measure, runs, count);
    draw_values(page, &axes);
    draw_epochs(page, &axes);
    canvas_text(page, 22, axes.top + axes.height / 2, title, measure == FIGURE_ACCURACY ? "Accuracy" : "Loss");
    draw_legend(page, &axes, runs, count, measure);
    for (size_t i = 0; i < count; i++) {
        draw_curve(page, &axes, runs[i], measure, false, count == 1 ? BLUE : pale[i % RUNS_MOST]);
        draw_curve(page, &axes, runs[i], measure, true, count == 1 ? ORANGE : strong[i % RUNS_MOST]);
    }
    if (count == 1) draw_events(page, &axes, runs[0], measure);
    return canvas_finish(page, path, error);
}
