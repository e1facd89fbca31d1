/* figure_filters.c - draws the kernels of the conv2d layers, with the scale of each layer's weights. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/figures/figures.h"

enum {
    MARGIN = 16,
    LINE = 19,
    WIDE = FIGURE_NARROW - 2 * MARGIN,
    KERNELS_MOST = 32, /* drawn along either side: more would be too small */
    SCALE = 20,        /* height of the row with the scale */
    SCALE_WIDTH = 120,
    RGBA = 4,
    DOTS = 3 /* pixels along the side of a weight's square */
};

#define TIMES "\xc3\x97" /* the sign of multiplication, U+00D7 */
#define MINUS "\xe2\x88\x92"

/* Weights are these colours with an opacity, so that weights near 0 are like the ground. Both have a contrast of 3:1 or more to the
 * light ground and to the dark one: the pixels of a picture cannot follow the mode. */
static const uint8_t positive[3] = {0xd9, 0x6a, 0x1e}, negative[3] = {0x2f, 0x7f, 0xdc};

/* The conv2d kernels of a model are its tensors of rank 4. */
typedef struct kernels {
    clenet_tensor tensor; /* [kh][kw][in][out] */
    int height, width, in, out;
    double cell, gap; /* units per weight, and between two kernels */
    float largest;    /* absolute value of the largest weight */
    char title[256];
    int title_lines;
} kernels;

static const text_style head = {.size = 14, .colour = INK, .bold = true};

static int at_most(size_t count) {
    return count < KERNELS_MOST ? (int)count : KERNELS_MOST;
}

/* "conv2d_1: 16 filters of 5x5x6 weights. ..." */
static void name_kernels(kernels *all) {
    const size_t *shape = all->tensor.shape;
    char shown[96] = "";
    if (shape[3] > KERNELS_MOST || shape[2] > KERNELS_MOST)
        (void)snprintf(shown, sizeof shown, ", the first %d of each shown", KERNELS_MOST);
    (void)snprintf(all->title, sizeof all->title, "%.*s: %zu filter%s of %zu" TIMES "%zu" TIMES "%zu weights%s%s",
                   (int)strcspn(all->tensor.name, "."), all->tensor.name, shape[3], shape[3] == 1 ? "" : "s", shape[0],
                   shape[1], shape[2],
                   shape[2] == 1 ? ", a square each" : "; a column is a filter, a row an input channel", shown);
    all->title_lines = canvas_lines(head, WIDE, all->title);
}

static kernels kernels_of(clenet_tensor tensor) {
    kernels all = {.tensor = tensor,
                   .height = (int)tensor.shape[0],
                   .width = (int)tensor.shape[1],
                   .in = at_most(tensor.shape[2]),
                   .out = at_most(tensor.shape[3])};
    size_t count = tensor.shape[0] * tensor.shape[1] * tensor.shape[2] * tensor.shape[3];
    for (size_t i = 0; i < count; i++) {
        if (fabsf(tensor.data[i]) > all.largest) all.largest = fabsf(tensor.data[i]);
    }
    double side = (double)WIDE / all.out; /* of a kernel and its gap */
    if (side > 64) side = 64;
    all.gap = side / 7;
    all.cell = (side - all.gap) / all.width;
    name_kernels(&all);
    return all;
}

static double height_of(const kernels *all) {
    return all->title_lines * LINE + 6 + all->in * (all->height * all->cell + all->gap) + SCALE;
}

/* Fills the square of a value from -1 to 1, DOTS pixels wide, in a picture that is `width` squares wide. A negative one has a hole:
 * in grey, the two colours look alike. */
static void put_square(uint8_t *pixels, int width, int x, int y, double value) {
    for (int dot = 0; dot < DOTS * DOTS; dot++) {
        int row = y * DOTS + dot / DOTS, column = x * DOTS + dot % DOTS;
        uint8_t *pixel = pixels + ((size_t)row * (size_t)(width * DOTS) + (size_t)column) * RGBA;
        bool hole = value < 0.0 && dot == DOTS * DOTS / 2;
        memcpy(pixel, value > 0.0 ? positive : negative, 3);
        pixel[3] = (uint8_t)lround(fmin(fabs(value), 1.0) * (hole ? 0.0 : 255.0));
    }
}

static void draw_kernel(canvas *page, const kernels *all, uint8_t *pixels, double left, double top, int in, int out) {
    const size_t *shape = all->tensor.shape; /* weight[y][x][in][out] */
    for (int at = 0; at < all->height * all->width; at++) {
        float weight = all->tensor.data[((size_t)at * shape[2] + (size_t)in) * shape[3] + (size_t)out];
        put_square(pixels, all->width, at % all->width, at / all->width,
                   all->largest > 0.0F ? (double)(weight / all->largest) : 0.0);
    }
    canvas_image(page, left, top, all->width * all->cell, all->height * all->cell, pixels, all->width * DOTS,
                 all->height * DOTS, RGBA);
    canvas_frame(page, left, top, all->width * all->cell, all->height * all->cell, 0.75, HAIR);
}

/* A bar from the most negative colour to the most positive one, with its numbers. */
static void draw_scale(canvas *page, const kernels *all, double y) {
    enum { STEPS = 31 };
    const text_style style = {.size = FIGURE_TEXT, .colour = QUIET};
    const text_style left = {.size = FIGURE_TEXT, .colour = QUIET, .align = TEXT_RIGHT};
    uint8_t pixels[STEPS * DOTS * DOTS * RGBA];
    char low[48], high[48];
    for (int i = 0; i < STEPS; i++) put_square(pixels, STEPS, i, 0, 2.0 * i / (STEPS - 1) - 1.0);
    (void)snprintf(low, sizeof low, MINUS "%.2g", (double)all->largest);
    (void)snprintf(high, sizeof high, "+%.2g", (double)all->largest);
    double x = MARGIN;
    x += canvas_text_width(low, style.size) + 6;
    canvas_text(page, x - 6, y, left, low);
    canvas_image(page, x, y - 5, SCALE_WIDTH, 10, pixels, STEPS * DOTS, DOTS, RGBA);
    canvas_frame(page, x, y - 5, SCALE_WIDTH, 10, 0.75, HAIR);
    canvas_text(page, x + SCALE_WIDTH + 6, y, style, high);
}

static bool draw_layer(canvas *page, const kernels *all, double top) {
    uint8_t *pixels = malloc((size_t)all->width * (size_t)all->height * DOTS * DOTS * RGBA + 1);
    if (pixels == NULL) return false;
    double first = top + all->title_lines * LINE + 6;
    double step_x = all->width * all->cell + all->gap, step_y = all->height * all->cell + all->gap;
    canvas_paragraph(page, MARGIN, top + LINE / 2.0, head, WIDE, LINE, all->title);
    for (int in = 0; in < all->in; in++) {
        for (int out = 0; out < all->out; out++)
            draw_kernel(page, all, pixels, MARGIN + out * step_x, first + in * step_y, in, out);
    }
    draw_scale(page, all, first + all->in * step_y + SCALE / 2.0);
    free(pixels);
    return true;
}

clenet_status figure_filters(const char *path, figure_format format, const clenet_model *model, clenet_error *error) {
    double height = MARGIN;
    for (size_t i = 0; i < clenet_model_tensors(model); i++) {
        if (clenet_model_tensor(model, i).rank != 4) continue;
        kernels all = kernels_of(clenet_model_tensor(model, i));
        height += height_of(&all) + MARGIN;
    }
    if (height <= MARGIN) return CLENET_OK;
    const text_style note = {.size = FIGURE_TEXT, .colour = QUIET};
    char text[192], whose[64] = "";
    int networks = clenet_model_members(model);
    if (networks > 1) (void)snprintf(whose, sizeof whose, " The first of %d networks.", networks);
    (void)snprintf(text, sizeof text, "Orange: positive weights. Blue, with a hole: negative weights.%s", whose);
    canvas *page = NULL;
    clenet_status status =
        canvas_new(&page, format, FIGURE_NARROW, height + canvas_lines(note, WIDE, text) * LINE + MARGIN / 2.0, error);
    if (status != CLENET_OK) return status;
    canvas_describe(page, "The weights of the convolutions", text);
    double top = MARGIN;
    bool drawn = true;
    for (size_t i = 0; i < clenet_model_tensors(model) && drawn; i++) {
        if (clenet_model_tensor(model, i).rank != 4) continue;
        kernels all = kernels_of(clenet_model_tensor(model, i));
        drawn = draw_layer(page, &all, top);
        top += height_of(&all) + MARGIN;
    }
    canvas_paragraph(page, MARGIN, height, note, WIDE, LINE, text);
    if (drawn) return canvas_finish(page, path, error);
    canvas_abandon(page);
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message, "no figures: out of memory");
    return error->status;
}
