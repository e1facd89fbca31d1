/* onnx_axes.c - nodes that move the axes of images: Transpose, Reshape, Flatten, Squeeze, Unsqueeze. */
#include <stdio.h>
#include <string.h>

#include "lib/import/onnx_reader.h"

enum { FEW_CHANNELS = 4 };

/* ---- the flow's axes ------------------------------------------------------------------------------------ */

int onnx_place(const onnx_flow *flow, onnx_axis axis) {
    for (int i = 0; i < flow->rank; i++)
        if (flow->axes[i] == axis) return i;
    return -1;
}

int64_t onnx_side(const onnx_flow *flow, onnx_axis axis) {
    int place = onnx_place(flow, axis);
    return place >= 0 ? flow->sides[place] : 1;
}

int64_t onnx_numbers(const onnx_flow *flow) {
    int64_t numbers = 1;
    for (int i = 1; i < flow->rank; i++) numbers *= flow->sides[i];
    return numbers;
}

const char *onnx_flow_text(char text[IMPORT_SHAPE_SIZE], const onnx_flow *flow) {
    int length = snprintf(text, IMPORT_SHAPE_SIZE, "[N");
    for (int i = 1; i < flow->rank; i++)
        length += flow->sides[i] > 0
                      ? snprintf(text + length, IMPORT_SHAPE_SIZE - (size_t)length, ", %lld", (long long)flow->sides[i])
                      : snprintf(text + length, IMPORT_SHAPE_SIZE - (size_t)length, ", ?");
    (void)snprintf(text + length, IMPORT_SHAPE_SIZE - (size_t)length, "]");
    return text;
}

static bool is_plain(const onnx_flow *flow) {
    return flow->rank > 1 && flow->axes[1] == AXIS_PLAIN;
}

static void set_axes(onnx_flow *flow, onnx_axis first, onnx_axis second, onnx_axis third) {
    const onnx_axis axes[] = {AXIS_N, first, second, third};
    for (int i = 0; i < flow->rank; i++) flow->axes[i] = axes[i];
}

void onnx_take_image(onnx_flow *flow) {
    if (is_plain(flow) && flow->rank == 4) set_axes(flow, AXIS_C, AXIS_H, AXIS_W);
}

/* If no layer for images comes first, the axis with few places is the channels'. */
static void guess_axes(onnx_flow *flow) {
    if (!is_plain(flow)) return;
    bool last = flow->rank == 4 && flow->sides[1] > FEW_CHANNELS && flow->sides[3] <= FEW_CHANNELS;
    if (flow->rank == 2) set_axes(flow, AXIS_FLAT, AXIS_FLAT, AXIS_FLAT);
    if (flow->rank == 3 || last) set_axes(flow, AXIS_H, AXIS_W, AXIS_C);
    if (flow->rank == 4 && !last) onnx_take_image(flow);
}

bool onnx_is_image(const onnx_flow *flow) {
    return flow->rank == 4 && flow->axes[1] == AXIS_C && flow->axes[2] == AXIS_H && flow->axes[3] == AXIS_W;
}

/* A problem: the axes are not known any more. */
static void lose(onnx_flow *flow) {
    flow->rank = 0;
}

/* ---- flatten -------------------------------------------------------------------------------------------- */

void onnx_make_flat(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    guess_axes(flow);
    int64_t numbers = onnx_numbers(flow);
    if (!r->flat) {
        /* The order of the axes that have more than one place. */
        onnx_axis order[ONNX_RANK_MAX];
        int count = 0;
        for (int i = 1; i < flow->rank; i++)
            if (flow->sides[i] != 1) order[count++] = flow->axes[i];
        bool channels_first = count > 1 && order[0] == AXIS_C;
        bool turned = false;
        for (int i = 0; i + 1 < count; i++) turned = turned || (order[i] == AXIS_W && order[i + 1] == AXIS_H);
        bool between = count == 3 && order[1] == AXIS_C;
        if (turned || between) onnx_complain(r, node, "flattens axes in an order that clenet cannot follow");
        r->network->channels_first = channels_first;
        (void)onnx_layer(r, node, flow, CLENET_FLATTEN);
        r->flat = true;
    }
    *flow = (onnx_flow){.rank = 2, .sides = {0, numbers}, .axes = {AXIS_N, AXIS_FLAT}};
}

void onnx_flatten(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    int axis = onnx_int(node, "axis", 1);
    if (axis == 1 || axis == 1 - flow->rank) {
        onnx_make_flat(r, node, flow);
        return;
    }
    onnx_complain(r, node, "clenet has no Flatten with axis %d", axis);
    lose(flow);
}

/* ---- transpose ------------------------------------------------------------------------------------------ */

void onnx_transpose(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    int perm[ONNX_RANK_MAX];
    unsigned seen = 0;
    bool good = onnx_ints(node, "perm", perm, (size_t)flow->rank) && perm[0] == 0;
    for (int i = 0; good && i < flow->rank; i++) {
        good = perm[i] >= 0 && perm[i] < flow->rank && (seen & 1U << perm[i]) == 0;
        if (good) seen |= 1U << perm[i];
    }
    if (!good) {
        onnx_complain(r, node, "clenet cannot follow this order of axes");
        lose(flow);
        return;
    }
    onnx_flow from = *flow;
    for (int i = 0; i < flow->rank; i++) {
        flow->sides[i] = from.sides[perm[i]];
        flow->axes[i] = from.axes[perm[i]];
    }
    int place = r->scale.place;
    for (int i = 1; i < flow->rank; i++)
        if (perm[i] == place) r->scale.place = i;
}

/* ---- reshape -------------------------------------------------------------------------------------------- */

/* The target of a Reshape without its first number, the images; one -1 is worked out if the numbers of an image are known. False: it
 * cannot be followed. */
static bool read_target(const onnx_reader *r, const Onnx__NodeProto *node, const onnx_constant *target,
                        const onnx_flow *flow, int64_t sides[ONNX_RANK_MAX]) {
    if (target->rank != 1 || target->count < 2 || target->count > 4) return false;
    int64_t known = 1;
    int open = 0;
    for (size_t i = 0; i < target->count; i++) {
        int64_t side = target->integers[i];
        if (side == 0 && onnx_int(node, "allowzero", 0) == 0) {
            if ((int)i >= flow->rank) return false;
            side = i == 0 ? ONNX_BATCH : flow->sides[i];
        }
        sides[i] = side;
        if (i == 0) continue;
        if (side == -1 || side == ONNX_UNKNOWN || side == 0) {
            sides[i] = 0;
            open = open == 0 ? (int)i : -1;
        } else if (side < 1 || side > ONNX_SIDE_MAX) {
            return false;
        } else {
            known *= side;
        }
    }
    if (sides[0] != ONNX_BATCH && sides[0] != -1 && (r->batch == 0 || sides[0] != r->batch)) return false;
    int64_t numbers = onnx_numbers(flow);
    if (open > 0 && numbers > 0 && numbers % known == 0) sides[open] = numbers / known;
    if (open == 0 && numbers > 0 && known != numbers) return false;
    return open >= 0;
}

/* A flat flow becomes [N][C][1][1] or [N][1][1][C]: True if it is so. */
static bool spread(onnx_flow *to, const onnx_flow *from) {
    if (from->rank != 2 || to->rank != 4 || from->axes[1] != AXIS_FLAT) return false;
    bool first = to->sides[2] == 1 && to->sides[3] == 1, last = to->sides[1] == 1 && to->sides[2] == 1;
    if (first) set_axes(to, AXIS_C, AXIS_H, AXIS_W);
    if (last && !first) set_axes(to, AXIS_H, AXIS_W, AXIS_C);
    return first || last;
}

void onnx_reshape(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    const onnx_constant *target = onnx_integers_input(r, node, 1);
    int64_t sides[ONNX_RANK_MAX] = {0};
    if (target == NULL) {
        if (onnx_input(r, node, 1) == NULL) onnx_complain(r, node, "has no shape");
        lose(flow);
        return;
    }
    onnx_flow to = {.rank = (int)target->count};
    bool good = read_target(r, node, target, flow, sides);
    if (good && to.rank == 2 && !(is_plain(flow) && flow->rank == 2)) {
        onnx_make_flat(r, node, flow);
        return;
    }
    for (int i = 1; good && i < to.rank; i++) {
        to.sides[i] = sides[i];
        to.axes[i] = AXIS_PLAIN;
    }
    to.axes[0] = AXIS_N;
    bool same = to.rank == flow->rank;
    for (int i = 1; same && i < to.rank; i++) same = to.sides[i] == flow->sides[i];
    if (good && same) return;
    /* Before the first layer, an image is its numbers row by row. */
    bool plain = good && !r->started && is_plain(flow) && r->scale.count <= 1;
    if (plain || (good && spread(&to, flow))) {
        *flow = to;
        return;
    }
    onnx_complain(r, node, "clenet has no such reshape");
    lose(flow);
}

/* ---- squeeze and unsqueeze ------------------------------------------------------------------------------ */

/* Axes from the attribute, or from input 1 since opset 13; those below 0 count from `rank`. Returns their number; -1: not known. */
static int read_axes(onnx_reader *r, const Onnx__NodeProto *node, int rank, int axes[ONNX_RANK_MAX]) {
    const Onnx__AttributeProto *given = onnx_attribute(node, "axes");
    const onnx_constant *constant = given == NULL ? onnx_integers_input(r, node, 1) : NULL;
    size_t count = given != NULL ? given->n_ints : constant != NULL ? constant->count : 0;
    if (count == 0 || count > ONNX_RANK_MAX) return -1;
    for (size_t i = 0; i < count; i++) {
        int64_t axis = given != NULL ? given->ints[i] : constant->integers[i];
        if (axis < 0) axis += rank;
        if (axis < 0 || axis >= rank) return -1;
        axes[i] = (int)axis;
    }
    return (int)count;
}

void onnx_squeeze(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    int axes[ONNX_RANK_MAX], count = read_axes(r, node, flow->rank, axes);
    bool removed[ONNX_RANK_MAX] = {false}, good = count > 0;
    for (int i = 0; i < count; i++) {
        removed[axes[i]] = true;
        good = good && axes[i] > 0 && flow->sides[axes[i]] == 1;
    }
    if (!good) {
        onnx_complain(r, node, "clenet can leave out axes of 1 place only");
        lose(flow);
        return;
    }
    onnx_flow to = {.rank = 0};
    for (int i = 0; i < flow->rank; i++) {
        if (removed[i]) continue;
        to.sides[to.rank] = flow->sides[i];
        to.axes[to.rank++] = flow->axes[i];
    }
    /* Of images of 1x1 the channels are left. */
    if (to.rank == 2 && to.axes[1] == AXIS_C) {
        onnx_make_flat(r, node, flow);
        return;
    }
    *flow = to;
}

void onnx_unsqueeze(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    int axes[ONNX_RANK_MAX], count = read_axes(r, node, flow->rank + 1, axes);
    if (count != 1 || flow->rank + 1 > 4 || axes[0] == 0 || !is_plain(flow)) {
        onnx_complain(r, node, "clenet can add one axis to its images only");
        lose(flow);
        return;
    }
    onnx_flow from = *flow;
    flow->rank++;
    for (int i = flow->rank - 1; i > axes[0]; i--) {
        flow->sides[i] = from.sides[i - 1];
        flow->axes[i] = from.axes[i - 1];
    }
    flow->sides[axes[0]] = 1;
    flow->axes[axes[0]] = AXIS_PLAIN;
    if (r->scale.place >= axes[0]) r->scale.place++;
}
