/* test_figures.c - pixels, curves and files, looked at as PNG: what there is to see, and how often. */
#include "cmd/figures/figures.h"

#include <math.h>

#include "../scratch.h"
#include "picture.h"

enum { PX = 2 /* pixels a unit of the page */, INK_GREY = 0x181818 /* of a digit */ };

static clenet_error error;

TestSuite(figures, .init = scratch_enter, .fini = scratch_leave);

#define DRAWN(call) cr_assert_eq(call, CLENET_OK, "%s", error.message)

/* ---- words ---- */

/* A text of a figure is what the page itself makes of the words at that place, point by point. */
static void expect_text(const picture *seen, double x, double y, text_style style, const char *text) {
    double length = canvas_text_width(text, style.size), before = style.align == TEXT_CENTRE ? length / 2 : 0;
    part where = {(int)(PX * (x - before)) - 2, (int)(PX * (y - 9)), (int)(PX * (x - before + length)),
                  (int)(PX * (y + 9))};
    double above = style.align == TEXT_LEFT ? length : before;
    if (style.upwards)
        where = (part){(int)(PX * (x - 9)), (int)(PX * (y - above)), (int)(PX * (x + 9)), (int)(PX * (y + before))};
    canvas *page = NULL;
    DRAWN(canvas_new(&page, FIGURE_PNG, (double)seen->width / PX, (double)seen->height / PX, &error));
    canvas_text(page, x, y, style, text);
    DRAWN(canvas_finish(page, "words.png", &error));
    picture words = picture_read("words.png");
    cr_assert(seen->width == words.width && seen->height == words.height);
    cr_assert_gt(picture_count(&words, where, style.colour, 2), 0, "nothing is written: '%s'", text);
    for (int row = where.top; row < where.bottom; row++) {
        size_t from = ((size_t)row * (size_t)seen->width + (size_t)where.left) * 3;
        size_t bytes = (size_t)(where.right - where.left) * 3;
        cr_assert_eq(memcmp(seen->pixels + from, words.pixels + from, bytes), 0, "other words than '%s'", text);
    }
    picture_free(&words);
}

/* ---- digits ---- */

Test(figures, ink_is_as_dark_as_its_pixel) {
    static uint8_t image[4] = {0, 85, 170, 255};
    clenet_dataset *dataset = NULL;
    const uint32_t row = 0;
    cr_assert_eq(clenet_dataset_new(&dataset, image, NULL, 1, 2, 2, 1, 10, NULL), CLENET_OK);
    DRAWN(figure_digits("four.png", FIGURE_PNG, "", dataset, &row, 1, 1, &error));
    picture seen = picture_read("four.png");
    int before = 300;
    for (int i = 0; i < 4; i++) { /* the middle of each of the four pixels */
        int x = PX * (16 + 22 + i % 2 * 44), y = PX * (50 + 22 + i / 2 * 44);
        int red = seen.pixels[(y * seen.width + x) * 3];
        cr_expect_lt(red, before - 40, "pixel %d", i);
        before = red;
    }
    cr_expect(picture_is(&seen, PX * (16 + 66), PX * (50 + 66), INK_GREY));
    picture_free(&seen);
    clenet_dataset_free(dataset);
}

Test(figures, an_image_of_three_channels_has_its_colours) {
    static const uint8_t image[2][3] = {{255, 0, 0}, {0, 85, 255}};
    clenet_dataset *dataset = NULL;
    const uint32_t row = 0;
    cr_assert_eq(clenet_dataset_new(&dataset, image[0], NULL, 1, 1, 2, 3, 10, NULL), CLENET_OK);
    DRAWN(figure_digits("two.png", FIGURE_PNG, "", dataset, &row, 1, 1, &error));
    picture seen = picture_read("two.png");
    cr_expect(picture_is(&seen, PX * (16 + 22), PX * (50 + 22), 0xff0000));
    cr_expect(picture_is(&seen, PX * (16 + 66), PX * (50 + 22), 0x0055ff));
    picture_free(&seen);
    clenet_dataset_free(dataset);
}

/* ---- curves ---- */

/* Accuracy from .8 to .89, validation a tenth below it; with `gaps` validation only every other epoch. */
static history ten_epochs(bool validation, bool gaps) {
    history run = {.name = NULL};
    for (int i = 0; i < 10; i++) {
        bool there = validation && (!gaps || i % 2 == 0);
        clenet_epoch epoch = {.epoch = i + 1, .accuracy = 0.8 + 0.01 * i, .loss = 1.0 - 0.05 * i};
        epoch.val_accuracy = there ? epoch.accuracy - 0.1 : (double)NAN;
        epoch.val_loss = there ? epoch.loss + 0.1 : (double)NAN;
        cr_assert(history_add(&run, &epoch));
    }
    return run;
}

static picture curves(const history *run, figure_measure measure) {
    DRAWN(figure_curves("curves.png", FIGURE_PNG, measure, &run, 1, &error));
    return picture_read("curves.png");
}

Test(figures, a_run_is_a_blue_and_an_orange_curve_with_a_legend_of_both) {
    history run = ten_epochs(true, false);
    picture seen = curves(&run, FIGURE_ACCURACY);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), BLUE, 60), 2);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), ORANGE, 60), 2);
    cr_expect_eq(seen.width, PX * 540);
    picture_free(&seen);
    history_free(&run);
}

Test(figures, the_axes_and_the_legend_have_the_words_of_the_notebook) {
    enum { LEFT = 76, MIDDLE = 296, KEY = 32, GAP = 16 };
    static const char *const names[2][3] = {{"Accuracy", "Training Accuracy", "Validation Accuracy"},
                                            {"Loss", "Training Loss", "Validation Loss"}};
    history run = ten_epochs(true, false);
    for (int measure = FIGURE_ACCURACY; measure <= FIGURE_LOSS; measure++) {
        const text_style text = {.size = 13, .colour = INK},
                         centred = {.size = 13, .colour = INK, .align = TEXT_CENTRE};
        text_style upwards = centred;
        upwards.upwards = true;
        double second = LEFT + KEY + canvas_text_width(names[measure][1], 13) + GAP + KEY;
        picture seen = curves(&run, (figure_measure)measure);
        expect_text(&seen, MIDDLE, 342, centred, "No. of epoch");
        expect_text(&seen, 22, 175, upwards, names[measure][0]);
        expect_text(&seen, LEFT + KEY, 22, text, names[measure][1]);
        expect_text(&seen, second, 22, text, names[measure][2]);
        picture_free(&seen);
    }
    history_free(&run);
}

Test(figures, accuracy_rises_to_the_right_and_loss_falls) {
    history run = ten_epochs(false, false);
    for (int measure = FIGURE_ACCURACY; measure <= FIGURE_LOSS; measure++) {
        picture seen = curves(&run, (figure_measure)measure);
        int early = picture_first_row(&seen, PX * 200, BLUE), late = picture_first_row(&seen, PX * 450, BLUE);
        cr_assert(early > 0 && late > 0);
        cr_expect(measure == FIGURE_ACCURACY ? late < early - 40 : late > early + 40, "%d, then %d", early, late);
        picture_free(&seen);
    }
    history_free(&run);
}

Test(figures, without_validation_nothing_is_orange) {
    history run = ten_epochs(false, false);
    picture seen = curves(&run, FIGURE_LOSS);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), ORANGE, 1), 0);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), BLUE, 60), 2);
    picture_free(&seen);
    history_free(&run);
}

Test(figures, each_epoch_has_a_mark_and_what_is_missing_is_a_gap) {
    history run = ten_epochs(true, true);
    picture seen = curves(&run, FIGURE_ACCURACY);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), ORANGE, 30), 5 + 1, "five marks, and the legend");
    picture_free(&seen);
    history_free(&run);
}

Test(figures, the_kept_epoch_is_ringed_and_it_and_the_early_stop_are_named) {
    history run = ten_epochs(true, false);
    picture plain = curves(&run, FIGURE_ACCURACY);
    run.kept = 6;
    picture kept = curves(&run, FIGURE_ACCURACY);
    run.stopped_early = true;
    picture stopped = curves(&run, FIGURE_ACCURACY);
    part all = picture_whole(&plain);
    cr_expect_eq(picture_count(&kept, all, ORANGE, 20), picture_count(&plain, all, ORANGE, 20) + 2,
                 "the ring parts the curve");
    cr_expect_geq(picture_count(&kept, all, INK, 8), picture_count(&plain, all, INK, 8) + 15,
                  "kept: epoch 6, 75.00 %%");
    cr_expect_geq(picture_count(&stopped, all, QUIET, 8), picture_count(&kept, all, QUIET, 8) + 10, "stopped early");
    picture_free(&stopped);
    picture_free(&kept);
    picture_free(&plain);
    history_free(&run);
}

Test(figures, one_epoch_and_numbers_that_are_not_finite_are_drawn_too) {
    history run = {.name = NULL};
    clenet_epoch one = {
        .epoch = 1, .accuracy = 0.5, .loss = (double)INFINITY, .val_accuracy = (double)NAN, .val_loss = (double)NAN};
    cr_assert(history_add(&run, &one));
    picture seen = curves(&run, FIGURE_ACCURACY);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), BLUE, 30), 2, "a mark, and the legend");
    picture_free(&seen);
    seen = curves(&run, FIGURE_LOSS);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), BLUE, 30), 1, "the legend");
    picture_free(&seen);
    history_free(&run);
}

Test(figures, several_runs_have_a_line_of_the_legend_each) {
    history runs[3] = {ten_epochs(true, false), ten_epochs(true, false), ten_epochs(true, false)};
    const history *all[3] = {&runs[0], &runs[1], &runs[2]};
    static char names[3][8] = {"a", "b#", "c"};
    for (int i = 0; i < 3; i++) runs[i].name = names[i];
    for (size_t e = 0; e < runs[1].count; e++) runs[1].epochs[e].val_accuracy += 0.04;
    DRAWN(figure_curves("two.png", FIGURE_PNG, FIGURE_ACCURACY, all, 2, &error));
    DRAWN(figure_curves("three.png", FIGURE_PNG, FIGURE_ACCURACY, all, 3, &error));
    picture two = picture_read("two.png"), three = picture_read("three.png");
    cr_expect_eq(three.height, two.height + PX * 22);
    cr_expect_eq(picture_count(&three, picture_whole(&three), 0x00795b, 60), 2, "the third run's curve and its key");
    cr_expect_lt(picture_first_row(&two, PX * 400, ORANGE), picture_first_row(&two, PX * 400, BLUE) - 10,
                 "the second run is the better one");
    picture_free(&three);
    picture_free(&two);
    for (int i = 0; i < 3; i++) {
        runs[i].name = NULL;
        history_free(&runs[i]);
    }
}

/* ---- files ---- */

Test(figures, svg_and_pdf_are_whole_files_of_their_kind) {
    history run = ten_epochs(true, false);
    const history *all = &run;
    size_t size;
    DRAWN(figure_curves("a.svg", FIGURE_SVG, FIGURE_LOSS, &all, 1, &error));
    DRAWN(figure_curves("a.pdf", FIGURE_PDF, FIGURE_LOSS, &all, 1, &error));
    char *svg = scratch_read("a.svg", &size);
    cr_expect_eq(strncmp(svg, "<svg ", 5), 0);
    cr_expect_str_eq(svg + size - 7, "</svg>\n");
    cr_expect_null(strstr(svg, "<script"));
    char *pdf = scratch_read("a.pdf", &size);
    cr_expect_eq(strncmp(pdf, "%PDF", 4), 0);
    cr_expect_eq(scratch_count(), 2, "nothing is left beside them");
    free(pdf);
    free(svg);
    history_free(&run);
}

Test(figures, a_figure_that_cannot_be_written_is_an_error_with_its_name) {
    history run = ten_epochs(true, false);
    const history *all = &run;
    cr_assert_eq(mkdir("a.svg", 0700), 0);
    cr_assert_eq(symlink("/dev/full", "full.svg"), 0);
    cr_expect_eq(figure_curves("no/a.svg", FIGURE_SVG, FIGURE_LOSS, &all, 1, &error), CLENET_ERROR_IO);
    cr_expect_not_null(strstr(error.message, "'no/a.svg'"));
    cr_expect_eq(figure_curves("a.svg", FIGURE_SVG, FIGURE_LOSS, &all, 1, &error), CLENET_ERROR_IO);
    cr_expect_eq(figure_curves("full.svg", FIGURE_SVG, FIGURE_LOSS, &all, 1, &error), CLENET_ERROR_IO);
    cr_expect_not_null(strstr(error.message, "No space left"));
    cr_expect_eq(scratch_count(), 2, "nothing is left beside them");
    history_free(&run);
}

Test(figures, the_end_of_a_name_says_the_format) {
    cr_expect_eq(figure_format_of("a/b.svg"), FIGURE_SVG);
    cr_expect_eq(figure_format_of("b.PNG"), FIGURE_PNG);
    cr_expect_eq(figure_format_of("b.pdf"), FIGURE_PDF);
    cr_expect_eq(figure_format_of("svg"), FIGURE_NONE);
    cr_expect_eq(figure_format_of("a.none"), FIGURE_NONE);
}
