/* elementwise.c - launches of activations, dropout and the update of the parameters. */
#include <math.h>

#include "lib/backend/opencl/lower/lower.h"
#include "lib/base/philox.h"

void lower_activation(lowering *to) {
    const plan_op *op = to->op;
    bool forward = op->kind == OP_ACTIVATION_FORWARD;
    const char *kernel = NULL;
    switch (op->activation) {
#define ACTIVATION(KIND, word)                                   \
    case CLENET_ACTIVATION_##KIND:                               \
        kernel = forward ? #word "_forward" : #word "_backward"; \
        break;
#include "lib/net/layers.def"
    case CLENET_ACTIVATION_NONE:
    case CLENET_ACTIVATION_SOFTMAX: /* no separate operation (plan.c) */
        break;
    }
    begin(to, "activation");
    define(to, " -DSIZE=%zu", shape_size(op->in));
    define_float(to, "SLOPE", op->negative_slope);
    build(to);
    launch *l = add_launch(to, kernel);
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->x : op->dy);
    if (!forward) take_buffer(to, l, op->y);
    by_blocks(to, l, (int)shape_size(op->in));
}

void take_mask(lowering *to, launch *l, const plan_op *op) {
    take_buffer(to, l, op ? op->mask : NO_BUFFER);
    take_int(to, l, op ? (cl_int)shape_size(op->in) : 0);
    take_int(to, l, op ? (cl_int)lroundf(op->rate * 65536.0F) : 0);
    take_int(to, l, op ? PHILOX_LAYER + op->dropout_layer : 0);
}

void take_keys(lowering *to, launch *l) {
    uint64_t seed = to->e->p->options.seed;
    take(to, l, SOURCE_STEP, NULL);
    take_int(to, l, (cl_int)seed);
    take_int(to, l, (cl_int)(seed >> 32));
}

enum { MASK_GROUP = 8 }; /* as in cl/philox.clh */

int mask_groups(const plan_op *op) {
    return ((int)shape_size(op->in) + MASK_GROUP - 1) / MASK_GROUP;
}

void lower_dropout_mask(lowering *to) {
    begin(to, "dropout");
    build(to);
    launch *l = add_launch(to, "dropout_mask");
    take_mask(to, l, to->op);
    take_keys(to, l);
    by_blocks(to, l, mask_groups(to->op));
}

void lower_dropout(lowering *to) {
    const plan_op *op = to->op;
    float keep = 1 / (1 - op->rate);
    bool forward = op->kind == OP_DROPOUT_FORWARD;
    begin(to, "dropout");
    build(to);
    launch *l = add_launch(to, forward ? "dropout_forward" : "dropout_backward");
    take_buffer(to, l, forward ? op->y : op->dx);
    take_buffer(to, l, forward ? op->x : op->dy);
    if (forward) {
        take_float(to, l, keep);
        take_mask(to, l, op);
        take_keys(to, l);
    } else {
        take_buffer(to, l, op->mask);
        take_int(to, l, (cl_int)shape_size(op->in));
        take_float(to, l, keep);
    }
    by_blocks(to, l, mask_groups(op));
}

/* A buffer with the places of the gradients' parts; NULL if there are none. */
static cl_mem make_places(lowering *to) {
    if (!to->places) return NULL;
    size_t bytes = to->e->p->network->packed_size / PARAMETER_ALIGNMENT * 3 * sizeof *to->places;
    cl_mem places = scratch(to, bytes);
    if (to->status != CLENET_OK) return NULL;
    cl_int code =
        to->e->device->api.clEnqueueWriteBuffer(to->e->queue, places, CL_TRUE, 0, bytes, to->places, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        to->status = opencl_error(to->error, code, "clEnqueueWriteBuffer", to->e->device->found.name);
    return places;
}

/* Makes the memory for the parts, and gives it to the launches. */
static void give_sums(lowering *to) {
    cl_mem sums = scratch(to, to->sums * sizeof(float));
    for (int i = 0; to->status == CLENET_OK && i < to->list->count; i++) {
        const launch *l = &to->list->launches[i];
        if (l->places[SOURCE_SUMS] == 0) continue;
        cl_int code = to->e->device->api.clSetKernelArg(l->kernel, l->places[SOURCE_SUMS] - 1, sizeof(cl_mem), &sums);
        if (code != CL_SUCCESS) to->status = opencl_error(to->error, code, "clSetKernelArg", to->e->device->found.name);
    }
}

void lower_optimizer(lowering *to) {
    const plan *p = to->e->p;
    size_t trained = p->network->trained_size;
    size_t averaged = plan_has(&p->options, REGION_AVERAGES) ? p->network->changed_size : 0;
    size_t numbers = averaged > trained ? averaged : trained;
    if (numbers == 0) return;
    begin(to, "optimizer");
    define(to, " -DPARTS=%d", to->places != NULL);
    build(to);
    launch *l = add_launch(to, plan_optimizers[p->options.optimizer].kernel);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_PARAMETERS]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_SQUARES]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_MOMENTS]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_AVERAGES]);
    take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
    take(to, l, to->places ? SOURCE_SUMS : SOURCE_BUFFER, NULL);
    take(to, l, SOURCE_BUFFER, make_places(to));
    take_int(to, l, (cl_int)trained);
    take_int(to, l, (cl_int)averaged);
    for (int i = 0; i < UPDATE_NUMBERS; i++) take(to, l, (launch_source)(SOURCE_UPDATE + i), NULL);
    by_items(to, l, numbers / (size_t)tiles_of(to)->width, 1);
    if (to->places) give_sums(to);
}
