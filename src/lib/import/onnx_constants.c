/* onnx_constants.c - constants of an ONNX graph, and nodes that compute constants from constants. */
#include <stdalign.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/import/onnx_reader.h"

/* ---- the store ------------------------------------------------------------------------------------------ */

struct onnx_store {
    struct onnx_store *next;
    alignas(max_align_t) unsigned char bytes[];
};

void *onnx_store_new(onnx_reader *r, size_t count, size_t size) {
    if (count > r->budget / size) {
        import_problem(r->network, "its constants take more memory than its size justifies");
        return NULL;
    }
    struct onnx_store *fresh = memory_new(1, sizeof *fresh + (count > 0 ? count : 1) * size);
    if (fresh == NULL) {
        r->network->failed = true;
        return NULL;
    }
    r->budget -= count * size;
    fresh->next = r->store;
    r->store = fresh;
    return fresh->bytes;
}

void onnx_store_free(onnx_reader *r) {
    while (r->store != NULL) {
        struct onnx_store *next = r->store->next;
        memory_free(r->store);
        r->store = next;
    }
}

/* ---- inputs --------------------------------------------------------------------------------------------- */

/* Converts a tensor when it is used for the first time. */
static const onnx_constant *constant_of(onnx_reader *r, onnx_value *value) {
    if (value->kind == VALUE_TENSOR)
        value->kind =
            onnx_tensor_read(r, &value->constant, value->tensor, value->name) ? VALUE_CONSTANT : VALUE_NOTHING;
    return value->kind == VALUE_CONSTANT ? &value->constant : NULL;
}

const onnx_constant *onnx_constant_input(onnx_reader *r, const Onnx__NodeProto *node, size_t i) {
    onnx_value *value = onnx_input(r, node, i);
    return value != NULL ? constant_of(r, value) : NULL;
}

/* If input i is there, but has another type or is computed from images. */
static void complain_input(onnx_reader *r, const Onnx__NodeProto *node, size_t i, const char *type) {
    const onnx_value *value = onnx_input(r, node, i);
    if (value == NULL || value->kind == VALUE_NOTHING) return; /* said before, or by the caller */
    onnx_complain(r, node, "its input '%s' must be a constant of %s", value->name, type);
}

const onnx_constant *onnx_floats_input(onnx_reader *r, const Onnx__NodeProto *node, size_t i) {
    const onnx_constant *constant = onnx_constant_input(r, node, i);
    if (constant != NULL && constant->floats != NULL) return constant;
    complain_input(r, node, i, "floats");
    return NULL;
}

const onnx_constant *onnx_integers_input(onnx_reader *r, const Onnx__NodeProto *node, size_t i) {
    const onnx_constant *constant = onnx_constant_input(r, node, i);
    if (constant != NULL && constant->integers != NULL && constant->count <= ONNX_INTEGERS_MAX) return constant;
    complain_input(r, node, i, "few integers");
    return NULL;
}

/* ---- nodes that compute shapes -------------------------------------------------------------------------- */

/* Makes a list of integers; NULL if out of memory. */
static int64_t *make_integers(onnx_reader *r, onnx_constant *to, int rank, size_t count) {
    int64_t *integers = onnx_store_new(r, count, sizeof *integers);
    *to = (onnx_constant){.rank = rank, .shape = {count}, .count = count, .integers = integers};
    return integers;
}

static bool fold_shape(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const onnx_value *of = onnx_input(r, node, 0);
    bool flow = of != NULL && of->kind == VALUE_FLOW;
    const onnx_constant *constant = flow ? NULL : onnx_constant_input(r, node, 0);
    int rank = flow ? of->flow.rank : constant != NULL ? constant->rank : 0;
    int first = onnx_int(node, "start", 0), end = onnx_int(node, "end", rank);
    if (first < 0) first += rank;
    if (end < 0) end += rank;
    if (end > rank) end = rank;
    if (first < 0 || first >= end) return false;
    int64_t *integers = make_integers(r, to, 1, (size_t)(end - first));
    for (int i = first; integers != NULL && i < end; i++) {
        int64_t side = flow ? of->flow.sides[i] : (int64_t)constant->shape[i];
        if (flow && i == 0)
            side = ONNX_BATCH;
        else if (flow && side == 0)
            side = ONNX_UNKNOWN;
        integers[i - first] = side;
    }
    return integers != NULL;
}

static bool fold_gather(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const onnx_constant *from = onnx_integers_input(r, node, 0), *at = onnx_integers_input(r, node, 1);
    if (from == NULL || at == NULL || from->rank != 1 || at->rank > 1 || onnx_int(node, "axis", 0) != 0) return false;
    int64_t *integers = make_integers(r, to, at->rank, at->count);
    for (size_t i = 0; integers != NULL && i < at->count; i++) {
        int64_t index = at->integers[i] < 0 ? at->integers[i] + (int64_t)from->count : at->integers[i];
        if (index < 0 || index >= (int64_t)from->count) return false;
        integers[i] = from->integers[index];
    }
    return integers != NULL;
}

static bool fold_concat(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    size_t count = 0;
    for (size_t i = 0; i < node->n_input; i++) {
        const onnx_constant *from = onnx_integers_input(r, node, i);
        if (from == NULL || from->rank != 1 || count + from->count > ONNX_INTEGERS_MAX) return false;
        count += from->count;
    }
    int64_t *integers = make_integers(r, to, 1, count);
    for (size_t i = 0; integers != NULL && i < node->n_input; i++) {
        const onnx_constant *from = onnx_integers_input(r, node, i);
        memcpy(integers, from->integers, from->count * sizeof *integers);
        integers += from->count;
    }
    return integers != NULL;
}

/* An index of Slice: from the end if it is below 0, and then within 0 .. count. */
static int64_t bound(int64_t index, int64_t count) {
    if (index < 0 && index > -ONNX_SIDE_MAX) index += count;
    return index < 0 ? 0 : index > count ? count : index;
}

/* x[first:end] of a list; starts, ends, axes and steps are inputs since opset 10. */
static bool fold_slice(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const onnx_constant *from = onnx_integers_input(r, node, 0), *first = onnx_integers_input(r, node, 1);
    const onnx_constant *end = onnx_integers_input(r, node, 2), *step = onnx_integers_input(r, node, 4);
    if (from == NULL || first == NULL || end == NULL || from->rank != 1) return false;
    if (first->count != 1 || end->count != 1 || (step != NULL && (step->count != 1 || step->integers[0] != 1)))
        return false;
    int64_t count = (int64_t)from->count;
    int64_t begin = bound(first->integers[0], count), stop = bound(end->integers[0], count);
    if (begin >= stop) return false;
    int64_t *integers = make_integers(r, to, 1, (size_t)(stop - begin));
    if (integers != NULL) memcpy(integers, from->integers + begin, (size_t)(stop - begin) * sizeof *integers);
    return integers != NULL;
}

/* ---- nodes that keep the numbers ------------------------------------------------------------------------ */

/* Unsqueeze and Squeeze of lists and single numbers: the same numbers. */
static bool fold_list(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const onnx_constant *from = onnx_constant_input(r, node, 0);
    if (from == NULL) return false;
    *to = *from;
    if (from->rank > 1) return false;
    bool add = strcmp(node->op_type, "Unsqueeze") == 0;
    if (add && from->rank == 1) return false;
    if (!add && from->count != 1) return false;
    to->rank = add ? 1 : 0;
    to->shape[0] = 1;
    return true;
}

/* The same numbers with another shape. */
static bool fold_reshape(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const onnx_constant *from = onnx_constant_input(r, node, 0), *target = onnx_integers_input(r, node, 1);
    if (from == NULL || target == NULL || target->rank != 1 || target->count > ONNX_RANK_MAX) return false;
    *to = *from;
    to->rank = (int)target->count;
    size_t known = 1;
    int open = -1;
    for (int i = 0; i < to->rank; i++) {
        int64_t side = target->integers[i];
        if (side == 0 && i < from->rank) side = (int64_t)from->shape[i];
        if (side == -1 && open < 0) {
            open = i;
            continue;
        }
        if (side < 1 || (uint64_t)side > from->count) return false;
        to->shape[i] = (size_t)side;
        known *= (size_t)side;
        if (known > from->count) return false;
    }
    if (open >= 0) to->shape[open] = from->count / known;
    return from->count > 0 && (open >= 0 ? from->count % known == 0 : known == from->count);
}

static bool fold_identity(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const onnx_constant *from = onnx_constant_input(r, node, 0);
    if (from != NULL) *to = *from;
    return from != NULL;
}

/* Between types of integers, or of floats: they have one type each here. */
static bool fold_cast(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    enum { FLOAT = 1, FLOAT16 = 10, DOUBLE = 11, BFLOAT16 = 16 };
    int type = onnx_int(node, "to", 0);
    bool floats = type == FLOAT || type == FLOAT16 || type == DOUBLE || type == BFLOAT16;
    return fold_identity(r, node, to) && floats == (to->floats != NULL);
}

static bool fold_transpose(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const onnx_constant *from = onnx_floats_input(r, node, 0);
    int perm[ONNX_RANK_MAX] = {0};
    if (from == NULL) return false;
    size_t steps[ONNX_RANK_MAX] = {0}, step = 1; /* numbers between neighbours of an axis of `from` */
    size_t at[ONNX_RANK_MAX] = {0};
    unsigned seen = 0;
    *to = (onnx_constant){.rank = from->rank, .count = from->count};
    for (int i = from->rank - 1; i >= 0; i--) {
        steps[i] = step;
        step *= from->shape[i];
        perm[i] = from->rank - 1 - i;
    }
    if (onnx_attribute(node, "perm") != NULL && !onnx_ints(node, "perm", perm, (size_t)from->rank)) return false;
    for (int i = 0; i < from->rank; i++) {
        if (perm[i] < 0 || perm[i] >= from->rank || (seen & 1U << perm[i]) != 0) return false;
        seen |= 1U << perm[i];
        to->shape[i] = from->shape[perm[i]];
    }
    float *floats = onnx_store_new(r, from->count, sizeof *floats);
    to->floats = floats;
    for (size_t n = 0; floats != NULL && n < to->count; n++) {
        size_t source = 0;
        for (int i = 0; i < to->rank; i++) source += at[i] * steps[perm[i]];
        floats[n] = from->floats[source];
        for (int i = to->rank - 1; i >= 0 && ++at[i] == to->shape[i]; i--) at[i] = 0;
    }
    return floats != NULL;
}

/* ---- nodes that are constants --------------------------------------------------------------------------- */

static bool fold_constant(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to) {
    const Onnx__AttributeProto *value = onnx_attribute(node, "value");
    if (value != NULL && value->t != NULL) return onnx_tensor_read(r, to, value->t, onnx_node_name(node));
    const Onnx__AttributeProto *one = onnx_attribute(node, "value_float");
    const Onnx__AttributeProto *integer = onnx_attribute(node, "value_int"), *many = onnx_attribute(node, "value_ints");
    if (one != NULL) {
        float *number = onnx_store_new(r, 1, sizeof *number);
        if (number != NULL) *number = one->f;
        *to = (onnx_constant){.count = 1, .floats = number};
        return number != NULL;
    }
    if (integer == NULL && many == NULL) return false;
    size_t count = integer != NULL ? 1 : many->n_ints;
    int64_t *integers = make_integers(r, to, integer != NULL ? 0 : 1, count);
    if (integers != NULL && count > 0)
        memcpy(integers, integer != NULL ? &integer->i : many->ints, count * sizeof *integers);
    return integers != NULL;
}

typedef struct fold_row {
    const char *operator_name;
    bool (*fold)(onnx_reader *r, const Onnx__NodeProto *node, onnx_constant *to);
} fold_row;

static const fold_row folds[] = {
    {"Constant", fold_constant}, {"Shape", fold_shape},    {"Gather", fold_gather},       {"Concat", fold_concat},
    {"Slice", fold_slice},       {"Unsqueeze", fold_list}, {"Squeeze", fold_list},        {"Reshape", fold_reshape},
    {"Identity", fold_identity}, {"Cast", fold_cast},      {"Transpose", fold_transpose},
};

void onnx_fold(onnx_reader *r, const Onnx__NodeProto *node, onnx_value *output) {
    onnx_constant made = {.rank = 0};
    output->kind = VALUE_NOTHING;
    for (size_t i = 0; i < sizeof folds / sizeof folds[0] && node->op_type != NULL; i++) {
        if (strcmp(folds[i].operator_name, node->op_type) != 0) continue;
        size_t before = r->network->problems.count;
        if (folds[i].fold(r, node, &made)) {
            output->kind = VALUE_CONSTANT;
            output->constant = made;
        } else if (r->network->problems.count == before && !r->network->failed) {
            onnx_complain(r, node, "clenet does not compute this constant");
        }
        return;
    }
    onnx_complain(r, node, "clenet does not compute it from constants");
}
