/* figure_confusion.c - draws the confusion matrix, with totals, recall, precision, and the scales of its shades. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cmd/base/class_list.h"
#include "cmd/figures/figures.h"
#include "lib/base/count.h"

enum {
    MARGIN = 8,
    TITLE = 15,
    TITLE_LINE = 20,
    AXIS = 20,         /* the line of "True label" and "Predicted label" */
    NAME_ROOM = 18,    /* of a class, if the names are short */
    NAME_COLUMNS = 14, /* a longer name is cut */
    TOTALS = 40,       /* width of the column of totals */
    RECALL = 48,
    LINE = 19, /* of the rows below the matrix, and of the scales */
    LEVELS = 5,
    SIDE_MOST = 900 /* of the matrix, if it has many classes */
};
#define DOWN "\xe2\x86\x93" /* arrows: U+2193, U+2192 */
#define RIGHT "\xe2\x86\x92"

static const double CELL = 32.8, CELL_MANY = 24.0, CELL_LEAST = 15.0; /* units: up to ten classes, more, many more */
static const double CELL_WRITTEN = 20.0, CELL_NAMED = 7.0;            /* smaller cells have no number, and no name */
static const double TEXT_MANY = 11.5;                                 /* size of letters of more than ten classes */

/* Strengths of the five shades. Letters are readable on each, in light and dark mode: see colour_of_text_on(). */
static const double strengths[LEVELS] = {0.12, 0.22, 0.31, 0.40, 0.94};

/* The places of everything, in units. */
typedef struct matrix {
    const findings *found;
    const class_list *classes;
    double cell, left, top;  /* of the first cell */
    double text;             /* size of letters */
    double longest;          /* width of the longest name */
    bool upright;            /* names above columns are turned */
    uint64_t levels[LEVELS]; /* the highest number of mistakes of each shade */
} matrix;

static const char *name_of(char name[CLASS_NAME_SIZE], const matrix *of, int class) {
    return text_cut(name, of->classes->names[class], NAME_COLUMNS);
}

/* The shades of mistakes are steps of a logarithmic scale, so that one mistake, six and sixty are told apart. Up to ten mistakes
 * the scale is that of ten: a few mistakes are pale. */
static void find_levels(matrix *of) {
    enum { FEW = 10 };
    uint64_t most = FEW;
    int classes = of->found->classes;
    for (int i = 0; i < classes * classes; i++) {
        if (i % (classes + 1) != 0 && of->found->confusion[i] > most) most = of->found->confusion[i];
    }
    for (int i = 0; i < LEVELS; i++) of->levels[i] = (uint64_t)(pow((double)most, (i + 1.0) / LEVELS) + 1e-9);
}

static int shade_of_mistakes(const matrix *of, uint64_t count) {
    int level = 0;
    while (level + 1 < LEVELS && count > of->levels[level]) level++;
    return colour_shade(ORANGE, strengths[level]);
}

/* The shades of the diagonal. */
static const struct recall_level {
    double least; /* recall */
    double strength;
    const char *name;
} recalls[] = {{0.0, 0.12, "below 50"}, {0.5, 0.26, "50"}, {0.75, 0.40, "75"}, {0.9, 0.94, "90 or more"}};
enum { RECALLS = sizeof recalls / sizeof recalls[0] };

static int shade_of_recall(double recall) {
    int level = RECALLS - 1;
    while (level > 0 && recall < recalls[level].least) level--;
    return colour_shade(BLUE, recalls[level].strength);
}

static double cell_of(int classes) {
    if (classes <= 10) return CELL * 10 / (classes < 4 ? 4 : classes);
    double cell = CELL_MANY * classes > SIDE_MOST ? (double)SIDE_MOST / classes : CELL_MANY;
    return cell > CELL_LEAST || CELL_LEAST * classes > SIDE_MOST ? cell : CELL_LEAST;
}

static matrix matrix_of(const findings *found, const class_list *classes, int title_lines) {
    matrix of = {.found = found, .classes = classes, .cell = cell_of(found->classes)};
    of.text = found->classes <= 10 ? FIGURE_TEXT : TEXT_MANY;
    if (of.cell < CELL_LEAST) of.text = of.cell * 0.85;
    for (int c = 0; c < found->classes; c++) {
        char name[CLASS_NAME_SIZE];
        double width = canvas_text_width(name_of(name, &of, c), of.text) * 1.08;
        if (width > of.longest) of.longest = width;
    }
    of.upright = of.longest > of.cell - 1;
    of.left = MARGIN + (of.longest > NAME_ROOM ? of.longest + 6 : NAME_ROOM);
    of.top = MARGIN + title_lines * TITLE_LINE + 10 + AXIS + (of.upright ? of.longest + 8 : NAME_ROOM);
    find_levels(&of);
    return of;
}

static void draw_cell(canvas *page, const matrix *of, int truth, int prediction) {
    uint64_t count = of->found->confusion[truth * of->found->classes + prediction];
    double side = of->cell, gap = side < 8 ? 0.25 : 0.75;
    double x = of->left + prediction * side, y = of->top + truth * side;
    bool right = truth == prediction;
    int shade = count == 0 ? PAPER : shade_of_mistakes(of, count);
    if (right && count > 0) shade = shade_of_recall(of->found->by_class[truth].recall);
    canvas_box(page, x + gap, y + gap, side - 2 * gap, side - 2 * gap, shade);
    if (side < CELL_WRITTEN || count == 0) return;
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, count);
    double narrow =
        canvas_text_width(text, of->text) * 0.88; /* in most fonts, whose digits are narrower than DejaVu's */
    double size = narrow > side - 1 ? of->text * (side - 1) / narrow : of->text;
    text_style style = {.size = size, .colour = colour_of_text_on(shade), .align = TEXT_CENTRE};
    canvas_text(page, x + side / 2, y + side / 2, style, text);
}

/* ---- names and sums ----------------------------------------------------------------------------------------- */

/* The name of a row and of a column. */
static void draw_name(canvas *page, const matrix *of, int class) {
    char text[CLASS_NAME_SIZE];
    text_style row = {.size = of->text, .colour = INK, .bold = true, .align = TEXT_CENTRE}, column = row;
    double at = (class + 0.5) * of->cell, x = of->left - NAME_ROOM / 2.0, y = of->top - NAME_ROOM / 2.0;
    if (of->longest > NAME_ROOM) row.align = TEXT_RIGHT, x = of->left - 6;
    if (of->upright) column.align = TEXT_LEFT, column.upwards = true, y = of->top - 6;
    canvas_text(page, of->left + at, y, column, name_of(text, of, class));
    canvas_text(page, x, of->top + at, row, text);
}

/* A share in percent, rounded down, since 99.96 % is not 100 %. Without room for a decimal it has none. */
static void draw_share(canvas *page, double x, double y, double room, const text_style *style, double share) {
    char text[16] = "-";
    double parts = canvas_text_width("88.8", style->size) <= room ? 10.0 : 1.0;
    int decimals = share < 1.0 && parts > 1.0;
    if (share >= 0.0) (void)snprintf(text, sizeof text, "%.*f", decimals, floor(share * 100.0 * parts + 1e-9) / parts);
    canvas_text(page, x, y, *style, text);
}

/* The totals and the recall of the rows, at the right; the totals and the precision of the columns, below. */
static void draw_sums(canvas *page, const matrix *of) {
    int classes = of->found->classes;
    double all = of->cell * classes, right = of->left + all, bottom = of->top + all;
    text_style row = {.size = of->text, .colour = QUIET, .align = TEXT_RIGHT}, column = row, word = row;
    bool below = of->cell >= CELL_WRITTEN; /* otherwise there is no room for four digits */
    column.align = TEXT_CENTRE;
    word.align = TEXT_LEFT;
    canvas_text(page, right + TOTALS, of->top - NAME_ROOM / 2.0, row, "Total");
    canvas_text(page, right + TOTALS + RECALL, of->top - NAME_ROOM / 2.0, row, "Recall");
    for (int c = 0; c < classes; c++) {
        const findings_class *class = &of->found->by_class[c];
        double at = (c + 0.5) * of->cell;
        char text[24];
        if (of->cell >= CELL_LEAST) {
            (void)snprintf(text, sizeof text, "%" PRIu64, class->support);
            canvas_text(page, right + TOTALS, of->top + at, row, text);
            draw_share(page, right + TOTALS + RECALL, of->top + at, RECALL, &row,
                       class->support > 0 ? class->recall : -1.0);
        }
        if (!below) continue;
        (void)snprintf(text, sizeof text, "%" PRIu64, class->predicted);
        text_style fitting = column;
        double taken = canvas_text_width(text, of->text) * 0.88;
        if (taken > of->cell - 1) fitting.size *= (of->cell - 1) / taken;
        canvas_text(page, of->left + at, bottom + LINE * 0.6, fitting, text);
        draw_share(page, of->left + at, bottom + LINE * 1.6, of->cell - 1, &column,
                   class->predicted > 0 ? class->precision : -1.0);
    }
    if (!below) return;
    canvas_text(page, right + 8, bottom + LINE * 0.6, word, "Total");
    canvas_text(page, right + 8, bottom + LINE * 1.6, word, "Precision");
}

static void draw_names(canvas *page, const matrix *of) {
    text_style axis = {.size = of->text < TEXT_MANY ? TEXT_MANY : of->text, .colour = QUIET};
    int step = of->cell < CELL_NAMED ? (of->found->classes + 9) / 10 : 1;
    double y = of->top - (of->upright ? of->longest + 8 : NAME_ROOM) - AXIS / 2.0;
    for (int c = 0; c < of->found->classes; c += step) draw_name(page, of, c);
    canvas_text(page, MARGIN, y, axis, "True label " DOWN);
    axis.align = TEXT_CENTRE;
    canvas_text(page, of->left + of->found->classes * of->cell / 2, y, axis, "Predicted label " RIGHT);
}

/* ---- the scales --------------------------------------------------------------------------------------------- */

static double draw_swatch(canvas *page, const matrix *of, double x, double y, int shade, const char *text) {
    enum { SWATCH = 13 };
    const text_style style = {.size = of->text, .colour = INK};
    canvas_box(page, x, y - SWATCH / 2.0, SWATCH, SWATCH, shade);
    canvas_text(page, x + SWATCH + 4, y, style, text);
    return x + SWATCH + 4 + canvas_text_width(text, of->text) + 8;
}

static void draw_scales(canvas *page, const matrix *of, double y) {
    const text_style word = {.size = of->text, .colour = QUIET};
    double x = MARGIN + 82;
    canvas_text(page, MARGIN, y, word, "Mistakes");
    uint64_t first = 1;
    for (int i = 0; i < LEVELS; i++) {
        char text[48];
        if (first == of->levels[i])
            (void)snprintf(text, sizeof text, "%" PRIu64, first);
        else
            (void)snprintf(text, sizeof text, "%" PRIu64 "\xe2\x80\x93%" PRIu64, first, of->levels[i]);
        x = draw_swatch(page, of, x, y, colour_shade(ORANGE, strengths[i]), text);
        first = of->levels[i] + 1;
    }
    x = MARGIN + 82;
    canvas_text(page, MARGIN, y + LINE, word, "Recall, %");
    for (int i = 0; i < RECALLS; i++)
        x = draw_swatch(page, of, x, y + LINE, colour_shade(BLUE, recalls[i].strength), recalls[i].name);
}

clenet_status figure_confusion(const char *path, figure_format format, const clenet_dataset *dataset,
                               const findings *found, clenet_error *error) {
    const text_style head = {.size = TITLE, .colour = INK, .bold = true};
    const class_list classes = class_list_of_dataset(dataset);
    char title[128], right[COUNT_SIZE], rows[COUNT_SIZE];
    (void)snprintf(title, sizeof title, "Correct: %s of %s held-out images", text_count(right, found->right),
                   text_count(rows, found->rows));
    matrix of = matrix_of(found, &classes, canvas_lines(head, FIGURE_NARROW - 2 * MARGIN, title));
    double all = of.cell * found->classes, width = of.left + all + TOTALS + RECALL + MARGIN;
    double below = of.top + all + (of.cell >= CELL_WRITTEN ? 2 * LINE : 0) + LINE;
    canvas *page = NULL;
    clenet_status status =
        canvas_new(&page, format, width < FIGURE_NARROW ? FIGURE_NARROW : width, below + 2 * LINE, error);
    if (status != CLENET_OK) return status;
    canvas_describe(
        page, title,
        "Confusion matrix: a row for each true label, a column for each predicted label. Recall is the share "
        "of a row that is on the diagonal, precision the share of a column.");
    canvas_paragraph(page, MARGIN, MARGIN + TITLE_LINE / 2.0, head, FIGURE_NARROW - 2 * MARGIN, TITLE_LINE, title);
    draw_names(page, &of);
    for (int truth = 0; truth < found->classes; truth++) {
        for (int prediction = 0; prediction < found->classes; prediction++) draw_cell(page, &of, truth, prediction);
    }
    draw_sums(page, &of);
    draw_scales(page, &of, below + LINE / 4.0);
    return canvas_finish(page, path, error);
}
