/* figure_confusion.c - draws the confusion matrix. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cmd/figures/figures.h"
#include "lib/base/count.h"

enum {
    SIDE = 440, /* of the matrix, if it has few classes */
    LEFT = 78,
    TOP = 84,
    MARGIN = 24,
    CLASSES_WRITTEN = 24 /* with more classes the cells are too small for numbers */
};

/* The tint of a share from 0 to 1. The scale is the square root, so that mistakes, about a hundredth of a row, are visible. */
static int tint(double share, int full) {
    return colour_mix(WHITE, full, share > 0.0 ? 0.06 + 0.94 * sqrt(share) : 0.0);
}

static void draw_cell(canvas *page, const findings *found, int truth, int prediction, double side) {
    uint64_t count = found->confusion[truth * found->classes + prediction];
    uint64_t support = found->by_class[truth].support;
    double share = support > 0 ? (double)count / (double)support : 0.0;
    double x = LEFT + prediction * side, y = TOP + truth * side;
    bool right = truth == prediction;
    int colour = count == 0 ? PAPER : tint(share, right ? BLUE : ORANGE);
    canvas_box(page, x + 1, y + 1, side - 2, side - 2, colour);
    if (found->classes > CLASSES_WRITTEN || count == 0) return;
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, count);
    double size = side / 3.2 < 13 ? side / 3.2 : 13;
    text_style style = {.size = size, .colour = share > 0.3 ? WHITE : INK, .bold = right, .align = TEXT_CENTRE};
    canvas_text(page, x + side / 2, y + side / 2, style, text);
}

static void draw_names(canvas *page, const findings *found, double side) {
    const text_style name = {.size = 13, .colour = INK, .bold = true, .align = TEXT_CENTRE};
    const text_style axis = {.size = 13, .colour = QUIET, .align = TEXT_CENTRE};
    text_style turned = axis;
    turned.upwards = true;
    double middle = found->classes * side / 2;
    int step = found->classes > CLASSES_WRITTEN ? (found->classes + 9) / 10 : 1;
    for (int c = 0; c < found->classes; c += step) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", c);
        canvas_text(page, LEFT + (c + 0.5) * side, TOP - 12, name, text);
        canvas_text(page, LEFT - 16, TOP + (c + 0.5) * side, name, text);
    }
    canvas_text(page, LEFT + middle, TOP - 34, axis, "read as");
    canvas_text(page, LEFT - 46, TOP + middle, turned, "what the image shows");
}

clenet_status figure_confusion(const char *path, figure_format format, const findings *found, clenet_error *error) {
    const text_style head = {.size = 16, .colour = INK, .bold = true};
    double side = (double)SIDE / (found->classes < 4 ? 4 : found->classes), all = side * found->classes;
    canvas *page = NULL;
    clenet_status status = canvas_new(&page, format, LEFT + SIDE + MARGIN, TOP + all + MARGIN, error);
    if (status != CLENET_OK) return status;
    char title[128], right[COUNT_SIZE], rows[COUNT_SIZE];
    (void)snprintf(title, sizeof title, "%s of %s images held out are read right", text_count(right, found->right),
                   text_count(rows, found->rows));
    canvas_text(page, MARGIN, 26, head, title);
    draw_names(page, found, side);
    for (int truth = 0; truth < found->classes; truth++) {
        for (int prediction = 0; prediction < found->classes; prediction++)
            draw_cell(page, found, truth, prediction, side);
    }
    return canvas_finish(page, path, error);
}
