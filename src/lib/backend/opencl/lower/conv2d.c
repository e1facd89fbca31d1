/* conv2d.c - launches of the convolution, and gather. */
#include "lib/backend/opencl/lower/lower.h"

/* The padded size of a convolution's x. */
typedef struct padding {
    int h, w, top, left;
} padding;

static padding padding_of(const plan *p, const plan_op *op) {
    clenet_shape out = p->network->layers[op->layer].out;
    return (padding){out.height + op->kernel_height - 1, out.width + op->kernel_width - 1, op->pad_top, op->pad_left};
}

static bool is_padded(const plan_op *op, padding pad) {
    return pad.h != op->in.height || pad.w != op->in.width;
}

/* The padded form of buffer x, made at its first use. */
static cl_mem padded_buffer(lowering *to, int x, const plan_op *conv, padding pad) {
    if (to->e->padded[x] || to->status != CLENET_OK) return to->e->padded[x];
    size_t numbers = (size_t)pad.h * (size_t)pad.w * (size_t)conv->in.channels * (size_t)tiles_of(to)->lanes;
    to->status = opencl_buffer(to->e, &to->e->padded[x], to->blocks * numbers * sizeof(float), to->error);
    return to->e->padded[x];
}

enum { MASKS_MOST = 2 /* masks that gather draws */ };

/* Mask n of the list that batch norm will use; NULL if there are fewer. */
static const plan_op *find_mask(const lowering *to, int n) {
    for (int i = 0; i < to->count; i++)
        if (to->ops[i].kind == OP_BATCHNORM_FORWARD && to->ops[i].rate > 0 && n-- == 0) return &to->ops[i];
    return NULL;
}

bool gather_draws(const lowering *to) {
    for (int n = 0; n < MASKS_MOST; n++)
        if (find_mask(to, n) == to->op) return true;
    return false;
}

enum { MOVES = 23, MOVE_DRAWS = 1 + AUGMENT_BLOCKS }; /* as in cl/augment.clh */

/* Launches the kernel of gather that draws the moves of images; returns their buffer. */
static cl_mem lower_moves(lowering *to) {
    const augmentation *a = &to->op->augment;
    uint64_t seed = to->e->p->options.seed;
    cl_mem moves = scratch(to, to->blocks * MOVES * (size_t)tiles_of(to)->lanes * sizeof(cl_int));
    launch *l = add_launch(to, "gather_moves");
    take(to, l, SOURCE_BUFFER, moves);
    take(to, l, SOURCE_ORDER, NULL);
    take(to, l, SOURCE_FIRST, NULL);
    take(to, l, SOURCE_COUNT, NULL);
    take_int(to, l, to->op->in.height);
    take_int(to, l, to->op->in.width);
    take(to, l, SOURCE_ROUND, NULL);
    take_int(to, l, (cl_int)seed);
    take_int(to, l, (cl_int)(seed >> 32));
    take_int(to, l, (cl_int)a->stream);
    take_int(to, l, a->shift);
    take_int(to, l, a->rotation);
    take_int(to, l, a->scale);
    take_int(to, l, a->shear);
    take_int(to, l, a->elastic);
    by_blocks(to, l, a->elastic > 0 ? MOVE_DRAWS : 1);
    return moves;
}

void lower_gather(lowering *to) {
    const plan_op *op = to->op, *next = op + 1;
    padding pad = {op->in.height, op->in.width, 0, 0};
    cl_mem y = to->e->buffers[op->y];
    if (next->kind == OP_CONV2D_FORWARD && is_padded(next, padding_of(to->e->p, next))) {
        pad = padding_of(to->e->p, next);
        y = padded_buffer(to, op->y, next, pad);
    }
    const plan_op *masks[MASKS_MOST];
    bool moved = augmentation_moves(&op->augment);
    int channels = op->in.channels, size = (int)shape_size(op->in), items = size;
    begin(to, "gather");
    if (!moved) items = (size + tiles_of(to)->width - 1) / tiles_of(to)->width;
    define(to, " -DMOVED=%d -DELASTIC=%d", moved, op->augment.elastic > 0);
    build(to);
    cl_mem moves = moved ? lower_moves(to) : NULL;
    launch *l = add_launch(to, "gather");
    take(to, l, SOURCE_BUFFER, y);
    take(to, l, SOURCE_IMAGES, NULL);
    take(to, l, SOURCE_ORDER, NULL);
    take(to, l, SOURCE_FIRST, NULL);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_BUFFER, moves);
    take_int(to, l, op->in.height);
    take_int(to, l, op->in.width);
    take_int(to, l, channels);
    take_int(to, l, pad.h * pad.w * channels);
    take_int(to, l, (pad.w - op->in.width) * channels);
    take_int(to, l, (pad.top * pad.w + pad.left) * channels);
    for (int n = 0; n < MASKS_MOST; n++) {
        masks[n] = find_mask(to, n);
        take_mask(to, l, masks[n]);
        if (masks[n]) items += mask_groups(masks[n]);
    }
    take_keys(to, l);
    by_blocks(to, l, items);
}

enum { UNPOOLED_COLUMNS = 4, GRADIENT_COLUMNS = 4, ITEMS_A_UNIT = 4 };

/* Tiles of a part of the kernel gradient, at least. With 8, adding up a group's sums took longer than making them: a step of 32 was
 * 303 us on Iris Xe by bench/gpu_model.py, and is 255 with 32. */
enum { TILES_A_PART = 32 };

/* The filters of a tile of a convolution's kernel gradient. */
static int gradient_tile(const lowering *to, const plan_op *conv) {
    return divisor(to->e->p->network->layers[conv->layer].out.channels, tiles_of(to)->group_filters);
}

/* Filters per work-item of the kernel gradient. Its tiles read the same x, and neighbouring rows of dz. So if work-items do not
 * sum in groups, as many tiles as leave each compute unit some items. */
static int gradient_filters(const lowering *to, const plan_op *op) {
    const opencl_tiles *t = tiles_of(to);
    int filters = to->e->p->network->layers[op->layer].out.channels;
    int tile = gradient_tile(to, op), tiles = filters / tile, most = tiles;
    int taps = op->kernel_height * op->in.channels, units = (int)to->e->device->found.compute_units;
    if (t->group > 1 || t->width == 1) return tile;
    while (most > 1 && (tiles % most != 0 || taps * tiles / most < ITEMS_A_UNIT * units)) most--;
    return most * tile;
}

/* The gradient's operation of a convolution. */
static const plan_op *backward_of(const lowering *to, const plan_op *conv) {
    for (int i = 0; i < to->count; i++)
        if (to->ops[i].kind == OP_CONV2D_BACKWARD && to->ops[i].layer == conv->layer) return &to->ops[i];
    return NULL;
}

/* True if the kernel gradient may be in parts: the sums of a row of taps, and of the bias, of a tile's filters fit in local
 * memory. A frozen layer has no kernel gradient: if it has one of its input, that is a launch of itself. */
static bool parts_fit(const lowering *to, const plan_op *op) {
    int sums = (op->kernel_width + 1) * gradient_tile(to, op),
        dx_sums = 2 * divisor(op->in.channels, tiles_of(to)->channels);
    if (sums < dx_sums) sums = dx_sums;
    if (op->frozen && backward_of(to, op)) return false;
    return in_parts(to) && sums * (group_of(to) + 1) * (int)sizeof(float) <= LOCAL_BYTES &&
           group_of(to) >= tiles_of(to)->lanes / tiles_of(to)->width;
}

/* True if a launch of a convolution may also do work of a batch norm next to it: neither has plain kernels. */
static bool fuses_norms(const lowering *to) {
    const char *plain = to->e->plain;
    return !opencl_is_plain(plain, "conv2d") && !opencl_is_plain(plain, "batchnorm");
}

/* Of cl/conv2d_items.clh, if a line does not say otherwise. */
enum {
    UNIT = 8,          /* floats */
    UNITS_MOST = 192,  /* of a patch: its loops are unrolled, so the program grows with them */
    REGISTERS_16 = 12, /* units of sums that stay in 16 registers, and in 32 */
    REGISTERS_32 = 25,
    SUMS_MOST = 256,    /* units of sums of a work-item of the kernel's gradient, in private memory */
    IMAGES_AN_ITEM = 4, /* its IMAGES */
    WINDOWS_STEP = 16   /* ROUND_ITEMS of cl/expand.clh */
};

/* The layout of the items of a pooled convolution, and of what its gradients make of them. */
typedef struct items_form {
    int tap_units, patch_units;
    size_t pitch;    /* floats of a column of x */
    size_t dx_pitch; /* floats of a column of dx */
    size_t row;      /* floats of the items of an image and a filter */
} items_form;

static items_form items_form_of(const plan *p, const plan_op *conv) {
    clenet_shape z = p->network->layers[conv->layer].out;
    int windows = z.height / 2 * (z.width / 2), across = conv->kernel_width * conv->in.channels;
    int units = (conv->in.channels + UNIT - 1) / UNIT;
    bool rows = across <= UNIT;
    return (items_form){
        .tap_units = rows ? conv->kernel_height : conv->kernel_height * conv->kernel_width * units,
        .patch_units = (conv->kernel_height + 1) * (conv->kernel_width + 1) * units,
        .pitch = (size_t)(rows ? conv->in.channels : units * UNIT),
        .dx_pitch = (size_t)(units * UNIT),
        .row = round_up((size_t)windows, WINDOWS_STEP) / 4 * 5,
    };
}

bool conv2d_takes_items(const lowering *to, const plan_op *conv) {
    const opencl_tiles *t = &to->e->device->tiles;
    return conv->pool == 2 && t->group == 1 && t->width >= UNIT && fuses_norms(to) &&
           items_form_of(to->e->p, conv).patch_units <= UNITS_MOST;
}

/* Filters per work-item of the kernel gradient from items: each compute unit has one. */
static int items_filters(const lowering *to, const plan_op *conv) {
    int filters = to->e->p->network->layers[conv->layer].out.channels;
    int most = filters / (int)to->e->device->found.compute_units,
        fit = SUMS_MOST / items_form_of(to->e->p, conv).tap_units;
    if (most > fit) most = fit;
    return divisor(filters, most > 1 ? most : 1);
}

static void define_items(lowering *to, const plan_op *conv) {
    const plan_op *backward = backward_of(to, conv);
    items_form form = items_form_of(to->e->p, conv);
    bool items = conv2d_takes_items(to, conv);
    int registers = tiles_of(to)->width >= 16 ? REGISTERS_32 : REGISTERS_16;
    define(to, " -DITEMS=%d -DGF=%d", items, items ? items_filters(to, conv) : gradient_filters(to, conv));
    if (items)
        define(to, " -DTAP_TILE=%d -DPATCH_TILE=%d -DHAS_DX=%d", divisor(form.tap_units, registers),
               divisor(form.patch_units, registers), backward && backward->dx != NO_BUFFER);
}

bool conv2d_takes_batchnorm(const lowering *to, const plan_op *conv) {
    const plan_op *backward = backward_of(to, conv);
    return fuses_norms(to) && conv->pool == 2 && backward && backward->dx == NO_BUFFER && parts_fit(to, conv);
}

/* Constants of the batch norm whose gradient the kernel gradient takes; the same for the forward operation, which shares the
 * program. */
static void define_normed(lowering *to, const plan_op *conv) {
    const plan_op *normed = NULL;
    for (int i = 0; i < to->count && conv2d_takes_batchnorm(to, conv); i++)
        if (to->ops[i].kind == OP_BATCHNORM_BACKWARD && is_behind(&to->ops[i], conv)) normed = &to->ops[i];
    define(to, " -DNORMED=%d", normed ? gradient_tile(to, conv) : 0);
    if (!normed) return;
    define(to, " -DGAMMA=%zu -DBETA=%zu -DDROP=%d", offset_of(to, normed->gamma), offset_of(to, normed->beta),
           normed->rate > 0);
    define_float(to, "KEEP", 1 / (1 - normed->rate));
}

/* Tiles of positions of a block, in forward direction; their filters. */
static int forward_tiles(const plan *p, const plan_op *conv) {
    clenet_shape z = p->network->layers[conv->layer].out;
    return conv->pool ? z.height / 2 * (z.width / 2) : z.height * (z.width / divisor(z.width, UNPOOLED_COLUMNS));
}

static int forward_filters(const lowering *to, const plan_op *conv) {
    return divisor(to->e->p->network->layers[conv->layer].out.channels, tiles_of(to)->filters);
}

/* Bytes of local memory of conv2d_front_forward. */
static size_t front_bytes(const lowering *to, const plan_op *conv) {
    clenet_shape z = to->e->p->network->layers[conv->layer].out;
    size_t high = conv->pool ? 2 : 1, wide = conv->pool ? 2 : (size_t)divisor(z.width, UNPOOLED_COLUMNS);
    size_t lanes = (size_t)tiles_of(to)->lanes, channels = (size_t)conv->in.channels;
    size_t window =
        (high + (size_t)conv->kernel_height - 1) * (wide + (size_t)conv->kernel_width - 1) * channels * lanes;
    size_t results = (size_t)z.channels * (conv->pool ? 1 : wide) * lanes, group = (size_t)group_of(to);
    return (window + 3 * channels + (results > 2 * group ? results + group : 3 * group)) * sizeof(float);
}

/* Groups of conv2d_front_forward per compute unit, at most: with more, the work that is done several times costs more than a launch. */
enum { FRONT_GROUPS = 8 };

const plan_op *conv2d_front(const lowering *to, const plan_op *conv) {
    const plan_op *front = NULL;
    for (int i = 0; i + 1 < to->count; i++)
        if (to->ops[i].kind == OP_BATCHNORM_FORWARD && to->ops[i].y == conv->x &&
            to->ops[i + 1].kind == OP_CONV2D_FORWARD)
            front = &to->ops[i];
    const opencl_found *found = &to->e->device->found;
    const opencl_tiles *t = tiles_of(to);
    int most = FRONT_GROUPS * (int)found->compute_units;
    if (most < t->parts) most = t->parts;
    bool fits = fuses_norms(to) && front && parts_fit(to, conv) &&
                front_bytes(to, conv) <= (found->local_memory < LOCAL_BYTES ? found->local_memory : LOCAL_BYTES);
    return fits && forward_tiles(to->e->p, conv) * (int)to->blocks <= most ? front : NULL;
}

static bool has_moments(const lowering *to, const plan_op *conv) {
    for (int i = 0; i < to->count; i++)
        if (to->ops[i].kind == OP_BATCHNORM_STATISTICS && is_behind(&to->ops[i], conv)) return true;
    return false;
}

/* Constants of the batch norm in front, if the forward launch applies it. */
static void define_front(lowering *to, const plan_op *conv) {
    const plan_op *front = conv2d_front(to, conv);
    define(to, " -DFRONT=%d", front != NULL);
    if (!front) return;
    define(to, " -DFRONT_GAMMA=%zu -DFRONT_BETA=%zu -DFRONT_MEAN=%zu -DFRONT_VARIANCE=%zu", offset_of(to, front->gamma),
           offset_of(to, front->beta), offset_of(to, front->moving_mean), offset_of(to, front->moving_variance));
    define(to, " -DFRONT_DROP=%d -DMOMENTS=%d", front->rate > 0, has_moments(to, conv));
    define_float(to, "FRONT_MOMENTUM", front->momentum);
    define_float(to, "FRONT_EPSILON", front->epsilon);
    define_float(to, "FRONT_KEEP", 1 / (1 - front->rate));
}

/* The batch norm in front of a convolution, if its sums can be made with the gradient of the convolution's input; or NULL. */
static const plan_op *summed_norm(const lowering *to, const plan_op *conv) {
    const plan_op *backward = backward_of(to, conv), *end = to->ops + to->count;
    bool follows = backward && backward->dx != NO_BUFFER && backward + 2 < end &&
                   backward[1].kind == OP_BATCHNORM_BACKWARD_STATISTICS && backward[1].dy == backward->dx &&
                   backward[2].kind == OP_BATCHNORM_BACKWARD;
    return fuses_norms(to) && follows && parts_fit(to, conv) ? backward + 1 : NULL;
}

static void build_conv2d(lowering *to) {
    const plan_op *op = to->op, *norm;
    padding pad = padding_of(to->e->p, op);
    clenet_shape out = to->e->p->network->layers[op->layer].out;
    begin(to, "conv2d");
    const opencl_tiles *t = tiles_of(to);
    define(to, " -DC=%d -DH=%d -DW=%d -DXH=%d -DXW=%d -DPT=%d -DPL=%d", op->in.channels, op->in.height, op->in.width,
           pad.h, pad.w, pad.top, pad.left);
    define(to, " -DF=%d -DKH=%d -DKW=%d -DOH=%d -DOW=%d -DPOOL=%d -DRELU=%d -DTRAINED=%d", out.channels,
           op->kernel_height, op->kernel_width, out.height, out.width, op->pool, op->relu, op->index != NO_BUFFER);
    define(to, " -DKERNEL=%zu -DBIAS=%zu", offset_of(to, op->kernel), offset_of(to, op->bias));
    define(to, " -DTW=%d -DFT=%d -DDW=%d -DCT=%d -DGT=%d -DGROUP=%d", divisor(out.width, UNPOOLED_COLUMNS),
           divisor(out.channels, t->filters), divisor(op->in.width, t->columns), divisor(op->in.channels, t->channels),
           gradient_tile(to, op), group_of(to));
    define_items(to, op);
    define(to, " -DPARTS=%d -DGC=%d", parts_fit(to, op), divisor(out.width, GRADIENT_COLUMNS));
    define_normed(to, op);
    define_front(to, op);
    norm = summed_norm(to, op);
    define(to, " -DDX_SUMS=%d", norm != NULL);
    if (norm) define(to, " -DDX_DROP=%d", norm->rate > 0);
    if (norm) define_float(to, "DX_KEEP", 1 / (1 - norm->rate));
    build(to);
}

/* x as the kernels read it. Adds the launch that pads it, if gather has not. */
static cl_mem conv2d_x(lowering *to) {
    const plan_op *op = to->op;
    padding pad = padding_of(to->e->p, op);
    if (!is_padded(op, pad)) return to->e->buffers[op->x];
    if (to->e->padded[op->x]) return to->e->padded[op->x];
    cl_mem padded = padded_buffer(to, op->x, op, pad);
    launch *l = add_launch(to, "conv2d_pad");
    take(to, l, SOURCE_BUFFER, padded);
    take_buffer(to, l, op->x);
    by_blocks(to, l, (int)shape_size(op->in));
    return padded;
}

/* True if the current convolution also makes the moments of the batch norm behind it. */
static bool makes_moments(const lowering *to) {
    const plan_op *next = to->op + 1;
    return parts_fit(to, to->op) && next < to->ops + to->count && next->kind == OP_BATCHNORM_STATISTICS &&
           is_behind(next, to->op);
}

/* The launch that also applies the batch norm in front. */
static void lower_front_forward(lowering *to, const plan_op *front) {
    const plan_op *op = to->op;
    padding pad = padding_of(to->e->p, op);
    cl_mem moments = to->moments;
    int a_block = to->moments_a_block, tiles = forward_tiles(to->e->p, op);
    if (makes_moments(to)) make_moments(to, op + 1, op->y, tiles, 3);
    launch *l = add_launch(to, "conv2d_front_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->index);
    take(to, l, SOURCE_BUFFER, makes_moments(to) ? to->moments : NULL);
    take(to, l, SOURCE_BUFFER, is_padded(op, pad) ? padded_buffer(to, op->x, op, pad) : to->e->buffers[op->x]);
    take_buffer(to, l, front->x);
    take_buffer(to, l, front->mask);
    take_buffer(to, l, front->mean);
    take_buffer(to, l, front->inverse_deviation);
    take(to, l, SOURCE_BUFFER, to->weights);
    take(to, l, SOURCE_BUFFER, moments);
    take_int(to, l, a_block);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_BLOCKS, NULL);
    add_cost(to, l, front, NULL);
    by_groups(to, l, tiles, 1);
    if (l) l->by_blocks = true;
}

void lower_conv2d_forward(lowering *to) {
    const plan_op *op = to->op;
    build_conv2d(to);
    const plan_op *front = conv2d_front(to, op);
    if (front) {
        lower_front_forward(to, front);
        return;
    }
    bool moments = makes_moments(to);
    int tiles = forward_tiles(to->e->p, op), filters = op->out.channels / forward_filters(to, op), splits = 0;
    if (moments) {
        int at_once = group_of(to) / (tiles_of(to)->lanes / tiles_of(to)->width);
        splits = (tiles + at_once - 1) / at_once;
        make_moments(to, op + 1, op->y, splits, 3);
    }
    cl_mem x = conv2d_x(to);
    launch *l = add_launch(to, moments ? "conv2d_forward_moments" : "conv2d_forward");
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->index);
    if (moments) take(to, l, SOURCE_BUFFER, to->moments);
    take(to, l, SOURCE_BUFFER, x);
    take(to, l, SOURCE_BUFFER, to->weights);
    if (!moments) {
        by_blocks(to, l, filters * tiles);
        return;
    }
    take(to, l, SOURCE_COUNT, NULL);
    add_cost(to, l, op + 1, NULL);
    by_groups(to, l, filters * splits, 1);
    if (l) l->by_blocks = true;
}

/* Work-items per block that make dx. */
static int input_gradient_items(const lowering *to) {
    const plan_op *op = to->op;
    if (op->dx == NO_BUFFER) return 0;
    return (int)shape_size(op->in) / divisor(op->in.width, tiles_of(to)->columns) /
           divisor(op->in.channels, tiles_of(to)->channels);
}

cl_mem conv2d_dz(lowering *to, const plan_op *conv) {
    clenet_shape z = to->e->p->network->layers[conv->layer].out;
    size_t numbers = shape_size(z);
    if (conv2d_takes_items(to, conv)) numbers = (size_t)z.channels * items_form_of(to->e->p, conv).row;
    return scratch(to, to->blocks * numbers * (size_t)tiles_of(to)->lanes * sizeof(float));
}

static cl_mem expand(lowering *to) {
    const plan_op *op = to->op;
    cl_mem dz = conv2d_dz(to, op);
    launch *l = add_launch(to, "conv2d_expand");
    take(to, l, SOURCE_BUFFER, dz);
    take_buffer(to, l, op->dy);
    take_buffer(to, l, op->index);
    take_buffer(to, l, op->y);
    by_blocks(to, l, (int)shape_size(op->out));
    return dz;
}

/* The groups that make a part of the kernel gradient; the largest useful number of parts if a block has `tiles` of them. */
static int gradient_groups(const lowering *to, int filters) {
    const plan_op *op = to->op;
    return op->kernel_height * op->in.channels * to->e->p->network->layers[op->layer].out.channels / filters;
}

static int gradient_parts(const lowering *to, int filters, int tiles) {
    return parts_of(to, gradient_groups(to, filters), (tiles * (int)to->blocks + TILES_A_PART - 1) / TILES_A_PART);
}

/* Groups per block that make dx of the same channels. */
static int input_gradient_splits(const lowering *to) {
    const plan_op *op = to->op;
    int tiles = op->in.height * op->in.width / divisor(op->in.width, tiles_of(to)->columns);
    int items = tiles * tiles_of(to)->lanes / tiles_of(to)->width;
    return (items + group_of(to) - 1) / group_of(to);
}

/* Both gradients in a launch, the kernel's in parts. */
static void add_gradients(lowering *to, cl_mem x, cl_mem dz, int filters) {
    const plan_op *op = to->op, *norm = summed_norm(to, op);
    clenet_shape z = to->e->p->network->layers[op->layer].out;
    int parts = gradient_parts(to, filters, z.height * (z.width / divisor(z.width, GRADIENT_COLUMNS)));
    int splits = input_gradient_splits(to), dx_groups = 0;
    if (op->dx != NO_BUFFER)
        dx_groups = (int)to->blocks * splits * (op->in.channels / divisor(op->in.channels, tiles_of(to)->channels));
    if (norm) make_moments(to, norm, op->dx, splits, 2);
    launch *l = add_launch(to, "conv2d_gradients");
    take_sums(to, l, op->kernel, op->bias, parts);
    take_buffer(to, l, op->dx);
    take(to, l, SOURCE_BUFFER, norm ? to->moments : NULL);
    take(to, l, SOURCE_BUFFER, x);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BUFFER, to->weights);
    take_buffer(to, l, norm ? norm->x : NO_BUFFER);
    take_buffer(to, l, norm ? norm->mask : NO_BUFFER);
    take_buffer(to, l, norm ? norm->mean : NO_BUFFER);
    take_int(to, l, parts);
    take(to, l, SOURCE_BLOCKS, NULL);
    add_cost(to, l, op, NULL);
    if (norm) add_cost(to, l, norm, NULL);
    by_groups(to, l, dx_groups + gradient_groups(to, filters) * parts, 1);
}

/* The kernel's gradient in parts, from the gradient of the batch norm behind the convolution. */
static void add_normed_gradient(lowering *to, cl_mem x, int filters) {
    const plan_op *op = to->op, *normed = to->normed;
    int parts = gradient_parts(to, filters, op->out.height * op->out.width);
    launch *l = add_launch(to, "conv2d_normed_kernel_gradient");
    take_sums(to, l, op->kernel, op->bias, parts);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, SOURCE_BUFFER, x);
    take_buffer(to, l, op->y);
    take_buffer(to, l, op->index);
    take_buffer(to, l, normed->dy);
    take_buffer(to, l, normed->mask);
    take_buffer(to, l, normed->mean);
    take_buffer(to, l, normed->inverse_deviation);
    take(to, l, SOURCE_BUFFER, to->weights);
    take_moments(to, l);
    take_int(to, l, parts);
    take(to, l, SOURCE_COUNT, NULL);
    take(to, l, SOURCE_BLOCKS, NULL);
    add_cost(to, l, normed, NULL);
    by_groups(to, l, gradient_groups(to, filters) * parts, 1);
}

/* Each gradient in a launch. */
static void add_gradient_launches(lowering *to, cl_mem x, cl_mem dz, int filters) {
    const plan_op *op = to->op;
    launch *l = op->dx == NO_BUFFER ? NULL : add_launch(to, "conv2d_input_gradient");
    take_buffer(to, l, op->dx);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BUFFER, to->weights);
    by_blocks(to, l, input_gradient_items(to));
    if (op->frozen) return;
    l = add_launch(to, "conv2d_kernel_gradient");
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, SOURCE_BUFFER, x);
    take(to, l, SOURCE_BUFFER, dz);
    take(to, l, SOURCE_BLOCKS, NULL);
    by_groups(to, l, gradient_groups(to, filters), 1);
}

/* Each gradient in a launch, from items. */
static void add_items_launches(lowering *to, cl_mem x, cl_mem items) {
    const plan_op *op = to->op;
    padding pad = padding_of(to->e->p, op);
    items_form form = items_form_of(to->e->p, op);
    size_t filters = (size_t)to->e->p->network->layers[op->layer].out.channels, lanes = (size_t)tiles_of(to)->lanes;
    size_t columns = (size_t)pad.h * (size_t)pad.w, width = (size_t)tiles_of(to)->width;
    cl_mem table = NULL;
    if (op->dx != NO_BUFFER) {
        size_t taps = (size_t)(op->kernel_height + 2) * (size_t)(op->kernel_width + 2);
        table = scratch(to, filters * taps * form.dx_pitch * sizeof(float));
    }
    if (!op->frozen) {
        size_t groups = filters / (size_t)items_filters(to, op);
        size_t image = round_up(columns * form.pitch + UNIT, width);
        cl_mem images = scratch(to, groups * lanes * image * sizeof(float));
        launch *l = add_launch(to, "conv2d_kernel_gradient");
        take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
        take(to, l, SOURCE_BUFFER, table);
        take(to, l, SOURCE_BUFFER, images);
        take(to, l, SOURCE_BUFFER, x);
        take(to, l, SOURCE_BUFFER, items);
        take(to, l, SOURCE_BUFFER, to->weights);
        take(to, l, SOURCE_BLOCKS, NULL);
        by_groups(to, l, (int)groups, 1);
    }
    if (op->dx == NO_BUFFER) return;
    if (op->frozen) {
        launch *l = add_launch(to, "conv2d_table");
        take(to, l, SOURCE_BUFFER, table);
        take(to, l, SOURCE_BUFFER, to->weights);
        by_groups(to, l, (int)filters, 1);
    }
    cl_mem d_images = scratch(to, to->blocks * lanes * columns * form.dx_pitch * sizeof(float));
    launch *l = add_launch(to, "conv2d_input_gradient");
    take_buffer(to, l, op->dx);
    take(to, l, SOURCE_BUFFER, d_images);
    take(to, l, SOURCE_BUFFER, items);
    take(to, l, SOURCE_BUFFER, table);
    by_groups(to, l, (int)lanes / IMAGES_AN_ITEM, 1);
    if (l) l->by_blocks = true;
}

void lower_conv2d_backward(lowering *to) {
    const plan_op *op = to->op;
    build_conv2d(to);
    int filters = gradient_filters(to, op);
    cl_mem x = op->frozen ? NULL : conv2d_x(to), dz = to->expanded;
    if (!dz && !to->normed) dz = expand(to);
    if (!dz)
        add_normed_gradient(to, x, filters);
    else if (conv2d_takes_items(to, op))
        add_items_launches(to, x, dz);
    else if (parts_fit(to, op))
        add_gradients(to, x, dz, filters);
    else
        add_gradient_launches(to, x, dz, filters);
    to->expanded = NULL;
    to->normed = NULL;
}
