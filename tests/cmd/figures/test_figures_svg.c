/* test_figures_svg.c - digits, mistakes, network, filters and confusion matrix, read as SVG: their words, shapes and sizes. */
#include "cmd/figures/figures.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"

static clenet_error error;
static char *svg; /* the figure that was drawn last */

static void clean_up(void) {
    free(svg);
    svg = NULL;
    scratch_leave();
}

TestSuite(figures_svg, .init = scratch_enter, .fini = clean_up);

#define FIGURE "figure.svg", FIGURE_SVG

/* ---- reading ---- */

static int count(const char *what) {
    int found = 0;
    for (const char *at = svg; (at = strstr(at, what)) != NULL; at += strlen(what)) found++;
    return found;
}

static void expect_words(const char *words) {
    char element[256];
    (void)snprintf(element, sizeof element, ">%s</text>", words);
    cr_expect_not_null(strstr(svg, element), "'%s' is not in the figure", words);
}

/* The number behind `name="` in an element. */
static double number_of(const char *element, const char *name) {
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, " %s=\"", name);
    const char *at = strstr(element, wanted);
    cr_assert(at != NULL && at < strchr(element, '>'), "no %s in: %.80s", name, element);
    return strtod(at + strlen(wanted), NULL);
}

/* A text is at least 11 pixels high on a telephone, and within the page even in a wide font. */
static void expect_readable(const char *text, double width, double height) {
    static const double TELEPHONE = 360.0, LEAST = 11.0;
    double size = number_of(text, "font-size"), shrunk = width <= FIGURE_NARROW ? TELEPHONE / width : 1.0;
    char words[256] = "";
    (void)sscanf(strchr(text, '>') + 1, "%255[^<]", words);
    cr_expect_geq(size * fmin(shrunk, 1.0), LEAST - 0.05, "'%s' has %g units in a figure of %g", words, size, width);
    bool turned = strstr(text, "rotate") != NULL && strstr(text, "rotate") < strchr(text, '>');
    double taken = canvas_text_width(words, size), x = number_of(text, turned ? "y" : "x");
    const char *anchor = strstr(text, "text-anchor=\"");
    bool set = anchor != NULL && anchor < strchr(text, '>');
    double left = !set ? x : anchor[13] == 'm' ? x - taken / 2 : x - taken;
    if (turned) return;
    cr_expect(left >= -2.0 && left + taken <= width + 2.0, "'%s' leaves the page: %g to %g of %g", words, left,
              left + taken, width);
    cr_expect(number_of(text, "y") > 0.0 && number_of(text, "y") < height, "'%s' is above or below the page", words);
}

/* Reads the figure that was drawn; it is whole, has a name, letters only as text, and each text is readable. */
static void look(clenet_status drawn, size_t bytes_most) {
    size_t size = 0;
    cr_assert_eq(drawn, CLENET_OK, "%s", error.message);
    free(svg);
    svg = scratch_read("figure.svg", &size);
    cr_assert_gt(size, 100);
    svg[size - 1] = '\0'; /* of the last line */
    cr_expect_leq(size, bytes_most, "%zu bytes", size);
    cr_expect_str_eq(svg + size - 7, "</svg>");
    cr_expect_eq(count("<title>"), 1);
    cr_expect_eq(count("<path"), 0);
    cr_expect_eq(count(" style=") + count(" id="), 0);
    double width = number_of(svg, "width"), height = number_of(svg, "height");
    for (const char *at = svg; (at = strstr(at, "<text ")) != NULL; at++) expect_readable(at, width, height);
}

/* ---- data ---- */

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

/* Classes with these names. */
static clenet_dataset *named(const char *const *names, int classes) {
    clenet_dataset *dataset = NULL;
    FILE *file = fopen("named.csv", "w");
    cr_assert_not_null(file);
    (void)fprintf(file, "label,pixel0,pixel1,pixel2,pixel3\n");
    for (int i = 0; i < classes; i++) (void)fprintf(file, "%s,0,9,9,255\n", names[i]);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(clenet_dataset_load(&dataset, "named.csv", NULL, &error), CLENET_OK, "%s", error.message);
    return dataset;
}

/* Of `rows` images of so many classes the first `wrong` are predicted as the next class. */
static findings *findings_of(int rows, int classes, int wrong) {
    findings *found = NULL;
    uint8_t *labels = calloc((size_t)rows, 1);
    float *probabilities = calloc((size_t)(rows * classes), sizeof *probabilities);
    uint32_t *numbers = calloc((size_t)rows, sizeof *numbers);
    for (int i = 0; i < rows; i++) {
        labels[i] = (uint8_t)(i % classes);
        numbers[i] = (uint32_t)(i % classes);
        probabilities[i * classes + (i < wrong ? (i + 1) % classes : i % classes)] = 1.0F;
    }
    cr_assert_eq(findings_new(&found, labels, probabilities, numbers, (size_t)rows, classes, NULL), CLENET_OK);
    free(numbers);
    free(probabilities);
    free(labels);
    return found;
}

/* ---- digits ---- */

Test(figures_svg, each_digit_is_one_picture_with_its_label_and_its_row) {
    const uint32_t rows[8] = {1, 2, 3, 5, 7, 0, 4, 9};
    clenet_dataset *dataset = squares(true);
    look(figure_digits(FIGURE, "Digits & more", dataset, rows, 8, 4, &error), 9000);
    cr_expect_eq(count("<image class=\"invert\""), 8);
    cr_expect_eq(count("<rect"), 1, "the ground");
    expect_words("Digits &amp; more");
    cr_expect_leq(number_of(svg, "width"), FIGURE_NARROW);
    for (int i = 0; i < 8; i++) {
        char words[16];
        (void)snprintf(words, sizeof words, "%u", rows[i]);
        expect_words(words);
        (void)snprintf(words, sizeof words, "row %u", rows[i] + 1);
        expect_words(words);
    }
    clenet_dataset_free(dataset);
}

Test(figures_svg, images_without_labels_have_their_rows_alone) {
    const uint32_t rows[2] = {3, 4};
    clenet_dataset *dataset = squares(false);
    look(figure_digits(FIGURE, "Digits", dataset, rows, 2, 2, &error), 5000);
    cr_expect_eq(count("<image"), 2);
    cr_expect_eq(count("<text"), 3);
    expect_words("row 4");
    clenet_dataset_free(dataset);
}

Test(figures_svg, a_picture_of_three_channels_keeps_its_colours_in_dark_mode) {
    static const uint8_t image[2][3] = {{255, 0, 0}, {0, 85, 255}};
    clenet_dataset *dataset = NULL;
    const uint32_t row = 0;
    cr_assert_eq(clenet_dataset_new(&dataset, image[0], NULL, 1, 1, 2, 3, 10, NULL), CLENET_OK);
    look(figure_digits(FIGURE, "Colours", dataset, &row, 1, 1, &error), 4000);
    cr_expect_eq(count("<image "), 1);
    cr_expect_eq(count("class=\"invert\""), 0);
    clenet_dataset_free(dataset);
}

Test(figures_svg, a_name_that_is_wider_than_its_tile_is_cut) {
    static const char *const names[4] = {"ankle boot", "b", "c", "cardigan with sleeves"};
    const uint32_t rows[2] = {0, 3};
    clenet_dataset *dataset = named(names, 4);
    look(figure_digits(FIGURE, "Images", dataset, rows, 2, 2, &error), 5000);
    expect_words("ankle boot");
    cr_expect_not_null(strstr(svg, ">cardigan"));
    cr_expect_null(strstr(svg, "sleeves"));
    clenet_dataset_free(dataset);
}

Test(figures_svg, a_mistake_has_both_labels_its_confidence_and_its_row) {
    findings *found = findings_of(40, 10, 3);
    clenet_dataset *dataset = squares(true);
    look(figure_mistakes(FIGURE, dataset, found, 2, &error), 6000);
    cr_expect_eq(count("<image"), 2);
    look(figure_mistakes(FIGURE, dataset, found, 12, &error), 6000);
    cr_expect_eq(count("<image"), 3);
    expect_words("0 \xe2\x86\x92 1");
    expect_words("2 \xe2\x86\x92 3");
    expect_words("100.00 %");
    expect_words("row 3");
    cr_expect_not_null(strstr(svg, "<title>3 of 40 are wrong. The 3 with the highest confidence"));
    clenet_dataset_free(dataset);
    findings_free(found);
}

Test(figures_svg, a_mistake_of_long_names_has_a_line_for_each) {
    static const char *const names[3] = {"ankle boot", "sneaker", "bag"};
    findings *found = findings_of(9, 3, 1);
    clenet_dataset *dataset = named(names, 3);
    look(figure_mistakes(FIGURE, dataset, found, 12, &error), 5000);
    expect_words("ankle boot");
    expect_words("\xe2\x86\x92 bag");
    expect_words("100.00 %");
    clenet_dataset_free(dataset);
    findings_free(found);
}

Test(figures_svg, without_mistakes_the_figure_says_so) {
    findings *found = findings_of(40, 10, 0);
    clenet_dataset *dataset = squares(true);
    look(figure_mistakes(FIGURE, dataset, found, 12, &error), 4000);
    cr_expect_eq(count("<image"), 0);
    cr_expect_not_null(strstr(svg, "<title>All 40 held-out images are predicted correctly</title>"));
    clenet_dataset_free(dataset);
    findings_free(found);
}

Test(figures_svg, the_same_seed_picks_the_same_rows_and_none_twice) {
    uint32_t once[8], again[8], other[8];
    cr_assert_eq(figure_pick(once, 8, NULL, 42000, 7), 8);
    cr_assert_eq(figure_pick(again, 8, NULL, 42000, 7), 8);
    cr_assert_eq(figure_pick(other, 8, NULL, 42000, 8), 8);
    cr_expect_arr_eq(once, again, sizeof once);
    cr_expect_arr_neq(once, other, sizeof once);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < i; j++) cr_expect_neq(once[i], once[j]);
}

Test(figures_svg, of_fewer_rows_than_wanted_all_are_picked) {
    const uint32_t rows[3] = {5, 6, 900};
    uint32_t picked[8];
    unsigned sum = 0;
    cr_assert_eq(figure_pick(picked, 8, rows, 3, 0), 3);
    for (int i = 0; i < 3; i++) sum += picked[i];
    cr_expect_eq(sum, 911);
    cr_expect_eq(figure_pick(picked, 8, rows, 0, 0), 0);
}

/* ---- the network ---- */

static clenet_network *network_of(const char *text) {
    clenet_network *network = NULL;
    cr_assert_eq(clenet_network_parse(&network, text, "it", &error), CLENET_OK, "%s", error.message);
    return network;
}

Test(figures_svg, the_network_is_drawn_as_all_its_maps_and_columns) {
    clenet_network *lenet = NULL;
    cr_assert_eq(clenet_network_lenet(&lenet, 28, 28, 1, 10, NULL), CLENET_OK);
    look(figure_architecture(FIGURE, lenet, &error), 25000);
    cr_expect_eq(count("class=\"f-blue\" fill-opacity"), 1 + 6 + 6 + 16 + 16, "maps");
    cr_expect_eq(count("class=\"f-orange\" fill-opacity"), 3, "columns");
#define TIMES "\xc3\x97"
    static const char *const words[] = {("28" TIMES "28" TIMES "1"),
                                        ("5" TIMES "5" TIMES "16"),
                                        "120",
                                        "84",
                                        "10",
                                        "input",
                                        ("conv2d 5" TIMES "5 valid"),
                                        "relu",
                                        "softmax"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) expect_words(words[i]);
    clenet_network_free(lenet);
}

Test(figures_svg, another_network_draws_itself) {
    clenet_network *network = network_of("input 8x8x1\nflatten\ndense 10 softmax\n");
    look(figure_architecture(FIGURE, network, &error), 6000);
    cr_expect_eq(count("class=\"f-blue\" fill-opacity"), 1, "the input");
    cr_expect_eq(count("<circle"), 10, "a column of ten units");
    clenet_network_free(network);
}

/* As many stages as layers that make another shape; tanh makes none. */
Test(figures_svg, average_pooling_is_a_stage_as_max_pooling_is) {
    static const char *const texts[] = {
        "input 8x8x1\nconv2d 2 3x3 same tanh\navgpool2d 2x2\ntanh\nflatten\ndense 4 softmax\n",
        "input 8x8x1\nconv2d 2 3x3 same relu\nmaxpool2d 2x2\nrelu\nflatten\ndense 4 softmax\n"};
    for (int i = 0; i < 2; i++) {
        clenet_network *network = network_of(texts[i]);
        look(figure_architecture(FIGURE, network, &error), 9000);
        cr_expect_eq(count("class=\"f-blue\" fill-opacity"), 1 + 2 + 2);
        clenet_network_free(network);
    }
}

Test(figures_svg, strides_padding_and_groups_are_named) {
    clenet_network *network =
        network_of("input 9x9x2\nconv2d 4 3x3 padding=1 stride=2 groups=2 relu\nmaxpool2d 3x3 same "
                   "stride=2\nzeropad2d 1\nmaxpool2d 2x2\nflatten\ndense 4 softmax\n");
    static const char *const words[] = {
        ("conv2d 3" TIMES "3 padded"), "stride 2, 2 groups", ("maxpool2d 3" TIMES "3 same"), "stride 2", "zeropad2d",
        ("maxpool2d 2" TIMES "2")};
    look(figure_architecture(FIGURE, network, &error), 20000);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) expect_words(words[i]);
    clenet_network_free(network);
}

Test(figures_svg, every_kernel_of_every_conv2d_is_one_picture_below_the_layers_name) {
    clenet_network *lenet = NULL;
    clenet_model *model = NULL;
    cr_assert_eq(clenet_network_lenet(&lenet, 28, 28, 1, 10, NULL), CLENET_OK);
    cr_assert_eq(clenet_model_new(&model, lenet, 1, NULL), CLENET_OK);
    look(figure_filters(FIGURE, model, &error), 60000);
    cr_expect_eq(count("<image"), 6 + 6 * 16 + 2, "kernels, and two scales");
    expect_words("conv2d_1: 6 filters of 5\xc3\x97"
                 "5\xc3\x97"
                 "1 weights, a square each");
    cr_expect_not_null(strstr(svg, ">conv2d_2: 16 filters of 5\xc3\x97"
                                   "5\xc3\x97"
                                   "6 weights; a column is a"));
    cr_expect_not_null(strstr(svg, ">Orange: positive weights. Blue, with a hole:"));
    cr_expect_eq(count(">\xe2\x88\x92"
                       "0."),
                 2, "the scales' lowest weights");
    cr_expect_eq(count(">+0."), 2, "the highest");
    clenet_model_free(model);
    clenet_network_free(lenet);
}

Test(figures_svg, of_many_filters_the_first_are_drawn_and_the_title_says_so) {
    clenet_network *network = network_of("input 8x8x1\nconv2d 40 3x3 same\nflatten\ndense 4 softmax\n");
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, 1, NULL), CLENET_OK);
    look(figure_filters(FIGURE, model, &error), 30000);
    cr_expect_eq(count("<image"), 32 + 1);
    cr_expect_not_null(strstr(svg, "40 filters of"));
    cr_expect_not_null(strstr(svg, "the first 32"));
    clenet_model_free(model);
    clenet_network_free(network);
}

Test(figures_svg, a_network_without_conv2d_has_no_filters_and_that_is_no_error) {
    clenet_network *network = network_of("input 8x8x1\nflatten\ndense 10 softmax\n");
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, 1, NULL), CLENET_OK);
    cr_assert_eq(figure_filters(FIGURE, model, &error), CLENET_OK);
    cr_expect_eq(scratch_count(), 0);
    clenet_model_free(model);
    clenet_network_free(network);
}

/* ---- the confusion matrix ---- */

Test(figures_svg, the_confusion_matrix_has_cells_totals_and_scales) {
    findings *found = findings_of(40, 10, 3);
    clenet_dataset *dataset = squares(true);
    look(figure_confusion(FIGURE, dataset, found, &error), 25000);
    cr_expect_leq(number_of(svg, "width"), FIGURE_NARROW);
    expect_words("Correct: 37 of 40 held-out images");
    expect_words("Total");
    expect_words("Recall");
    expect_words("Precision");
    expect_words("75.0"); /* three of the four images of 0 */
    expect_words("80.0"); /* four of the five that are predicted as 3 */
    cr_expect_eq(count(">100</text>"), 7 + 7, "recalls of 3 to 9, and precisions of 0 and 4 to 9");
    cr_expect_eq(count("class=\"f-paper\""), 100 - 10 - 3, "cells of nothing");
    cr_expect_eq(count("<rect"), 1 + 100 + 5 + 4, "the ground, cells, and the steps of two scales");
    clenet_dataset_free(dataset);
    findings_free(found);
}

/* The opacity of the cell with this number of mistakes, in a matrix that also has one and sixty. */
static double opacity_of(int mistakes) {
    findings *found = findings_of(40, 10, 0);
    clenet_dataset *dataset = squares(true);
    found->confusion[0 * 10 + 1] = 60;
    found->confusion[0 * 10 + 2] = (uint64_t)mistakes;
    look(figure_confusion(FIGURE, dataset, found, &error), 25000);
    const char *at = strstr(svg, "class=\"f-orange\""); /* the first is that of sixty */
    cr_assert_not_null(at);
    at = strstr(at + 1, "class=\"f-orange\"");
    cr_assert_not_null(at);
    while (*at != '<') at--;
    double opacity = number_of(at, "fill-opacity");
    clenet_dataset_free(dataset);
    findings_free(found);
    return opacity;
}

Test(figures_svg, one_mistake_six_and_sixty_have_shades_that_are_told_apart) {
    double one = opacity_of(1), six = opacity_of(6), sixty = opacity_of(60);
    cr_expect_geq(six, one + 0.15, "%g, %g", one, six);
    cr_expect_geq(sixty, six + 0.4, "%g, %g", six, sixty);
}

Test(figures_svg, long_names_are_turned_above_their_columns) {
    static const char *const letters[3] = {"A", "B", "C"}, *const words[3] = {"Ankle boot", "B", "C"};
    findings *found = findings_of(9, 3, 1);
    clenet_dataset *dataset = named(letters, 3);
    look(figure_confusion(FIGURE, dataset, found, &error), 8000);
    cr_expect_eq(count(">C</text>"), 2);
    cr_expect_eq(count("rotate(-90"), 0);
    clenet_dataset_free(dataset);
    dataset = named(words, 3);
    found->by_class[0].recall = (double)NAN;
    look(figure_confusion(FIGURE, dataset, found, &error), 8000);
    cr_expect_eq(count(">Ankle boot</text>"), 2);
    clenet_dataset_free(dataset);
    findings_free(found);
}

Test(figures_svg, letters_and_a_hundred_classes_have_a_matrix_too) {
    char names[100][8];
    const char *list[100];
    for (int i = 0; i < 100; i++) {
        if (i < 26)
            (void)snprintf(names[i], sizeof names[i], "%c", 'A' + i);
        else
            (void)snprintf(names[i], sizeof names[i], "c%d", i);
        list[i] = names[i];
    }
    findings *found = findings_of(520, 26, 30);
    clenet_dataset *dataset = named(list, 26);
    look(figure_confusion(FIGURE, dataset, found, &error), 120000);
    cr_expect_eq(count(">Z</text>"), 2);
    expect_words("Recall");
    clenet_dataset_free(dataset);
    findings_free(found);
    found = findings_of(1000, 100, 30);
    dataset = named(list, 100);
    cr_assert_eq(figure_confusion(FIGURE, dataset, found, &error), CLENET_OK, "%s", error.message);
    clenet_dataset_free(dataset);
    findings_free(found);
}
