/* figure_architecture.c - draws a network as stacks of feature maps and columns of units.
 *
 * The sizes are written at each stack. Layers that do not change the shape (batchnorm, dropout, activations) are named below
 * their maps. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/figures/figures.h"
#include "lib/base/count.h"

enum {
    MARGIN = 28,
    HEAD = 40,
    NAME = 26,       /* the row of the shapes */
    SIDE = 104,      /* of the largest map */
    SIDE_LEAST = 14, /* of the smallest, so that it stays visible */
    DEPTH = 56,      /* largest offset of the last map of a stack from the first */
    STEP_MOST = 9,   /* from one map to the next */
    MAPS_MOST = 16,  /* drawn per stack */
    GAP = 32,        /* between two stages */
    COLUMN = 22,     /* width of a column of units */
    COLUMN_MOST = 168,
    PITCH = 12, /* of the units in a column */
    LINE = 18,  /* of the text below */
    LINES_MOST = 6,
    TEXT = 13,      /* size of letters */
    TEXT_LEAST = 52 /* width of a stage for its text */
};

static const double PALE = 0.16; /* strength of the colour of maps and columns */

#define TIMES "\xc3\x97" /* the sign of multiplication, U+00D7 */

/* The part between two changes of shape. */
typedef struct stage {
    clenet_shape shape;
    bool flat;
    int window_height, window_width; /* of the kernel or pool that reads the stage before; 0: all of it */
    char lines[LINES_MOST][48];
    int line_count;
    double width, height; /* of one map, or of the column */
    double step;          /* from one map to the next */
    int maps;
    double left, taken; /* x, and the width with the stack's depth */
} stage;

static void add_line(stage *at, const char *text) {
    if (at->line_count < LINES_MOST) (void)snprintf(at->lines[at->line_count++], sizeof at->lines[0], "%s", text);
}

static bool is_pooling(const clenet_layer *layer) {
    return layer->kind == CLENET_MAXPOOL2D || layer->kind == CLENET_AVGPOOL2D;
}

/* Adds the window of a convolution or a pool, and a line for a stride and groups that are not the usual ones. */
static void describe_window(stage *at, const clenet_layer *layer) {
    char text[48];
    bool pool = is_pooling(layer), usual = pool && layer->padding == CLENET_VALID;
    const char *padding = layer->padding == CLENET_VALID  ? " valid"
                          : layer->padding == CLENET_SAME ? " same"
                                                          : " padded";
    (void)snprintf(text, sizeof text, "%s %d" TIMES "%d%s", clenet_layer_word(layer->kind),
                   pool ? layer->pool : layer->kernel_height, pool ? layer->pool : layer->kernel_width,
                   usual ? "" : padding);
    add_line(at, text);
    bool strides = layer->stride != (pool ? layer->pool : 1), grouped = !pool && layer->groups != 1;
    text[0] = '\0';
    if (strides) (void)snprintf(text, sizeof text, "stride %d", layer->stride);
    if (grouped)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d groups", strides ? ", " : "",
                       layer->groups);
    if (text[0] != '\0') add_line(at, text);
}

/* Adds the layer's name below its stage. The layer is a network's, with its defaults filled in. */
static void describe(stage *at, const clenet_layer *layer, clenet_shape shape) {
    char text[48] = "";
    const char *word = clenet_layer_word(layer->kind), *activation = clenet_activation_word(layer->activation);
    if (layer->kind == CLENET_CONV2D || is_pooling(layer))
        describe_window(at, layer);
    else if (layer->kind == CLENET_DROPOUT)
        (void)snprintf(text, sizeof text, "%s %g", word, (double)layer->rate);
    else if (layer->kind == CLENET_FLATTEN)
        (void)snprintf(text, sizeof text, "%s to %d", word, shape.channels);
    else
        (void)snprintf(text, sizeof text, "%s", word);
    if (text[0] != '\0') add_line(at, text);
    if (activation != NULL) add_line(at, activation);
}

/* Makes a stage for the input, and one for each layer that changes the shape. A flatten has no stage; the layer after it has. */
static size_t find_stages(stage *stages /* [layers + 1] */, const clenet_network *network) {
    size_t count = 1;
    stages[0] = (stage){.shape = clenet_network_input(network)};
    add_line(&stages[0], "input");
    for (size_t i = 0; i < clenet_network_layers(network); i++) {
        const clenet_layer *layer = clenet_network_layer(network, i);
        clenet_shape shape = clenet_network_output(network, i);
        bool fresh = layer->kind == CLENET_CONV2D || is_pooling(layer) || layer->kind == CLENET_DENSE;
        if (fresh) {
            stage *next = &stages[count++];
            *next = (stage){.shape = shape, .flat = clenet_network_flat(network, i)};
            if (layer->kind == CLENET_CONV2D) {
                next->window_height = layer->kernel_height > 0 ? layer->kernel_height : layer->kernel_width;
                next->window_width = layer->kernel_width > 0 ? layer->kernel_width : layer->kernel_height;
            }
            if (is_pooling(layer)) next->window_height = next->window_width = layer->pool > 0 ? layer->pool : 2;
        }
        describe(&stages[count - 1], layer, shape);
    }
    return count;
}

static void measure_maps(stage *at, double scale) {
    at->width = fmax(SIDE_LEAST, at->shape.width * scale);
    at->height = fmax(SIDE_LEAST, at->shape.height * scale);
    at->maps = at->shape.channels < MAPS_MOST ? at->shape.channels : MAPS_MOST;
    at->step = at->maps > 1 ? fmin(STEP_MOST, (double)DEPTH / (at->maps - 1)) : 0.0;
}

/* The height of a column grows with the square root of its units, so that 10 are visible next to 1,000. A column of few units
 * shows each. */
static void measure_units(stage *at, int most) {
    double few = fmin(at->shape.channels * (PITCH + 0.5), COLUMN_MOST);
    at->width = COLUMN;
    at->height = fmax(few < COLUMN_MOST ? few : 0.0, COLUMN_MOST * sqrt((double)at->shape.channels / most));
    at->maps = 1;
}

static const char *name_of(char name[48], const stage *at) {
    char units[COUNT_SIZE];
    if (at->flat)
        (void)snprintf(name, 48, "%s", text_count(units, (size_t)at->shape.channels));
    else
        (void)snprintf(name, 48, "%d" TIMES "%d" TIMES "%d", at->shape.height, at->shape.width, at->shape.channels);
    return name;
}

/* The width of the longest line of a stage's text. */
static double text_width(const stage *at) {
    char name[48];
    double widest = fmax(TEXT_LEAST, canvas_text_width(name_of(name, at), TEXT) * 1.12);
    for (int i = 0; i < at->line_count; i++) widest = fmax(widest, canvas_text_width(at->lines[i], TEXT));
    return widest;
}

/* Sets sizes and positions. Returns the total width. */
static double place(stage *stages, size_t count) {
    int pixels = 1, units = 1;
    for (size_t i = 0; i < count; i++) {
        const clenet_shape *shape = &stages[i].shape;
        int longer = shape->height > shape->width ? shape->height : shape->width;
        if (stages[i].flat && shape->channels > units) units = shape->channels;
        if (!stages[i].flat && longer > pixels) pixels = longer;
    }
    double x = MARGIN;
    for (size_t i = 0; i < count; i++) {
        stage *at = &stages[i];
        if (at->flat)
            measure_units(at, units);
        else
            measure_maps(at, (double)SIDE / pixels);
        double stack = at->width + (at->maps - 1) * at->step;
        at->taken = fmax(stack, text_width(at));
        at->left = x + (at->taken - stack) / 2;
        x += at->taken + GAP;
    }
    return x - GAP + MARGIN;
}

/* x of the foremost map, or of the column. */
static double front_x(const stage *at) {
    return at->left + (at->maps - 1) * at->step;
}

static double front_y(const stage *at, double middle) {
    return middle - at->height / 2 + (at->maps - 1) * at->step / 2;
}

/* Draws a pale box in a frame, opaque: it hides what is behind. */
static void draw_pale(canvas *page, double x, double y, const stage *at, int colour) {
    canvas_box(page, x, y, at->width, at->height, GROUND);
    canvas_box(page, x, y, at->width, at->height, colour_shade(colour, PALE));
    canvas_frame(page, x, y, at->width, at->height, 1.0, colour);
}

static void draw_maps(canvas *page, const stage *at, double middle) {
    double top = front_y(at, middle) - (at->maps - 1) * at->step;
    for (int i = 0; i < at->maps; i++) {
        draw_pale(page, at->left + i * at->step, top + i * at->step, at, BLUE);
    }
}

/* Draws as many discs as fit; if there are more units, three dots in the middle. */
static void draw_units(canvas *page, const stage *at, double middle) {
    enum { DOTS = 3 };
    double x = at->left + at->width / 2, top = middle - at->height / 2;
    draw_pale(page, at->left, top, at, ORANGE);
    int room = (int)(at->height / PITCH), units = at->shape.channels;
    int drawn = units < room ? units : room;
    double first = middle - (drawn - 1) * at->height / drawn / 2;
    for (int i = 0; i < drawn; i++) {
        bool dot = units > drawn && drawn > DOTS && abs(2 * i - (drawn - 1)) <= DOTS - 1;
        canvas_disc(page, x, first + i * at->height / drawn, dot ? 1.5 : 4.5, ORANGE);
    }
}

/* Draws lines from the window on the foremost map to one point of the next stage, or from all of a stage to all of the next. */
static void draw_link(canvas *page, const stage *from, const stage *to, double middle) {
    double x = front_x(from), y = front_y(from, middle), width = from->width, height = from->height;
    double to_x = to->left, to_top = middle - to->height / 2, to_bottom = middle + to->height / 2;
    if (to->window_width > 0) {
        width = fmin(width, fmax(5.0, width * to->window_width / from->shape.width));
        height = fmin(height, fmax(5.0, height * to->window_height / from->shape.height));
        x += (from->width - width) * 0.7;
        y += (from->height - height) * 0.6;
        to_x = front_x(to) + to->width * 0.35;
        to_top = to_bottom = front_y(to, middle) + to->height * 0.55;
        canvas_frame(page, x, y, width, height, 1.25, INK);
    }
    canvas_line(page, x + width, y, to_x, to_top, 0.75, QUIET);
    canvas_line(page, x + width, y + height, to_x, to_bottom, 0.75, QUIET);
}

static void draw_text(canvas *page, const stage *at, double name_y, double lines_y) {
    const text_style name = {.size = TEXT, .colour = INK, .bold = true, .align = TEXT_CENTRE};
    const text_style line = {.size = TEXT, .colour = QUIET, .align = TEXT_CENTRE};
    char text[48];
    double x = at->left + (at->width + (at->maps - 1) * at->step) / 2;
    canvas_text(page, x, name_y, name, name_of(text, at));
    for (int i = 0; i < at->line_count; i++) canvas_text(page, x, lines_y + i * LINE, line, at->lines[i]);
}

static void draw_title(canvas *page, const clenet_network *network) {
    const text_style head = {.size = 16, .colour = INK, .bold = true};
    size_t parameters = 0;
    for (size_t i = 0; i < clenet_network_layers(network); i++) parameters += clenet_network_trained(network, i);
    char text[96], count[COUNT_SIZE];
    (void)snprintf(text, sizeof text, "The network: %s trainable parameters", text_count(count, parameters));
    canvas_describe(page, text,
                    "The layers from the input to the output: height" TIMES "width" TIMES
                    "channels of feature maps, or the number of units.");
    canvas_text(page, MARGIN, MARGIN, head, text);
}

/* Links are drawn over the maps that they come from, and below the columns that they go to. */
static void draw_stages(canvas *page, const stage *stages, size_t count, double top, double tallest) {
    double middle = top + tallest / 2;
    for (size_t i = 0; i < count; i++) {
        if (!stages[i].flat) draw_maps(page, &stages[i], middle);
    }
    for (size_t i = 1; i < count; i++) draw_link(page, &stages[i - 1], &stages[i], middle);
    for (size_t i = 0; i < count; i++) {
        if (stages[i].flat) draw_units(page, &stages[i], middle);
    }
    for (size_t i = 0; i < count; i++) draw_text(page, &stages[i], top - NAME / 2.0 - 4, top + tallest + 18);
}

clenet_status figure_architecture(const char *path, figure_format format, const clenet_network *network,
                                  clenet_error *error) {
    stage *stages = calloc(clenet_network_layers(network) + 1, sizeof *stages);
    if (stages == NULL) {
        error->status = CLENET_ERROR_MEMORY;
        (void)snprintf(error->message, sizeof error->message, "no figures: out of memory");
        return error->status;
    }
    size_t count = find_stages(stages, network);
    double width = fmax(place(stages, count), 420), tallest = 0.0, top = MARGIN + HEAD + NAME;
    int lines = 0;
    for (size_t i = 0; i < count; i++) {
        tallest = fmax(tallest, stages[i].height + (stages[i].maps - 1) * stages[i].step);
        if (stages[i].line_count > lines) lines = stages[i].line_count;
    }
    canvas *page = NULL;
    clenet_status status = canvas_new(&page, format, width, top + tallest + 18 + lines * LINE + MARGIN / 2.0, error);
    if (status == CLENET_OK) {
        draw_title(page, network);
        draw_stages(page, stages, count, top, tallest);
        status = canvas_finish(page, path, error);
    }
    free(stages);
    return status;
}
