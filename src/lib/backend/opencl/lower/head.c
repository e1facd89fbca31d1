/* head.c - launches of the head: the last one to three dense layers, if they are not frozen.
 *
 * Between them and the loss there must be nothing but dense layers. cl/head.cl. If CLBlast makes the products there is no
 * head. With tiles that make sums in parts, a group takes a few images through all layers of the head, if they fit in local
 * memory. */
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
    while (found.depth < HEAD_MOST && found.first > to->ops && found.first[-1].kind == OP_DENSE_FORWARD &&
           !found.first[-1].frozen) {
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

enum {
    HEAD_ITEMS = 256,     /* of a group, if a work-item takes one image */
    IMAGES_MOST = 8,      /* of a group that takes images through all layers */
    LOCAL_MOST = 1 << 15, /* bytes of such a group: two run on a compute unit of 64 KiB */
    /* Each group reads all weights. If the first layer has more, its work-items are spread over more groups. */
    WEIGHTS_MOST = 1 << 20
};

/* The bytes of local memory of a group that takes this number of images, as in cl/head_group.clh. */
static size_t local_bytes(const head *h, size_t images, size_t group) {
    size_t tile = images == 8 ? 2 : 4, numbers = shape_size(h->first->in) + (group + 8) * tile;
    for (int k = 0; k < h->depth; k++) numbers += (size_t)h->first[k].out.channels;
    numbers += (size_t)h->loss->in.channels + 1;      /* the gradient of the logits, and the labels */
    numbers += 3 * (size_t)h->first[-1].out.channels; /* for a batch norm in front */
    return images * numbers * sizeof(float);
}

/* IMAGES of cl/head.cl: the fewest images of a group for which the largest batch does not have more groups than run at a time. */
static size_t head_images(const lowering *to, const head *h) {
    const opencl_device *device = to->e->device;
    const opencl_found *found = &device->found;
    const opencl_tiles *t = opencl_is_plain(to->e->plain, "head") ? &device->plain_tiles : &device->tiles;
    size_t weights = shape_size(h->first->in) * (size_t)h->first->out.channels, lanes = (size_t)t->lanes;
    if (t->group == 1 || t->parts == 1 || lanes % IMAGES_MOST != 0 || weights > WEIGHTS_MOST) return 0;
    size_t most = found->local_memory < LOCAL_MOST ? (size_t)found->local_memory : LOCAL_MOST;
    size_t groups = 2 * (size_t)found->compute_units < 256 ? 256 : 2 * (size_t)found->compute_units, images = 1;
    while (images < IMAGES_MOST && to->blocks * lanes / images > groups &&
           local_bytes(h, 2 * images, (size_t)t->group) <= most)
        images *= 2;
    return local_bytes(h, images, (size_t)t->group) <= most ? images : 0;
}

bool head_has_first(const lowering *to) {
    head h = find_head(to);
    return h.depth > 0 && head_images(to, &h) > 0;
}

/* The batch norm in front that the groups of the head compute: its forward operation. NULL: no batch norm. The operations of its
 * gradient are the next after those of the head. */
static const plan_op *norm_of(const lowering *to, const head *h) {
    const opencl_device *device = to->e->device;
    const plan_op *norm = h->first - 1, *next = h->loss + h->depth + 1;
    if (h->depth == 0 || h->loss->dx == NO_BUFFER || norm->kind != OP_BATCHNORM_FORWARD) return NULL;
    if (next + 1 >= to->ops + to->count || next->kind != OP_BATCHNORM_BACKWARD_STATISTICS ||
        next[1].kind != OP_BATCHNORM_BACKWARD || next->layer != norm->layer)
        return NULL;
    if (opencl_is_plain(to->e->plain, "batchnorm") || device->tiles.parts == 1) return NULL;
    return head_images(to, h) > 0 ? norm : NULL;
}

bool head_has_norm(const lowering *to) {
    head h = find_head(to);
    const plan_op *norm = norm_of(to, &h);
    return norm && norm->layer == to->op->layer;
}

/* The gradients of layer k. */
static const plan_op *backward_of(const head *h, int k) {
    return h->loss + (h->depth - k);
}

/* The gradient's operation of that batch norm, if head_gradients computes it. */
static const plan_op *norm_back_of(const lowering *to, const head *h) {
    const plan_op *back = h->loss + h->depth + 2;
    return norm_of(to, h) && !convolution_takes(to, back) ? back : NULL;
}

static void define_norm(lowering *to, const head *h) {
    const plan_op *norm = norm_of(to, h);
    define(to, " -DNORM=%d -DNORM_BACK=%d", norm ? norm->in.channels : 0, norm_back_of(to, h) != NULL);
    if (norm) define_batchnorm(to, norm);
}

static void build_head(lowering *to, const head *h) {
    bool trained = h->loss->dx != NO_BUFFER;
    begin(to, "head");
    define_loss(to, h->loss);
    define(to, " -DDEPTH=%d -DINPUT_GRADIENT=%d -DIMAGES=%zu -DGROUP=%d", h->depth,
           trained && backward_of(h, 0)->dx != NO_BUFFER, head_images(to, h), group_of(to));
    for (int k = 0; k < h->depth; k++) define_dense(to, &h->first[k], k);
    define_norm(to, h);
    build(to);
}

/* Buffer k of three; if there are fewer layers, there are fewer buffers. */
static void take_layers(lowering *to, launch *l, const head *h, const int buffers[HEAD_MOST]) {
    for (int k = 0; k < HEAD_MOST; k++) take_buffer(to, l, k < h->depth ? buffers[k] : NO_BUFFER);
}

static void take_gated(lowering *to, launch *l) {
    for (int k = 0; k < HEAD_MOST; k++) take(to, l, SOURCE_BUFFER, to->gated[k]);
}

/* One group per block. */
static void by_head(lowering *to, launch *l) {
    if (!l) return;
    const opencl_tiles *t = tiles_of(to);
    size_t across = (size_t)(t->lanes / t->width), most = most_items(to, l), rows = 1;
    while (t->group > 1 && 2 * rows * across <= HEAD_ITEMS && 2 * rows * across <= most) rows *= 2;
    l->by_blocks = true;
    l->local[0] = across <= most ? across : 1;
    l->local[1] = rows;
    l->global[0] = across;
    l->global[1] = rows;
}

/* One group per `images` images. */
static void by_images(lowering *to, launch *l, size_t images) {
    by_groups(to, l, tiles_of(to)->lanes / (int)images, 1);
    if (l) l->by_blocks = true;
}

/* The arguments of the batch norm in front. The groups make the parts of its gradient's sums. */
static void take_norm(lowering *to, launch *l, const plan_op *norm, size_t images) {
    cl_mem moments = to->moments;
    int a_block = to->moments_a_block;
    make_moments(to, norm, NO_BUFFER, tiles_of(to)->lanes / (int)images, 2);
    take_buffer(to, l, norm->y);
    take_buffer(to, l, norm->mask);
    take_buffer(to, l, norm->mean);
    take_buffer(to, l, norm->inverse_deviation);
    take(to, l, SOURCE_BUFFER, to->weights);
    take(to, l, SOURCE_BUFFER, to->moments);
    take(to, l, SOURCE_BUFFER, moments);
    take_int(to, l, a_block);
    take(to, l, SOURCE_BLOCKS, NULL);
    add_cost(to, l, norm, NULL);
}

void lower_head(lowering *to) {
    head h = find_head(to);
    bool trained = h.loss->dx != NO_BUFFER;
    int y[HEAD_MOST], dy[HEAD_MOST];
    size_t places = to->blocks * (size_t)tiles_of(to)->lanes, images = head_images(to, &h);
    build_head(to, &h);
    launch *l = add_launch(to, "head");
    for (int k = 0; k < h.depth; k++) {
        y[k] = h.first[k].y;
        dy[k] = trained ? backward_of(&h, k)->dy : NO_BUFFER;
        to->gated[k] = trained ? scratch(to, places * (size_t)h.first[k].out.channels * sizeof(float)) : NULL;
        if (k == 0 && images == 0) continue;
        add_cost(to, l, &h.first[k], "forward");
        if (trained) add_cost(to, l, backward_of(&h, k), "input_gradient");
    }
    take_layers(to, l, &h, y);
    if (images == 0)
        take_layers(to, l, &h, dy);
    else
        take_buffer(to, l, trained ? backward_of(&h, 0)->dx : NO_BUFFER);
    take_gated(to, l);
    take_buffer(to, l, h.loss->y);
    const plan_op *norm = norm_of(to, &h);
    if (images > 0) take_buffer(to, l, norm ? norm->x : h.first->x);
    take(to, l, SOURCE_BUFFER, to->weights);
    take(to, l, SOURCE_BUFFER, to->e->loss);
    take(to, l, SOURCE_BUFFER, to->e->correct);
    take(to, l, SOURCE_LABELS, NULL);
    take(to, l, SOURCE_ORDER, NULL);
    take(to, l, SOURCE_FIRST, NULL);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_LABELLED, NULL);
    if (images > 0) {
        if (norm) take_norm(to, l, norm, images);
        by_images(to, l, images);
    } else
        by_head(to, l);
}

/* The tiles of the gradients of all kernels. */
static size_t kernel_tiles(const lowering *to, const head *h) {
    size_t tiles = 0;
    for (int k = 0; k < h->depth; k++) tiles += dense_kernel_tiles(to, &h->first[k]);
    return tiles;
}

static void cost_of_gradients(lowering *to, launch *l, const head *h) {
    if (l) l->cost = (profile_cost){0};
    for (int k = 0; k < h->depth; k++) add_cost(to, l, backward_of(h, k), "kernel_gradient");
}

enum { FINER = 4 /* the costs of work-items differ much: more and smaller groups balance them */ };

/* The kernels' gradients, and that of the input. */
static void lower_all_gradients(lowering *to, const head *h) {
    const plan_op *last = backward_of(h, 0);
    const opencl_tiles *t = tiles_of(to);
    launch *l = add_launch(to, "head_gradients");
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take_buffer(to, l, last->dx);
    take_buffer(to, l, last->x);
    take_buffer(to, l, h->first[0].y);
    take_buffer(to, l, h->depth > 1 ? h->first[1].y : NO_BUFFER);
    take_buffer(to, l, last->dy);
    take_gated(to, l);
    take(to, l, SOURCE_BUFFER, to->weights);
    take(to, l, SOURCE_BLOCKS, NULL);
    cost_of_gradients(to, l, h);
    add_cost(to, l, last, "input_gradient");
    size_t items = kernel_tiles(to, h);
    if (last->dx != NO_BUFFER) items += to->blocks * (size_t)(t->lanes / t->width) * dense_input_tiles(to, h->first);
    by_items(to, l, items, FINER);
}

enum {
    IMAGES_A_PART = 8, /* at least: fewer would be more for the optimizer to add up than they save */
    FINER_PARTS = 2    /* half the parts of a launch that must be fast alone: each is one of all weights */
};

/* The kernels' gradients in parts, and that of the batch norm in front. */
static void lower_kernel_gradients(lowering *to, const head *h) {
    const plan_op *back = norm_back_of(to, h);
    int group = group_of(to), groups = ((int)kernel_tiles(to, h) + group - 1) / group;
    int parts = parts_of(to, FINER_PARTS * groups, (int)to->blocks * tiles_of(to)->lanes / IMAGES_A_PART);
    launch *l = add_launch(to, "head_gradients");
    take_sums(to, l, h->first->kernel, h->first[h->depth - 1].bias, parts);
    take_buffer(to, l, h->first->x);
    take_buffer(to, l, h->first[0].y);
    take_buffer(to, l, h->depth > 1 ? h->first[1].y : NO_BUFFER);
    take_gated(to, l);
    take(to, l, SOURCE_BLOCKS, NULL);
    take_int(to, l, parts);
    if (back) take_apply(to, l, back);
    cost_of_gradients(to, l, h);
    if (back) add_cost(to, l, back, NULL);
    by_groups(to, l, groups * parts + (back ? batchnorm_shares(to, back) * (int)to->blocks : 0), 1);
}

void lower_head_gradients(lowering *to) {
    head h = find_head(to);
    build_head(to, &h);
    if (head_images(to, &h) > 0)
        lower_kernel_gradients(to, &h);
    else
        lower_all_gradients(to, &h);
}
