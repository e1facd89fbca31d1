/* profile.c - see profile.h. */
#include "lib/backend/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/number.h"
#include "lib/base/output.h"

enum { NAME_SIZE = 96, SPANS_MOST = 1000000, LINE_SIZE = 512, SHAPE_SIZE = 160 };

typedef struct profile_span {
    double begin, end;
    int entry;
} profile_span;

struct clenet_profile {
    clenet_profile_entry *entries; /* [count]; the profile owns the names */
    int count, capacity;
    profile_span *spans; /* [span_count] */
    size_t span_count, span_capacity;
};

clenet_status clenet_profile_new(clenet_profile **profile, clenet_error *error) {
    REQUIRE(profile, error);
    clenet_profile *made = memory_new(1, sizeof *made);
    if (!made) return error_memory(error, sizeof *made, "a profile");
    *profile = made;
    return CLENET_OK;
}

void clenet_profile_free(clenet_profile *profile) {
    if (!profile) return;
    for (int i = 0; i < profile->count; i++) memory_free((char *)(uintptr_t)profile->entries[i].name);
    memory_free(profile->entries);
    memory_free(profile->spans);
    memory_free(profile);
}

/* ---- filling ------------------------------------------------------------------------------------------------ */

static bool is_entry(const clenet_profile_entry *e, const char *name, const profile_shape *shape) {
    return strcmp(e->name, name) == 0 && e->work_items == shape->work_items && e->groups == shape->groups &&
           e->local_bytes == shape->local_bytes;
}

static int find_entry(clenet_profile *profile, const char *name, const profile_shape *shape) {
    for (int i = 0; i < profile->count; i++)
        if (is_entry(&profile->entries[i], name, shape)) return i;
    if (profile->count == profile->capacity) {
        int capacity = profile->capacity ? 2 * profile->capacity : 64;
        clenet_profile_entry *entries = memory_resize(profile->entries, (size_t)capacity, sizeof *entries);
        if (!entries) return -1;
        profile->entries = entries;
        profile->capacity = capacity;
    }
    char *copy = memory_copy_string(name);
    if (!copy) return -1;
    profile->entries[profile->count] = (clenet_profile_entry){
        .name = copy, .work_items = shape->work_items, .groups = shape->groups, .local_bytes = shape->local_bytes};
    return profile->count++;
}

static const profile_shape no_shape;

int profile_entry_named(clenet_profile *profile, const char *name) {
    return find_entry(profile, name, &no_shape);
}

int profile_entry(clenet_profile *profile, const plan *p, const plan_op *op, const char *kernel,
                  const profile_shape *shape) {
    char name[NAME_SIZE];
    bool layered = op->kind != OP_GATHER && op->kind != OP_OPTIMIZER;
    const char *activation = kernel ? NULL : clenet_activation_word(op->activation); /* "conv2d_1 tanh_forward" */
    if (!kernel)
        kernel = op->kind == OP_OPTIMIZER ? plan_optimizers[p->options.optimizer].kernel : op_rows[op->kind].word;
    snprintf(name, sizeof name, "%s%s%s%s%s", layered ? p->network->layers[op->layer].name : "", layered ? " " : "",
             activation ? activation : "", activation ? "_" : "", kernel);
    return find_entry(profile, name, shape ? shape : &no_shape);
}

void profile_add(clenet_profile *profile, int entry, double begin, double end) {
    if (entry < 0) return;
    profile->entries[entry].seconds += end - begin;
    if (profile->span_count == SPANS_MOST) return;
    if (profile->span_count == profile->span_capacity) {
        size_t capacity = profile->span_capacity ? 2 * profile->span_capacity : 4096;
        profile_span *spans = memory_resize(profile->spans, capacity, sizeof *spans);
        if (!spans) return;
        profile->spans = spans;
        profile->span_capacity = capacity;
    }
    profile->spans[profile->span_count++] = (profile_span){begin, end, entry};
}

void profile_add_call(clenet_profile *profile, int entry, const profile_cost *cost, size_t images) {
    if (entry < 0) return;
    profile->entries[entry].calls++;
    profile->entries[entry].flops += cost->step_flops + cost->flops * (double)images;
    profile->entries[entry].bytes += cost->step_bytes + cost->bytes * (double)images;
}

/* ---- costs -------------------------------------------------------------------------------------------------- */

static void add_product(profile_cost *cost, double multiply_adds, double numbers, double weights) {
    cost->flops += 2 * multiply_adds;
    cost->bytes += sizeof(float) * numbers;
    cost->step_bytes += sizeof(float) * weights;
}

static bool is_part(const char *kernel, const char *part) {
    return !kernel || strstr(kernel, part);
}

/* conv2d and dense: z is what comes out of the product, before pooling. */
static profile_cost product_cost(const plan_op *op, const char *kernel, bool forward, double z, double weights,
                                 double multiply_adds) {
    profile_cost cost = {0};
    double in = (double)shape_size(op->in), out = (double)shape_size(op->out);
    if (forward && is_part(kernel, "forward")) add_product(&cost, multiply_adds, in + out, weights);
    if (!forward && !op->frozen && is_part(kernel, "kernel_gradient"))
        add_product(&cost, multiply_adds, in + z, weights);
    if (!forward && op->dx != NO_BUFFER && is_part(kernel, "input_gradient"))
        add_product(&cost, multiply_adds, in + z, weights);
    if (cost.flops == 0) cost.bytes = sizeof(float) * (out + z); /* operations that only move numbers */
    return cost;
}

/* Gradients are read; the parameters, and each running mean or average, are read and written. */
static profile_cost optimizer_cost(const plan *p) {
    double numbers = (double)p->network->trained_size;
    profile_cost cost = {.step_flops = 3 * numbers, .step_bytes = 3 * sizeof(float) * numbers};
    if (plan_has(&p->options, REGION_SQUARES)) /* square, its mean, root, quotient */
        cost.step_flops += 5 * numbers, cost.step_bytes += 2 * sizeof(float) * numbers;
    if (plan_has(&p->options, REGION_MOMENTS))
        cost.step_flops += 3 * numbers, cost.step_bytes += 2 * sizeof(float) * numbers;
    if (plan_has(&p->options, REGION_AVERAGES))
        cost.step_flops += 3 * numbers, cost.step_bytes += 2 * sizeof(float) * numbers;
    return cost;
}

profile_cost profile_cost_of(const plan *p, const plan_op *op, const char *kernel) {
    double in = (double)shape_size(op->in), out = (double)shape_size(op->out), z, weights;
    switch (op->kind) {
    case OP_CONV2D_FORWARD:
    case OP_CONV2D_BACKWARD:
    case OP_CONV2D_GENERAL_FORWARD:
    case OP_CONV2D_GENERAL_BACKWARD: {
        z = (double)shape_size(p->network->layers[op->layer].out);
        weights = (double)p->network->parameters[op->kernel].count;
        double filters = (double)p->network->layers[op->layer].out.channels;
        bool forward = op->kind == OP_CONV2D_FORWARD || op->kind == OP_CONV2D_GENERAL_FORWARD;
        return product_cost(op, kernel, forward, z, weights, z * weights / filters);
    }
    case OP_DENSE_FORWARD:
    case OP_DENSE_BACKWARD:
        return product_cost(op, kernel, op->kind == OP_DENSE_FORWARD, out, in * out, in * out);
    case OP_OPTIMIZER:
        return optimizer_cost(p);
    case OP_GATHER:
        return (profile_cost){.flops = in, .bytes = in * (1 + sizeof(float))};
    default: /* about four operations per number */
        return (profile_cost){.flops = 4 * in, .bytes = sizeof(float) * (in + out)};
    }
}

/* ---- asking ------------------------------------------------------------------------------------------------- */

size_t clenet_profile_count(const clenet_profile *profile) {
    return profile ? (size_t)profile->count : 0;
}

const clenet_profile_entry *clenet_profile_get(const clenet_profile *profile, size_t i) {
    return profile && i < (size_t)profile->count ? &profile->entries[i] : NULL;
}

/* The shape of an entry's launches, as the arguments of its events; nothing if it has none. */
static void print_shape(char *text, size_t size, const clenet_profile_entry *e) {
    text[0] = '\0';
    if (e->work_items > 0)
        snprintf(text, size,
                 ",\"args\":{\"work_items\":%" PRIu64 ",\"groups\":%" PRIu64 ",\"local_bytes\":%" PRIu64 "}",
                 e->work_items, e->groups, e->local_bytes);
}

/* Writes one event of the trace. The names are clenet's, and need no escapes. */
static clenet_status write_span(output_file *file, const clenet_profile *profile, size_t i, double origin,
                                clenet_error *error) {
    const profile_span *span = &profile->spans[i];
    const clenet_profile_entry *e = &profile->entries[span->entry];
    char line[LINE_SIZE], shape[SHAPE_SIZE];
    print_shape(shape, sizeof shape, e);
    int length = number_print(line, sizeof line,
                              ",\n{\"name\":\"%s\",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":%.3f,\"dur\":%.3f%s}",
                              e->name, (span->begin - origin) * 1e6, (span->end - span->begin) * 1e6, shape);
    return output_write(file, line, (size_t)length, error);
}

static clenet_status write_all(output_file *file, const clenet_profile *profile, clenet_error *error) {
    static const char head[] =
        "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
        "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"args\":{\"name\":\"clenet\"}},\n"
        "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":1,\"args\":{\"name\":\"device\"}}";
    static const char tail[] = "\n]}\n";
    double origin = profile->span_count ? profile->spans[0].begin : 0;
    clenet_status status = output_write(file, head, sizeof head - 1, error);
    for (size_t i = 0; i < profile->span_count && status == CLENET_OK; i++)
        status = write_span(file, profile, i, origin, error);
    return status == CLENET_OK ? output_write(file, tail, sizeof tail - 1, error) : status;
}

clenet_status clenet_profile_write_trace(const clenet_profile *profile, const char *path, clenet_error *error) {
    REQUIRE(profile, error);
    REQUIRE(path, error);
    output_file *file = NULL;
    clenet_status status = output_open(&file, path, error);
    if (status != CLENET_OK) return status;
    status = write_all(file, profile, error);
    if (status == CLENET_OK) return output_commit(file, error);
    output_abandon(file);
    return status;
}
