/* figure_confusion.c - draws the confusion matrix. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cmd/base/class_list.h"
#include "cmd/figures/figures.h"
#include "lib/base/count.h"

enum {
    SIDE = 440,      /* of the matrix, if it has few classes */
    SIDE_MOST = 900, /* if it has many */
    LEFT = 78,       /* of the matrix, if the names are short */
    TOP = 84,
    MARGIN = 24,
    NAME = 13,        /* size of a name's letters */
    NAME_SHORT = 20,  /* units: up to this width a name has room at the left */
    NAME_COLUMNS = 14 /* a longer name is cut */
};
static const double CELL_LEAST = 15.0;                     /* units, as long as the matrix is not too large */
static const double CELL_WRITTEN = 16.0, CELL_NAMED = 7.0; /* smaller cells have no number, and no name */

/* The places of everything, in units. */
typedef struct matrix {
    const findings *found;
    const class_list *classes;
    double cell, left, top; /* of the first cell */
    double name;            /* size of a name's letters */
    double longest;         /* width of the longest name */
    bool upright;           /* names above columns are turned */
} matrix;

static const char *name_of(char name[CLASS_NAME_SIZE], const matrix *of, int class) {
    return text_cut(name, of->classes->names[class], NAME_COLUMNS);
}

static matrix matrix_of(const findings *found, const class_list *classes) {
    matrix of = {.found = found, .classes = classes, .cell = (double)SIDE / (found->classes < 4 ? 4 : found->classes)};
    if (of.cell < CELL_LEAST) of.cell = CELL_LEAST;
    if (of.cell * found->classes > SIDE_MOST) of.cell = (double)SIDE_MOST / found->classes;
    of.name = of.cell * 0.85 < NAME ? of.cell * 0.85 : NAME;
    for (int c = 0; c < found->classes; c++) {
        char name[CLASS_NAME_SIZE];
        double width = canvas_text_width(name_of(name, &of, c), of.name);
        if (width > of.longest) of.longest = width;
    }
    double more = of.longest > NAME_SHORT ? of.longest - NAME_SHORT / 2.0 : 0.0;
    of.upright = of.longest > of.cell - 2;
    of.left = LEFT + more;
    of.top = TOP + (of.upright ? more : 0.0);
    return of;
}

/* The tint of a share from 0 to 1. The scale is the square root, so that mistakes, about a hundredth of a row, are visible. */
static int tint(double share, int full) {
    return colour_mix(WHITE, full, share > 0.0 ? 0.06 + 0.94 * sqrt(share) : 0.0);
}

static void draw_cell(canvas *page, const matrix *of, int truth, int prediction) {
    uint64_t count = of->found->confusion[truth * of->found->classes + prediction];
    uint64_t support = of->found->by_class[truth].support;
    double share = support > 0 ? (double)count / (double)support : 0.0, side = of->cell, gap = side < 8 ? 0.25 : 1;
    double x = of->left + prediction * side, y = of->top + truth * side;
    bool right = truth == prediction;
    int colour = count == 0 ? PAPER : tint(share, right ? BLUE : ORANGE);
    canvas_box(page, x + gap, y + gap, side - 2 * gap, side - 2 * gap, colour);
    if (side < CELL_WRITTEN || count == 0) return;
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, count);
    double size = side / 3.2 < 13 ? side / 3.2 : 13;
    text_style style = {.size = size, .colour = share > 0.3 ? WHITE : INK, .bold = right, .align = TEXT_CENTRE};
    canvas_text(page, x + side / 2, y + side / 2, style, text);
}

/* The name of a row and of a column. */
static void draw_name(canvas *page, const matrix *of, int class) {
    char text[CLASS_NAME_SIZE];
    text_style row = {.size = of->name, .colour = INK, .bold = true, .align = TEXT_CENTRE}, column = row;
    double at = (class + 0.5) * of->cell, x = of->left - 16, y = of->top - 12;
    if (of->longest > NAME_SHORT) row.align = TEXT_RIGHT, x = of->left - 8;
    if (of->upright) column.align = TEXT_LEFT, column.upwards = true, y = of->top - 6;
    canvas_text(page, of->left + at, y, column, name_of(text, of, class));
    canvas_text(page, x, of->top + at, row, text);
}

static void draw_names(canvas *page, const matrix *of) {
    const text_style axis = {.size = 13, .colour = QUIET, .align = TEXT_CENTRE};
    text_style turned = axis;
    turned.upwards = true;
    double middle = of->found->classes * of->cell / 2;
    int step = of->cell < CELL_NAMED ? (of->found->classes + 9) / 10 : 1;
    for (int c = 0; c < of->found->classes; c += step) draw_name(page, of, c);
    canvas_text(page, of->left + middle, TOP - 34, axis, "read as");
    canvas_text(page, LEFT - 46, of->top + middle, turned, "what the image shows");
}

clenet_status figure_confusion(const char *path, figure_format format, const clenet_dataset *dataset,
                               const findings *found, clenet_error *error) {
    const text_style head = {.size = 16, .colour = INK, .bold = true};
    const class_list classes = class_list_of_dataset(dataset);
    const matrix of = matrix_of(found, &classes);
    double all = of.cell * found->classes;
    canvas *page = NULL;
    clenet_status status =
        canvas_new(&page, format, of.left + (all > SIDE ? all : SIDE) + MARGIN, of.top + all + MARGIN, error);
    if (status != CLENET_OK) return status;
    char title[128], right[COUNT_SIZE], rows[COUNT_SIZE];
    (void)snprintf(title, sizeof title, "%s of %s images held out are read right", text_count(right, found->right),
                   text_count(rows, found->rows));
    canvas_text(page, MARGIN, 26, head, title);
    draw_names(page, &of);
    for (int truth = 0; truth < found->classes; truth++) {
        for (int prediction = 0; prediction < found->classes; prediction++) draw_cell(page, &of, truth, prediction);
    }
    return canvas_finish(page, path, error);
}
