/* figure_filters.c - draws the kernels of the conv2d layers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/figures/figures.h"

enum {
    MARGIN = 24,
    HEAD = 34, /* of a layer's title */
    WIDE = 660,
    KERNELS_MOST = 32, /* drawn along either side: more would be too small */
    LEVELS = 5         /* of each sign */
};

/* The conv2d kernels of a model are its tensors of rank 4. */
typedef struct kernels {
    clenet_tensor tensor; /* [kh][kw][in][out] */
    int height, width, in, out;
    double cell, gap; /* units per weight, and between two kernels */
    float largest;    /* absolute value of the largest weight */
} kernels;

static int at_most(size_t count) {
    return count < KERNELS_MOST ? (int)count : KERNELS_MOST;
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
    if (side > 96) side = 96;
    all.gap = floor(side / 6);
    all.cell = (side - all.gap) / all.width;
    if (all.cell > 1.0) all.cell = floor(all.cell); /* then edges are between pixels, and sharp */
    return all;
}

static double height_of(const kernels *all) {
    return HEAD + all->in * (all->height * all->cell + all->gap);
}

static int level_of(const kernels *all, int y, int x, int in, int out) {
    const size_t *shape = all->tensor.shape;
    size_t i = (((size_t)y * shape[1] + (size_t)x) * shape[2] + (size_t)in) * shape[3] + (size_t)out;
    return all->largest > 0.0F ? (int)lroundf(all->tensor.data[i] / all->largest * LEVELS) : 0;
}

static int colour_of(int level) {
    return colour_mix(WHITE, level > 0 ? ORANGE : BLUE, fabs((double)level) / LEVELS);
}

/* Neighbouring weights of one level are one box. */
static void draw_kernel(canvas *page, const kernels *all, double left, double top, int in, int out) {
    double cell = all->cell;
    for (int y = 0; y < all->height; y++) {
        for (int x = 0, end; x < all->width; x = end) {
            int level = level_of(all, y, x, in, out);
            for (end = x + 1; end < all->width && level_of(all, y, end, in, out) == level;) end++;
            if (level != 0) canvas_box(page, left + x * cell, top + y * cell, (end - x) * cell, cell, colour_of(level));
        }
    }
    canvas_frame(page, left, top, all->width * cell, all->height * cell, 1.0, HAIR);
}

static void draw_layer(canvas *page, const kernels *all, double top) {
    const text_style head = {.size = 14, .colour = INK, .bold = true};
    const size_t *shape = all->tensor.shape;
    char title[128];
    int name = (int)strcspn(all->tensor.name, ".");
    (void)snprintf(title, sizeof title, "%.*s: %zu filters of %zux%zu on %zu channel%s", name, all->tensor.name,
                   shape[3], shape[0], shape[1], shape[2], shape[2] == 1 ? "" : "s");
    canvas_text(page, MARGIN, top + 10, head, title);
    for (int in = 0; in < all->in; in++) {
        for (int out = 0; out < all->out; out++) {
            draw_kernel(page, all, MARGIN + out * (all->width * all->cell + all->gap),
                        top + HEAD + in * (all->height * all->cell + all->gap), in, out);
        }
    }
}

clenet_status figure_filters(const char *path, figure_format format, const clenet_model *model, clenet_error *error) {
    double height = MARGIN;
    for (size_t i = 0; i < clenet_model_tensors(model); i++) {
        if (clenet_model_tensor(model, i).rank != 4) continue;
        kernels all = kernels_of(clenet_model_tensor(model, i));
        height += height_of(&all) + MARGIN;
    }
    if (height <= MARGIN) return CLENET_OK;
    const text_style note = {.size = 12, .colour = QUIET};
    canvas *page = NULL;
    clenet_status status = canvas_new(&page, format, WIDE + 2 * MARGIN, height + 16, error);
    if (status != CLENET_OK) return status;
    double top = MARGIN;
    for (size_t i = 0; i < clenet_model_tensors(model); i++) {
        if (clenet_model_tensor(model, i).rank != 4) continue;
        kernels all = kernels_of(clenet_model_tensor(model, i));
        draw_layer(page, &all, top);
        top += height_of(&all) + MARGIN;
    }
    char text[192], whose[48] = "";
    int networks = clenet_model_members(model);
    if (networks > 1) (void)snprintf(whose, sizeof whose, "The first of %d networks. ", networks);
    (void)snprintf(
        text, sizeof text,
        "%sOrange answers to ink, blue to its absence; a column is a filter, a row the channel that it looks at.",
        whose);
    canvas_text(page, MARGIN, height - 6, note, text);
    return canvas_finish(page, path, error);
}
