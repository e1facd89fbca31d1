/* test_figures.c - the figures, looked at as PNG: what there is to see, and how often. */
#include "cmd/figures/figures.h"

#include <math.h>

#include "../scratch.h"
#include "picture.h"

enum { PX = 2 /* pixels a unit of the page */, INK_GREY = 0x181818 /* of a digit */ };

static clenet_error error;

TestSuite(figures, .init = scratch_enter, .fini = scratch_leave);

#define DRAWN(call) cr_assert_eq(call, CLENET_OK, "%s", error.message)

/* Ten images of 28 x 28: a filled square in the middle, with the labels 0 to 9. */
static clenet_dataset *squares(bool labelled) {
    static uint8_t images[10][28][28], labels[10];
    clenet_dataset *dataset = NULL;
    for (int i = 0; i < 10; i++) {
        labels[i] = (uint8_t)i;
        for (int y = 8; y < 20; y++) memset(&images[i][y][8], 255, 12);
    }
    cr_assert_eq(clenet_dataset_new(&dataset, images[0][0], labelled ? labels : NULL, 10, 28, 28, 1, 10, NULL),
                 CLENET_OK);
    return dataset;
}

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

Test(figures, eight_digits_are_eight_tiles_with_ink_and_a_label_below_each) {
    enum { TILE = 112, PITCH_X = 130, PITCH_Y = 152, LEFT = 22, TOP = 56 };
    const uint32_t rows[8] = {1, 2, 3, 5, 7, 0, 4, 9}; /* labels in one patch of ink */
    clenet_dataset *dataset = squares(true);
    DRAWN(figure_digits("digits.png", FIGURE_PNG, "Digits", dataset, rows, 8, 4, &error));
    picture seen = picture_read("digits.png");
    cr_expect_eq(seen.width, PX * (2 * LEFT + 4 * PITCH_X - 18));
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), PAPER, TILE * TILE), 8);
    for (int i = 0; i < 8; i++) {
        int left = PX * (LEFT + i % 4 * PITCH_X), top = PX * (TOP + i / 4 * PITCH_Y), side = PX * TILE;
        cr_expect_eq(picture_count(&seen, (part){left, top, left + side, top + side}, INK_GREY, 2000), 1,
                     "ink of tile %d", i);
        cr_expect_geq(picture_count(&seen, (part){left, top + side + 4, left + side, top + side + 44}, INK, 20), 1,
                      "the label of tile %d", i);
        const text_style bold = {.size = 13.5, .colour = INK, .bold = true, .align = TEXT_CENTRE};
        char label[2] = {(char)('0' + rows[i]), '\0'};
        expect_text(&seen, LEFT + i % 4 * PITCH_X + TILE / 2, TOP + i / 4 * PITCH_Y + TILE + 14, bold, label);
    }
    picture_free(&seen);
    clenet_dataset_free(dataset);
}

Test(figures, ink_is_as_dark_as_its_pixel) {
    static uint8_t image[4] = {0, 85, 170, 255};
    clenet_dataset *dataset = NULL;
    const uint32_t row = 0;
    cr_assert_eq(clenet_dataset_new(&dataset, image, NULL, 1, 2, 2, 1, 10, NULL), CLENET_OK);
    DRAWN(figure_digits("four.png", FIGURE_PNG, "", dataset, &row, 1, 1, &error));
    picture seen = picture_read("four.png");
    int before = 300;
    for (int i = 0; i < 4; i++) { /* the middle of each of the four pixels */
        int x = PX * (22 + 28 + i % 2 * 56), y = PX * (56 + 28 + i / 2 * 56);
        int red = seen.pixels[(y * seen.width + x) * 3];
        cr_expect_lt(red, before - 40, "pixel %d", i);
        before = red;
    }
    cr_expect(picture_is(&seen, PX * (22 + 84), PX * (56 + 84), INK_GREY));
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
    cr_expect(picture_is(&seen, PX * (22 + 28), PX * (56 + 28), 0xff0000));
    cr_expect(picture_is(&seen, PX * (22 + 84), PX * (56 + 28), 0x0055ff));
    picture_free(&seen);
    clenet_dataset_free(dataset);
}

/* Ten classes with these names. */
static clenet_dataset *named(const char *const names[10]) {
    clenet_dataset *dataset = NULL;
    FILE *file = fopen("named.csv", "w");
    cr_assert_not_null(file);
    (void)fprintf(file, "label,pixel0,pixel1,pixel2,pixel3\n");
    for (int i = 0; i < 10; i++) (void)fprintf(file, "%s,0,9,9,255\n", names[i]);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(clenet_dataset_load(&dataset, "named.csv", NULL, &error), CLENET_OK, "%s", error.message);
    return dataset;
}

Test(figures, labels_are_names_that_are_cut_if_they_are_wider_than_a_tile) {
    static const char *const names[10] = {"ankle boot", "b", "c", "cardigan with sleeves", "e", "f", "g",
                                          "h",          "i", "j"};
    const uint32_t rows[2] = {0, 3};
    clenet_dataset *dataset = named(names);
    DRAWN(figure_digits("names.png", FIGURE_PNG, "Images", dataset, rows, 2, 2, &error));
    picture seen = picture_read("names.png");
    const text_style bold = {.size = 13.5, .colour = INK, .bold = true, .align = TEXT_CENTRE};
    expect_text(&seen, 22 + 56, 56 + 112 + 14, bold, "ankle boot");
    expect_text(&seen, 22 + 56 + 130, 56 + 112 + 14, bold, "cardigan with.");
    picture_free(&seen);
    clenet_dataset_free(dataset);
}

Test(figures, images_without_labels_are_shown_with_their_rows) {
    const uint32_t rows[2] = {3, 4};
    clenet_dataset *dataset = squares(false);
    DRAWN(figure_digits("digits.png", FIGURE_PNG, "Digits", dataset, rows, 2, 2, &error));
    picture seen = picture_read("digits.png");
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), PAPER, 112 * 112), 2);
    cr_expect_gt(picture_count(&seen, picture_whole(&seen), QUIET, 4), 0);
    picture_free(&seen);
    clenet_dataset_free(dataset);
}

Test(figures, the_same_seed_picks_the_same_rows_and_none_twice) {
    uint32_t once[8], again[8], other[8];
    cr_assert_eq(figure_pick(once, 8, NULL, 42000, 7), 8);
    cr_assert_eq(figure_pick(again, 8, NULL, 42000, 7), 8);
    cr_assert_eq(figure_pick(other, 8, NULL, 42000, 8), 8);
    cr_expect_arr_eq(once, again, sizeof once);
    cr_expect_arr_neq(once, other, sizeof once);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < i; j++) cr_expect_neq(once[i], once[j]);
}

Test(figures, of_fewer_rows_than_wanted_all_are_picked) {
    const uint32_t rows[3] = {5, 6, 900};
    uint32_t picked[8];
    unsigned sum = 0;
    cr_assert_eq(figure_pick(picked, 8, rows, 3, 0), 3);
    for (int i = 0; i < 3; i++) sum += picked[i];
    cr_expect_eq(sum, 911);
    cr_expect_eq(figure_pick(picked, 8, rows, 0, 0), 0);
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

/* ---- the network ---- */

static clenet_network *network_of(const char *text) {
    clenet_network *network = NULL;
    cr_assert_eq(clenet_network_parse(&network, text, "it", &error), CLENET_OK, "%s", error.message);
    return network;
}

Test(figures, the_network_is_drawn_as_all_its_maps_and_columns) {
    const int map = 0xdbe7f6;
    clenet_network *lenet = NULL;
    cr_assert_eq(clenet_network_lenet(&lenet, 28, 28, 1, 10, NULL), CLENET_OK);
    DRAWN(figure_architecture("lenet.png", FIGURE_PNG, lenet, &error));
    picture seen = picture_read("lenet.png");
    cr_expect_geq(picture_count(&seen, picture_whole(&seen), map, 20), 1 + 6 + 6 + 16 + 16);
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), 0xf8e3d3, 2000), 3, "three columns");
    /* Their sizes above: 1 @ 28x28, 6 @ 28x28, 6 @ 14x14, 16 @ 10x10, 16 @ 5x5, 120, 84, 10; and below what made them. */
    cr_expect_geq(picture_count(&seen, (part){0, PX * 66, seen.width, PX * 88}, INK, 3), 7 + 7 + 7 + 8 + 6 + 3 + 2 + 2);
    cr_expect_geq(picture_count(&seen, (part){0, seen.height - PX * 85, seen.width, seen.height}, QUIET, 2), 100);
    picture_free(&seen);
    clenet_network_free(lenet);
}

Test(figures, another_network_draws_itself) {
    clenet_network *network = network_of("input 8x8x1\nflatten\ndense 10 softmax\n");
    DRAWN(figure_architecture("small.png", FIGURE_PNG, network, &error));
    picture seen = picture_read("small.png");
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), 0xdbe7f6, 20), 1, "the input");
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), ORANGE, 20), 1 + 10, "a column and its ten units");
    picture_free(&seen);
    clenet_network_free(network);
}

/* As many stages as layers that make another shape; tanh makes none. */
Test(figures, average_pooling_is_a_stage_as_max_pooling_is) {
    static const char *const texts[] = {
        "input 8x8x1\nconv2d 2 3x3 same tanh\navgpool2d 2x2\ntanh\nflatten\ndense 4 softmax\n",
        "input 8x8x1\nconv2d 2 3x3 same relu\nmaxpool2d 2x2\nrelu\nflatten\ndense 4 softmax\n"};
    int width[2];
    for (int i = 0; i < 2; i++) {
        clenet_network *network = network_of(texts[i]);
        DRAWN(figure_architecture("pooled.png", FIGURE_PNG, network, &error));
        picture seen = picture_read("pooled.png");
        cr_expect_geq(picture_count(&seen, picture_whole(&seen), 0xdbe7f6, 20), 1 + 2 + 2);
        width[i] = seen.width;
        picture_free(&seen);
        clenet_network_free(network);
    }
    cr_expect_eq(width[0], width[1]);
}

Test(figures, every_kernel_of_every_conv2d_is_drawn) {
    clenet_network *lenet = NULL;
    clenet_model *model = NULL;
    cr_assert_eq(clenet_network_lenet(&lenet, 28, 28, 1, 10, NULL), CLENET_OK);
    cr_assert_eq(clenet_model_new(&model, lenet, 1, NULL), CLENET_OK);
    DRAWN(figure_filters("filters.png", FIGURE_PNG, model, &error));
    picture seen = picture_read("filters.png");
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), HAIR, 200), 6 + 6 * 16);
    picture_free(&seen);
    clenet_model_free(model);
    clenet_network_free(lenet);
}

Test(figures, a_network_without_conv2d_has_no_filters_and_that_is_no_error) {
    clenet_network *network = network_of("input 8x8x1\nflatten\ndense 10 softmax\n");
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, 1, NULL), CLENET_OK);
    DRAWN(figure_filters("filters.png", FIGURE_PNG, model, &error));
    cr_expect_eq(scratch_count(), 0);
    clenet_model_free(model);
    clenet_network_free(network);
}

/* ---- what it has learned ---- */

/* Of 40 images of 10 classes `wrong` are read as the next class. */
static findings *forty(int wrong) {
    uint8_t labels[40];
    float probabilities[40][10] = {{0.0F}};
    findings *found = NULL;
    for (int i = 0; i < 40; i++) {
        labels[i] = (uint8_t)(i % 10);
        probabilities[i][i < wrong ? (i + 1) % 10 : i % 10] = 1.0F;
    }
    static uint32_t rows[40]; /* of the ten images */
    for (uint32_t i = 0; i < 40; i++) rows[i] = i % 10;
    cr_assert_eq(findings_new(&found, labels, probabilities[0], rows, 40, 10, NULL), CLENET_OK);
    return found;
}

Test(figures, the_confusion_matrix_has_a_cell_for_each_pair) {
    findings *right = forty(0), *wrong = forty(3);
    clenet_dataset *dataset = squares(true);
    DRAWN(figure_confusion("right.png", FIGURE_PNG, dataset, right, &error));
    DRAWN(figure_confusion("wrong.png", FIGURE_PNG, dataset, wrong, &error));
    picture all_right = picture_read("right.png"), three_wrong = picture_read("wrong.png");
    cr_expect_eq(picture_count(&all_right, picture_whole(&all_right), BLUE, 2000), 10);
    cr_expect_eq(picture_count(&all_right, picture_whole(&all_right), PAPER, 2000), 90);
    cr_expect_eq(picture_count(&three_wrong, picture_whole(&three_wrong), BLUE, 2000), 7);
    cr_expect_eq(picture_count(&three_wrong, picture_whole(&three_wrong), PAPER, 2000), 87);
    for (int i = 0; i < 3; i++) { /* i is read as i + 1: a row is the truth, a column what it was taken for */
        int left = 78 + 44 * i + 4, top = 84 + 44 * i + 4;
        cr_expect_not(picture_is(&three_wrong, PX * (left + 44), PX * top, PAPER), "%d taken for the next", i);
        cr_expect(picture_is(&three_wrong, PX * left, PX * (top + 44), PAPER), "the next taken for %d", i);
    }
    picture_free(&three_wrong);
    picture_free(&all_right);
    clenet_dataset_free(dataset);
    findings_free(wrong);
    findings_free(right);
}

Test(figures, the_confusion_matrix_has_the_names_of_the_classes_turned_if_they_are_long) {
    static const char *const letters[10] = {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"};
    static const char *const words[10] = {"Ankle boot", "B", "C", "D", "E", "F", "G", "H", "I", "J"};
    const text_style bold = {.size = 13, .colour = INK, .bold = true, .align = TEXT_CENTRE};
    const text_style turned = {.size = 13, .colour = INK, .bold = true, .upwards = true};
    findings *found = forty(3);
    clenet_dataset *dataset = named(letters);
    DRAWN(figure_confusion("letters.png", FIGURE_PNG, dataset, found, &error));
    picture seen = picture_read("letters.png");
    expect_text(&seen, 78 + 2.5 * 44, 84 - 12, bold, "C");
    expect_text(&seen, 78 - 16, 84 + 2.5 * 44, bold, "C");
    picture_free(&seen);
    clenet_dataset_free(dataset);
    dataset = named(words);
    DRAWN(figure_confusion("words.png", FIGURE_PNG, dataset, found, &error));
    seen = picture_read("words.png");
    double more = canvas_text_width("Ankle boot", 13) - 10;
    cr_expect_geq(seen.height, (int)(PX * (84 + more + 440 + 24)) - 1);
    expect_text(&seen, 78 + more + 22, 84 + more - 6, turned, "Ankle boot");
    picture_free(&seen);
    clenet_dataset_free(dataset);
    findings_free(found);
}

Test(figures, each_mistake_is_a_tile_up_to_the_most_that_are_asked_for) {
    findings *found = forty(3);
    clenet_dataset *dataset = squares(true);
    DRAWN(figure_mistakes("three.png", FIGURE_PNG, dataset, found, 12, &error));
    DRAWN(figure_mistakes("two.png", FIGURE_PNG, dataset, found, 2, &error));
    picture three = picture_read("three.png"), two = picture_read("two.png");
    cr_expect_eq(picture_count(&three, picture_whole(&three), PAPER, 112 * 112), 3);
    cr_expect_eq(picture_count(&two, picture_whole(&two), PAPER, 112 * 112), 2);
    for (int i = 0; i < 3; i++) {
        const text_style bold = {.size = 13.5, .colour = INK, .bold = true, .align = TEXT_CENTRE},
                         note = {.size = 12, .colour = QUIET, .align = TEXT_CENTRE};
        char caption[32];
        (void)snprintf(caption, sizeof caption, "%d, read as %d", i, i + 1);
        expect_text(&three, 22 + 56 + i * 130, 56 + 112 + 14, bold, caption);
        expect_text(&three, 22 + 56 + i * 130, 56 + 112 + 31, note, "100.00 % sure");
    }
    picture_free(&two);
    picture_free(&three);
    clenet_dataset_free(dataset);
    findings_free(found);
}

Test(figures, without_mistakes_the_figure_of_mistakes_says_so) {
    findings *found = forty(0);
    clenet_dataset *dataset = squares(true);
    DRAWN(figure_mistakes("none.png", FIGURE_PNG, dataset, found, 12, &error));
    picture seen = picture_read("none.png");
    cr_expect_eq(picture_count(&seen, picture_whole(&seen), PAPER, 100), 0);
    cr_expect_geq(picture_count(&seen, picture_whole(&seen), INK, 20), 25, "All of 40 images held out are read right");
    picture_free(&seen);
    clenet_dataset_free(dataset);
    findings_free(found);
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
