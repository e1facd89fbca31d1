/* head.c - launches of the head: the last one to three dense layers.
 *
 * Between them and the loss there must be nothing but dense layers. cl/head.cl. If CLBlast makes the products there is no
 * head. */
#include "lib/backend/opencl/lower/lower.h"

/* The last dense layers of the list, with the operations after them: first .. first + depth - 1, the loss, and, in training,
 * their gradients from the last to the first. */
typedef struct head {
    const plan_op *first, *loss;
    int depth; /* 0: none */
} head;

static head find_head(const lowering *to) {
    const plan_op *end = to->ops + to->count, *loss = to->ops;
    while (loss < end && loss->kind != OP_SOFTMAX_CROSS_ENTROPY) loss++;
    head found = {.first = loss, .loss = loss};
    if (loss == end || clblast_multiplies(to)) return found;
    while (found.depth < HEAD_MOST && found.first > to->ops && found.first[-1].kind == OP_DENSE_FORWARD) {
        found.first--;
        found.depth++;
    }
    return found;
}

bool head_takes(const lowering *to) {
    head h = find_head(to);
    if (h.depth == 0) return false;
    return to->op->kind == OP_DENSE_BACKWARD ? to->op <= h.loss + h.depth : to->op >= h.first && to->op <= h.loss;
}

bool head_begins(const lowering *to) {
    return to->op == find_head(to).first;
}

bool head_ends(const lowering *to) {
    head h = find_head(to);
    return to->op == h.loss + h.depth;
}

/* The gradients of layer k. */
static const plan_op *backward_of(const head *h, int k) {
    return h->loss + (h->depth - k);
}

static void build_head(lowering *to, const head *h) {
    bool trained = h->loss->dx != NO_BUFFER;
    begin(to, "head");
    define_loss(to, h->loss);
    define(to, " -DDEPTH=%d -DINPUT_GRADIENT=%d", h->depth, trained && backward_of(h, 0)->dx != NO_BUFFER);
    for (int k = 0; k < h->depth; k++) define_dense(to, &h->first[k], k);
    build(to);
}

/* Buffer k of three; if there are fewer layers, there are fewer buffers. */
static void take_layers(lowering *to, launch *l, const head *h, const int buffers[HEAD_MOST]) {
    for (int k = 0; k < HEAD_MOST; k++) take_buffer(to, l, k < h->depth ? buffers[k] : NO_BUFFER);
}

static void take_gated(lowering *to, launch *l) {
    for (int k = 0; k < HEAD_MOST; k++) take(to, l, SOURCE_BUFFER, to->gated[k]);
}

enum { HEAD_ITEMS = 256 /* of a group, if a work-item takes one image */ };

/* One group per block. */
static void by_head(lowering *to, launch *l) {
    if (!l) return;
    size_t across = (size_t)(tiles_of(to)->lanes / tiles_of(to)->width), most = most_items(to, l), rows = 1;
    if (tiles_of(to)->group > 1)
        while (2 * rows * across <= HEAD_ITEMS && 2 * rows * across <= most) rows *= 2;
    l->by_blocks = true;
    l->local[0] = across <= most ? across : 1;
    l->local[1] = rows;
    l->global[0] = across;
    l->global[1] = rows;
}

void lower_head(lowering *to) {
    head h = find_head(to);
    bool trained = h.loss->dx != NO_BUFFER;
    int y[HEAD_MOST], dy[HEAD_MOST];
    size_t images = to->blocks * (size_t)tiles_of(to)->lanes;
    build_head(to, &h);
    launch *l = add_launch(to, "head");
    for (int k = 0; k < h.depth; k++) {
        y[k] = h.first[k].y;
        dy[k] = trained ? backward_of(&h, k)->dy : NO_BUFFER;
        to->gated[k] = trained ? scratch(to, images * (size_t)h.first[k].out.channels * sizeof(float)) : NULL;
        if (k > 0) add_cost(to, l, &h.first[k], "forward");
        if (k > 0 && trained) add_cost(to, l, backward_of(&h, k), "input_gradient");
    }
    take_layers(to, l, &h, y);
    take_layers(to, l, &h, dy);
    take_gated(to, l);
    take_buffer(to, l, h.loss->y);
    take(to, l, SOURCE_BUFFER, to->weights);
    take(to, l, SOURCE_BUFFER, to->e->loss);
    take(to, l, SOURCE_BUFFER, to->e->correct);
    take(to, l, SOURCE_LABELS, NULL);
    take(to, l, SOURCE_ORDER, NULL);
    take(to, l, SOURCE_FIRST, NULL);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_LABELLED, NULL);
    by_head(to, l);
}

enum { FINER = 4 /* the costs of work-items differ much: more and smaller groups balance them */ };

void lower_head_gradients(lowering *to) {
    head h = find_head(to);
    const plan_op *last = backward_of(&h, 0);
    build_head(to, &h);
    launch *l = add_launch(to, "head_gradients");
    if (l) l->cost = (profile_cost){0}; /* the sum of the following costs */
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take_buffer(to, l, last->dx);
    take_buffer(to, l, last->x);
    take_buffer(to, l, h.first[0].y);
    take_buffer(to, l, h.depth > 1 ? h.first[1].y : NO_BUFFER);
    take_buffer(to, l, last->dy);
    take_gated(to, l);
    take(to, l, SOURCE_BUFFER, to->weights);
    take(to, l, SOURCE_BLOCKS, NULL);
    const opencl_tiles *t = tiles_of(to);
    size_t items = 0;
    for (int k = 0; k < h.depth; k++) {
        items += dense_kernel_tiles(to, &h.first[k]);
        if (k > 0) add_cost(to, l, backward_of(&h, k), "kernel_gradient");
    }
    add_cost(to, l, last, "kernel_gradient");
    add_cost(to, l, last, "input_gradient");
    if (last->dx != NO_BUFFER) items += to->blocks * (size_t)(t->lanes / t->width) * dense_input_tiles(to, &h.first[0]);
    by_items(to, l, items, FINER);
}
