/* test_curves.c - the curves of one run and of several, read as SVG: words, marks, notes, and how lines are told apart. */
#include <math.h>

#include "cmd/figures/figures.h"

#include "../scratch.h"

enum { WIDTH = 440, TELEPHONE = 360, RUNS = 8 };

static clenet_error error;
static char *svg; /* of the figure that was drawn last */

static void leave(void) {
    free(svg);
    scratch_leave();
}

TestSuite(curves, .init = scratch_enter, .fini = leave);

/* A run whose first epoch is far from the others. */
static history run_of(int epochs, bool validation) {
    history run = {.name = NULL};
    for (int i = 0; i < epochs; i++) {
        clenet_epoch epoch = {
            .epoch = i + 1, .accuracy = 0.99 - 0.16 / ((i + 1) * (i + 1)), .loss = 0.02 + 0.6 / ((i + 1) * (i + 1))};
        epoch.val_accuracy = validation ? epoch.accuracy + 0.004 : (double)NAN;
        epoch.val_loss = validation ? epoch.loss + 0.01 : (double)NAN;
        cr_assert(history_add(&run, &epoch));
        run.rates[i] = 0.001 / (i + 1);
    }
    return run;
}

static void draw_runs(const curve_view *view, const history *runs, size_t count) {
    const history *lent[RUNS];
    size_t size;
    for (size_t i = 0; i < count; i++) lent[i] = &runs[i];
    cr_assert_eq(figure_curves_view("curves.svg", FIGURE_SVG, view, lent, count, &error), CLENET_OK, "%s",
                 error.message);
    free(svg);
    svg = scratch_read("curves.svg", &size);
    cr_assert(strstr(svg, "=\"nan") == NULL && strstr(svg, "=\"inf") == NULL && strstr(svg, "nan,") == NULL);
}

static void draw_run(figure_measure measure, const history *run) {
    const curve_view view = {.measure = measure};
    draw_runs(&view, run, 1);
}

static size_t count_of(const char *what) {
    size_t count = 0;
    for (const char *at = svg; (at = strstr(at, what)) != NULL; at += strlen(what)) count++;
    return count;
}

static bool says(const char *text) {
    char element[256];
    (void)snprintf(element, sizeof element, ">%s</text>", text);
    return strstr(svg, element) != NULL;
}

/* A text of the figure. */
typedef struct written {
    double left, right, y, size;
    char text[128];
} written;

static size_t read_texts(written texts[], size_t most) {
    size_t count = 0;
    for (const char *at = svg; (at = strstr(at, "<text ")) != NULL && count < most; at++) {
        written *one = &texts[count];
        const char *end = strchr(at, '>');
        char attributes[512];
        cr_assert_eq(sscanf(at, "<text x=\"%lf\" y=\"%lf\" font-size=\"%lf\"", &one->left, &one->y, &one->size), 3);
        (void)snprintf(attributes, sizeof attributes, "%.*s", (int)(end - at), at);
        (void)snprintf(one->text, sizeof one->text, "%.*s", (int)strcspn(end + 1, "<"), end + 1);
        if (strstr(attributes, "rotate") != NULL || strstr(attributes, "aria-hidden") != NULL) continue;
        double width = canvas_text_width(one->text, one->size);
        if (strstr(attributes, "\"middle\"") != NULL) one->left -= width / 2;
        if (strstr(attributes, "\"end\"") != NULL) one->left -= width;
        one->right = one->left + width;
        count++;
    }
    return count;
}

/* No text is cut off, too small on a telephone, or over another one. */
static void expect_readable(void) {
    static written texts[200];
    size_t count = read_texts(texts, 200);
    cr_assert(count > 4 && count < 200);
    for (size_t i = 0; i < count; i++) {
        cr_expect_geq(texts[i].size * TELEPHONE / WIDTH, 11.0, "'%s' is too small", texts[i].text);
        cr_expect(texts[i].left >= 0 && texts[i].right <= WIDTH, "'%s' is cut off", texts[i].text);
        for (size_t k = 0; k < i; k++) {
            bool apart = texts[i].right <= texts[k].left || texts[k].right <= texts[i].left ||
                         fabs(texts[i].y - texts[k].y) >= fmin(texts[i].size, texts[k].size);
            cr_expect(apart, "'%s' is over '%s'", texts[i].text, texts[k].text);
        }
    }
}

/* ---- one run ---- */

Test(curves, titles_axes_and_legend_have_the_words_of_the_notebook) {
    history run = run_of(10, true);
    draw_run(FIGURE_ACCURACY, &run);
    cr_expect(says("Training and Validation Accuracy") && says("Training Accuracy") && says("Validation Accuracy"));
    cr_expect(says("No. of epoch") && says("Accuracy"));
    expect_readable();
    draw_run(FIGURE_LOSS, &run);
    cr_expect(says("Training and Validation Loss") && says("Training Loss") && says("Validation Loss"));
    expect_readable();
    history_free(&run);
}

Test(curves, accuracies_are_in_percent) {
    history run = run_of(4, true);
    draw_run(FIGURE_ACCURACY, &run);
    cr_expect(says("85 %") && says("95 %"));
    history_free(&run);
}

Test(curves, first_epochs_that_are_cut_off_have_an_arrow_and_a_note) {
    history run = run_of(10, true);
    draw_run(FIGURE_ACCURACY, &run);
    cr_expect(says("epochs 1 to 2: down to 83.0 %, below the plot"));
    cr_expect(says("98.0 %") && !says("85 %"), "the rest does not fill the plot");
    const curve_view whole = {.measure = FIGURE_ACCURACY, .low = 0.0, .high = 1.0};
    size_t arrows = count_of("<path") + count_of("<polygon");
    draw_runs(&whole, &run, 1);
    cr_expect(strstr(svg, "below the plot") == NULL && says("0 %") && says("100 %"));
    cr_expect_lt(count_of("<path") + count_of("<polygon"), arrows, "there is no arrow");
    history_free(&run);
}

Test(curves, a_log_scale_is_named_in_the_title_of_its_axis) {
    history run = run_of(10, true);
    draw_run(FIGURE_LOSS, &run);
    cr_expect(says("Loss (log scale)"));
    const curve_view linear = {.measure = FIGURE_LOSS, .scale = CURVE_SCALE_LINEAR};
    draw_runs(&linear, &run, 1);
    cr_expect(says("Loss"));
    history_free(&run);
}

Test(curves, without_validation_only_training_is_named) {
    history run = run_of(10, false);
    draw_run(FIGURE_ACCURACY, &run);
    cr_expect(says("Training Accuracy") && !says("Validation Accuracy") && !says("Training and Validation Accuracy"));
    history_free(&run);
}

Test(curves, the_kept_epoch_and_an_early_stop_are_named_and_nothing_overlaps) {
    for (int epochs = 1; epochs <= 120; epochs = 2 * epochs + 1) {
        for (int kept = 1; kept <= epochs; kept += 1 + epochs / 8) {
            history run = run_of(epochs, true);
            run.kept = kept;
            run.stopped_early = true;
            for (int measure = FIGURE_ACCURACY; measure <= FIGURE_LOSS; measure++) {
                char text[64];
                (void)snprintf(text, sizeof text, "kept: epoch %d, ", kept);
                draw_run((figure_measure)measure, &run);
                cr_expect(strstr(svg, text) != NULL && says("stopped early"));
                expect_readable();
            }
            history_free(&run);
        }
    }
}

Test(curves, one_epoch_is_a_point_for_training_and_one_for_validation) {
    history run = run_of(1, true);
    run.kept = 0;
    draw_run(FIGURE_ACCURACY, &run);
    cr_expect_eq(count_of("f-blue") - count_of(".f-blue"), 2, "the point, and the legend");
    cr_expect_eq(count_of("f-orange") - count_of(".f-orange"), 2);
    expect_readable();
    history_free(&run);
}

Test(curves, a_run_that_diverged_says_so) {
    history run = run_of(8, true);
    run.epochs[5].loss = (double)INFINITY;
    for (int i = 6; i < 8; i++) run.epochs[i].loss = run.epochs[i].val_loss = (double)NAN;
    draw_run(FIGURE_LOSS, &run);
    cr_expect(says("epoch 6: infinity, above the plot"));
    cr_expect(says("epochs 7 to 8: not a number"));
    expect_readable();
    history_free(&run);
}

Test(curves, a_run_without_any_finite_value_is_an_empty_plot_with_a_note) {
    history run = run_of(3, false);
    for (int i = 0; i < 3; i++) run.epochs[i].loss = (double)NAN;
    draw_run(FIGURE_LOSS, &run);
    cr_expect(says("epochs 1 to 3: not a number"));
    history_free(&run);
}

Test(curves, equal_values_have_a_plot_around_them) {
    history run = run_of(6, true);
    for (int i = 0; i < 6; i++) run.epochs[i].accuracy = run.epochs[i].val_accuracy = 0.9;
    draw_run(FIGURE_ACCURACY, &run);
    cr_expect(says("90.0 %") && says("90.5 %"));
    history_free(&run);
}

Test(curves, the_learning_rate_has_a_figure_too) {
    history run = run_of(20, true);
    draw_run(FIGURE_LEARNING_RATE, &run);
    cr_expect(says("Learning Rate") && says("Learning rate (log scale)") && !says("Training Accuracy"));
    expect_readable();
    history_free(&run);
}

Test(curves, a_screen_reader_is_told_how_the_run_ended) {
    history run = run_of(10, true);
    draw_run(FIGURE_ACCURACY, &run);
    cr_expect(strstr(svg, "<title>Training and Validation Accuracy</title>") != NULL);
    cr_expect(strstr(svg, "Accuracy by epoch, from 1 to 10.") != NULL && strstr(svg, "99.24 % in epoch 10") != NULL);
    history_free(&run);
}

/* ---- several runs ---- */

static const char *const long_names[RUNS] = {
    "baseline-batch-size-32",  "baseline-batch-size-64",  "augmentation-shift-2",   "augmentation-shift-3",
    "adamw-weight-decay-0.05", "one-cycle-schedule-0.01", "label-smoothing-of-0.1", "exponential-moving-average"};

static void make_runs(history runs[RUNS]) {
    for (int i = 0; i < RUNS; i++) {
        runs[i] = run_of(12 - i % 3, true);
        runs[i].name = strdup(long_names[i]);
        for (size_t e = 0; e < runs[i].count; e++) runs[i].epochs[e].val_accuracy -= 0.0005 * i;
    }
}

Test(curves, each_run_has_its_name_at_the_end_of_its_line_and_no_two_overlap) {
    history runs[RUNS];
    make_runs(runs);
    for (int measure = FIGURE_ACCURACY; measure <= FIGURE_LEARNING_RATE; measure++) {
        const curve_view view = {.measure = (figure_measure)measure};
        draw_runs(&view, runs, RUNS);
        cr_expect(says("baseli\xE2\x80\xA6ize-32") && says("expone\xE2\x80\xA6verage"));
        expect_readable();
    }
    for (int i = 0; i < RUNS; i++) history_free(&runs[i]);
}

/* The dashes and the markers of a figure of run i only, next to a run that has them for itself. */
Test(curves, eight_runs_have_eight_kinds_of_lines_without_a_look_at_colours) {
    history runs[RUNS];
    const curve_view view = {.measure = FIGURE_ACCURACY};
    make_runs(runs);
    draw_runs(&view, runs, RUNS);
    size_t dashed = 0;
    for (int i = 0; i < RUNS; i++) {
        const char *dashes = canvas_series[i].dashes;
        for (int k = 0; k < i; k++) {
            const char *other = canvas_series[k].dashes;
            bool same = dashes == other || (dashes != NULL && other != NULL && strcmp(dashes, other) == 0);
            cr_expect(!same, "runs %d and %d have the same dashes", i, k);
            cr_expect_neq(canvas_series[i].marker, canvas_series[k].marker, "runs %d and %d", i, k);
        }
        if (dashes == NULL) continue;
        char attribute[64];
        (void)snprintf(attribute, sizeof attribute, "stroke-dasharray=\"%s\"", dashes);
        cr_expect_geq(count_of(attribute), 3, "the training, the validation and the leader of run %d", i);
        dashed++;
    }
    cr_expect_eq(dashed, RUNS - 1);
    for (int i = 0; i < RUNS; i++) history_free(&runs[i]);
}

Test(curves, a_run_is_pale_for_training_and_strong_for_validation) {
    history runs[RUNS];
    const curve_view view = {.measure = FIGURE_LOSS};
    make_runs(runs);
    draw_runs(&view, runs, 2);
    cr_expect(says("Training Loss") && says("Validation Loss"));
    cr_expect_geq(count_of("opacity"), 3, "two pale curves and their key");
    for (int i = 0; i < RUNS; i++) history_free(&runs[i]);
}

/* ---- the lines ---- */

/* The heights of the training curve's markers, from left to right; the first is in the legend. */
static size_t read_discs(double y[], size_t most) {
    size_t count = 0;
    for (const char *at = svg; (at = strstr(at, "<circle ")) != NULL && count < most; at++) {
        const char *end = strchr(at, '>'), *blue = strstr(at, "f-blue");
        double x, radius;
        if (blue == NULL || blue > end) continue;
        count += sscanf(at, "<circle cx=\"%lf\" cy=\"%lf\" r=\"%lf\"", &x, &y[count], &radius) == 3;
    }
    return count;
}

Test(curves, accuracy_rises_and_loss_falls) {
    history run = run_of(4, false);
    double y[8];
    draw_run(FIGURE_ACCURACY, &run);
    cr_assert_eq(read_discs(y, 8), 5);
    for (int i = 2; i < 5; i++) cr_expect_lt(y[i], y[i - 1]);
    draw_run(FIGURE_LOSS, &run);
    cr_assert_eq(read_discs(y, 8), 5);
    for (int i = 2; i < 5; i++) cr_expect_gt(y[i], y[i - 1]);
    history_free(&run);
}

Test(curves, what_is_missing_is_a_gap) {
    history run = run_of(9, true);
    draw_run(FIGURE_LOSS, &run);
    cr_expect_gt(count_of("s-orange") - count_of(".s-orange"), 1, "a curve, and the legend");
    for (int i = 1; i < 9; i += 2) run.epochs[i].val_loss = (double)NAN;
    draw_run(FIGURE_LOSS, &run);
    cr_expect_eq(count_of("s-orange") - count_of(".s-orange"), 1, "the legend only: no value has a neighbour");
    cr_expect_eq(count_of("f-orange") - count_of(".f-orange"), 5 + 1, "the values, and the legend");
    history_free(&run);
}
