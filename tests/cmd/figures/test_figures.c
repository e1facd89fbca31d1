/* test_figures.c - pixels and files, looked at as PNG: what there is to see, and how often. */
#include "cmd/figures/figures.h"

#include <math.h>

#include "../scratch.h"
#include "picture.h"

enum { PX = 2 /* pixels a unit of the page */, INK_GREY = 0x181818 /* of a digit */ };

static clenet_error error;

TestSuite(figures, .init = scratch_enter, .fini = scratch_leave);

#define DRAWN(call) cr_assert_eq(call, CLENET_OK, "%s", error.message)

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

/* ---- files ---- */

/* Accuracy from .8 to .89, validation a tenth below it. */
static history ten_epochs(void) {
    history run = {.name = NULL};
    for (int i = 0; i < 10; i++) {
        clenet_epoch epoch = {.epoch = i + 1, .accuracy = 0.8 + 0.01 * i, .loss = 1.0 - 0.05 * i};
        epoch.val_accuracy = epoch.accuracy - 0.1;
        epoch.val_loss = epoch.loss + 0.1;
        cr_assert(history_add(&run, &epoch));
    }
    return run;
}

Test(figures, svg_and_pdf_are_whole_files_of_their_kind) {
    history run = ten_epochs();
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
    history run = ten_epochs();
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
